import assert from "node:assert/strict";
import { test } from "node:test";
import { distort } from "../picture/distortion.js";

const NONE = { turn: 0, right: 0, down: 0, thickness: 0, noise: 0 };
const SIDE = 28;

/** An L of full ink: three pixels down and one to the right. */
const L = field([
  [10, 10],
  [10, 11],
  [10, 12],
  [11, 12],
]);

function field(places) {
  const pixels = new Uint8ClampedArray(SIDE * SIDE);
  for (const [x, y] of places) pixels[y * SIDE + x] = 255;
  return pixels;
}

const mass = (pixels) => pixels.reduce((sum, level) => sum + level, 0);

test("a digit that nothing is done to stays as it is", () => {
  assert.deepEqual(distort(L, NONE), L);
});

test("a shift by whole pixels moves each of them", () => {
  const moved = field([
    [13, 8],
    [13, 9],
    [13, 10],
    [14, 10],
  ]);
  assert.deepEqual(distort(L, { ...NONE, right: 3, down: -2 }), moved);
});

test("a turn by a right angle is one to the right", () => {
  const turned = field([
    [17, 10],
    [16, 10],
    [15, 10],
    [15, 11],
  ]);
  assert.deepEqual(distort(L, { ...NONE, turn: 90 }), turned);
});

test("a digit is the thicker, the further the slider is", () => {
  const masses = [-1, -0.5, 0, 0.5, 1, 1.5].map((thickness) =>
    mass(distort(L, { ...NONE, thickness })),
  );
  const sorted = masses.toSorted((a, b) => a - b);
  assert.deepEqual(masses, sorted);
  assert.equal(new Set(masses).size, masses.length);
});

test("noise is the same at each call and stays within bytes", () => {
  const noisy = distort(L, { ...NONE, noise: 0.5 });
  assert.deepEqual(distort(L, { ...NONE, noise: 0.5 }), noisy);
  assert.notDeepEqual(noisy, L);
});
