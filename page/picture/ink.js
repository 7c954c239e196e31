import { paperUnder } from "./paper.js";
import { inkLevel } from "./split.js";

/** How much of each pixel is ink, from 0 to 255, in a picture that is light on dark. */
export function findInk(picture) {
  const { width, height } = picture;
  const paper = paperUnder(picture);
  const heights = picture.levels.map((level, index) => level - paper[index]);
  const ink = inkLevel(heights);
  // The paper's grain is dropped at the foot; an edge that is half ink stays half.
  const levels = heights.map((height) => {
    const share = Math.floor((Math.max(4 * height - ink, 0) * 255) / (2 * ink));
    return Math.min(share, 255);
  });
  return { width, height, levels };
}
