// How maps are shown, in the fragment of the address: only what differs from the defaults stands there.

export const DEFAULTS = { map: "", view: "over", opacity: 50, colours: "own", range: "clip", limit: "" };
const ALLOWED = {
  view: ["over", "side", "flicker"],
  colours: ["own", "sequential", "diverging", "grey"],
  range: ["clip", "max", "limit"],
};

/** What a fragment says; what it says wrongly is left at its default. */
export function fromFragment(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  const state = { ...DEFAULTS, map: given.get("map") ?? "" };
  for (const [name, values] of Object.entries(ALLOWED)) if (values.includes(given.get(name))) state[name] = given.get(name);
  const opacity = Number(given.get("opacity") ?? DEFAULTS.opacity);
  if (opacity >= 0 && opacity <= 100) state.opacity = opacity;
  if (Number(given.get("limit")) > 0) state.limit = given.get("limit");
  return state;
}

/** The fragment of a state, with its "#"; empty where all is as by default. */
export function toFragment(state) {
  const told = Object.entries(state).filter(([name, value]) => String(value) !== String(DEFAULTS[name]));
  return told.length ? `#${new URLSearchParams(told)}` : "";
}
