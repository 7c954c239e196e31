/** A number a pixel, row by row, each rounded to float32 as in the program. */
export class Plane {
  constructor(width, height, levels = new Float32Array(width * height)) {
    this.width = width;
    this.height = height;
    this.levels = levels;
  }

  static from(width, height, level) {
    const plane = new Plane(width, height);
    for (let y = 0, index = 0; y < height; y++) {
      for (let x = 0; x < width; x++, index++) plane.levels[index] = level(x, y, index);
    }
    return plane;
  }
}

/** The greatest of `levels`, and not less than `least`. */
export function greatest(levels, least) {
  let found = least;
  for (const level of levels) if (level > found) found = level;
  return found;
}
