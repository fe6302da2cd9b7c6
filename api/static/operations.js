// Draws the parts of the page anew every few seconds, while somebody looks.
const EVERY_MS = 3000;

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const newer = fresh.getElementById(part.id);
    if (newer && !part.contains(document.activeElement)) part.replaceWith(newer);
  }
}

setInterval(() => refresh().catch(() => {}), EVERY_MS);
