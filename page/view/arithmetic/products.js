import { element } from "../element.js";
import { decimal } from "../number.js";
import { numbers, squares } from "./grid.js";
import { activationSteps, steps } from "./steps.js";

/** Wider than this there is no room for numbers. */
const MOST_COLUMNS = 5;

/** The products of a convolution's or a full connection's unit, their sum, bias and activation. */
export function products({ groups, bias }, { layer, previous, before, after, group, onGroup }) {
  const multiplied = groups.map(({ inputs, weights }) => inputs.map((x, i) => x * weights[i]));
  const sums = multiplied.map((terms) => terms.reduce((sum, product) => sum + product, 0));
  const count = multiplied.flat().length;
  const shown = Math.min(group, groups.length - 1);
  const sum = sums.reduce((total, part) => total + part, 0);
  return [
    steps([
      [`sum of ${count} products`, sum],
      ["+ bias", bias],
      ["= together", before],
      ...activationSteps(layer, before, after),
    ]),
    groups.length > 1 ? choice(groups, sums, shown, previous, onGroup) : "",
    factors(groups[shown]),
    productsGrid(multiplied[shown], groups[shown].columns),
    groups[shown].columns > MOST_COLUMNS ? largest(groups[shown], multiplied[shown]) : "",
  ];
}

/** A button for each map that the unit sees, with the sum of its products. */
function choice(groups, sums, shown, previous, onGroup) {
  const buttons = groups.map(({ source }, index) => {
    const label = element("b", {}, String(source));
    const button = element("button", { type: "button" }, label, ` ${decimal(sums[index], 2)}`);
    button.setAttribute("aria-pressed", index === shown);
    button.addEventListener("click", () => onGroup(index));
    return button;
  });
  const title = element("p", { className: "note" }, `Maps of ${previous}, each with its sum:`);
  return element("div", { className: "choice" }, title, ...buttons);
}

function factors({ inputs, weights, columns }) {
  const times = element("span", { className: "times", "aria-hidden": "true" }, "×");
  const seen = table("what it sees", inputs, columns, 2);
  const kernel = table("its weights", weights, columns, 2);
  return element("div", { className: "factors" }, seen, times, kernel);
}

function productsGrid(values, columns) {
  return table(`= ${values.length} products`, values, columns, 3);
}

function table(title, values, columns, decimals) {
  if (columns > MOST_COLUMNS) return squares(title, values, columns);
  return numbers(title, values, columns, decimals);
}

/** The products that count most, in numbers. */
function largest({ inputs, weights }, multiplied) {
  const MOST = 8;
  const order = multiplied.map((_, index) => index);
  order.sort((a, b) => Math.abs(multiplied[b]) - Math.abs(multiplied[a]));
  const lines = order.slice(0, MOST).map((index) => {
    const weight = weights[index] < 0 ? `(${decimal(weights[index])})` : decimal(weights[index]);
    return [`unit ${index}: ${decimal(inputs[index])} · ${weight}`, multiplied[index]];
  });
  const title = element("p", { className: "note" }, `The ${lines.length} largest of them:`);
  return element("div", { className: "largest" }, title, steps(lines));
}
