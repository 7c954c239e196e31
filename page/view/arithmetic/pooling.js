import { decimal } from "../number.js";
import { numbers } from "./grid.js";
import { activationSteps, steps } from "./steps.js";

const seen = (inputs, chosen) => numbers("the four that it sees", inputs, 2, 4, chosen);

export function mean({ inputs }, { before }) {
  const sum = inputs.reduce((total, value) => total + value, 0);
  return [
    steps([
      ["sum of the four", sum],
      ["÷ 4", before],
    ]),
    seen(inputs),
  ];
}

export function maximum({ inputs }, { before }) {
  return [steps([["the greatest of the four", before]]), seen(inputs, inputs.indexOf(before))];
}

export function subsampling({ inputs, coefficient, bias }, { layer, before, after }) {
  const average = inputs.reduce((total, value) => total + value, 0) / inputs.length;
  return [
    steps([
      ["mean of the four", average],
      [`× coefficient ${decimal(coefficient)}`, average * coefficient],
      ["+ bias", bias],
      ["= together", before],
      ...activationSteps(layer, before, after),
    ]),
    seen(inputs),
  ];
}
