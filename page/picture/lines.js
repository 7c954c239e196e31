import { LINE_LEAN, LONG_LINE, THIN_LINE } from "./constants.js";
import { grow } from "./pieces.js";

/** The ink without lines across and down the picture; strokes that cross them are left. */
export function withoutLines(ink) {
  const thickest = Math.floor(Math.max(ink.width, ink.height) / THIN_LINE);
  let levels = ink.levels;
  for (const isDown of [false, true]) {
    const found = new Lines({ ...ink, levels }, isDown).found(thickest);
    levels = Uint8Array.from(levels);
    for (const index of found) levels[index] = 0;
  }
  return { ...ink, levels };
}

/** A picture looked at along its lines: a line goes along, and has its thickness across. */
class Lines {
  #ink;
  #length;
  #breadth;
  #steps;

  constructor(ink, isDown) {
    const { width, height } = ink;
    this.#ink = ink;
    [this.#length, this.#breadth] = isDown ? [height, width] : [width, height];
    this.#steps = isDown ? [width, 1] : [1, width];
  }

  #pixel(along, across) {
    return along * this.#steps[0] + across * this.#steps[1];
  }

  #isInk(along, across) {
    return this.#ink.levels[this.#pixel(along, across)] > 0;
  }

  /** The pixels of lines that are no thicker than `thickest`. */
  found(thickest) {
    if (!this.#mayBeThere()) return [];
    const [length, breadth] = [this.#length, this.#breadth];
    const paths = this.#paths();
    const pixels = [];
    const counts = new Array(thickest + 1).fill(0);
    for (let along = 0; along < length; along++) {
      for (let across = 0, end; across < breadth; across = end + 1) {
        let isOnPath = false;
        for (end = across; end < breadth && this.#isInk(along, end); end++) {
          isOnPath ||= paths[along * breadth + end] * 10 >= LONG_LINE * length;
        }
        const thickness = end - across;
        if (!isOnPath || thickness > thickest) continue;
        counts[thickness] += 1;
        for (let place = across; place < end; place++) {
          pixels.push({ thickness, index: this.#pixel(along, place) });
        }
      }
    }
    // Where a stroke crosses a line, both together are thicker than the line.
    const half = Math.floor(counts.reduce((sum, count) => sum + count, 0) / 2);
    let seen = 0;
    const usual = Math.max(
      counts.findIndex((count) => (seen += count) > half),
      0,
    );
    const most = usual + Math.floor(usual / 2) + 1;
    return pixels.filter(({ thickness }) => thickness <= most).map(({ index }) => index);
  }

  /** Whether ink, with gaps of two pixels, reaches as far as a line: in few pictures it does. */
  #mayBeThere() {
    const inked = Array.from({ length: this.#length }, (_, along) => {
      for (let across = 0; across < this.#breadth; across++) {
        if (this.#isInk(along, across)) return true;
      }
      return false;
    });
    const reach = inked.filter((isInked, place) => isInked || inked[place - 1] || inked[place + 1]);
    return reach.length * 10 >= LONG_LINE * this.#length;
  }

  /**
   * For each pixel, row by row along, how long the longest path of ink through it is, which leans
   * little and may have gaps of two pixels.
   */
  #paths() {
    const [length, breadth] = [this.#length, this.#breadth];
    const { levels } = grow(this.#ink, 1);
    const reach = (start, step) => {
      const reached = new Uint32Array(length * breadth);
      let before = new Uint32Array(breadth);
      for (let along = start, count = 0; count < length; along += step, count++) {
        const row = reached.subarray(along * breadth, (along + 1) * breadth);
        for (let across = 0; across < breadth; across++) {
          if (levels[this.#pixel(along, across)] === 0) continue;
          let longest = before[across];
          if (along % LINE_LEAN === 0) {
            longest = Math.max(longest, before[across - 1] ?? 0, before[across + 1] ?? 0);
          }
          row[across] = longest + 1;
        }
        before = row;
      }
      return reached;
    };
    const forwards = reach(0, 1);
    const backwards = reach(length - 1, -1);
    return forwards.map((count, index) => Math.max(count + backwards[index] - 1, 0));
  }
}
