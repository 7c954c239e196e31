import { SIDE } from "./constants.js";

/** How long MNIST's digits are in their longer direction: 20 pixels, and a few of them 19. */
const LONGER = [19, 20];

/** Where their centres of mass lie in both directions: at pixel 14, rounded. */
const CENTRE = { least: 13.45, most: 14.55 };

/** Whether a picture of 28×28 pixels, light on dark, has these measures, as each digit of MNIST does. */
export function fitsMnist({ levels }) {
  let [mass, byX, byY] = [0, 0, 0];
  let [left, right, top, bottom] = [SIDE, 0, SIDE, 0];
  levels.forEach((level, index) => {
    if (level === 0) return;
    const [x, y] = [index % SIDE, Math.floor(index / SIDE)];
    mass += level;
    byX += level * x;
    byY += level * y;
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  });
  const isCentred = (moment) => moment / mass >= CENTRE.least && moment / mass <= CENTRE.most;
  const longer = Math.max(right + 1 - left, bottom + 1 - top);
  return LONGER.includes(longer) && isCentred(byX) && isCentred(byY);
}
