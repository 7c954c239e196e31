import { INK, LONG_STROKE, MAX_HOLES, WIDE_STROKE } from "./constants.js";
import { Bounds } from "./bounds.js";
import { circumference, strokeWidth } from "./stroke.js";

/**
 * Fills what is enclosed, as long and narrow as a stroke, and wider than the line around it.
 *
 * The holes of 0, 4, 6, 8 and 9 are rounder than that, or lie within a stroke that is to be filled.
 */
export function filled(ink) {
  const line = strokeWidth(ink);
  const holes = holesIn(ink).sort((a, b) => b.pixels.length - a.pixels.length);
  const strokes = holes.slice(0, MAX_HOLES).filter((hole) => isStroke(hole, ink.width, line));
  const levels = Uint8Array.from(ink.levels);
  for (const { bounds, pixels } of strokes) {
    const surrounds = (other) => !other.bounds.equals(bounds) && other.bounds.contains(bounds);
    if (!strokes.some(surrounds)) for (const index of pixels) levels[index] = 255;
  }
  return { ...ink, levels };
}

function isStroke({ pixels, bounds }, rowLength, line) {
  const { left, top, width, height } = bounds;
  const levels = new Uint8Array(width * height);
  for (const index of pixels) {
    const [x, y] = [index % rowLength, Math.floor(index / rowLength)];
    levels[(y - top) * width + x - left] = 255;
  }
  const length = circumference({ width, height, levels });
  const area = pixels.length;
  return length * length > LONG_STROKE * area && 2 * area > WIDE_STROKE * line * length;
}

/** All holes; ink hangs together across corners, and so holes do not. */
function holesIn({ width, height, levels }) {
  const isOpen = levels.map((level) => Number(level < INK));
  const holes = [];
  for (let start = 0; start < isOpen.length; start++) {
    if (!isOpen[start]) continue;
    const [pixels, waiting] = [[], [start]];
    let [left, right, top, bottom] = [width, 0, height, 0];
    while (waiting.length > 0) {
      const index = waiting.pop();
      if (!isOpen[index]) continue;
      isOpen[index] = 0;
      pixels.push(index);
      const [x, y] = [index % width, Math.floor(index / width)];
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      if (x > 0) waiting.push(index - 1);
      if (y > 0) waiting.push(index - width);
      if (x + 1 < width) waiting.push(index + 1);
      if (y + 1 < height) waiting.push(index + width);
    }
    const isEnclosed = left > 0 && top > 0 && right + 1 < width && bottom + 1 < height;
    const bounds = new Bounds(left, top, right + 1 - left, bottom + 1 - top);
    if (isEnclosed) holes.push({ pixels, bounds });
  }
  return holes;
}
