// Decodes half floats (IEEE 754 binary16, little-endian), which not every browser can.

function value(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : (2 ** -14 * fraction) / 1024);
}

let table = null;

/** The numbers in an ArrayBuffer, as a Float32Array. */
export function fromHalfFloats(buffer) {
  table ??= Float32Array.from({ length: 65536 }, (_, bits) => value(bits));
  const view = new DataView(buffer);
  return Float32Array.from({ length: buffer.byteLength >> 1 }, (_, place) => table[view.getUint16(2 * place, true)]);
}
