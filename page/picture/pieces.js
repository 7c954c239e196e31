import { Bounds } from "./bounds.js";

/** The pieces of ink in a picture, and which of them each pixel belongs to. */
export class Pieces {
  #labels;
  #width;

  /** For each piece its bounds and its mass, the sum of its pixels' levels. */
  list = [];

  /** The pieces of `ink`, which hang together where `bridged` ink does, also across corners. */
  constructor(ink, bridged) {
    const { width, height, levels } = ink;
    this.#labels = new Int32Array(levels.length).fill(-1);
    this.#width = width;
    const waiting = [];
    for (let start = 0; start < levels.length; start++) {
      if (levels[start] === 0 || this.#labels[start] >= 0) continue;
      const label = this.list.length;
      let [mass, left, right, top, bottom] = [0, width, 0, height, 0];
      waiting.push(start);
      this.#labels[start] = label;
      while (waiting.length > 0) {
        const index = waiting.pop();
        const [x, y] = [index % width, Math.floor(index / width)];
        if (levels[index] > 0) {
          mass += levels[index];
          [left, right] = [Math.min(left, x), Math.max(right, x)];
          [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
        }
        for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row++) {
          for (let column = Math.max(x - 1, 0); column <= Math.min(x + 1, width - 1); column++) {
            const next = row * width + column;
            if (bridged.levels[next] === 0 || this.#labels[next] >= 0) continue;
            this.#labels[next] = label;
            waiting.push(next);
          }
        }
      }
      const bounds = new Bounds(left, top, right + 1 - left, bottom + 1 - top);
      this.list.push({ bounds, mass });
    }
  }

  /** The piece that a pixel belongs to; -1 for none. */
  at(x, y) {
    return this.#labels[y * this.#width + x];
  }

  /** The ink without that of pieces that are not to be kept. */
  retain(ink, isKept) {
    const levels = ink.levels.map((level, index) => {
      const piece = this.#labels[index];
      return piece < 0 || isKept[piece] ? level : 0;
    });
    return { ...ink, levels };
  }

  /** The ink of some pieces alone, cut out. */
  cutOut(ink, which, { left, top, width, height }) {
    const levels = new Uint8Array(width * height);
    const isInside = new Set(which);
    for (let y = 0, index = 0; y < height; y++) {
      for (let x = 0; x < width; x++, index++) {
        if (!isInside.has(this.at(left + x, top + y))) continue;
        levels[index] = ink.levels[(top + y) * ink.width + left + x];
      }
    }
    return { width, height, levels };
  }
}

/** Ink that reaches farther by a square of so many pixels on each side. */
export function grow({ width, height, levels }, radius) {
  const wide = Uint8Array.from(levels);
  for (let y = 0; y < height; y++) {
    spread(levels, wide, { from: y * width, step: 1, length: width, radius });
  }
  const grown = Uint8Array.from(levels);
  for (let x = 0; x < width; x++) {
    spread(wide, grown, { from: x, step: width, length: height, radius });
  }
  return { width, height, levels: grown };
}

/** Sets all places of a line that are at most `radius` from one with ink. */
function spread(ink, spreadInk, { from, step, length, radius }) {
  let next = 0;
  for (let place = 0; place < length; place++) {
    if (ink[from + place * step] === 0) continue;
    const end = Math.min(place + radius + 1, length);
    for (next = Math.max(next, place - radius); next < end; next++) {
      spreadInk[from + next * step] = 255;
    }
  }
}
