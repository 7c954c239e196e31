import { Maps } from "./maps.js";

/** The paper's output: for each digit the negative squared distance of F6 from its bitmap. */
export class EuclideanRbf {
  constructor(bitmaps, classes) {
    this.bitmaps = bitmaps;
    this.classes = classes;
    this.pixels = bitmaps.length / classes;
    /** Columns of a bitmap. */
    this.columns = 7;
  }

  forward(input) {
    const output = new Maps(this.classes, 1, 1);
    for (let digit = 0, at = 0; digit < this.classes; digit++) {
      let distance = 0;
      for (let i = 0; i < this.pixels; i++, at++) {
        const difference = input.data[i] - this.bitmaps[at];
        distance += difference * difference;
      }
      output.data[digit] = -distance;
    }
    return output;
  }

  sees(_region, input) {
    return input.all;
  }

  explain(input, { channel }) {
    const start = channel * this.pixels;
    const bitmap = [...this.bitmaps.subarray(start, start + this.pixels)];
    return { kind: "distance", columns: this.columns, inputs: [...input.data], bitmap };
  }
}
