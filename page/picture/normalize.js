import { BOX, SIDE } from "./constants.js";
import { Plane, greatest } from "./plane.js";
import { resize } from "./resize.js";

/** In MNIST the mean of all centres of mass is pixel 14, to a hundredth. */
const CENTRE = 14;

const LEAST_POSITIVE = 2 ** -126;

/**
 * Scales the ink into 20×20 pixels and centres it by its mass in 28×28, between pixels where the
 * middle of its mass lies there.
 */
export function normalize(ink) {
  const { width, height, levels } = ink;
  const digit = scale(Plane.from(width, height, (_x, _y, index) => levels[index] / 255));
  const left = offset(digit, (x) => x, digit.width);
  const top = offset(digit, (_x, y) => y, digit.height);
  const field = moved(digit, left, top);
  // In MNIST the darkest ink of a digit is full ink, however thin its strokes are.
  const fullest = greatest(field.levels, LEAST_POSITIVE);
  const share = (level) => Math.fround(Math.fround(255 * level) / fullest);
  return Uint8Array.from(field.levels, (level) => Math.round(share(level)));
}

/** The field with the digit so far from its left and its top. */
function moved(digit, left, top) {
  const field = new Plane(SIDE, SIDE);
  eachPixel(digit, (x, y, level) => {
    for (const [column, across] of shares(x, left)) {
      for (const [row, down] of shares(y, top)) {
        field.levels[row * SIDE + column] += Math.fround(Math.fround(level * across) * down);
      }
    }
  });
  return field;
}

/** The two places, on both sides of where a place comes by an offset, with the share of each. */
function shares(place, offset) {
  const first = place + Math.floor(offset);
  const part = offset - Math.floor(offset);
  return [
    [first, Math.fround(1 - part)],
    [Math.min(first + 1, SIDE - 1), part],
  ];
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
  const offset = Math.fround(CENTRE - Math.fround(moment / mass));
  return Math.min(Math.max(offset, 0), SIDE - length);
}

function eachPixel({ width, height, levels }, visit) {
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) visit(x, y, levels[index]);
  }
}
