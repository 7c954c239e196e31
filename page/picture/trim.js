/** The part of a picture of ink that is not blank; null if all is. */
export function trimmed({ width, height, levels }) {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) {
      if (levels[index] === 0) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (right < 0) return null;
  const part = { width: right + 1 - left, height: bottom + 1 - top };
  part.levels = new Uint8Array(part.width * part.height);
  for (let y = 0; y < part.height; y++) {
    const start = (top + y) * width + left;
    part.levels.set(levels.subarray(start, start + part.width), y * part.width);
  }
  return part;
}
