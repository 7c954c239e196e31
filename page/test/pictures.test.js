import assert from "node:assert/strict";
import { test } from "node:test";
import { onPaper } from "../picture/grey.js";
import { readDigits } from "../picture/read.js";
import { fixture } from "./browser.js";

test("pictures come to MNIST's form as in the program, byte for byte", () => {
  const pictures = JSON.parse(fixture("pictures.json"));
  assert.ok(pictures.length >= 30 + 108 + 11);
  for (const { name, width, height } of pictures) {
    const bytes = fixture(`${name}.pixels`);
    const [levels, alpha] = [0, 1].map((at) => bytes.filter((_, index) => index % 2 === at));
    const digits = readDigits({
      width,
      height,
      levels: onPaper(Uint8Array.from(levels), Uint8Array.from(alpha)),
    });
    const found = Buffer.concat(digits);
    assert.ok(found.equals(fixture(`${name}.digits`)), `${name}: ${digits.length} digits`);
  }
});
