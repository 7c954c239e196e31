import assert from "node:assert/strict";
import { test } from "node:test";
import { onPaper } from "../picture/grey.js";
import { readDigit } from "../picture/read.js";
import { fixture } from "./browser.js";

test("pictures come to MNIST's form as in the program, from equal pixels", (t) => {
  const pictures = JSON.parse(fixture("pictures.json"));
  assert.ok(pictures.length >= 30);
  let [largest, count] = [0, 0];
  for (const { name, width, height } of pictures) {
    const bytes = fixture(`${name}.pixels`);
    const [levels, alpha] = [0, 1].map((at) => bytes.filter((_, index) => index % 2 === at));
    const digit = readDigit({
      width,
      height,
      levels: onPaper(Uint8Array.from(levels), Uint8Array.from(alpha)),
    });
    fixture(`${name}.digit`).forEach((level, index) => {
      const difference = Math.abs(level - digit[index]);
      largest = Math.max(largest, difference);
      count += Number(difference > 0);
    });
  }
  t.diagnostic(
    `${pictures.length} pictures, largest difference ${largest} of 255, in ${count} pixels`,
  );
  // The paper's surface is solved by other methods, whose last bits can tip a rounding.
  assert.ok(largest <= 1, `${largest}`);
});
