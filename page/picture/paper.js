import { leastSquares } from "./least_squares.js";
import { Plane } from "./plane.js";

/** 1, x, y, x², xy and y². */
const TERMS = 6;

/**
 * How far each pixel is above the paper: the surface, a sum of the first so many terms, that lies
 * nearest by least squares to those pixels that are paper.
 */
export function heightAbovePaper(picture, terms, isPaper) {
  const coefficients = new Float64Array(TERMS);
  coefficients.set(fit(picture, terms, isPaper));
  const [constant, byX, byY, byXX, byXY, byYY] = coefficients;
  const [xs, ys] = [along(picture.width), along(picture.height)];
  const height = new Plane(picture.width, picture.height);
  let index = 0;
  for (const y of ys) {
    for (const x of xs) {
      const paper = constant + byX * x + byY * y + byXX * (x * x) + byXY * (x * y) + byYY * (y * y);
      height.levels[index] = picture.levels[index] - Math.fround(paper);
      index++;
    }
  }
  return height;
}

function fit({ width, height, levels }, terms, isPaper) {
  const products = new Float64Array(terms * terms);
  const sums = new Float64Array(terms);
  const basis = new Float64Array(TERMS);
  const [xs, ys] = [along(width), along(height)];
  let index = 0;
  for (const y of ys) {
    for (const x of xs) {
      const level = levels[index];
      if (!isPaper(index++)) continue;
      basis[0] = 1;
      basis[1] = x;
      basis[2] = y;
      basis[3] = x * x;
      basis[4] = x * y;
      basis[5] = y * y;
      for (let i = 0; i < terms; i++) {
        sums[i] += basis[i] * level;
        for (let j = 0; j <= i; j++) products[i * terms + j] += basis[i] * basis[j];
      }
    }
  }
  return leastSquares(symmetric(products, terms), sums);
}

/** Rows of a matrix, of which the lower half is there. */
function symmetric(lower, size) {
  return Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => lower[Math.max(i, j) * size + Math.min(i, j)]),
  );
}

/** Places along a side, from -1 to 1. */
function along(length) {
  return Float64Array.from({ length }, (_, place) => (2 * place + 1) / length - 1);
}
