// Fetches raw maps and keeps those that were asked for last, so that neighbours are there before they are shown.

import { fromHalfFloats } from "./half_floats.js";

const KEPT = 64;
const maps = new Map();

/** A map: values in units of its largest magnitude, and the scale to multiply them by. */
export function rawMap(address) {
  const found = maps.get(address) ?? fetched(address);
  maps.delete(address);
  maps.set(address, found);
  if (maps.size > KEPT) maps.delete(maps.keys().next().value);
  return found;
}

async function fetched(address) {
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`the raw map is not to be had: ${answer.status}`);
    const [height, width] = answer.headers.get("Florescope-Shape").split(",").map(Number);
    const scale = Number(answer.headers.get("Florescope-Scale"));
    return { values: fromHalfFloats(await answer.arrayBuffer()), height, width, scale };
  } catch (error) {
    maps.delete(address);
    throw error;
  }
}
