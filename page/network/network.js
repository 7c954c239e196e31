import { inputLevel, layersOf } from "./architecture.js";
import { Maps } from "./maps.js";
import { decodeFloats } from "./weights.js";

/** Height and width of an image. */
const IMAGE_SIDE = 28;

/** Zeros around an image. */
const PADDING = 2;

/** A network whose weights are in the page, and what it makes of an image. */
export class Network {
  /** `packed` is what the page holds of it. */
  constructor(packed) {
    this.title = packed.title;
    this.variant = packed.variant;
    this.classes = packed.classes;
    this.file = packed.file;
    const tensors = Object.entries(packed.tensors);
    const floats = tensors.map(([name, text]) => [name, decodeFloats(text)]);
    const built = layersOf(packed.variant, Object.fromEntries(floats), packed.classes);
    this.layers = built.map((layer, index) => {
      const { label, words } = packed.layers[index];
      const isSecond = packed.layers[index - 1]?.label === label;
      return { ...layer, words, title: isSecond ? `${label} normalised` : label };
    });
    this.level = inputLevel(packed.variant);
  }

  /** The image as the first layer gets it: 1×32×32. */
  input(pixels) {
    const side = IMAGE_SIDE + 2 * PADDING;
    const input = new Maps(1, side, side);
    input.data.fill(this.level(0));
    for (let y = 0; y < IMAGE_SIDE; y++) {
      for (let x = 0; x < IMAGE_SIDE; x++) {
        const level = Math.fround(pixels[y * IMAGE_SIDE + x] / 255);
        input.data[input.index(0, y + PADDING, x + PADDING)] = this.level(level);
      }
    }
    return input;
  }

  /**
   * What each layer makes of 784 bytes as MNIST has them: `stages`, each with its `input`, the
   * values `before` its activation and those `after` it.
   */
  forward(pixels) {
    let input = this.input(pixels);
    const stages = this.layers.map(({ operation, activation }) => {
      const before = operation.forward(input);
      const stage = { input, before, after: before.map(activation.apply) };
      input = stage.after;
      return stage;
    });
    return { stages, logits: input.data };
  }

  /** The place of a unit, and for each layer before it, down to the image, what of it the unit sees. */
  receptiveFields({ layer, channel, y, x }, stages) {
    let region = { channels: [channel], top: y, left: x, height: 1, width: 1 };
    const fields = [{ layer, region }];
    for (let index = layer; index >= 0; index--) {
      region = this.layers[index].operation.sees(region, stages[index].input);
      fields.push({ layer: index - 1, region });
    }
    return fields;
  }
}
