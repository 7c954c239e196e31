import { findInk } from "./ink.js";
import { NoDigit } from "./no_digit.js";
import { normalize } from "./normalize.js";
import { SIDE } from "./side.js";

/**
 * The 28×28 bytes of a digit in MNIST's form, 255 for full ink, from levels of grey of any size.
 *
 * A picture of 28×28 pixels counts as being in that form already: light on dark it is taken as it
 * is, dark on light only light and dark change places. These are the steps of `lenet5 predict`.
 */
export function readDigit(grey) {
  if (grey.levels.every((level) => level === grey.levels[0])) {
    throw new NoDigit("all of it has one colour");
  }
  const levels = isDarkOnLight(grey) ? grey.levels.map((level) => 255 - level) : grey.levels;
  if (grey.width === SIDE && grey.height === SIDE) return levels;
  return normalize(findInk({ ...grey, levels }));
}

/**
 * Whether the ink is darker than the paper: paper is what lies along the edges, and ink what is
 * farthest from it.
 */
function isDarkOnLight({ width, height, levels }) {
  const edges = [];
  for (let y = 0; y < height; y++) {
    const isRowAtEdge = y === 0 || y + 1 === height;
    const step = isRowAtEdge ? 1 : Math.max(width - 1, 1);
    for (let x = 0; x < width; x += step) edges.push(levels[y * width + x]);
  }
  const paper = ranked(edges, Math.floor(edges.length / 2));
  const noise = Math.floor(levels.length / 1000);
  const darkest = ranked(levels, noise);
  const lightest = ranked(levels, levels.length - 1 - noise);
  return Math.max(paper - darkest, 0) > Math.max(lightest - paper, 0);
}

/** The level at this place, if all were sorted. */
function ranked(levels, place) {
  const counts = new Uint32Array(256);
  for (const level of levels) counts[level]++;
  let before = 0;
  return counts.findIndex((count) => (before += count) > place);
}
