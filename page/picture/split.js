import { ABOVE_GRAIN, GRAIN, MIN_CONTRAST } from "./constants.js";
import { NoDigit } from "./no_digit.js";

/**
 * The mean level of ink.
 *
 * What is higher than the paper's grain is split in two, such that the variance between the two is
 * the greatest (Otsu 1979); ink is the higher part. The lower one holds edges, lines printed on the
 * paper, what shines through. Paper is left out of this, so ink can be as little as it likes.
 */
export function inkLevel(heights) {
  const counts = new Float64Array(256);
  for (const height of heights) counts[height] += 1;
  const highest = counts.findLastIndex((count) => count > 0);
  const grain = Math.min(GRAIN * median(counts), Math.floor(highest / ABOVE_GRAIN));
  const floor = Math.max(MIN_CONTRAST, grain);
  let [all, sum] = [0, 0];
  for (let level = floor; level < 256; level++) {
    all += counts[level];
    sum += counts[level] * level;
  }
  let [low, lowSum, best] = [0, 0, 0];
  let ink = [all, sum];
  for (let level = floor; level < 256; level++) {
    low += counts[level];
    lowSum += counts[level] * level;
    const [high, highSum] = [all - low, sum - lowSum];
    if (low === 0 || high === 0) continue;
    const apart = highSum / high - lowSum / low;
    const variance = low * high * (apart * apart);
    if (variance > best) [best, ink] = [variance, [high, highSum]];
  }
  if (ink[0] === 0) throw new NoDigit("nothing stands out from the paper");
  return Math.floor(ink[1] / ink[0]);
}

function median(counts) {
  const half = Math.floor(counts.reduce((sum, count) => sum + count, 0) / 2);
  let seen = 0;
  return counts.findIndex((count) => (seen += count) > half);
}
