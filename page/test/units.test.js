import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { VARIANTS, launch, nextFrame, takeSample, withPage } from "./browser.js";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** The numbers of the steps of the arithmetic, by what stands before them. */
async function steps(page) {
  const rows = await page.locator("#arithmetic > .steps tr").allTextContents();
  const cells = rows.map((row) => row.match(/^(.*?)(−?[\d.]+(?: %)?)$/).slice(1));
  return Object.fromEntries(cells.map(([what, number]) => [what, Number(parse(number))]));
}

const parse = (text) => text.replace("−", "-").replace(" %", "");

/** Points at a unit of a layer with maps in one row. */
async function pointAt(page, layer, { channel, y, x }) {
  const canvas = page.locator(`#layer-${layer} > .figure canvas`);
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  const [columns, rows] = await canvas.evaluate(({ width, height }) => [width, height]);
  const { shape } = (await layers(page)).find(({ name }) => name === layer);
  const pitch = (columns - rows) / (shape[0] - 1);
  const scale = box.width / columns;
  await page.mouse.move(box.x + (channel * pitch + x + 0.5) * scale, box.y + (y + 0.5) * scale);
}

/** What the page computes of the image that it shows. */
const layers = (page) =>
  page.evaluate(() => {
    const { layers } = window.lenet5.forward(window.lenet5.pixels);
    return layers.map(({ name, shape, before, after }) => {
      return { name, shape, before: [...before], after: [...after] };
    });
  });

const tensor = (page, name) =>
  page.evaluate((name) => {
    const { tensors } = JSON.parse(document.getElementById("contents").textContent).networks[0];
    const bytes = Uint8Array.from(atob(tensors[name]), (character) => character.charCodeAt(0));
    return [...new Float32Array(bytes.buffer)];
  }, name);

const near = (found, expected) =>
  assert.ok(Math.abs(found - expected) <= 0.00006, `${found}, expected ${expected}`);

test("the products, the bias, the sum and the activation of a unit of C1 stand there", async () => {
  await withPage(browser, "classic", async (page) => {
    await takeSample(page, 12);
    const unit = { channel: 2, y: 9, x: 13 };
    await pointAt(page, "conv1", unit);
    const title = await page.locator("#unit-name").textContent();
    assert.equal(title, "C1, map 2, row 9, column 13");

    const pixels = await page.evaluate(() => [...window.lenet5.pixels]);
    const level = (y, x) => (y < 0 || x < 0 || y > 27 || x > 27 ? 0 : pixels[28 * y + x] / 255);
    const weights = (await tensor(page, "conv1.weight")).slice(50, 75);
    const bias = (await tensor(page, "conv1.bias"))[2];
    const products = weights.map(
      (weight, tap) => weight * level(unit.y - 2 + Math.floor(tap / 5), unit.x - 2 + (tap % 5)),
    );
    const sum = products.reduce((total, product) => total + product, 0);

    const found = Object.values(await steps(page));
    [sum, bias, sum + bias, Math.tanh(sum + bias)].forEach((number, i) => near(found[i], number));
    const shown = await page.locator("#arithmetic > .numbers td").allTextContents();
    assert.deepEqual(
      shown.map((text) => Number(parse(text))),
      products.map((product) => Number(product.toFixed(3)) || 0),
    );
    const value = Number(parse(await page.locator("#unit-value").textContent()));
    near(value, Math.tanh(sum + bias));
  });
});

test("what a unit of C3 sees lights up on S2, on C1 and on the image", async () => {
  await withPage(browser, "classic", async (page) => {
    await takeSample(page, 12);
    await pointAt(page, "conv2", { channel: 5, y: 3, x: 7 });
    const outline = async (figure) => {
      const [path] = await page.locator(`${figure} path.line`).all();
      return (await path.getAttribute("d")).split("z")[0];
    };
    assert.equal(await outline("#layer-pool1 > .figure"), "M7 3h5v5h-5");
    assert.equal(await outline("#layer-conv1 > .figure"), "M14 6h10v10h-10");
    assert.equal(await outline("#input-figure"), "M14 6h14v14h-14");
    const marked = await page.locator("#layer-conv2 .kernels path.line").getAttribute("d");
    assert.equal(marked.match(/z/g).length, 6);
  });
});

test("table I of the paper lights up the maps that a map of C3 sees", async () => {
  await withPage(browser, "paper", async (page) => {
    await takeSample(page, 3);
    await pointAt(page, "conv2", { channel: 4, y: 2, x: 2 });
    const lit = await page
      .locator(".connections tbody tr")
      .evaluateAll((rows) =>
        rows.map((row) => [...row.cells].findIndex((cell) => cell.classList.contains("lit")) - 1),
      );
    assert.deepEqual(lit, [4, -2, -2, -2, 4, 4]);
    const maps = await page.locator(".choice b").allTextContents();
    assert.deepEqual(maps, ["0", "4", "5"]);
  });
});

test("an output of the paper's own stands beside its bitmap", async () => {
  await withPage(browser, "paper-rbf", async (page) => {
    await takeSample(page, 9);
    await pointAt(page, "fc2", { channel: 3, y: 0, x: 0 });
    const f6 = (await layers(page)).find(({ name }) => name === "fc1").after;
    const bitmap = (await tensor(page, "fc2.bitmaps")).slice(3 * 84, 4 * 84);
    const distance = f6.reduce((sum, value, i) => sum + (value - bitmap[i]) ** 2, 0);
    const [sum, negative] = Object.values(await steps(page));
    near(sum, distance);
    near(negative, -distance);
    const sizes = await page
      .locator(".squares canvas")
      .evaluateAll((all) => all.map(({ width, height }) => [width, height]));
    assert.deepEqual(sizes, Array(3).fill([7, 12]));
  });
});

for (const variant of VARIANTS) {
  test(`each layer of ${variant} ends its arithmetic with the value of the unit`, async () => {
    await withPage(browser, variant, async (page) => {
      await takeSample(page, 25);
      for (const { name, shape, after } of await layers(page)) {
        const canvas = page.locator(`#layer-${name} > .figure canvas`);
        await canvas.press("ArrowRight");
        await canvas.press("ArrowRight");
        const title = await page.locator("#unit-name").textContent();
        const [channel, y = 0, x = 0] = title.match(/(?<= )\d+/g).map(Number);
        const rows = await page.locator("#arithmetic > .steps:first-child tr").allTextContents();
        const last = Number(
          rows
            .at(-1)
            .match(/−?[\d.]+$/)[0]
            .replace("−", "-"),
        );
        near(last, after[(channel * shape[1] + y) * shape[2] + x]);
      }
    });
  });
}

test("values before the activation are shown by the switch", async () => {
  await withPage(browser, "modern", async (page) => {
    await takeSample(page, 12);
    const colours = () =>
      page.locator("#layer-bn1 > .figure canvas").evaluate((canvas) => canvas.toDataURL());
    const after = await colours();
    await page.locator("#show-before").click();
    assert.equal(await page.locator("#show-before").getAttribute("aria-pressed"), "true");
    assert.notEqual(await colours(), after);
    await page.locator("#show-after").click();
    assert.equal(await colours(), after);
  });
});

test("a click holds a unit, and Escape lets it go", async () => {
  await withPage(browser, "classic", async (page) => {
    const title = () => page.locator("#unit-name").textContent();
    await pointAt(page, "conv1", { channel: 0, y: 3, x: 4 });
    await page.mouse.down();
    await page.mouse.up();
    await pointAt(page, "conv1", { channel: 1, y: 3, x: 4 });
    assert.equal(await title(), "C1, map 0, row 3, column 4");
    await page.keyboard.press("Escape");
    await pointAt(page, "conv1", { channel: 2, y: 3, x: 4 });
    assert.equal(await title(), "C1, map 2, row 3, column 4");
  });
});

test("the arrow keys go from unit to unit and on to the next map, and are read out", async () => {
  await withPage(browser, "classic", async (page) => {
    const canvas = page.locator("#layer-pool1 > .figure canvas");
    await canvas.focus();
    const keys = ["ArrowDown", "ArrowDown", ...Array(14).fill("ArrowRight")];
    for (const key of keys) await page.keyboard.press(key);
    assert.equal(await page.locator("#unit-name").textContent(), "S2, map 1, row 1, column 0");
    const words = await page.locator("#announcement").textContent();
    assert.match(words, /^S2, map 1, row 1, column 0\. sum of the four: .*, ÷ 4: −?0\.\d{4}$/);
  });
});

test("networks on one page are switched between, and all answer", async () => {
  await withPage(browser, "all", async (page) => {
    await takeSample(page, 12);
    const buttons = page.locator("#networks button");
    assert.deepEqual(await buttons.locator("span:first-child").allTextContents(), VARIANTS);
    for (const answer of await buttons.locator("span + span").allTextContents()) {
      assert.match(answer, /^\d · \d+ %$/);
    }
    for (let index = 0; index < VARIANTS.length; index++) {
      await buttons.nth(index).click();
      await nextFrame(page);
      const pressed = await page
        .locator('#networks [aria-pressed="true"] span')
        .first()
        .textContent();
      assert.equal(pressed, VARIANTS[index]);
      assert.equal(await page.locator(".connections").count(), Number(pressed.startsWith("paper")));
    }
  });
});

test("a network of 26 classes has 26 bars", async () => {
  await withPage(browser, "letters", async (page) => {
    await takeSample(page, 12);
    assert.equal(await page.locator("#bars li").count(), 26);
  });
});
