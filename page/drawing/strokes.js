/** Lines drawn by hand, whose points and widths are shares of the field's side. */
export class Strokes {
  #strokes = [];

  get isEmpty() {
    return this.#strokes.length === 0;
  }

  begin(width, point) {
    this.#strokes.push({ width, points: [point] });
  }

  extend(point) {
    this.#strokes.at(-1).points.push(point);
  }

  undo() {
    this.#strokes.pop();
  }

  clear() {
    this.#strokes = [];
  }

  /** Draws the lines in black onto a field of so many pixels. */
  draw(context, side) {
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = "black";
    for (const { width, points } of this.#strokes) {
      context.lineWidth = width * side;
      context.beginPath();
      context.moveTo(points[0].x * side, points[0].y * side);
      // A line to where it begins draws a dot.
      for (const { x, y } of points) context.lineTo(x * side, y * side);
      context.stroke();
    }
  }
}
