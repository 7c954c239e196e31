import { Maps } from "./maps.js";

const SIDE = 2;
const AREA = SIDE * SIDE;

/** What the poolings have in common: one value for each 2×2 units of a map. */
class Pool2d {
  forward(input) {
    const output = new Maps(input.channels, input.height / SIDE, input.width / SIDE);
    let place = 0;
    for (let channel = 0; channel < output.channels; channel++) {
      for (let y = 0; y < output.height; y++) {
        for (let x = 0; x < output.width; x++, place++) {
          const at = input.index(channel, SIDE * y, SIDE * x);
          const { data, width } = input;
          const [a, b, c, d] = [data[at], data[at + 1], data[at + width], data[at + width + 1]];
          output.data[place] = this.pool(a, b, c, d, channel);
        }
      }
    }
    return output;
  }

  sees({ channels, top, left, height, width }) {
    return {
      channels,
      top: SIDE * top,
      left: SIDE * left,
      height: SIDE * height,
      width: SIDE * width,
    };
  }

  /** The four inputs of a unit. */
  inputs(input, { channel, y, x }) {
    return Array.from({ length: AREA }, (_, i) =>
      input.at(channel, SIDE * y + Math.floor(i / SIDE), SIDE * x + (i % SIDE)),
    );
  }
}

/** The mean of the four. */
export class AvgPool2d extends Pool2d {
  pool(a, b, c, d) {
    return (a + b + c + d) / AREA;
  }

  explain(input, unit) {
    return { kind: "mean", inputs: this.inputs(input, unit) };
  }
}

/** The greatest of the four. */
export class MaxPool2d extends Pool2d {
  pool(a, b, c, d) {
    return Math.max(a, b, c, d);
  }

  explain(input, unit) {
    return { kind: "maximum", inputs: this.inputs(input, unit) };
  }
}

/** The paper's: the mean of the four, times a trained coefficient, plus a trained bias. */
export class Subsampling extends Pool2d {
  constructor(coefficients, biases) {
    super();
    this.coefficients = coefficients;
    this.biases = biases;
  }

  pool(a, b, c, d, channel) {
    return ((a + b + c + d) / AREA) * this.coefficients[channel] + this.biases[channel];
  }

  explain(input, unit) {
    return {
      kind: "subsampling",
      inputs: this.inputs(input, unit),
      coefficient: this.coefficients[unit.channel],
      bias: this.biases[unit.channel],
    };
  }
}
