import { Bounds } from "./bounds.js";
import { filled } from "./hollow.js";
import { findInk } from "./ink.js";
import { fitsMnist } from "./mnist_form.js";
import { NoDigit } from "./no_digit.js";
import { normalize } from "./normalize.js";
import { Pieces } from "./pieces.js";
import { inverted, isLightAlongEdges, isSheet } from "./polarity.js";
import { segment } from "./segment.js";
import { SIDE } from "./side.js";
import { setUp } from "./slant.js";
import { ofUsualWidth } from "./stroke.js";
import { thumbnail } from "./thumbnail.js";

/** Digits are looked for in a copy whose longer side is this at the most. */
const WORKING_SIDE = 256;

/**
 * Found there less tall than this, or in a copy scaled down by more than `COARSE`, they are looked at
 * again in a finer copy of the part where they lie.
 */
const TALL = 64;
const COARSE = 3;

/**
 * That copy's longer side, unless digits were less than `TALL` in it: then it is at most
 * `FINEST_SIDE`.
 */
const FINE_SIDE = 512;
const FINEST_SIDE = 1024;

/**
 * The digits of a picture in levels of grey, from left to right, each as the 28×28 bytes of MNIST's
 * form, 255 for full ink. There is at least one. These are the steps of `lenet5 predict`.
 *
 * A picture of 28×28 pixels that is light on dark counts as being in that form already, and is taken
 * as it is. Dark on light, it is if it has MNIST's measures; then only light and dark change places.
 */
export function readDigits(grey) {
  if (grey.levels.every((level) => level === grey.levels[0])) {
    throw new NoDigit("all of it has one colour");
  }
  const whole = new Bounds(0, 0, grey.width, grey.height);
  let copy = new Copy(grey, whole, WORKING_SIDE);
  let isDark = isLightAlongEdges(copy.levels);
  copy = copy.invertedIf(isDark);
  let [inked, refusal] = tried(() => copy.inked());
  if (inked !== null && isSheet(inked.ink, inked.pieces)) {
    isDark = !isDark;
    copy = copy.invertedIf(true);
    [inked, refusal] = tried(() => copy.inked());
  }
  const isSmall = grey.width === SIDE && grey.height === SIDE;
  if (isSmall && (!isDark || fitsMnist(copy.levels))) return [copy.levels.levels];
  let cuttings = null;
  if (inked !== null) [cuttings, refusal] = tried(() => segment(inked.ink, inked.pieces));
  const finer = copy.finer(grey, cuttings);
  if (finer !== null) {
    const [found, finerRefusal] = tried(() => {
      const { ink, pieces } = finer.invertedIf(isDark).inked();
      return segment(ink, pieces);
    });
    if (found !== null || cuttings === null) [cuttings, refusal] = [found, finerRefusal];
  }
  if (cuttings === null) throw refusal;
  return cuttings.map(({ ink }) => normalize(ofUsualWidth(setUp(filled(ink)))));
}

/** What is found, and why nothing is. */
function tried(find) {
  try {
    return [find(), null];
  } catch (error) {
    if (error instanceof NoDigit) return [null, error];
    throw error;
  }
}

/** A part of a picture, scaled down. */
class Copy {
  #part;

  /** Of a part, whose longer side becomes `longer` at the most. */
  constructor(picture, part, longer) {
    const scaled = (side) => {
      return Math.min(Math.max(Math.floor((side * longer) / part.longer), 1), side);
    };
    this.levels = thumbnail(picture, part, scaled(part.width), scaled(part.height));
    this.#part = part;
  }

  get #isSmaller() {
    return this.levels.width < this.#part.width || this.levels.height < this.#part.height;
  }

  get #longer() {
    return Math.max(this.levels.width, this.levels.height);
  }

  invertedIf(isToBeInverted) {
    if (isToBeInverted) this.levels = inverted(this.levels);
    return this;
  }

  inked() {
    const ink = findInk(this.levels);
    return { ink, pieces: new Pieces(ink, ink) };
  }

  /** A finer copy of the part where these digits lie, if this one is too coarse for them. */
  finer(picture, cuttings) {
    if (!this.#isSmaller) return null;
    // What is as thin as a hair vanishes when it is scaled down.
    if (cuttings === null) return new Copy(picture, this.#part, FINEST_SIDE);
    const tallest = cuttings.reduce((most, { bounds }) => Math.max(most, bounds.height), 0);
    const isCoarse = this.#part.longer > COARSE * this.#longer;
    if (tallest >= TALL && !isCoarse) return null;
    const all = cuttings.map(({ bounds }) => bounds).reduce((all, bounds) => all.with(bounds));
    const part = this.#inPicture(all.withMargin(Math.floor(tallest / 4), this.levels));
    const height = Math.floor((tallest * this.#part.longer) / this.#longer);
    const byDigits = Math.floor((part.longer * TALL) / height);
    return new Copy(picture, part, Math.min(Math.max(byDigits, FINE_SIDE), FINEST_SIDE));
  }

  /** Where a part of this copy lies in the picture. */
  #inPicture({ left, top, right, bottom }) {
    const { width, height } = this.levels;
    const from = (start, now, then) => Math.floor((start * then) / now);
    const to = (end, now, then) => Math.ceil((end * then) / now);
    const [x, y] = [from(left, width, this.#part.width), from(top, height, this.#part.height)];
    return new Bounds(
      this.#part.left + x,
      this.#part.top + y,
      to(right, width, this.#part.width) - x,
      to(bottom, height, this.#part.height) - y,
    );
  }
}
