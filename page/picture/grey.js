/** Levels of grey less than this apart look alike. */
const VISIBLE = 16;

/** RGBA, four bytes a pixel, as levels of grey on white paper where it is transparent. */
export function greyOf(width, height, rgba) {
  const levels = new Uint8Array(width * height);
  const alpha = new Uint8Array(width * height);
  for (let index = 0, at = 0; index < levels.length; index++, at += 4) {
    // By ITU-R BT.709, in whole numbers, as in the program.
    const luma = 13_933 * rgba[at] + 46_871 * rgba[at + 1] + 4_732 * rgba[at + 2];
    levels[index] = Math.floor((luma + 32_768) / 65_536);
    alpha[index] = rgba[at + 3];
  }
  return { width, height, levels: onPaper(levels, alpha) };
}

/** Lays a transparent picture on white paper; on black, if white shows nothing of it. */
export function onPaper(levels, alpha) {
  const onWhite = lay(levels, alpha, 255);
  const isVisible = onWhite.some((level) => 255 - level >= VISIBLE);
  return isVisible ? onWhite : lay(levels, alpha, 0);
}

function lay(levels, alpha, paper) {
  return levels.map((level, index) => {
    const mixed = level * alpha[index] + paper * (255 - alpha[index]);
    return Math.floor((mixed + 127) / 255);
  });
}
