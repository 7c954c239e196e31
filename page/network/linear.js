import { Maps } from "./maps.js";

/** A full connection of N inputs, whatever their shape, to M outputs. */
export class Linear {
  constructor(weight, bias) {
    this.weight = weight;
    this.bias = bias;
    this.inputs = weight.length / bias.length;
  }

  forward(input) {
    const output = new Maps(this.bias.length, 1, 1);
    for (let unit = 0, at = 0; unit < output.channels; unit++) {
      let sum = this.bias[unit];
      for (let i = 0; i < this.inputs; i++, at++) sum += this.weight[at] * input.data[i];
      output.data[unit] = sum;
    }
    return output;
  }

  sees(_region, input) {
    return input.all;
  }

  explain(input, { channel }) {
    const start = channel * this.inputs;
    const weights = [...this.weight.subarray(start, start + this.inputs)];
    const groups = [{ source: null, columns: 12, inputs: [...input.data], weights }];
    return { kind: "products", groups, bias: this.bias[channel] };
  }
}
