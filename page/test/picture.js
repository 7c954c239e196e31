// Draws the picture of the README: node page/test/picture.js PAGE.html PICTURE.png

import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./browser.js";

const [page, picture] = process.argv.slice(2).map((path) => resolve(path));
const browser = await launch();
const tab = await browser.newPage({ viewport: { width: 1440, height: 1420 } });
await tab.goto(pathToFileURL(page).href);
const c1 = tab.locator("#layer-conv1 > .figure canvas");
const { width, height } = await c1.boundingBox();
await c1.click({ position: { x: width * 0.585, y: height * 0.4 } });
await tab.screenshot({ path: picture });
await browser.close();
