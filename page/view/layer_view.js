import { SCALED_TANH, TANH } from "../network/activation.js";
import { Conv2d } from "../network/conv2d.js";
import { ConnectionsTable } from "./connections_table.js";
import { element } from "./element.js";
import { KernelsFigure } from "./kernels_figure.js";
import { Legend } from "./legend.js";
import { MapsFigure } from "./maps_figure.js";
import { roundUp } from "./number.js";

/** Greatest values of the activations that have one. */
const BOUNDS = new Map([
  [TANH, 1],
  [SCALED_TANH, 1.7159],
]);

/** The side of a unit, in CSS pixels, where a layer has no maps but single units. */
const SINGLE_UNIT = 14;

/** Kernels of more maps than these are shown for one unit at a time, beside its arithmetic. */
const MOST_KERNEL_COLUMNS = 16;

/** A layer as maps, with its scale, its kernels and, where it has one, its table of connections. */
export class LayerView {
  #layer;
  #figure;
  #legend;
  #size;
  #isFlat;
  #kernels = null;
  #connections = null;
  #bitmapColumns;

  /**
   * `size` is that of its values. F6 is shown in `bitmapColumns`, where the paper's output compares
   * it with bitmaps. `choice` is told of units that are pointed at, clicked and gone to.
   */
  constructor(layer, size, bitmapColumns, choice) {
    this.#layer = layer;
    this.#size = size;
    this.#bitmapColumns = bitmapColumns;
    const { channels, height, width } = size;
    this.#isFlat = height === 1 && width === 1;
    const shape = this.#isFlat ? `${channels} units` : `${channels}×${height}×${width}`;
    this.#figure = new MapsFigure(
      `${layer.title}, ${shape}: ${layer.words}. The arrow keys go from unit to unit.`,
    );
    this.#legend = new Legend("values");
    const title = element("h3", {}, layer.title);
    const words = element("p", { className: "words" }, layer.words);
    const head = element("header", {}, title, words, element("p", { className: "shape" }, shape));
    this.root = element("section", { className: "layer", id: `layer-${layer.name}` }, head);
    this.root.append(this.#figure.root, this.#legend.root);
    this.#addKernels(layer.operation);
    this.#listen(choice);
  }

  #addKernels(operation) {
    if (!(operation instanceof Conv2d) || operation.bias.length > MOST_KERNEL_COLUMNS) return;
    this.#kernels = new KernelsFigure(operation);
    this.root.append(this.#kernels.root);
    if (operation.sources.some((sources) => sources.length < this.#kernels.inChannels)) {
      this.#connections = new ConnectionsTable(operation, this.#kernels.inChannels);
      this.root.append(this.#connections.root);
    }
  }

  #listen({ onPoint, onHold, heldUnit }) {
    const { canvas } = this.#figure;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "layer");
    const withUnit = (tell) => (event) => {
      const unit = this.#figure.unitAt(event);
      if (unit) tell(unit);
    };
    canvas.addEventListener("pointermove", withUnit(onPoint));
    canvas.addEventListener("click", withUnit(onHold));
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    canvas.addEventListener("keydown", (event) => {
      const step = steps[event.key];
      if (!step) return;
      event.preventDefault();
      const from = heldUnit();
      onHold(from ? this.#figure.neighbour(from, ...step) : { channel: 0, y: 0, x: 0 }, event.key);
    });
  }

  layOut(isNarrow) {
    const gap = this.#bitmapColumns ? 0 : undefined;
    this.#figure.layOut(this.#size, this.#columns(isNarrow), gap);
    const { width } = this.#figure.canvas;
    if (this.#isFlat) this.#figure.root.style.maxWidth = `${width * SINGLE_UNIT}px`;
    this.#kernels?.layOut();
  }

  #columns(isNarrow) {
    if (this.#bitmapColumns) return this.#bitmapColumns;
    if (this.#isFlat) return isNarrow ? 10 : 20;
    if (isNarrow) return this.#size.channels > 6 ? 4 : 3;
    return this.#size.channels;
  }

  /** Draws the values of one image, before the activation or after it. */
  draw(values, isAfter) {
    const limit = this.#limit(values.data, isAfter);
    this.#legend.limit = limit;
    this.#figure.drawSigned(mapsOf(values), limit);
  }

  #limit(data, isAfter) {
    const bound = BOUNDS.get(this.#layer.activation);
    if (isAfter && bound) return bound;
    return roundUp(data.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  }

  /** Takes the colours of the light or the dark. */
  colour() {
    this.#legend.colour();
    this.#kernels?.draw();
  }

  mark(region) {
    this.#figure.mark(region);
  }

  /** Marks the kernels, and the edges of the table, that lead to a map or away from it. */
  markKernels({ to, from }) {
    this.#kernels?.mark({ to, from });
    this.#connections?.mark({ to, from });
  }

  unmark() {
    this.#figure.unmark();
    this.#kernels?.unmark();
    this.#connections?.unmark();
  }
}

/** The values of each map. */
function mapsOf({ channels, height, width, data }) {
  const area = height * width;
  return Array.from({ length: channels }, (_, i) => data.subarray(i * area, (i + 1) * area));
}
