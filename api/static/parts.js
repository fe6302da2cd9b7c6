// Takes those parts of a page that the server draws anew (curves, images, queues) from a fresh copy of it.

export async function refreshParts() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const newer = fresh.getElementById(part.id);
    if (!newer || newer.innerHTML === part.innerHTML || isUsed(part)) continue;
    keepOpen(part, newer);
    part.replaceWith(newer);
  }
}

// Whoever stands on a link with the keyboard would lose their place.
function isUsed(part) {
  return part.contains(document.activeElement) && !document.activeElement.matches("summary");
}

// What somebody has unfolded stays so.
function keepOpen(part, newer) {
  const [before, after] = [part, newer].map((each) => [each, ...each.querySelectorAll("details")]);
  before.forEach((each, place) => { if (each.open && after[place]) after[place].open = true; });
}
