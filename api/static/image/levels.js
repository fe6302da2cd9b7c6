// From a map to levels of colour, as drawing/levels.py does it: scaled, smoothed and enlarged for display only.

const REACH = 4; // standard deviations after which a Gaussian ends
const STEEPNESS = -0.5; // of Pillow's bicubic filter

/** The value at which colours end: a percentile of the magnitudes, or the largest one where that is 0. */
export function clipLimit(values, percentile) {
  const ordered = Float32Array.from(values, Math.abs).sort();
  const place = ((ordered.length - 1) * percentile) / 100;
  const below = Math.floor(place);
  const above = Math.min(below + 1, ordered.length - 1);
  return ordered[below] + (place - below) * (ordered[above] - ordered[below]) || ordered[ordered.length - 1];
}

/** What is drawn of a raw map, and the value at which its colours end; computed once for each map. */
export function prepared(map, signed, { clipPercentile, smoothingShare }) {
  if (!map.prepared) {
    const { values, height, width } = map;
    const shown = signed ? smoothed(values, height, width, smoothingShare) : values;
    map.prepared = { shown, limit: clipLimit(shown, clipPercentile) };
  }
  return map.prepared;
}

/** The map smoothed by a Gaussian whose standard deviation is a share of the shorter side; mirrored at the edges. */
export function smoothed(values, height, width, share) {
  const weights = gaussian(share * Math.min(height, width));
  return alongRows(transposed(alongRows(transposed(values, height, width), width, height, weights), width, height), height, width, weights);
}

function gaussian(deviation) {
  const radius = Math.floor(REACH * deviation + 0.5);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, place) => Math.exp(-0.5 * ((place - radius) / deviation) ** 2));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return radius ? weights.map((weight) => weight / sum) : [1];
}

function transposed(values, height, width) {
  const turned = new Float32Array(values.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) turned[x * height + y] = values[y * width + x];
  return turned;
}

function alongRows(values, height, width, weights) {
  const radius = weights.length >> 1;
  const found = new Float32Array(values.length);
  const row = new Float32Array(width + 2 * radius);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < row.length; x++) row[x] = values[y * width + mirrored(x - radius, width)];
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let place = 0; place < weights.length; place++) sum += weights[place] * row[x + place];
      found[y * width + x] = sum;
    }
  }
  return found;
}

function mirrored(place, length) {
  while (place < 0 || place >= length) place = place < 0 ? -1 - place : 2 * length - 1 - place;
  return place;
}

/** Levels 0 to 255: from 0 to limit, or from -limit to limit where both signs count. */
export function levels(values, limit, signed) {
  return Uint8Array.from(values, (value) => {
    const strength = limit > 0 ? Math.min(Math.max(value / limit, -1), 1) : 0;
    return Math.round(Math.max(signed ? (strength + 1) / 2 : strength, 0) * 255);
  });
}

/** Levels enlarged bicubic, rows first, rounded in between, as Pillow does it. */
export function enlarged(found, height, width, newHeight, newWidth) {
  if (height === newHeight && width === newWidth) return found;
  const across = filters(width, newWidth);
  const wide = new Uint8ClampedArray(height * newWidth);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < newWidth; x++) {
      const { start, weights } = across[x];
      let sum = 0;
      for (let place = 0; place < weights.length; place++) sum += weights[place] * found[y * width + start + place];
      wide[y * newWidth + x] = sum;
    }
  const down = filters(height, newHeight);
  const all = new Uint8ClampedArray(newHeight * newWidth);
  for (let y = 0; y < newHeight; y++) {
    const { start, weights } = down[y];
    for (let x = 0; x < newWidth; x++) {
      let sum = 0;
      for (let place = 0; place < weights.length; place++) sum += weights[place] * wide[(start + place) * newWidth + x];
      all[y * newWidth + x] = sum;
    }
  }
  return all;
}

// For each new place the old ones that it is made of; beyond the edges there is nothing.
function filters(length, newLength) {
  const scale = length / newLength;
  const spread = Math.max(scale, 1);
  return Array.from({ length: newLength }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const start = Math.max(Math.floor(centre - 2 * spread + 0.5), 0);
    const stop = Math.min(Math.floor(centre + 2 * spread + 0.5), length);
    const weights = Array.from({ length: stop - start }, (_, n) => cubic((start + n + 0.5 - centre) / spread));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { start, weights: weights.map((weight) => weight / sum) };
  });
}

function cubic(distance) {
  const x = Math.abs(distance);
  if (x < 1) return ((STEEPNESS + 2) * x - (STEEPNESS + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * STEEPNESS : 0;
}
