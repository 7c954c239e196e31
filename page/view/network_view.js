import { LayerView } from "./layer_view.js";

/** The layers of one network, and the unit among them that is looked at. */
export class NetworkView {
  #root = document.getElementById("layers");
  #narrow = matchMedia("(max-width: 760px)");
  #views = [];
  #inputFigure;
  #network;
  #result;
  #isAfter = true;
  #unit;
  #isHeld = false;
  #onUnit;

  /** `onUnit` is told when another unit is looked at, and whether by a key. */
  constructor(inputFigure, onUnit) {
    this.#inputFigure = inputFigure;
    this.#onUnit = onUnit;
    this.#narrow.addEventListener("change", () => this.#layOut());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#isHeld = false;
    });
  }

  get unit() {
    return this.#unit;
  }

  /** Shows the layers of another network. */
  choose(network, result) {
    this.#network = network;
    this.#result = result;
    this.#views = network.layers.map((layer, index) => {
      const bitmapColumns = network.layers[index + 1]?.operation.columns;
      return new LayerView(layer, result.stages[index].before, bitmapColumns, {
        onPoint: (unit) => this.#isHeld || this.#look({ layer: index, ...unit }),
        onHold: (unit, key) => this.#hold({ layer: index, ...unit }, key),
        heldUnit: () => (this.#unit.layer === index ? this.#unit : null),
      });
    });
    this.#root.replaceChildren(...this.#views.map((view) => view.root));
    this.#unit = firstUnit(result.stages[0].before);
    this.#isHeld = false;
    this.#layOut();
  }

  #layOut() {
    for (const view of this.#views) view.layOut(this.#narrow.matches);
    this.draw(this.#result, this.#isAfter);
    this.#mark();
  }

  /** Shows what the layers make of an image, before their activations or after them. */
  draw(result, isAfter) {
    this.#result = result;
    this.#isAfter = isAfter;
    this.#views.forEach((view, index) => {
      const { before, after } = result.stages[index];
      view.draw(isAfter ? after : before, isAfter);
    });
  }

  /** Takes the colours of the light or the dark. */
  colour() {
    for (const view of this.#views) view.colour();
  }

  #look(unit, isKey = false) {
    this.#unit = unit;
    this.#mark();
    this.#onUnit(isKey);
  }

  #hold(unit, key) {
    const isSame = JSON.stringify(unit) === JSON.stringify(this.#unit);
    this.#isHeld = key !== undefined || !(this.#isHeld && isSame);
    this.#root.classList.toggle("held", this.#isHeld);
    this.#look(unit, key !== undefined);
  }

  /** Lights up what the unit sees, in each layer before it and on the image. */
  #mark() {
    this.#inputFigure.unmark();
    for (const view of this.#views) view.unmark();
    for (const { layer, region } of this.#network.receptiveFields(
      this.#unit,
      this.#result.stages,
    )) {
      (this.#views[layer] ?? this.#inputFigure).mark(region);
    }
    const { layer, channel } = this.#unit;
    this.#views[layer].markKernels({ to: channel });
    this.#views[layer + 1]?.markKernels({ from: channel });
  }
}

/** A unit in the middle of the first map. */
function firstUnit({ height, width }) {
  return { layer: 0, channel: 0, y: Math.floor(height / 2), x: Math.floor(width / 2) };
}
