import { greyOf } from "../picture/grey.js";
import { readDigits } from "../picture/read.js";
import { Strokes } from "./strokes.js";

/** The side at which lines are read: enough for 20 pixels, and little enough to follow the hand. */
const READING_SIDE = 140;

/** The field to draw in. It can show a picture or a digit of MNIST instead, until one draws. */
export class Pad {
  #canvas;
  #strokes = new Strokes();
  #reading = new OffscreenCanvas(READING_SIDE, READING_SIDE);
  #shown = null;
  #onChange;

  /** `lineWidth` gives the width of the next line, a share of the side. */
  constructor(canvas, lineWidth, onChange) {
    this.#canvas = canvas;
    this.#onChange = onChange;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.#shown = null;
      this.#strokes.begin(lineWidth(), this.#point(event));
      this.#changed();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      // Between two frames a pen reports many points, to browsers that ask for them.
      for (const each of event.getCoalescedEvents?.() ?? [])
        this.#strokes.extend(this.#point(each));
      this.#strokes.extend(this.#point(event));
      this.#changed();
    });
    this.#draw();
  }

  get isDrawnOn() {
    return !this.#strokes.isEmpty;
  }

  undo() {
    this.#shown = null;
    this.#strokes.undo();
    this.#changed();
  }

  clear() {
    this.#strokes.clear();
    this.#shown = null;
    this.#changed();
  }

  /** Shows an `image`, of which `digits` were read. */
  show(image, digits) {
    this.#strokes.clear();
    this.#shown = { image, digits };
    this.#changed();
  }

  /** The digits in MNIST's form, from left to right. */
  read() {
    if (this.#shown) return this.#shown.digits;
    const context = this.#reading.getContext("2d", { willReadFrequently: true });
    this.#drawOn(context, READING_SIDE);
    const { data } = context.getImageData(0, 0, READING_SIDE, READING_SIDE);
    return readDigits(greyOf(READING_SIDE, READING_SIDE, data));
  }

  #point(event) {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
  }

  #changed() {
    this.#draw();
    this.#onChange();
  }

  #draw() {
    this.#drawOn(this.#canvas.getContext("2d"), this.#canvas.width);
  }

  #drawOn(context, side) {
    context.fillStyle = "white";
    context.fillRect(0, 0, side, side);
    if (this.#shown) {
      const { image } = this.#shown;
      const scale = side / Math.max(image.width, image.height);
      const [width, height] = [image.width * scale, image.height * scale];
      context.imageSmoothingEnabled = scale < 1;
      context.drawImage(image, (side - width) / 2, (side - height) / 2, width, height);
    }
    this.#strokes.draw(context, side);
  }
}
