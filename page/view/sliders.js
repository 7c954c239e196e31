import { DISTORTIONS } from "../picture/distortion.js";
import { element } from "./element.js";

/** A slider for each way to distort the digit. */
export class Sliders {
  #inputs = [];

  constructor(root, onChange) {
    for (const [name, { label, unit, min, max, step }] of Object.entries(DISTORTIONS)) {
      const input = element("input", { type: "range", id: `slider-${name}`, min, max, step });
      input.value = 0;
      const output = element("output", { htmlFor: input.id });
      const show = () => (output.textContent = `${input.value.replace("-", "−")}${unit}`);
      input.addEventListener("input", () => (show(), onChange()));
      show();
      root.append(element("label", { htmlFor: input.id }, label), input, output);
      this.#inputs.push({ name, input, show });
    }
    const reset = element("button", { type: "button", id: "reset" }, "Reset");
    reset.addEventListener("click", () => {
      for (const { input, show } of this.#inputs) {
        input.value = 0;
        show();
      }
      onChange();
    });
    root.append(reset);
  }

  /** The values by their names. */
  get values() {
    return Object.fromEntries(this.#inputs.map(({ name, input }) => [name, Number(input.value)]));
  }
}
