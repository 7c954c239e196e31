import {
  FARTHEST_SLANT,
  LEAST_SLANT,
  MOST_SLANT,
  PIXEL_FRACTIONS,
  SLANT_FRACTIONS,
} from "./constants.js";
import { trimmed } from "./trim.js";

/** Moves the rows of a digit that leans farther than MNIST's until it leans as the last of those. */
export function setUp(ink) {
  const found = slant(ink);
  let wanted = found;
  if (found < LEAST_SLANT) wanted = LEAST_SLANT;
  if (found > MOST_SLANT) wanted = MOST_SLANT;
  // A row alone has no slant.
  if (Number.isNaN(found) || wanted === found) return ink;
  const by = Math.min(Math.max(wanted - found, -FARTHEST_SLANT), FARTHEST_SLANT);
  return trimmed(leaned(ink, Math.trunc(by * SLANT_FRACTIONS))) ?? ink;
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
  const margin = Math.floor((Math.abs(by) * height) / (2 * SLANT_FRACTIONS)) + 1;
  const wide = width + 2 * margin;
  const moved = new Uint8Array(wide * height);
  for (let y = 0, index = 0; y < height; y++) {
    const halves = by * (height - 1 - 2 * y);
    const shift = Math.floor((halves * PIXEL_FRACTIONS) / (2 * SLANT_FRACTIONS));
    const whole = Math.floor(shift / PIXEL_FRACTIONS);
    const part = shift - whole * PIXEL_FRACTIONS;
    const level = (x) => (x >= 0 && x < width ? levels[y * width + x] : 0);
    for (let column = 0; column < wide; column++, index++) {
      const x = column - margin - whole;
      const sum = level(x) * (PIXEL_FRACTIONS - part) + level(x - 1) * part;
      moved[index] = Math.floor(sum / PIXEL_FRACTIONS);
    }
  }
  return { width: wide, height, levels: moved };
}
