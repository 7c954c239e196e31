import { BOX, DETAILED, THICK, THICKEST, THINNEST, USUAL } from "./constants.js";
import { inverted } from "./polarity.js";
import { trimmed } from "./trim.js";

/** The mean width of strokes: twice their area by their circumference. */
export function strokeWidth(ink) {
  const area = ink.levels.reduce((sum, level) => sum + level, 0);
  return (2 * area) / (255 * circumference(ink));
}

/** The length of the edges of ink, by how often lines in four directions cross them (Crofton). */
export function circumference({ width, height, levels }) {
  const level = (x, y) => {
    const isInside = x >= 0 && y >= 0 && x < width && y < height;
    return isInside ? levels[y * width + x] : 0;
  };
  let [straight, diagonal] = [0, 0];
  for (let y = 0; y <= height; y++) {
    let [aboveLeft, left] = [0, 0];
    for (let x = 0; x <= width; x++) {
      const [above, here] = [level(x, y - 1), level(x, y)];
      straight += Math.abs(here - left) + Math.abs(here - above);
      diagonal += Math.abs(here - aboveLeft) + Math.abs(left - above);
      [aboveLeft, left] = [above, here];
    }
  }
  return ((Math.PI / 8) * (straight + diagonal * Math.SQRT1_2)) / 255;
}

/**
 * Widens strokes that are thin for MNIST's, which would fade when scaled, and thins thick ones, whose
 * holes would close.
 */
export function ofUsualWidth(ink) {
  const toPixels = ({ width, height }) => Math.max(width, height) / BOX;
  const found = strokeWidth(ink) / toPixels(ink);
  if (found >= THINNEST && found <= THICKEST) return ink;
  let small = ink;
  while (Math.max(small.width, small.height) >= 2 * DETAILED) small = halved(small);
  const missing = (usual) => (usual * toPixels(small) - strokeWidth(small)) / 2;
  const in256ths = (by) => Math.floor(Math.max(by, 0) * 256);
  if (found < THINNEST) return dilated(small, in256ths(missing(USUAL)));
  return eroded(small, in256ths(-missing(THICK))) ?? small;
}

/** Half as large; no line vanishes, since of four pixels the fullest is taken. */
function halved({ width, height, levels }) {
  const level = (x, y) => levels[Math.min(y, height - 1) * width + Math.min(x, width - 1)];
  const small = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  small.levels = new Uint8Array(small.width * small.height);
  for (let y = 0, index = 0; y < 2 * small.height; y += 2) {
    for (let x = 0; x < 2 * small.width; x += 2, index++) {
      const upper = Math.max(level(x, y), level(x + 1, y));
      small.levels[index] = Math.max(upper, level(x, y + 1), level(x + 1, y + 1));
    }
  }
  return small;
}

/**
 * Ink that reaches farther on all sides, by so many 256ths of a pixel.
 *
 * Squares and crosses in turn make an octagon, which is near enough to a pen's round tip.
 */
function dilated(ink, by) {
  const margin = Math.ceil(by / 256);
  return dilatedInPlace(withMargin(ink, margin), by);
}

/** Ink of which so many 256ths of a pixel are taken away on all sides; null if nothing is left. */
function eroded(ink, by) {
  return trimmed(inverted(dilatedInPlace(inverted(withMargin(ink, 1)), by)));
}

function withMargin(ink, margin) {
  const [width, height] = [ink.width + 2 * margin, ink.height + 2 * margin];
  const levels = new Uint8Array(width * height);
  for (let y = 0; y < ink.height; y++) {
    const row = ink.levels.subarray(y * ink.width, (y + 1) * ink.width);
    levels.set(row, (y + margin) * width + margin);
  }
  return { width, height, levels };
}

/** Ink that reaches farther by so many 256ths of a pixel, as far as the picture goes. */
function dilatedInPlace({ width, height, levels }, by) {
  let wide = levels;
  for (let step = 0; step * 256 < by; step++) {
    const share = Math.min(by - step * 256, 256);
    wide = dilatedOnce({ width, height, levels: wide }, step % 2 === 1, share);
  }
  return { width, height, levels: wide };
}

function dilatedOnce({ width, height, levels }, withCorners, share) {
  const wide = new Uint8Array(levels.length);
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) {
      let most = levels[index];
      for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row++) {
        for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column++) {
          const isNear = withCorners || row === y || column === x;
          if (isNear && levels[row * width + column] > most) most = levels[row * width + column];
        }
      }
      wide[index] = levels[index] + Math.floor(((most - levels[index]) * share) / 256);
    }
  }
  return wide;
}
