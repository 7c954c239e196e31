import { css, readableOn, signedColour } from "../colour.js";
import { element } from "../element.js";
import { MapsFigure } from "../maps_figure.js";
import { decimal } from "../number.js";

/** Numbers in rows and columns, each on the colour of its value. */
export function numbers(title, values, columns, decimals, chosen = null) {
  const limit = limitOf(values);
  const cells = values.map((value, index) => {
    const colour = signedColour(value, limit);
    const cell = element("td", { title: decimal(value) }, decimal(value, decimals));
    cell.style.background = css(colour);
    cell.style.color = readableOn(colour);
    cell.classList.toggle("chosen", index === chosen);
    return cell;
  });
  const rows = Array.from({ length: cells.length / columns }, (_, row) =>
    element("tr", {}, ...cells.slice(row * columns, (row + 1) * columns)),
  );
  return element("table", { className: "numbers" }, element("caption", {}, title), ...rows);
}

/** The same where there are too many for numbers: colours alone. */
export function squares(title, values, columns, limit = limitOf(values)) {
  const figure = new MapsFigure(title);
  figure.layOut({ channels: 1, height: values.length / columns, width: columns }, 1);
  figure.drawSigned([values], limit);
  return element("div", { className: "squares" }, element("p", {}, title), figure.root);
}

/** The greatest of some values without their signs, as the limit of a scale. */
export function limitOf(values) {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
}
