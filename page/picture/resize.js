import { Plane } from "./plane.js";

const { fround } = Math;

/** Scales a plane by a triangle as wide as what one new pixel covers; rows first, then columns. */
export function resize(plane, width, height) {
  if (plane.width === width && plane.height === height) return plane;
  const vertical = windows(plane.height, height);
  const tall = Plane.from(plane.width, height, (x, y) => {
    const { first, weights } = vertical[y];
    return weigh(weights, (i) => plane.levels[(first + i) * plane.width + x]);
  });
  const horizontal = windows(plane.width, width);
  return Plane.from(width, height, (x, y) => {
    const { first, weights } = horizontal[x];
    const level = weigh(weights, (i) => tall.levels[y * tall.width + first + i]);
    return Math.min(level, 1);
  });
}

/** The sum of weighted levels, rounded to float32 after each step. */
function weigh(weights, level) {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum = fround(sum + fround(level(i) * weights[i]));
  return sum;
}

/** For each place along the new side, the first of the old pixels under it and their weights. */
function windows(length, newLength) {
  const ratio = fround(length / newLength);
  const support = Math.max(ratio, 1);
  return Array.from({ length: newLength }, (_, place) => {
    const centre = fround((place + 0.5) * ratio);
    const low = Math.floor(fround(centre - support));
    const high = Math.ceil(fround(centre + support));
    const first = Math.min(Math.max(low, 0), length - 1);
    const end = Math.min(Math.max(high, first + 1), length);
    return { first, weights: triangle(first, end, fround(centre - 0.5), support) };
  });
}

function triangle(first, end, centre, support) {
  const weights = new Float32Array(end - first);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const distance = Math.abs(fround(fround(first + i - centre) / support));
    weights[i] = distance < 1 ? 1 - distance : 0;
    sum = fround(sum + weights[i]);
  }
  return weights.map((weight) => weight / sum);
}
