/** How far from a side a point may lie, in shares of the shape's length. */
const TOLERANCE = 0.03;

/** The share of a shape that has to be as it should, for what a camera bends and blurs. */
const MOST = 0.93;

/**
 * How much of a sheet is blank; all of it may be, where a mark is too thin for a small copy, if the
 * sheet is no longer than `SHORT` times its width. A bar is, which is a 1.
 */
const LEAST_BLANK = 0.85;
const MOST_BLANK = 0.9995;
const SHORT = 2;

/** Directions along both diagonals, clockwise. */
const DIAGONALS = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
];

/** How a piece of ink lies to the four straight sides that are nearest to it, in shares. */
export class Quadrilateral {
  #within = new Share();
  #along = new Share();
  #filled = new Share();
  #rim = new Share();

  /** Width or height, in pixels. */
  #longer;

  /** In pixels. */
  area;

  /** The shape between the piece's outermost pixels along both diagonals. */
  constructor(pieces, piece, ink) {
    const { bounds } = pieces.list[piece];
    this.#longer = bounds.longer;
    const eachPixel = (visit) => {
      for (let y = bounds.top; y < bounds.bottom; y++) {
        for (let x = bounds.left; x < bounds.right; x++) {
          visit(x, y, pieces.at(x, y) === piece && ink.levels[y * ink.width + x] > 127);
        }
      }
    };
    const corners = DIAGONALS.map(([right, down]) => {
      let [farthest, most] = [[NaN, NaN], -Infinity];
      eachPixel((x, y, isInk) => {
        const along = x * right + y * down;
        if (isInk && along > most) [farthest, most] = [[x, y], along];
      });
      return farthest;
    });
    const sides = corners.map((corner, place) => [corner, corners[(place + 1) % 4]]);
    const tolerance = TOLERANCE * bounds.longer;
    eachPixel((x, y, isInk) => {
      const within = depth(sides, x, y);
      if (isInk) {
        this.#within.count(within >= -tolerance);
        this.#along.count(Math.abs(within) <= tolerance);
      }
      if (within > tolerance) this.#filled.count(isInk);
      if (within > tolerance && within <= 2 * tolerance) this.#rim.count(isInk);
    });
    this.area = sides.reduce((sum, [a, b]) => sum + (a[0] * b[1] - b[0] * a[1]), 0) / 2;
  }

  /** Whether the ink is nothing but four sides. */
  get isFrame() {
    return this.#along.share >= MOST;
  }

  /** Whether the ink fills its four sides, apart from a few marks. */
  get isSheet() {
    const filled = this.#filled.share;
    const isShort = this.#longer * this.#longer <= SHORT * this.area;
    const isBlank = filled >= LEAST_BLANK && (isShort || filled <= MOST_BLANK);
    return this.#within.share >= MOST && this.#rim.share >= MOST && isBlank;
  }
}

/** How many of all are so. */
class Share {
  #so = 0;
  #all = 0;

  count(isSo) {
    this.#so += Number(isSo);
    this.#all += 1;
  }

  get share() {
    return this.#so / Math.max(this.#all, 1);
  }
}

/** How far within all sides a point lies; negative outside. */
function depth(sides, x, y) {
  let least = Number.MAX_VALUE;
  for (const [from, to] of sides) {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const length = Math.max(Math.sqrt(dx * dx + dy * dy), 1);
    const within = (dx * (y - from[1]) - dy * (x - from[0])) / length;
    if (within < least) least = within;
  }
  return least;
}
