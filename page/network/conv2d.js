import { Maps } from "./maps.js";

const SIDE = 5;
const AREA = SIDE * SIDE;

/**
 * A convolution 5×5 without padding. Each map of the output has kernels for some maps of the input
 * only: `sources` lists which, and `kernels` where in the weights each one is.
 */
export class Conv2d {
  constructor(weight, bias, sources, kernels) {
    this.weight = weight;
    this.bias = bias;
    this.sources = sources;
    this.kernels = kernels;
  }

  /** A convolution from all maps to all maps. */
  static full(weight, bias) {
    const inChannels = weight.length / AREA / bias.length;
    const sources = Array.from(bias, () => Array.from({ length: inChannels }, (_, i) => i));
    const kernels = sources.map((from, map) => from.map((source) => map * inChannels + source));
    return new Conv2d(weight, bias, sources, kernels);
  }

  /** One of which the kernels at these of the 16 · 6 places exist, as table I has it. */
  static partial(weight, bias, places, inChannels) {
    const sources = Array.from(bias, () => []);
    const kernels = Array.from(bias, () => []);
    places.forEach((place, kernel) => {
      const map = Math.floor(place / inChannels);
      sources[map].push(place % inChannels);
      kernels[map].push(kernel);
    });
    return new Conv2d(weight, bias, sources, kernels);
  }

  forward(input) {
    const output = new Maps(this.bias.length, input.height - SIDE + 1, input.width - SIDE + 1);
    const sums = new Float64Array(output.height * output.width);
    for (let map = 0; map < output.channels; map++) {
      sums.fill(this.bias[map]);
      this.sources[map].forEach((source, i) => {
        this.#slide(input, source, this.kernels[map][i], output, sums);
      });
      output.data.set(sums, map * sums.length);
    }
    return output;
  }

  /** Adds to `sums` what one kernel makes of one map, a row of the kernel at a time. */
  #slide(input, source, kernel, output, sums) {
    const { data } = input;
    for (let row = 0; row < SIDE; row++) {
      const start = kernel * AREA + row * SIDE;
      const [a, b, c, d, e] = this.weight.subarray(start, start + SIDE);
      for (let y = 0, place = 0; y < output.height; y++) {
        let at = input.index(source, y + row, 0);
        for (let x = 0; x < output.width; x++, at++, place++) {
          sums[place] +=
            a * data[at] +
            b * data[at + 1] +
            c * data[at + 2] +
            d * data[at + 3] +
            e * data[at + 4];
        }
      }
    }
  }

  /** What of the input the units of a region see. */
  sees(region) {
    const sources = region.channels.flatMap((map) => this.sources[map]);
    return {
      channels: [...new Set(sources)],
      top: region.top,
      left: region.left,
      height: region.height + SIDE - 1,
      width: region.width + SIDE - 1,
    };
  }

  /** The weights of the kernel from map `source` to map `map`; none where there is none. */
  kernel(map, source) {
    const found = this.sources[map].indexOf(source);
    if (found < 0) return null;
    const start = this.kernels[map][found] * AREA;
    return this.weight.subarray(start, start + AREA);
  }

  /** The arithmetic of one unit. */
  explain(input, { channel, y, x }) {
    const groups = this.sources[channel].map((source) => {
      const inputs = Array.from({ length: AREA }, (_, tap) =>
        input.at(source, y + Math.floor(tap / SIDE), x + (tap % SIDE)),
      );
      return { source, columns: SIDE, inputs, weights: [...this.kernel(channel, source)] };
    });
    return { kind: "products", groups, bias: this.bias[channel] };
  }
}
