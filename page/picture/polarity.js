import { findInk } from "./ink.js";
import { NoDigit } from "./no_digit.js";
import { Pieces } from "./pieces.js";
import { Quadrilateral } from "./quadrilateral.js";
import { thumbnail } from "./thumbnail.js";

/** A sheet takes at least this share of a picture. */
const SHEET = 0.1;

/** A sheet is looked for in a copy of at most so many pixels along a side. */
const SMALL = 256;

/** Levels less than this apart look alike. */
const ALIKE = 16;

/**
 * Whether the ink is darker than the paper: paper is what lies along the edges, and ink what is
 * farthest from it, unless that is a sheet with something on it, which lies on a table.
 */
export function isDarkOnLight(picture) {
  const byEdges = isLightAlongEdges(picture);
  return byEdges !== showsSheet(picture, byEdges);
}

export function inverted(picture) {
  return { ...picture, levels: picture.levels.map((level) => 255 - level) };
}

function isLightAlongEdges({ width, height, levels }) {
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
  if (most >= ALIKE && Math.floor(most / 2) >= Math.min(below, above)) return below > above;
  const [paper] = ranked(edges, 2);
  return Math.max(paper - darkest, 0) > Math.max(lightest - paper, 0);
}

/** The levels that one in so many is below, and above. */
function ranked(levels, oneIn) {
  const sorted = Uint8Array.from(levels).sort();
  const rank = Math.floor(sorted.length / oneIn);
  return [sorted[rank], sorted[sorted.length - 1 - rank]];
}

/** Whether what stands out from the edges is a sheet. */
function showsSheet(picture, isDarkOnLight) {
  const { width, height } = picture;
  const small = thumbnail(picture, Math.min(width, SMALL), Math.min(height, SMALL));
  try {
    const ink = findInk(isDarkOnLight ? inverted(small) : small);
    const pieces = new Pieces(ink, ink);
    let largest = 0;
    pieces.list.forEach(({ mass }, piece) => {
      if (mass >= pieces.list[largest].mass) largest = piece;
    });
    const least = SHEET * small.width * small.height;
    const { width: across, height: down } = pieces.list[largest]?.bounds ?? { width: 0, height: 0 };
    if (across * down < least) return false;
    const shape = new Quadrilateral(pieces, largest, ink);
    return shape.isSheet && shape.area >= least;
  } catch (error) {
    if (error instanceof NoDigit) return false;
    throw error;
  }
}
