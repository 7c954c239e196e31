import { decimal, term } from "../number.js";
import { activationSteps, steps } from "./steps.js";

/** What batch normalisation makes of a value. */
export function normalisation(explanation, { layer, before, after }) {
  const { input, mean, variance, epsilon, weight, bias } = explanation;
  const deviation = Math.sqrt(variance + epsilon);
  const standard = (input - mean) / deviation;
  return [
    steps([
      ["the value below", input],
      [`minus the map’s mean, ${decimal(mean)}`, input - mean],
      [`÷ its deviation, √(${decimal(variance)} + 0.00001)`, standard],
      [`× weight ${decimal(weight)}`, standard * weight],
      [`${term(bias)} (bias)`, before],
      ...activationSteps(layer, before, after),
    ]),
  ];
}
