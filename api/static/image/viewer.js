// The pictures of one page and the controls that say how they are shown: all panels follow the same state.

import { drawingRules } from "./palettes.js";
import { Panel } from "./panel.js";
import { followPointer } from "./readout.js";
import { toFragment } from "./view_state.js";

const FLICKER_MS = 700;
const STEP = 10;

export class Viewer {
  constructor(page, state, changed) {
    this.root = page.querySelector("[data-viewer]");
    this.image = page.dataset.image;
    this.begun = 0;
    this.toolbar = page.querySelector("[data-toolbar]");
    this.state = state;
    this.changed = changed;
    this.panels = [...page.querySelectorAll("[data-raw]")].map((figure) => new Panel(figure));
    if (!this.toolbar) return;
    this.toolbar.hidden = false;
    this.keys = [...this.toolbar.elements.map.options].map((option) => option.value);
    this.toolbar.addEventListener("input", () => this.#take());
    this.toolbar.addEventListener("submit", (event) => event.preventDefault());
    // A slider that was moved by the pointer gives the arrow keys back to walking.
    this.toolbar.addEventListener("pointerup", (event) => event.target.matches("[type=range]") && event.target.blur());
    const line = page.querySelector("[data-readout]");
    line.hidden = false;
    line.textContent = "Point at a picture: the raw values of the maps appear here.";
    followPointer(this.root, line, this.panels);
  }

  /** The map that is shown where only one is: that of the state, or the first one where this image has none of it. */
  get key() {
    return this.keys?.includes(this.state.map) ? this.state.map : this.keys?.[0];
  }

  /** Draws what is chosen. Until that is done, `data-drawn` is missing; then it names the image and the choice. */
  async show() {
    const turn = ++this.begun;
    delete this.root.dataset.drawn;
    if (this.toolbar) await this.#draw();
    if (turn === this.begun) this.root.dataset.drawn = this.image + toFragment(this.state);
  }

  async #draw() {
    const fields = this.toolbar.elements;
    for (const name of ["view", "opacity", "colours", "range", "limit"]) fields[name].value = this.state[name];
    fields.map.value = this.key;
    fields.limit.closest("label").hidden = this.state.range !== "limit";
    this.root.dataset.view = this.state.view;
    const single = this.state.view !== "side";
    for (const figure of this.root.querySelectorAll("[data-panel]")) {
      const chosen = figure.dataset.panel === "map" ? figure.dataset.key === this.key : this.panels.length === 0;
      figure.hidden = single && !chosen;
    }
    this.#flicker();
    const rules = await drawingRules();
    await Promise.all(this.panels.filter((panel) => !panel.figure.hidden).map((panel) => panel.draw(this.state, rules)));
  }

  change(given) {
    Object.assign(this.state, given);
    this.changed(this.state);
    return this.show();
  }

  act(action) {
    if (!this.toolbar) return;
    const [name, value] = action.split(":");
    if (name === "view") this.change({ view: value });
    if (name === "stronger") this.change({ opacity: Math.min(100, Number(this.state.opacity) + STEP) });
    if (name === "weaker") this.change({ opacity: Math.max(0, Number(this.state.opacity) - STEP) });
    if (name === "hide") this.root.classList.toggle("without-maps");
  }

  choose(place) {
    if (this.keys?.[place]) this.change({ map: this.keys[place] });
  }

  stop() {
    clearInterval(this.timer);
  }

  #take() {
    const { map, view, opacity, colours, range, limit } = this.toolbar.elements;
    const chosen = map.value === this.key ? this.state.map : map.value;
    this.change({ map: chosen, view: view.value, opacity: Number(opacity.value), colours: colours.value, range: range.value, limit: limit.value });
  }

  // Who asked the system for less motion changes between picture and map with the space bar instead.
  #flicker() {
    clearInterval(this.timer);
    this.root.classList.remove("without-maps");
    if (this.state.view !== "flicker" || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    this.timer = setInterval(() => this.root.classList.toggle("without-maps"), FLICKER_MS);
  }
}
