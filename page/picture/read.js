import { SIDE, WORKING_SIDE } from "./constants.js";
import { Bounds } from "./bounds.js";
import { filled } from "./hollow.js";
import { fitsMnist } from "./mnist_form.js";
import { NoDigit } from "./no_digit.js";
import { normalize } from "./normalize.js";
import { isLightAlongEdges, isSheet } from "./polarity.js";
import { segment } from "./segment.js";
import { setUp } from "./slant.js";
import { ofUsualWidth } from "./stroke.js";
import { WorkingCopy } from "./working_copy.js";

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
  const whole = new Bounds(0, 0, grey.width, grey.height);
  let copy = new WorkingCopy(grey, whole, WORKING_SIDE);
  let isDark = isLightAlongEdges(copy.levels);
  copy = copy.invertedIf(isDark);
  let [inked, refusal] = tried(() => copy.inked());
  if (inked !== null && isSheet(inked.ink, inked.pieces)) {
    isDark = !isDark;
    copy = copy.invertedIf(true);
    [inked, refusal] = tried(() => copy.inked());
  }
  const isSmall = grey.width === SIDE && grey.height === SIDE;
  if (isSmall && (!isDark || fitsMnist(copy.levels))) return [copy.levels.levels];
  let cuttings = null;
  if (inked !== null) [cuttings, refusal] = tried(() => segment(inked.ink, inked.pieces));
  const finer = copy.finer(grey, cuttings);
  if (finer !== null) {
    const [found, finerRefusal] = tried(() => {
      const { ink, pieces } = finer.invertedIf(isDark).inked();
      return segment(ink, pieces);
    });
    if (found !== null || cuttings === null) [cuttings, refusal] = [found, finerRefusal];
  }
  if (cuttings === null) throw refusal;
  return cuttings.map(({ ink }) => normalize(ofUsualWidth(setUp(filled(ink)))));
}

/** What is found, and why nothing is. */
function tried(find) {
  try {
    return [find(), null];
  } catch (error) {
    if (error instanceof NoDigit) return [null, error];
    throw error;
  }
}
