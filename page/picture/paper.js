/**
 * Around the picture the paper's level rises or falls by as much as from black to white on a quarter
 * of the way at the fastest: light does so more slowly, and ink faster.
 */
const STEEPEST = 4;

/** The fractions of a level that levels around the picture are counted in. */
const FRACTIONS = 256;

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
  const isWaiting = new Uint8Array(levels.length);
  const isReached = new Uint8Array(levels.length);
  const ends = Array.from({ length: 256 }, () => []);
  for (const [index, level] of around({ width, height, levels })) ends[level].push(index);
  const go = (next, level) => {
    if (isWaiting[next]) return;
    isWaiting[next] = 1;
    ends[Math.min(levels[next], level)].push(next);
  };
  // The highest ways go on first, so the first that reaches a pixel is its highest.
  for (let level = 255; level >= 0; level--) {
    while (ends[level].length > 0) {
      const index = ends[level].pop();
      if (isReached[index]) continue;
      isReached[index] = 1;
      paper[index] = level;
      const x = index % width;
      if (x > 0) go(index - 1, level);
      if (x + 1 < width) go(index + 1, level);
      if (index >= width) go(index - width, level);
      if (index + width < levels.length) go(index + width, level);
    }
  }
  return paper;
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
  const step = Math.floor((STEEPEST * 255 * FRACTIONS) / ring.length);
  const paper = ring.map((index) => levels[index] * FRACTIONS);
  const forwards = [...paper.keys()];
  for (const way of [forwards, forwards.toReversed()]) {
    let before = Infinity;
    // Twice around, since the ring has no beginning.
    for (const place of [...way, ...way]) {
      paper[place] = Math.min(paper[place], before + step);
      before = paper[place];
    }
  }
  return ring.map((index, place) => [index, Math.floor(paper[place] / FRACTIONS)]);
}
