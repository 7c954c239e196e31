import { greatest } from "./plane.js";
import { NoDigit } from "./no_digit.js";

/** How far ink stands out from the paper at the least, where black to white is 1. */
const MIN_CONTRAST = 1 / 16;

const BINS = 256;

/**
 * Ink and paper told apart by their levels (Otsu 1979): the threshold midway between their means
 * with the greatest variance between the two, and the mean of ink. Levels below 0 count as 0.
 */
export function split(plane) {
  const highest = greatest(plane.levels, 0);
  if (highest < MIN_CONTRAST) throw new NoDigit("nothing stands out from the paper");
  const { counts, sums } = histogram(plane.levels, highest);
  const [paper, ink] = bestMeans(counts, sums).map(Math.fround);
  if (Math.fround(ink - paper) < MIN_CONTRAST) {
    throw new NoDigit("nothing stands out from the paper");
  }
  return { threshold: Math.fround((paper + ink) / 2), ink };
}

function histogram(levels, highest) {
  const counts = new Float64Array(BINS);
  const sums = new Float64Array(BINS);
  for (const signed of levels) {
    const level = Math.max(signed, 0);
    const bin = Math.trunc(Math.fround(Math.fround(level / highest) * (BINS - 1)));
    counts[bin] += 1;
    sums[bin] += level;
  }
  return { counts, sums };
}

function bestMeans(counts, sums) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const totalSum = sums.reduce((sum, level) => sum + level, 0);
  let [paper, paperSum, best] = [0, 0, 0];
  let means = [0, 0];
  for (let bin = 0; bin < BINS - 1; bin++) {
    paper += counts[bin];
    paperSum += sums[bin];
    const ink = total - paper;
    if (paper === 0 || ink === 0) continue;
    const [paperMean, inkMean] = [paperSum / paper, (totalSum - paperSum) / ink];
    const variance = paper * ink * (inkMean - paperMean) ** 2;
    if (variance > best) [best, means] = [variance, [paperMean, inkMean]];
  }
  return means;
}
