import { LEAST_BLANK, MOST_BLANK, SHAPELY, SHORT, TOLERANCE } from "./constants.js";

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
    return this.#along.share >= SHAPELY;
  }

  /** Whether the ink fills its four sides, apart from a few marks. */
  get isSheet() {
    const filled = this.#filled.share;
    const isShort = this.#longer * this.#longer <= SHORT * this.area;
    const isBlank = filled >= LEAST_BLANK && (isShort || filled <= MOST_BLANK);
    return this.#within.share >= SHAPELY && this.#rim.share >= SHAPELY && isBlank;
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
