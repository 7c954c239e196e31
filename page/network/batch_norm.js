import { Maps } from "./maps.js";

const EPSILON = 1e-5;

/** Each map brought to mean 0 and variance 1 as they were in training, then scaled and shifted. */
export class BatchNorm2d {
  constructor(weight, bias, mean, variance) {
    this.weight = weight;
    this.bias = bias;
    this.mean = mean;
    this.variance = variance;
  }

  forward(input) {
    const output = new Maps(input.channels, input.height, input.width);
    const area = input.height * input.width;
    for (let channel = 0, at = 0; channel < input.channels; channel++) {
      const scale = this.weight[channel] / Math.sqrt(this.variance[channel] + EPSILON);
      const shift = this.bias[channel] - this.mean[channel] * scale;
      for (const end = at + area; at < end; at++) {
        output.data[at] = input.data[at] * scale + shift;
      }
    }
    return output;
  }

  sees(region) {
    return region;
  }

  explain(input, { channel, y, x }) {
    return {
      kind: "normalisation",
      input: input.at(channel, y, x),
      mean: this.mean[channel],
      variance: this.variance[channel],
      epsilon: EPSILON,
      weight: this.weight[channel],
      bias: this.bias[channel],
    };
  }
}
