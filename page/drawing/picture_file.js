import { greyOf } from "../picture/grey.js";
import { NoDigit } from "../picture/no_digit.js";
import { readDigits } from "../picture/read.js";

/** The most pixels that are read as they are; a larger picture is first scaled down by the browser. */
const MOST_PIXELS = 16e6;

/** Reads a picture's file: the image to be seen, and the digits that it shows. */
export async function readPictureFile(file) {
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new NoDigit("it is not a picture that this browser reads");
  });
  const scale = Math.min(Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)), 1);
  const [width, height] = [bitmap.width, bitmap.height].map((side) =>
    Math.max(Math.floor(side * scale), 1),
  );
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  return { image: bitmap, digits: readDigits(greyOf(width, height, data)) };
}
