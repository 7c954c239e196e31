import { element } from "../element.js";
import { limitOf, squares } from "./grid.js";
import { steps } from "./steps.js";

/** How far F6 is from the bitmap of a digit. */
export function distance({ inputs, bitmap, columns }, { before }) {
  const differences = inputs.map((value, i) => (value - bitmap[i]) ** 2);
  const sum = differences.reduce((total, square) => total + square, 0);
  return [
    steps([
      [`sum of ${differences.length} squared differences`, sum],
      ["its negative: the nearest bitmap wins", before],
    ]),
    element(
      "div",
      { className: "factors" },
      squares("F6", inputs, columns),
      squares("the bitmap", bitmap, columns, limitOf(inputs)),
      squares("differences²", differences, columns),
    ),
  ];
}
