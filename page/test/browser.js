import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

/** Where the Rust test has put pages, and what the program makes of pictures and digits. */
const FOLDER = process.env.LENET5_PAGES;

export const VARIANTS = ["classic", "paper", "paper-rbf", "modern"];

export function fixture(name) {
  return readFileSync(join(FOLDER, name));
}

export function floats(name) {
  const { buffer, byteOffset, byteLength } = fixture(name);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

export function launch() {
  // Without the sandbox root may start it; it opens no page but our own.
  const args = ["--no-sandbox"];
  return chromium.launch({ executablePath: process.env.LENET5_CHROMIUM, args });
}

/**
 * Opens one of the pages, lets `look` do something with it, and holds it to be quiet: no error, no
 * word on the console, and no request but the one for the file itself.
 */
export async function withPage(browser, name, look, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const address = pathToFileURL(join(FOLDER, `${name}.html`)).href;
  const [noise, requests] = [[], []];
  page.on("console", (message) => noise.push(message.text()));
  page.on("pageerror", (error) => noise.push(String(error)));
  context.on("request", (request) => requests.push(request.url()));
  await page.goto(address);
  try {
    await look(page);
    assert.deepEqual(noise, []);
    const asked = requests.filter((url) => !url.startsWith("data:"));
    assert.deepEqual(asked, [address]);
  } finally {
    await context.close();
  }
}

/** Takes the digit of the sample that has this place among the 30. */
export async function takeSample(page, place) {
  await page.locator("#sample-buttons button").nth(place).click();
  await nextFrame(page);
}

/** Waits until a change has been drawn. */
export function nextFrame(page) {
  return page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
}

/** The network's answer, as the page says it. */
export function verdict(page) {
  return page.locator("#verdict").textContent();
}
