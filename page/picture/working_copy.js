import { COARSE, FINEST_SIDE, FINE_SIDE, TALL } from "./constants.js";
import { Bounds } from "./bounds.js";
import { findInk } from "./ink.js";
import { Pieces } from "./pieces.js";
import { inverted } from "./polarity.js";
import { thumbnail } from "./thumbnail.js";

/** A part of a picture, scaled down. */
export class WorkingCopy {
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
    if (cuttings === null) return new WorkingCopy(picture, this.#part, FINEST_SIDE);
    const tallest = cuttings.reduce((most, { bounds }) => Math.max(most, bounds.height), 0);
    const isCoarse = this.#part.longer > COARSE * this.#longer;
    if (tallest >= TALL && !isCoarse) return null;
    const all = cuttings.map(({ bounds }) => bounds).reduce((all, bounds) => all.with(bounds));
    const part = this.#inPicture(all.withMargin(Math.floor(tallest / 4), this.levels));
    const height = Math.floor((tallest * this.#part.longer) / this.#longer);
    const byDigits = Math.floor((part.longer * TALL) / height);
    return new WorkingCopy(picture, part, Math.min(Math.max(byDigits, FINE_SIDE), FINEST_SIDE));
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
