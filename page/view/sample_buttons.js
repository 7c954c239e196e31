import { SIDE } from "../picture/constants.js";
import { element } from "./element.js";

/** Makes a button for each digit of the sample, which shows it dark on light. */
export function addSampleButtons(root, samples, onChoose) {
  return samples.map(({ pixels, label }) => {
    const image = element("canvas", { width: SIDE, height: SIDE });
    const data = new ImageData(SIDE, SIDE);
    pixels.forEach((level, index) => {
      data.data.set([255 - level, 255 - level, 255 - level, 255], 4 * index);
    });
    image.getContext("2d").putImageData(data, 0, 0);
    const button = element(
      "button",
      { type: "button", "aria-label": `A ${label} of MNIST` },
      image,
    );
    button.addEventListener("click", () => onChoose(image, pixels));
    root.append(button);
    return button;
  });
}
