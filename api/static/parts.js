// Takes those parts of a page that the server draws anew (curves, images, queues) from a fresh copy of it.
import { localize } from "./local_time.js";

export async function refreshParts() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const newer = fresh.getElementById(part.id);
    if (newer) localize(newer);
    if (!newer || newer.innerHTML === part.innerHTML || isUsed(part)) continue;
    const focused = summaries(part).indexOf(document.activeElement);
    keepOpen(part, newer);
    part.replaceWith(newer);
    summaries(newer)[focused]?.focus({ preventScroll: true });
  }
}

// Whoever stands on a link with the keyboard would lose their place.
function isUsed(part) {
  return part.contains(document.activeElement) && !document.activeElement.matches("summary");
}

function summaries(part) {
  return [...part.querySelectorAll("summary")];
}

// What somebody has unfolded stays so.
function keepOpen(part, newer) {
  const [before, after] = [part, newer].map((each) => [each, ...each.querySelectorAll("details")]);
  before.forEach((each, place) => { if (each.open && after[place]) after[place].open = true; });
}
