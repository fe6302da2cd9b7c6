// Colours and opacities by level. The tables are the server's, by which workers draw too.

let asked = null;

/** How maps are drawn: palettes by kind, and how values are scaled and smoothed; fetched once. */
export function drawingRules() {
  asked ??= fetch("/palettes.json").then((answer) => {
    if (!answer.ok) throw new Error(`no palettes: ${answer.status}`);
    return answer.json().then(rulesOf);
  });
  return asked;
}

export function rulesOf(document) {
  const palettes = { grey: greys() };
  for (const kind of ["sequential", "diverging"])
    palettes[kind] = { colours: bytes(document[kind].colours), opacities: bytes(document[kind].opacities) };
  return { palettes, clipPercentile: document.clip_percentile, smoothingShare: document.smoothing_share };
}

function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function greys() {
  const every = Array.from({ length: 256 }, (_, level) => level);
  return { colours: Uint8Array.from(every.flatMap((level) => [level, level, level])), opacities: Uint8Array.from(every) };
}

/**
 * Pixels (RGBA) of levels. At strength 0.5 each level covers as much of the photograph as in stored pictures; at 0
 * nothing, at 1 all.
 */
export function painted(found, palette, strength) {
  const cover = Uint8Array.from(palette.opacities, (opacity) =>
    Math.round(strength < 0.5 ? 2 * strength * opacity : opacity + (2 * strength - 1) * (255 - opacity)),
  );
  const pixels = new Uint8ClampedArray(4 * found.length);
  for (let place = 0; place < found.length; place++) {
    const level = found[place];
    pixels[4 * place] = palette.colours[3 * level];
    pixels[4 * place + 1] = palette.colours[3 * level + 1];
    pixels[4 * place + 2] = palette.colours[3 * level + 2];
    pixels[4 * place + 3] = cover[level];
  }
  return pixels;
}
