import { colours, css } from "./colour.js";
import { element } from "./element.js";
import { limitText } from "./number.js";

/** The scale of colours of a layer, with its numbers. */
export class Legend {
  #low = element("span");
  #high = element("span");
  #bar = element("span", { className: "scale-bar" });
  #limit = null;

  constructor(what) {
    const zero = element("span", { className: "scale-zero" }, "0");
    this.root = element(
      "p",
      { className: "scale" },
      element("span", { className: "scale-what" }, what),
      this.#low,
      element("span", { className: "scale-middle" }, this.#bar, zero),
      this.#high,
    );
    this.colour();
  }

  /** Takes the colours of the light or the dark. */
  colour() {
    const stops = [0, 128, 256, 384, 512].map((index) => css(colours.signed[index]));
    this.#bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  }

  set limit(limit) {
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#low.textContent = `−${limitText(limit)}`;
    this.#high.textContent = limitText(limit);
  }
}
