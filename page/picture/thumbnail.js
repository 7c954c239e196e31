/** Scales levels of grey down: the mean, rounded, of the pixels in each block. */
export function thumbnail(picture, width, height) {
  const columns = bounds(picture.width, width);
  const rows = bounds(picture.height, height);
  const levels = new Uint8Array(width * height);
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) {
      let sum = 0;
      for (let row = rows[y].from; row < rows[y].to; row++) {
        for (let column = columns[x].from; column < columns[x].to; column++) {
          sum += picture.levels[row * picture.width + column];
        }
      }
      const count = (rows[y].to - rows[y].from) * (columns[x].to - columns[x].from);
      levels[index] = Math.floor((sum + Math.floor(count / 2)) / count);
    }
  }
  return { width, height, levels };
}

/** The pixels along a side that go into each new one. */
function bounds(length, newLength) {
  const ratio = Math.fround(length / newLength);
  return Array.from({ length: newLength }, (_, place) => {
    const start = Math.fround(place * ratio);
    const from = Math.min(Math.ceil(start), length - 1);
    return { from, to: Math.min(Math.max(Math.ceil(Math.fround(start + ratio)), from), length) };
  });
}
