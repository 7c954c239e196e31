import { softmax } from "../network/softmax.js";
import { distance } from "./arithmetic/distance.js";
import { normalisation } from "./arithmetic/normalisation.js";
import { maximum, mean, subsampling } from "./arithmetic/pooling.js";
import { products } from "./arithmetic/products.js";
import { steps } from "./arithmetic/steps.js";
import { decimal, percent } from "./number.js";

const ARITHMETIC = { products, mean, maximum, subsampling, normalisation, distance };

/** The arithmetic of one unit. */
export class Explanation {
  #name = document.getElementById("unit-name");
  #value = document.getElementById("unit-value");
  #arithmetic = document.getElementById("arithmetic");
  #announcement = document.getElementById("announcement");
  #group = 0;
  #shown = null;

  show(network, { stages, logits }, unit) {
    this.#shown = [network, { stages, logits }, unit];
    const layer = network.layers[unit.layer];
    const { input, before, after } = stages[unit.layer];
    const place = before.index(unit.channel, unit.y, unit.x);
    this.#name.textContent = unitName(layer, before, unit);
    this.#value.textContent = decimal(after.data[place]);
    const explanation = layer.operation.explain(input, unit);
    const content = ARITHMETIC[explanation.kind](explanation, {
      layer,
      previous: network.layers[unit.layer - 1]?.title,
      before: before.data[place],
      after: after.data[place],
      group: this.#group,
      onGroup: (group) => this.#choose(group),
    });
    if (unit.layer === network.layers.length - 1) {
      content.splice(1, 0, probability(logits, unit.channel));
    }
    this.#arithmetic.replaceChildren(...content);
  }

  #choose(group) {
    this.#group = group;
    this.show(...this.#shown);
    this.#arithmetic.querySelectorAll(".choice button")[group].focus();
  }

  /** Reads the unit out to who cannot see it. */
  announce() {
    const lines = [...this.#arithmetic.querySelectorAll(".steps:first-child tr")];
    const words = lines.map((row) => [...row.cells].map((cell) => cell.textContent).join(": "));
    this.#announcement.textContent = `${this.#name.textContent}. ${words.join(", ")}`;
  }
}

/** What a unit is called, counted from 0 as in the program. */
export function unitName({ title }, { height, width }, { channel, y, x }) {
  if (height === 1 && width === 1) return `${title}, unit ${channel}`;
  return `${title}, map ${channel}, row ${y}, column ${x}`;
}

function probability(logits, channel) {
  const total = "e to this, among the sum of e to all";
  return steps([[total, percent(softmax(logits)[channel])]]);
}
