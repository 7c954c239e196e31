import { element } from "./element.js";
import { Legend } from "./legend.js";
import { MapsFigure } from "./maps_figure.js";
import { roundUp } from "./number.js";

/** The kernels of a convolution: below each map of its output those from each map of its input. */
export class KernelsFigure {
  #operation;
  #figure;
  #legend = new Legend("weights");

  constructor(operation) {
    this.#operation = operation;
    this.inChannels = 1 + Math.max(...operation.sources.flat());
    const from = this.inChannels === 1 ? "" : `, a row for each of ${this.inChannels} maps before`;
    this.#figure = new MapsFigure(`Kernels 5×5, a column for each map${from}`);
    const what = `kernels 5×5, one below each map${from}`;
    this.root = element("div", { className: "kernels" });
    this.root.append(
      this.#figure.root,
      element("p", { className: "note" }, what),
      this.#legend.root,
    );
  }

  layOut() {
    const maps = this.#operation.sources.length;
    this.#figure.layOut({ channels: maps * this.inChannels, height: 5, width: 5 }, maps);
    this.draw();
  }

  draw() {
    const maps = this.#operation.sources.map((_, map) => map);
    const rows = Array.from({ length: this.inChannels }, (_, source) =>
      maps.map((map) => this.#operation.kernel(map, source)),
    );
    const largest = this.#operation.weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    this.#legend.limit = roundUp(largest);
    this.#legend.colour();
    this.#figure.drawSigned(rows.flat(), roundUp(largest));
  }

  /** Marks the kernels that lead to one map, or away from another. */
  mark({ to, from }) {
    const maps = this.#operation.sources.length;
    const leads = (source, map) =>
      (map === to || source === from) && this.#operation.sources[map].includes(source);
    const channels = Array.from({ length: maps * this.inChannels }, (_, i) => i).filter((i) =>
      leads(Math.floor(i / maps), i % maps),
    );
    this.#figure.mark({ channels, top: 0, left: 0, height: 5, width: 5 });
  }

  unmark() {
    this.#figure.unmark();
  }
}
