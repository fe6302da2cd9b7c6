// The page of an image as an instrument: draws maps from raw maps, and walks a list of images with the arrow keys.

import { actionOf, keysDialog } from "./keys.js";
import { pageAt, prefetch, whenIdle } from "./pages.js";
import { fromFragment, toFragment } from "./view_state.js";
import { Viewer } from "./viewer.js";

const main = document.querySelector("main");
const dialog = keysDialog();
const said = Object.assign(document.createElement("p"), { className: "unseen" });
said.setAttribute("aria-live", "polite");
main.append(dialog, said);

let state = fromFragment(location.hash);
let viewer = null;
let asked = 0;

async function show() {
  const page = document.getElementById("image-page");
  viewer?.stop();
  viewer = new Viewer(page, state, remember);
  for (const link of page.querySelectorAll("a[data-walk]")) link.hash = toFragment(state);
  await viewer.show();
  document.dispatchEvent(new CustomEvent("maps-drawn", { detail: page.dataset.image }));
  whenIdle(() => neighbours(page).forEach((address) => prefetch(address).catch(() => {})));
}

function remember() {
  history.replaceState(null, "", location.pathname + location.search + toFragment(state));
  for (const link of document.querySelectorAll("a[data-walk]")) link.hash = toFragment(state);
}

function neighbours(page) {
  return [...page.querySelectorAll("a[data-walk]")].map((link) => link.pathname + link.search);
}

async function go(address, { push }) {
  const turn = ++asked;
  try {
    const { title, content } = await pageAt(address);
    if (turn !== asked) return; // another key was pressed meanwhile
    document.getElementById("image-page").replaceWith(document.importNode(content, true));
    if (push) history.pushState(null, "", address + toFragment(state));
    document.title = title;
    said.textContent = content.dataset.image;
    await show();
  } catch {
    location.href = address + toFragment(state); // the server's own page says what is wrong
  }
}

function walk(direction) {
  const link = document.querySelector(`a[data-walk=${direction}]`);
  if (link) go(link.pathname + link.search, { push: true });
}

function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else main.requestFullscreen?.();
}

function act(action, key) {
  if (action === "before" || action === "after") walk(action);
  else if (action === "full-screen") fullScreen();
  else if (action === "keys") dialog.open ? dialog.close() : dialog.showModal();
  else if (action === "list") document.querySelector("a[data-list]")?.click();
  else if (action === "map") viewer.choose(Number(key) - 1);
  else viewer.act(action);
}

document.addEventListener("keydown", (event) => {
  const action = actionOf(event);
  if (action === null || (dialog.open && action !== "keys")) return;
  event.preventDefault();
  act(action, event.key);
});
main.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) act(button.dataset.do);
  const link = event.target.closest("a[data-walk]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  walk(link.dataset.walk);
});
addEventListener("popstate", () => {
  state = fromFragment(location.hash);
  go(location.pathname + location.search, { push: false });
});

show();
