import { LEVEL_FRACTIONS, STEEPEST_LIGHT } from "./constants.js";

/**
 * The paper's level at each pixel of a picture that is light on dark.
 *
 * Under ink that is as high as one must climb at the least to leave it for the picture's edge: the
 * filling of holes by reconstruction (Vincent 1993). It follows gradients and the hard edges of
 * shadows, since a shadow reaches the edge of the picture and ink does not, and it has no scale, so
 * strokes may be of any width.
 */
export function paperUnder({ width, height, levels }) {
  const paper = new Uint8Array(levels.length);
  for (const [index, level] of around({ width, height, levels })) {
    paper[index] = Math.max(level, paper[index]);
  }
  reconstruct(paper, levels, width);
  return paper;
}

/**
 * Raises each level to the highest that a way leads to, from pixel to pixel beside it or above, on
 * which no level is higher than in `most`.
 *
 * One scan from the top and one from the bottom find nearly all (Vincent's hybrid algorithm); the
 * rest goes on from where the second scan leaves something to raise.
 */
function reconstruct(levels, most, width) {
  for (let index = 0, x = 0; index < levels.length; index++, x = x + 1 < width ? x + 1 : 0) {
    const left = x > 0 ? levels[index - 1] : 0;
    const above = index >= width ? levels[index - width] : 0;
    levels[index] = Math.max(levels[index], Math.min(Math.max(left, above), most[index]));
  }
  const canRaise = [];
  for (let index = levels.length - 1, x = width - 1; index >= 0; index--) {
    const right = x + 1 < width ? levels[index + 1] : 0;
    const below = index + width < levels.length ? levels[index + width] : 0;
    const raised = Math.min(Math.max(right, below), most[index]);
    if (raised > levels[index]) {
      levels[index] = raised;
      canRaise.push(index);
    }
    x = x > 0 ? x - 1 : width - 1;
  }
  const raise = (next, level) => {
    const raised = Math.min(level, most[next]);
    if (raised <= levels[next]) return;
    levels[next] = raised;
    canRaise.push(next);
  };
  // What is added meanwhile is visited too.
  for (const index of canRaise) {
    const level = levels[index];
    const x = index % width;
    if (x > 0) raise(index - 1, level);
    if (x + 1 < width) raise(index + 1, level);
    if (index >= width) raise(index - width, level);
    if (index + width < levels.length) raise(index + width, level);
  }
}

/**
 * The pixels along the edges, each with the level of the paper there: its own, unless that rises too
 * steeply from the others, as where a digit is cut off.
 */
function around({ width, height, levels }) {
  const ring = [];
  for (let x = 0; x < width; x++) ring.push(x);
  for (let y = 1; y < height; y++) ring.push(y * width + width - 1);
  for (let x = width - 2; x >= 0; x--) ring.push((height - 1) * width + x);
  for (let y = height - 2; y > 0; y--) ring.push(y * width);
  const step = Math.floor((STEEPEST_LIGHT * 255 * LEVEL_FRACTIONS) / ring.length);
  const paper = ring.map((index) => levels[index] * LEVEL_FRACTIONS);
  const forwards = [...paper.keys()];
  for (const way of [forwards, forwards.toReversed()]) {
    let before = Infinity;
    // Twice around, since the ring has no beginning.
    for (const place of [...way, ...way]) {
      paper[place] = Math.min(paper[place], before + step);
      before = paper[place];
    }
  }
  return ring.map((index, place) => [index, Math.floor(paper[place] / LEVEL_FRACTIONS)]);
}
