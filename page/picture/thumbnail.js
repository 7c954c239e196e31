/** Scales a part of a picture down: the mean, rounded, of the pixels that go into each new one. */
export function thumbnail(picture, part, width, height) {
  const columns = starts(part.left, part.width, width);
  const rows = starts(part.top, part.height, height);
  const levels = new Uint8Array(width * height);
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) {
      let sum = 0;
      for (let row = rows[y]; row < rows[y + 1]; row++) {
        for (let column = columns[x]; column < columns[x + 1]; column++) {
          sum += picture.levels[row * picture.width + column];
        }
      }
      const count = (rows[y + 1] - rows[y]) * (columns[x + 1] - columns[x]);
      levels[index] = Math.floor((sum + Math.floor(count / 2)) / count);
    }
  }
  return { width, height, levels };
}

/** Where the pixels that go into each new one along a side start, and where the last ones end. */
function starts(first, length, newLength) {
  const start = (place) => first + Math.floor((place * length) / newLength);
  return Array.from({ length: newLength + 1 }, (_, place) => start(place));
}
