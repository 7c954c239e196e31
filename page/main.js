import { SIDE } from "./picture/constants.js";
import { Network } from "./network/network.js";
import { decodeBytes } from "./network/weights.js";
import { Page } from "./view/page.js";

const contents = JSON.parse(document.getElementById("contents").textContent);
const networks = contents.networks.map((packed) => new Network(packed));
const pixels = decodeBytes(contents.samples.pixels);
const samples = contents.samples.labels.map((label, index) => ({
  label,
  pixels: pixels.subarray(index * SIDE * SIDE, (index + 1) * SIDE * SIDE),
}));
const page = new Page(networks, samples);

/** For tests and for the curious. */
window.lenet5 = {
  networks,

  /** The 784 bytes that the network sees now. */
  get pixels() {
    return page.pixels;
  },

  /** 784 bytes, as MNIST has them, to logits and layers. */
  forward(image, network = page.network) {
    const { logits, stages } = network.forward(image);
    const layers = stages.map(({ before, after }, index) => {
      const { channels, height, width } = after;
      const { name } = network.layers[index];
      return { name, shape: [channels, height, width], before: before.data, after: after.data };
    });
    return { logits, layers };
  },
};
