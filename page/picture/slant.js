import { trimmed } from "./trim.js";

/**
 * How far to the right the top of most of MNIST's digits leans at the least and at the most, in shares
 * of the height: of the training digits, one in eight leans less, and one in seven more.
 */
const LEAST = -0.2;
const MOST = 0.4;

/** A digit is not set up by more than this. What leans more, as a dash does, leans for another reason. */
const FARTHEST = 0.6;

/** The fractions of a share that a lean is counted in, and those of a pixel. */
const FRACTIONS = 65_536;
const FRACTIONS_OF_PIXEL = 256;

/** Moves the rows of a digit that leans farther than MNIST's until it leans as the last of those. */
export function setUp(ink) {
  const found = slant(ink);
  let wanted = found;
  if (found < LEAST) wanted = LEAST;
  if (found > MOST) wanted = MOST;
  // A row alone has no slant.
  if (Number.isNaN(found) || wanted === found) return ink;
  const by = Math.min(Math.max(wanted - found, -FARTHEST), FARTHEST);
  return trimmed(leaned(ink, Math.trunc(by * FRACTIONS))) ?? ink;
}

/** How many pixels the ink leans to the right for each that it rises, by its moments of second order. */
function slant({ width, height, levels }) {
  let [mass, byX, byY, byXy, byYy] = [0, 0, 0, 0, 0];
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) {
      const level = levels[index];
      mass += level;
      byX += level * x;
      byY += level * y;
      byXy += level * x * y;
      byYy += level * y * y;
    }
  }
  return (byX * byY - mass * byXy) / (mass * byYy - byY * byY);
}

/**
 * The ink with its top farther to the right by so many fractions of half its height, and its foot to
 * the left.
 */
function leaned({ width, height, levels }, by) {
  const margin = Math.floor((Math.abs(by) * height) / (2 * FRACTIONS)) + 1;
  const wide = width + 2 * margin;
  const moved = new Uint8Array(wide * height);
  for (let y = 0, index = 0; y < height; y++) {
    const halves = by * (height - 1 - 2 * y);
    const shift = Math.floor((halves * FRACTIONS_OF_PIXEL) / (2 * FRACTIONS));
    const whole = Math.floor(shift / FRACTIONS_OF_PIXEL);
    const part = shift - whole * FRACTIONS_OF_PIXEL;
    const level = (x) => (x >= 0 && x < width ? levels[y * width + x] : 0);
    for (let column = 0; column < wide; column++, index++) {
      const x = column - margin - whole;
      const sum = level(x) * (FRACTIONS_OF_PIXEL - part) + level(x - 1) * part;
      moved[index] = Math.floor(sum / FRACTIONS_OF_PIXEL);
    }
  }
  return { width: wide, height, levels: moved };
}
