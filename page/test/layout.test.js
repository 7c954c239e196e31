import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, nextFrame, takeSample, withPage } from "./browser.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

for (const colorScheme of ["light", "dark"]) {
  for (const width of [360, 800, 1920]) {
    test(`nothing sticks out or moves, ${width} pixels wide, ${colorScheme}`, async () => {
      const viewport = { width, height: 900 };
      await withPage(
        browser,
        "all",
        async (page) => {
          const tops = () =>
            page
              .locator("section")
              .evaluateAll((all) =>
                all.map((section) => section.getBoundingClientRect().top + scrollY),
              );
          const before = await tops();
          for (const place of [0, 13, 29]) {
            await takeSample(page, place);
            assert.deepEqual(await tops(), before);
          }
          await page.locator("#slider-noise").fill("0.8");
          await nextFrame(page);
          await page.locator("#show-before").click();
          assert.deepEqual(await tops(), before);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(wide <= width, `${wide}`);
          await page.locator("#explanation").evaluate((details) => (details.open = true));
          await page.locator("#layer-conv2 > .figure canvas").press("ArrowDown");
          const tooLong = await page
            .locator(".numbers td, .steps td")
            .evaluateAll((cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth));
          assert.equal(tooLong.length, 0);
        },
        { viewport, colorScheme },
      );
    });
  }
}

test("every control has a name and no text is tiny", async () => {
  await withPage(browser, "all", async (page) => {
    const controls = page.locator("button, input, summary, canvas[tabindex]");
    const nameless = await controls.evaluateAll((all) =>
      all
        .filter((control) => {
          const labels = [...(control.labels ?? [])].map((label) => label.textContent);
          const label = control.getAttribute("aria-label") ?? "";
          return (label + control.textContent + labels.join("")).trim() === "";
        })
        .map((control) => control.outerHTML),
    );
    assert.deepEqual(nameless, []);
    const texts = page.locator("p, li, button, td, th, label, caption");
    const smallest = await texts.evaluateAll((all) =>
      Math.min(...all.map((text) => parseFloat(getComputedStyle(text).fontSize))),
    );
    assert.ok(smallest >= 12.5, `${smallest}`);
  });
});
