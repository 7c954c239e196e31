/** A piece of ink that is smaller than this, compared with the largest piece, is a speck. */
const SPECK = 1 / 32;

/** Clears the pieces of ink that are too small to be part of the digit: dust, and grain. */
export function removeSpecks(ink) {
  const seen = new Uint8Array(ink.levels.length);
  const pieces = [];
  for (let start = 0; start < seen.length; start++) {
    if (seen[start] || ink.levels[start] === 0) continue;
    const piece = pieceAt(start, ink, seen);
    const mass = piece.reduce((sum, index) => Math.fround(sum + ink.levels[index]), 0);
    pieces.push({ mass, piece });
  }
  const largest = pieces.reduce((most, { mass }) => Math.max(most, mass), 0);
  for (const { mass, piece } of pieces) {
    if (mass < SPECK * largest) for (const index of piece) ink.levels[index] = 0;
  }
}

/** The pixels of ink that hang together with the one at `start`. */
function pieceAt(start, { width, height, levels }, seen) {
  const piece = [];
  const waiting = [start];
  while (waiting.length > 0) {
    const index = waiting.pop();
    if (seen[index] || levels[index] === 0) continue;
    seen[index] = 1;
    piece.push(index);
    const [x, y] = [index % width, Math.floor(index / width)];
    for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row++) {
      for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column++) {
        const next = row * width + column;
        if (!seen[next] && levels[next] !== 0) waiting.push(next);
      }
    }
  }
  return piece;
}
