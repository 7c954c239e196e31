import { BESIDE, FRAMES, MAX_DIGITS, MAX_PIECES, SPECK, TANGLED } from "./constants.js";
import { withoutLines } from "./lines.js";
import { NoDigit } from "./no_digit.js";
import { Pieces, grow } from "./pieces.js";
import { Quadrilateral } from "./quadrilateral.js";
import { circumference } from "./stroke.js";

/**
 * Cuts out the digits: what is about as tall as the tallest, from left to right; each with its ink
 * and its bounds.
 *
 * `all` are the pieces of `ink`. Frames go before lines do, whose longest sides could be taken for
 * lines.
 */
export function segment(ink, all) {
  const unframed = withoutLines(all.retain(ink, withoutFrames(all, ink)));
  const parts = new Pieces(unframed, unframed);
  const isKept = withoutSpecks(parts.list);
  const rest = parts.retain(unframed, isKept);
  const tallest = tallestOf(parts.list.filter((_, piece) => isKept[piece]));
  // Gaps in a stroke are narrower than those between digits.
  const pieces = new Pieces(rest, grow(rest, Math.floor(tallest / 25)));
  const cuttings = digits(pieces).map(({ which, bounds }) => {
    return { ink: pieces.cutOut(rest, which, bounds), bounds };
  });
  const found = cuttings.filter((cutting) => !isTangle(cutting.ink));
  const ofDigits = found.reduce((sum, cutting) => sum + mass(cutting.ink), 0);
  if (ofDigits === 0 || ofDigits * BESIDE < mass(rest)) throw tooMuch();
  return found;
}

function mass({ levels }) {
  return levels.reduce((sum, level) => sum + level, 0);
}

/** Whether ink is too ragged for a digit, as noise is. */
function isTangle(ink) {
  return circumference(ink) > TANGLED * Math.max(ink.width, ink.height);
}

/** Which pieces are no frame around others. */
function withoutFrames(pieces, ink) {
  const { list } = pieces;
  const isKept = list.map(() => true);
  const size = (piece) => list[piece].bounds.width * list[piece].bounds.height;
  const bySize = [...list.keys()].sort((a, b) => size(b) - size(a));
  for (const piece of bySize.slice(0, FRAMES)) {
    const { bounds } = list[piece];
    const hasContent = list.some(
      (inner) =>
        !inner.bounds.equals(bounds) &&
        bounds.contains(inner.bounds) &&
        inner.bounds.height >= Math.floor(bounds.height / 4),
    );
    if (hasContent && new Quadrilateral(pieces, piece, ink).isFrame) isKept[piece] = false;
  }
  return isKept;
}

/** Which pieces are no specks beside the rest. */
function withoutSpecks(list) {
  const largest = list.reduce((most, { mass }) => Math.max(most, mass), 0);
  return list.map(({ mass }) => mass * SPECK >= largest);
}

/** The pieces of each digit and the part that they lie in, from left to right. */
function digits({ list }) {
  const isKept = withoutSpecks(list);
  const parts = [];
  list.forEach(({ bounds }, piece) => isKept[piece] && parts.push({ which: [piece], bounds }));
  const tallest = tallestOf(parts);
  const together = parts.filter(({ bounds }) => bounds.longer * 5 >= tallest);
  if (together.length > MAX_PIECES) throw tooMuch();
  for (let pair; (pair = ofOneDigit(together));) {
    const [first, second] = pair;
    const { which, bounds } = together[second];
    together[first].which.push(...which);
    together[first].bounds = together[first].bounds.with(bounds);
    const last = together.pop();
    if (second < together.length) together[second] = last;
  }
  const height = tallestOf(together);
  const found = together.filter(({ bounds }) => bounds.height * 2 >= height);
  if (found.length > MAX_DIGITS) throw tooMuch();
  return found.sort((a, b) => a.bounds.left - b.bounds.left || a.bounds.top - b.bounds.top);
}

function tooMuch() {
  return new NoDigit(
    `what stands out from the paper is too ragged, or in more than ${MAX_DIGITS} pieces`,
  );
}

/** Two that belong to one digit. */
function ofOneDigit(parts) {
  for (let first = 0; first < parts.length; first++) {
    for (let second = first + 1; second < parts.length; second++) {
      const [a, b] = [parts[first].bounds, parts[second].bounds];
      if (areStacked(a, b) || areJoined(a, b)) return [first, second];
    }
  }
  return null;
}

/** Whether one lies above the other and near, as the bar of a 5 above the rest of it. */
function areStacked(a, b) {
  const overlap = Math.max(Math.min(a.right, b.right) - Math.max(a.left, b.left), 0);
  const isBelow = overlap * 2 >= Math.min(a.width, b.width);
  return isBelow && gaps(a, b).down * 4 <= Math.max(a.longer, b.longer);
}

/** Whether the two nearly touch and are not as tall as each other, as segments of a display. */
function areJoined(a, b) {
  const both = a.with(b);
  const { across, down } = gaps(a, b);
  const isNear = Math.max(across, down) * 10 <= both.longer;
  return isNear && Math.min(a.height, b.height) * 20 < both.height * 11;
}

/** The gaps between two parts, across and down. */
function gaps(a, b) {
  return {
    across: Math.max(Math.max(a.left, b.left) - Math.min(a.right, b.right), 0),
    down: Math.max(Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom), 0),
  };
}

function tallestOf(parts) {
  if (parts.length === 0) throw new NoDigit("nothing stands out from the paper");
  return parts.reduce((most, { bounds }) => Math.max(most, bounds.height), 0);
}
