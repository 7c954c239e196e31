import { element } from "../element.js";
import { decimal } from "../number.js";

/** A calculation, a line a step: what is done, and what comes out; the last line is the result. */
export function steps(lines) {
  const rows = lines.map(([what, result]) => {
    const number = typeof result === "number" ? decimal(result) : result;
    return element("tr", {}, element("th", { scope: "row" }, what), element("td", {}, number));
  });
  return element("table", { className: "steps" }, element("tbody", {}, ...rows));
}

/** The step through an activation, if there is one. */
export function activationSteps({ activation }, before, after) {
  if (activation.name === "none") return [];
  return [[activation.formula(decimal(before)), after]];
}
