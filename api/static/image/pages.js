// Fetches the pages of images, with their photographs and raw maps, and keeps a few, so that the next one is there.

import { prepared } from "./levels.js";
import { drawingRules } from "./palettes.js";
import { rawMap } from "./raw_maps.js";

const KEPT = 8;
/** Runs what can wait once nothing else is to be done. */
export const whenIdle = (work) => (window.requestIdleCallback ?? setTimeout)(work);
const pages = new Map();

/** The page at an address: its title, and its part that is shown, which is new each time. */
export function pageAt(address) {
  const found = pages.get(address) ?? fetched(address);
  pages.delete(address);
  pages.set(address, found);
  if (pages.size > KEPT) pages.delete(pages.keys().next().value);
  return found;
}

/** Has a page, and all that is drawn on it, fetched before anybody asks for it. */
export async function prefetch(address) {
  const { content } = await pageAt(address);
  const rules = await drawingRules();
  for (const { dataset } of content.querySelectorAll("[data-raw]"))
    rawMap(dataset.raw)
      .then((map) => whenIdle(() => prepared(map, dataset.colours === "diverging", rules)))
      .catch(() => {});
  const photographs = new Set([...content.querySelectorAll("[data-photograph]")].map((each) => each.dataset.photograph));
  for (const source of photographs) Object.assign(new Image(), { src: source }).decode().catch(() => {});
}

async function fetched(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(`the page is not to be had: ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const each of page.querySelectorAll("noscript")) each.remove();
    return { title: page.title, content: page.getElementById("image-page") };
  } catch (error) {
    pages.delete(address);
    throw error;
  }
}
