import { filled } from "./hollow.js";
import { findInk } from "./ink.js";
import { withoutLines } from "./lines.js";
import { fitsMnist } from "./mnist_form.js";
import { NoDigit } from "./no_digit.js";
import { normalize } from "./normalize.js";
import { inverted, isDarkOnLight } from "./polarity.js";
import { segment } from "./segment.js";
import { SIDE } from "./side.js";
import { widen } from "./stroke.js";
import { thumbnail } from "./thumbnail.js";

/** Longer pictures are first scaled down to this: a digit in a corner still has pixels enough. */
const WORKING_SIDE = 1024;

/**
 * The digits of a picture in levels of grey, from left to right, each as the 28×28 bytes of MNIST's
 * form, 255 for full ink. There is at least one. These are the steps of `lenet5 predict`.
 *
 * A picture of 28×28 pixels that is light on dark counts as being in that form already, and is taken
 * as it is. Dark on light, it is if it has MNIST's measures; then only light and dark change places.
 */
export function readDigits(grey) {
  if (grey.levels.every((level) => level === grey.levels[0])) {
    throw new NoDigit("all of it has one colour");
  }
  const working = workingCopy(grey);
  const isDark = isDarkOnLight(working);
  const picture = isDark ? inverted(working) : working;
  const isSmall = grey.width === SIDE && grey.height === SIDE;
  if (isSmall && (!isDark || fitsMnist(picture))) return [picture.levels];
  const cuttings = segment(withoutLines(findInk(picture)));
  return cuttings.map((ink) => normalize(widen(filled(ink))));
}

function workingCopy(grey) {
  const longer = Math.max(grey.width, grey.height);
  if (longer <= WORKING_SIDE) return grey;
  const scaled = (side) => Math.max(Math.floor((side * WORKING_SIDE) / longer), 1);
  return thumbnail(grey, scaled(grey.width), scaled(grey.height));
}
