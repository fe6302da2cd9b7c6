// Which key does what; the list that "?" shows is made from the same table.

export const KEYS = [
  { keys: ["ArrowLeft"], shown: "←", action: "before", words: "previous image of the list" },
  { keys: ["ArrowRight"], shown: "→", action: "after", words: "next image of the list" },
  { keys: ["f"], shown: "f", action: "full-screen", words: "full screen, and back" },
  { keys: ["o"], shown: "o", action: "view:over", words: "one map over the photograph" },
  { keys: ["s"], shown: "s", action: "view:side", words: "photograph and all maps side by side" },
  { keys: ["b"], shown: "b", action: "view:flicker", words: "flicker between photograph and map" },
  { keys: [" "], shown: "space", action: "hide", words: "hide the map, and show it again" },
  { keys: ["+", "="], shown: "+", action: "stronger", words: "map stronger" },
  { keys: ["-"], shown: "−", action: "weaker", words: "map weaker" },
  { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], shown: "1 to 9", action: "map", words: "choose a map" },
  { keys: ["l"], shown: "l", action: "list", words: "back to the list" },
  { keys: ["?"], shown: "?", action: "keys", words: "this list" },
];

const TYPED_INTO = "input:not([type=range]):not([type=radio]), select, textarea";

/** The action of a key press, or null where it belongs to the browser or to the field that has the focus. */
export function actionOf({ key, ctrlKey, metaKey, altKey, target }) {
  if (ctrlKey || metaKey || altKey || target?.matches?.(TYPED_INTO)) return null;
  const taken = target?.matches?.("input[type=range], input[type=radio]") && key.startsWith("Arrow");
  if (taken || (key === " " && target?.matches?.("button, a, input, summary"))) return null;
  return KEYS.find((each) => each.keys.includes(key))?.action ?? null;
}

/** A dialog that lists the keys. */
export function keysDialog() {
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-label", "keys");
  const list = document.createElement("dl");
  for (const { shown, words } of KEYS) {
    const name = document.createElement("dt");
    name.append(Object.assign(document.createElement("kbd"), { textContent: shown }));
    list.append(name, Object.assign(document.createElement("dd"), { textContent: words }));
  }
  const close = Object.assign(document.createElement("button"), { textContent: "Close", type: "button" });
  close.addEventListener("click", () => dialog.close());
  dialog.append(Object.assign(document.createElement("h2"), { textContent: "Keys" }), list, close);
  return dialog;
}
