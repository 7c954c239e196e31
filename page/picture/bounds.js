/** A part of a picture: left, top, width and height in pixels. */
export class Bounds {
  constructor(left, top, width = 1, height = 1) {
    Object.assign(this, { left, top, width, height });
  }

  get right() {
    return this.left + this.width;
  }

  get bottom() {
    return this.top + this.height;
  }

  get longer() {
    return Math.max(this.width, this.height);
  }

  /** The smallest part that holds both. */
  with(other) {
    const [left, top] = [Math.min(this.left, other.left), Math.min(this.top, other.top)];
    const width = Math.max(this.right, other.right) - left;
    return new Bounds(left, top, width, Math.max(this.bottom, other.bottom) - top);
  }

  /** With so many pixels more on each side, as far as a picture goes. */
  withMargin(margin, { width, height }) {
    const [left, top] = [Math.max(this.left - margin, 0), Math.max(this.top - margin, 0)];
    const right = Math.min(this.right + margin, width);
    return new Bounds(left, top, right - left, Math.min(this.bottom + margin, height) - top);
  }

  equals({ left, top, width, height }) {
    const isThere = this.left === left && this.top === top;
    return isThere && this.width === width && this.height === height;
  }

  contains(other) {
    return this.equals(this.with(other));
  }
}
