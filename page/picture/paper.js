import { leastSquares } from "./least_squares.js";
import { Plane } from "./plane.js";

/** 1, x, y, x², xy and y². */
const TERMS = 6;

/**
 * How far each pixel is above the paper: the surface, a sum of the first so many terms, that lies
 * nearest by least squares to those pixels that are paper.
 */
export function heightAbovePaper(picture, terms, isPaper) {
  const coefficients = fit(picture, terms, isPaper);
  const row = new Float64Array(TERMS);
  return Plane.from(picture.width, picture.height, (x, y, index) => {
    fillBasis(row, picture, x, y);
    let paper = 0;
    for (let i = 0; i < terms; i++) paper += coefficients[i] * row[i];
    return picture.levels[index] - Math.fround(paper);
  });
}

function fit(picture, terms, isPaper) {
  const products = Array.from({ length: terms }, () => new Float64Array(terms));
  const sums = new Float64Array(terms);
  const row = new Float64Array(TERMS);
  for (let y = 0, index = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++, index++) {
      if (!isPaper(index)) continue;
      fillBasis(row, picture, x, y);
      for (let i = 0; i < terms; i++) {
        sums[i] += row[i] * picture.levels[index];
        for (let j = 0; j <= i; j++) products[i][j] += row[i] * row[j];
      }
    }
  }
  for (let i = 0; i < terms; i++) for (let j = 0; j < i; j++) products[j][i] = products[i][j];
  return leastSquares(products, sums);
}

/** The terms at a pixel; x and y run from -1 to 1. */
function fillBasis(row, picture, column, line) {
  const x = (2 * column + 1) / picture.width - 1;
  const y = (2 * line + 1) / picture.height - 1;
  row[0] = 1;
  row[1] = x;
  row[2] = y;
  row[3] = x * x;
  row[4] = x * y;
  row[5] = y * y;
}
