import { SIDE } from "./constants.js";

/** The middle of the field, around which a digit is turned. */
const MIDDLE = (SIDE - 1) / 2;

/** How a digit can be changed before the network sees it, and from where to where. */
export const DISTORTIONS = {
  turn: { label: "Turn", unit: "°", min: -60, max: 60, step: 1 },
  right: { label: "Shift right", unit: " px", min: -8, max: 8, step: 0.5 },
  down: { label: "Shift down", unit: " px", min: -8, max: 8, step: 0.5 },
  thickness: { label: "Thickness", unit: "", min: -2, max: 2, step: 0.1 },
  noise: { label: "Noise", unit: "", min: 0, max: 1, step: 0.02 },
};

/** The 28×28 bytes `pixels` made thicker, turned, shifted and overlaid with noise. */
export function distort(pixels, { turn, right, down, thickness, noise }) {
  let levels = Float64Array.from(pixels);
  for (let left = Math.abs(thickness); left > 0; left--) {
    levels = thicken(levels, Math.sign(thickness) * Math.min(left, 1));
  }
  if (turn !== 0 || right !== 0 || down !== 0) levels = move(levels, turn, right, down);
  if (noise > 0) levels = overlay(levels, noise);
  return Uint8ClampedArray.from(levels);
}

/** Each pixel by a share from -1 to 1 on its way to the darkest or lightest of its neighbours. */
function thicken(levels, share) {
  const extreme = share > 0 ? Math.max : Math.min;
  return levels.map((level, index) => {
    const [x, y] = [index % SIDE, Math.floor(index / SIDE)];
    const around = extreme(
      levelAt(levels, x - 1, y),
      levelAt(levels, x + 1, y),
      levelAt(levels, x, y - 1),
      levelAt(levels, x, y + 1),
      level,
    );
    return level + Math.abs(share) * (around - level);
  });
}

/** Turns to the right by degrees and then shifts, with levels between pixels in proportion. */
function move(levels, degrees, right, down) {
  const [sine, cosine] = [Math.sin, Math.cos].map((of) => of((degrees * Math.PI) / 180));
  return levels.map((_, index) => {
    const x = (index % SIDE) - MIDDLE - right;
    const y = Math.floor(index / SIDE) - MIDDLE - down;
    return between(levels, cosine * x + sine * y + MIDDLE, cosine * y - sine * x + MIDDLE);
  });
}

function between(levels, x, y) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [alongX, alongY] = [x - left, y - top];
  const row = (line) =>
    levelAt(levels, left, line) * (1 - alongX) + levelAt(levels, left + 1, line) * alongX;
  return row(top) * (1 - alongY) + row(top + 1) * alongY;
}

function levelAt(levels, x, y) {
  const isInside = x >= 0 && y >= 0 && x < SIDE && y < SIDE;
  return isInside ? levels[y * SIDE + x] : 0;
}

/** Adds noise of this strength, the same at each call, so that only the strength changes. */
function overlay(levels, strength) {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  // The sum of three is near enough to a normal distribution, of standard deviation a half.
  return levels.map((level) => level + 255 * strength * (uniform() + uniform() + uniform() - 1.5));
}
