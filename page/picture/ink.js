import { heightAbovePaper } from "./paper.js";
import { Plane } from "./plane.js";
import { removeSpecks } from "./specks.js";
import { split } from "./split.js";
import { thumbnail } from "./thumbnail.js";

/** Longer pictures are first scaled down to this: a digit in a corner still has pixels enough. */
const WORKING_SIDE = 1024;

/** Terms of the paper's surface in each round; a round begins with the ink that the last one found. */
const ROUNDS = [3, 6, 6];

/**
 * How much of each pixel is ink, from 0 to 1, in a picture that is light on dark.
 *
 * A threshold tells ink from paper, above a surface fitted to what it called paper: so a shadow
 * across a photograph does not count as ink.
 */
export function findInk(grey) {
  const picture = workingCopy(grey);
  let height = picture;
  let { threshold, ink } = split(height);
  for (const terms of ROUNDS) {
    const below = height.levels;
    height = heightAbovePaper(picture, terms, (index) => below[index] < threshold);
    ({ threshold, ink } = split(height));
  }
  height.levels.forEach((level, index) => {
    // The paper's grain is dropped at the foot; an edge that is half ink stays half.
    const share = Math.fround(Math.fround(2 * level) / ink) - 0.5;
    height.levels[index] = Math.min(Math.max(share, 0), 1);
  });
  removeSpecks(height);
  return height;
}

/** The picture from 0 to 1, at most `WORKING_SIDE` long. */
function workingCopy(grey) {
  const longer = Math.max(grey.width, grey.height);
  const scaled = (side) => Math.max(Math.floor((side * WORKING_SIDE) / longer), 1);
  const small =
    longer > WORKING_SIDE ? thumbnail(grey, scaled(grey.width), scaled(grey.height)) : grey;
  return Plane.from(small.width, small.height, (_x, _y, index) => small.levels[index] / 255);
}
