import { colours, step } from "./colour.js";
import { element } from "./element.js";

const SVG = "http://www.w3.org/2000/svg";

/** Maps side by side, a square of colour a unit, on which regions can be marked. */
export class MapsFigure {
  #canvas;
  #marks;
  #columns;
  #gap;
  #image;

  constructor(label) {
    this.#canvas = element("canvas", { role: "img", "aria-label": label });
    this.#marks = document.createElementNS(SVG, "svg");
    this.#marks.setAttribute("aria-hidden", "true");
    this.root = element("div", { className: "figure" }, this.#canvas, this.#marks);
  }

  get canvas() {
    return this.#canvas;
  }

  /** Reserves space for so many maps of this size, in so many columns. */
  layOut({ channels, height, width }, columns, gap = Math.max(Math.round(width / 14), 1)) {
    this.#columns = Math.min(columns, channels);
    this.#gap = gap;
    this.size = { channels, height, width };
    const rows = Math.ceil(channels / this.#columns);
    this.#canvas.width = this.#columns * (width + gap) - gap;
    this.#canvas.height = rows * (height + gap) - gap;
    this.root.style.aspectRatio = `${this.#canvas.width} / ${this.#canvas.height}`;
    this.#marks.setAttribute("viewBox", `0 0 ${this.#canvas.width} ${this.#canvas.height}`);
    this.#image = new ImageData(this.#canvas.width, this.#canvas.height);
  }

  /** Draws values from -limit to limit; a map of `null` stays empty. */
  drawSigned(maps, limit) {
    this.#draw(maps, colours.signed, (value) => (value / limit + 1) / 2);
  }

  /** Draws values from paper to ink. */
  drawInk(maps, paper, ink) {
    this.#draw(maps, colours.ink, (value) => (value - paper) / (ink - paper));
  }

  #draw(maps, ramp, share) {
    const { channels, height, width } = this.size;
    const { data } = this.#image;
    for (let channel = 0; channel < channels; channel++) {
      const values = maps[channel];
      if (values === null) continue;
      const { left, top } = this.#corner(channel);
      for (let y = 0, index = 0; y < height; y++) {
        let at = 4 * ((top + y) * this.#canvas.width + left);
        for (let x = 0; x < width; x++, index++, at += 4) {
          const { red, green, blue } = ramp[step(share(values[index]))];
          data[at] = red;
          data[at + 1] = green;
          data[at + 2] = blue;
          data[at + 3] = 255;
        }
      }
    }
    this.#canvas.getContext("2d").putImageData(this.#image, 0, 0);
  }

  #corner(channel) {
    const column = channel % this.#columns;
    const row = Math.floor(channel / this.#columns);
    const { height, width } = this.size;
    return { left: column * (width + this.#gap), top: row * (height + this.#gap) };
  }

  /** Outlines a region of some maps, or once the whole, where it is all of all of them. */
  mark(region) {
    const { channels, height, width } = this.size;
    const isWhole = region.height === height && region.width === width;
    const boxes =
      isWhole && region.channels.length === channels
        ? [{ left: 0, top: 0, width: this.#canvas.width, height: this.#canvas.height }]
        : region.channels.map((channel) => this.#place(channel, region));
    const outlines = boxes.map((box) => {
      return `M${box.left} ${box.top}h${box.width}v${box.height}h${-box.width}z`;
    });
    for (const name of ["halo", "line"]) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", name);
      path.setAttribute("d", outlines.join(""));
      this.#marks.append(path);
    }
  }

  #place(channel, { top, left, height, width }) {
    const corner = this.#corner(channel);
    return { left: corner.left + left, top: corner.top + top, height, width };
  }

  unmark() {
    this.#marks.replaceChildren();
  }

  /** The unit under a pointer, or before the gap there; none beyond the last map. */
  unitAt(event) {
    const box = this.#canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.#canvas.width);
    const row = Math.floor(((event.clientY - box.top) / box.height) * this.#canvas.height);
    const { channels, height, width } = this.size;
    const [pitchX, pitchY] = [width + this.#gap, height + this.#gap];
    const channel = Math.floor(row / pitchY) * this.#columns + Math.floor(column / pitchX);
    if (channel < 0 || channel >= channels || row < 0 || column < 0) return null;
    const y = Math.min(row % pitchY, height - 1);
    return { channel, y, x: Math.min(column % pitchX, width - 1) };
  }

  /** The unit next to one, as it is seen; across a gap the next map's, at the edge the unit itself. */
  neighbour({ channel, y, x }, right, down) {
    const { channels, height, width } = this.size;
    const inside = (value, length) => value >= 0 && value < length;
    const to = { channel, y: y + down, x: x + right };
    if (!inside(to.x, width)) {
      const column = (channel % this.#columns) + right;
      if (!inside(column, this.#columns)) return { channel, y, x };
      to.channel += right;
      to.x = (to.x + width) % width;
    }
    if (!inside(to.y, height)) {
      to.channel += down * this.#columns;
      to.y = (to.y + height) % height;
    }
    return inside(to.channel, channels) ? to : { channel, y, x };
  }
}
