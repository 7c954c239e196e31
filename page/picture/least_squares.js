/**
 * The shortest x for which A·x lies nearest to b, where A is symmetric and may be singular, as with
 * a picture one pixel high.
 */
export function leastSquares(matrix, rightSide) {
  const { values, vectors } = eigen(matrix);
  const size = rightSide.length;
  const negligible = Number.EPSILON * size * Math.max(...values.map(Math.abs));
  const solution = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    if (Math.abs(values[k]) <= negligible) continue;
    const share = vectors.reduce((sum, row, i) => sum + row[k] * rightSide[i], 0) / values[k];
    vectors.forEach((row, i) => (solution[i] += row[k] * share));
  }
  return solution;
}

/** Eigenvalues and, in columns, eigenvectors by Jacobi's rotations. */
function eigen(matrix) {
  const SWEEPS = 30;
  const size = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const vectors = a.map((row, i) => Float64Array.from(row, (_, j) => Number(i === j)));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let isDiagonal = true;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        if (a[p][q] === 0) continue;
        isDiagonal = false;
        rotate(a, vectors, p, q);
      }
    }
    if (isDiagonal) break;
  }
  return { values: a.map((row, i) => row[i]), vectors };
}

/** Turns the axes p and q so that the element between them vanishes. */
function rotate(a, vectors, p, q) {
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const turn = (row, i, j) => {
    [row[i], row[j]] = [cosine * row[i] - sine * row[j], sine * row[i] + cosine * row[j]];
  };
  for (const row of a) turn(row, p, q);
  for (let k = 0; k < a.length; k++) {
    const [up, uq] = [a[p][k], a[q][k]];
    a[p][k] = cosine * up - sine * uq;
    a[q][k] = sine * up + cosine * uq;
  }
  a[p][q] = a[q][p] = 0;
  for (const row of vectors) turn(row, p, q);
}
