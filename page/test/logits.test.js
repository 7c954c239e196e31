import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VARIANTS, fixture, floats, launch, withPage } from "./browser.js";

/** Bytes of an image. */
const PIXELS = 28 * 28;

/**
 * Additions on the longest way to a logit: 25 products and a bias in C1, up to 150, 400, 120 and 84
 * in the layers after it, and the four units of both poolings.
 */
const ADDITIONS = 26 + 4 + 151 + 4 + 401 + 121 + 85;

/** What a float32 loses at the most when it is rounded, as a share of it. */
const ROUNDING = 2 ** -24;

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

for (const variant of VARIANTS) {
  test(`${variant} gives each test digit libtorch's answer`, async (t) => {
    const expected = floats(`${variant}.logits`);
    await withPage(browser, variant, async (page) => {
      const found = await logitsOfAll(page, fixture("images"));
      assert.equal(found.length, expected.length);
      let [largest, scale] = [0, 0];
      expected.forEach((logit, index) => {
        largest = Math.max(largest, Math.abs(logit - found[index]));
        scale = Math.max(scale, Math.abs(logit));
      });
      const count = expected.length / 10;
      const bound = ADDITIONS * ROUNDING * scale;
      t.diagnostic(
        `${variant}: ${count} digits, logits up to ${scale.toFixed(1)}, ` +
          `largest difference ${largest.toExponential(1)}, bound ${bound.toExponential(1)}`,
      );
      assert.deepEqual(answers(found), answers(expected));
      // The page rounds once a layer, libtorch may after each addition: the difference is no more
      // than if all its roundings went one way and no sum were larger than the largest logit.
      assert.ok(largest <= bound, `${largest} > ${bound}`);
    });
  });
}

/** What `window.lenet5.forward` gives for images one after another. */
async function logitsOfAll(page, images) {
  const logits = await page.evaluate(
    ([text, size]) => {
      const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      const found = [];
      for (let start = 0; start < bytes.length; start += size) {
        found.push(...window.lenet5.forward(bytes.subarray(start, start + size)).logits);
      }
      return found;
    },
    [images.toString("base64"), PIXELS],
  );
  return Float32Array.from(logits);
}

function answers(logits) {
  return Array.from({ length: logits.length / 10 }, (_, image) => {
    const row = logits.subarray(10 * image, 10 * image + 10);
    return row.indexOf(Math.max(...row));
  });
}
