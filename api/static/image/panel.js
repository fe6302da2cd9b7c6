// One map over its photograph, drawn on a canvas from the raw map.

import { enlarged, levels, prepared } from "./levels.js";
import { painted } from "./palettes.js";
import { rawMap } from "./raw_maps.js";

const SIDE = 448; // pixels of the canvas along the map's longer side; the browser enlarges further

export class Panel {
  constructor(figure) {
    this.figure = figure;
    this.key = figure.dataset.key;
    this.title = figure.dataset.title;
    this.signed = figure.dataset.colours === "diverging";
    this.map = null;
    const picture = figure.querySelector(".picture");
    picture.replaceChildren();
    if (figure.dataset.photograph) picture.append(photograph(figure.dataset.photograph));
    this.canvas = Object.assign(document.createElement("canvas"), { role: "img" });
    this.canvas.setAttribute("aria-label", `${this.title}, drawn from its raw map`);
    picture.append(this.canvas);
    this.picture = picture;
  }

  async draw(state, rules) {
    try {
      this.map ??= await rawMap(this.figure.dataset.raw);
    } catch (error) {
      this.picture.replaceChildren(Object.assign(document.createElement("p"), { className: "empty", textContent: error.message }));
      return;
    }
    const kind = state.colours === "own" ? this.figure.dataset.colours : state.colours;
    const limit = this.#limit(state, rules);
    const asked = `${kind} ${limit}`;
    if (this.asked !== asked) this.#find(kind, limit, rules);
    this.asked = asked;
    const strength = this.figure.dataset.photograph ? state.opacity / 100 : 1;
    const pixels = painted(this.found, rules.palettes[kind], strength);
    this.canvas.getContext("2d").putImageData(new ImageData(pixels, this.canvas.width, this.canvas.height), 0, 0);
  }

  // The largest magnitude of the colours, in units of the map's own largest one.
  #limit(state, rules) {
    if (state.range === "max") return 1;
    if (state.range === "limit" && Number(state.limit) > 0) return Number(state.limit) / (this.map.scale || 1);
    return prepared(this.map, this.signed, rules).limit;
  }

  #find(kind, limit, rules) {
    const { height, width } = this.map;
    const scale = SIDE / Math.max(height, width);
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    const found = levels(prepared(this.map, this.signed, rules).shown, limit, kind === "diverging");
    this.found = enlarged(found, height, width, this.canvas.height, this.canvas.width);
  }

  /** What the map says at a place, given in shares of height and width; null while it is not there. */
  at(down, across) {
    if (!this.map) return null;
    const { values, height, width, scale } = this.map;
    const row = Math.min(Math.floor(down * height), height - 1);
    const column = Math.min(Math.floor(across * width), width - 1);
    const share = values[row * width + column];
    return { value: share * scale, share, row, column, height, width };
  }
}

function photograph(address) {
  return Object.assign(document.createElement("img"), { src: address, alt: "", decoding: "sync" });
}
