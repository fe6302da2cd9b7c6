// Draws the parts of the page anew every few seconds, while somebody looks.
import { refreshParts } from "./parts.js";

const EVERY_MS = 3000;

setInterval(() => {
  if (!document.hidden) refreshParts().catch(() => {});
}, EVERY_MS);
