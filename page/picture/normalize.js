import { Plane, greatest } from "./plane.js";
import { resize } from "./resize.js";
import { SIDE } from "./side.js";

/** The side of the box that MNIST's digits fill in their longer direction. */
export const BOX = 20;

/** In MNIST the mean of all centres of mass is pixel 14, to a hundredth. */
const CENTRE = 14;

const LEAST_POSITIVE = 2 ** -126;

/** Scales the ink into 20×20 pixels and centres it by its mass in 28×28. */
export function normalize(ink) {
  const { width, height, levels } = ink;
  const digit = scale(Plane.from(width, height, (_x, _y, index) => levels[index] / 255));
  const left = offset(digit, (x) => x, digit.width);
  const top = offset(digit, (_x, y) => y, digit.height);
  // In MNIST the darkest ink of a digit is full ink, however thin its strokes are.
  const fullest = greatest(digit.levels, LEAST_POSITIVE);
  const pixels = new Uint8Array(SIDE * SIDE);
  eachPixel(digit, (x, y, level) => {
    const share = Math.fround(Math.fround(255 * level) / fullest);
    pixels[(y + top) * SIDE + x + left] = Math.round(share);
  });
  return pixels;
}

/** Scales the longer side to `BOX` pixels; what one pixel covers is averaged. */
function scale(ink) {
  const longer = Math.max(ink.width, ink.height);
  const scaled = (side) => Math.max(Math.round((side * BOX) / longer), 1);
  return resize(ink, scaled(ink.width), scaled(ink.height));
}

/** How far to move the digit so that its centre of mass comes to the middle of the field. */
function offset(digit, position, length) {
  let [mass, moment] = [0, 0];
  eachPixel(digit, (x, y, level) => {
    mass = Math.fround(mass + level);
    moment = Math.fround(moment + Math.fround(level * position(x, y)));
  });
  const offset = Math.round(Math.fround(CENTRE - Math.fround(moment / mass)));
  return Math.min(Math.max(offset, 0), SIDE - length);
}

function eachPixel({ width, height, levels }, visit) {
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) visit(x, y, levels[index]);
  }
}
