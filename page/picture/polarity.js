import { SHEET, VISIBLE } from "./constants.js";
import { Quadrilateral } from "./quadrilateral.js";

/**
 * Whether what lies along the edges, which is paper in most pictures, is lighter than what is
 * farthest from it.
 */
export function isLightAlongEdges({ width, height, levels }) {
  const edges = [];
  for (let y = 0; y < height; y++) {
    const isRowAtEdge = y === 0 || y + 1 === height;
    const step = isRowAtEdge ? 1 : Math.max(width - 1, 1);
    for (let x = 0; x < width; x += step) edges.push(levels[y * width + x]);
  }
  const [darkest, lightest] = ranked(levels, 20_000);
  // Both sides of a shadow may lie along the edges.
  const [low, high] = ranked(edges, 10);
  const [below, above] = [Math.max(low - darkest, 0), Math.max(lightest - high, 0)];
  const most = Math.max(below, above);
  if (most >= VISIBLE && Math.floor(most / 2) >= Math.min(below, above)) return below > above;
  const [paper] = ranked(edges, 2);
  return Math.max(paper - darkest, 0) > Math.max(lightest - paper, 0);
}

export function inverted(picture) {
  return { ...picture, levels: picture.levels.map((level) => 255 - level) };
}

/** The levels that one in so many is below, and above. */
function ranked(levels, oneIn) {
  const sorted = Uint8Array.from(levels).sort();
  const rank = Math.floor(sorted.length / oneIn);
  return [sorted[rank], sorted[sorted.length - 1 - rank]];
}

/** Whether the largest of these pieces of ink is a sheet with something on it, which lies on a table. */
export function isSheet(ink, pieces) {
  if (pieces.list.length === 0) return false;
  let largest = 0;
  pieces.list.forEach(({ mass }, piece) => {
    if (mass >= pieces.list[largest].mass) largest = piece;
  });
  const least = SHEET * ink.width * ink.height;
  // Most of a sheet is blank, and so it has more than half the mass that its area could have.
  if (pieces.list[largest].mass / 255 < least / 2) return false;
  const shape = new Quadrilateral(pieces, largest, ink);
  return shape.isSheet && shape.area >= least;
}
