import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fixture, launch, nextFrame, takeSample, verdict, withPage } from "./browser.js";

/** A 7 and a 1 as lines from point to point, in shares of the field. */
const SEVEN = [
  [0.3, 0.22],
  [0.7, 0.22],
  [0.45, 0.82],
];
const ONE = [
  [0.5, 0.2],
  [0.5, 0.8],
];

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

async function draw(page, points, steps = 12) {
  const box = await page.locator("#pad").boundingBox();
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps });
  await page.mouse.up();
  await nextFrame(page);
}

/** Drops a file onto the page, or pastes it, as a person's hand would. */
function give(page, kind, name, type, bytes) {
  return page.evaluate(
    ([kind, name, type, text]) => {
      const content = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], name, { type }));
      const options = { bubbles: true, cancelable: true };
      const event =
        kind === "drop"
          ? new DragEvent("drop", { ...options, dataTransfer: transfer })
          : new ClipboardEvent("paste", { ...options, clipboardData: transfer });
      document.body.dispatchEvent(event);
    },
    [kind, name, type, bytes.toString("base64")],
  );
}

test("a digit drawn with the mouse is read; undo and clear take it away", async () => {
  await withPage(browser, "modern", async (page) => {
    await draw(page, ONE);
    assert.match(await verdict(page), /^This is a 1, /);
    await page.locator("#clear").click();
    await nextFrame(page);
    assert.equal(await verdict(page), "Nothing to read yet.");
    await draw(page, SEVEN);
    assert.match(await verdict(page), /^This is a 7, /);
    await page.locator("#undo").click();
    await nextFrame(page);
    assert.equal(await verdict(page), "Nothing to read yet.");
  });
});

test("a finger draws too", async () => {
  const telephone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  await withPage(
    browser,
    "classic",
    async (page) => {
      const { x, y, width, height } = await page.locator("#pad").boundingBox();
      const finger = await page.context().newCDPSession(page);
      const touch = (type, touchPoints) =>
        finger.send("Input.dispatchTouchEvent", { type, touchPoints });
      for (let step = 0; step <= 10; step++) {
        const point = { x: x + width / 2, y: y + height * (0.2 + 0.06 * step) };
        await touch(step === 0 ? "touchStart" : "touchMove", [point]);
      }
      await touch("touchEnd", []);
      await nextFrame(page);
      assert.ok(await page.locator("#hint").isHidden());
      assert.equal(await page.evaluate(() => scrollY), 0);
    },
    telephone,
  );
});

test("the width of the line is the slider's", async () => {
  await withPage(browser, "classic", async (page) => {
    const ink = async (width) => {
      await page.locator("#line-width").fill(width);
      await page.locator("#clear").click();
      await draw(page, ONE);
      return page.locator("#pad").evaluate((pad) => {
        const row = new OffscreenCanvas(pad.width, 1).getContext("2d");
        row.drawImage(pad, 0, -pad.height / 2);
        const { data } = row.getImageData(0, 0, pad.width, 1);
        return data.filter((level, index) => index % 4 === 0 && level < 128).length;
      });
    };
    assert.deepEqual([await ink("5"), await ink("10")], [28, 56]);
  });
});

for (const kind of ["drop", "paste"]) {
  test(`a picture is read after a ${kind}`, async () => {
    await withPage(browser, "classic", async (page) => {
      await give(page, kind, "one.png", "image/png", fixture("1-pen.png"));
      const expected = [...fixture("1-pen.digits")];
      const isSeen = (digit) => digit.every((level, at) => level === window.lenet5.pixels[at]);
      await page.waitForFunction(isSeen, expected, { timeout: 10_000 });
      assert.match(await verdict(page), /^This is a 1, /);
    });
  });
}

test("of several digits the page shows the first, and steps through the others", async () => {
  await withPage(browser, "modern", async (page) => {
    assert.ok(await page.locator("#digit-steps").isHidden());
    await give(page, "drop", "42.png", "image/png", fixture("42-pen.png"));
    const which = page.locator("#which-digit");
    await which.filter({ hasText: "Digit 1 of 2" }).waitFor();
    const digits = fixture("42-pen.digits");
    for (const [place, said] of [
      [0, /^(This is|Unsure:) a 4/],
      [1, /^(This is|Unsure:) a 2/],
    ]) {
      assert.equal(await which.textContent(), `Digit ${place + 1} of 2`);
      const seen = await page.evaluate(() => [...window.lenet5.pixels]);
      assert.deepEqual(seen, [...digits.subarray(784 * place, 784 * (place + 1))]);
      assert.match(await verdict(page), said);
      await page.locator("#next-digit").click();
      await nextFrame(page);
    }
    assert.equal(await which.textContent(), "Digit 1 of 2");
    await page.locator("#clear").click();
    await draw(page, ONE);
    assert.ok(await page.locator("#digit-steps").isHidden());
  });
});

test("what is no picture is refused in words, and nothing changes", async () => {
  await withPage(browser, "classic", async (page) => {
    await takeSample(page, 0);
    const said = await verdict(page);
    await give(page, "drop", "<b>notes.txt", "text/plain", Buffer.from("no picture"));
    await page.locator("#problem:not(:empty)").waitFor();
    const problem = await page.locator("#problem").textContent();
    assert.equal(problem, "<b>notes.txt: it is not a picture that this browser reads");
    assert.equal(await verdict(page), said);
  });
});

test("the answer follows the sliders, and an unsure one is said to be unsure", async (t) => {
  await withPage(browser, "all", async (page) => {
    await takeSample(page, 21);
    const sure = await verdict(page);
    assert.match(sure, /^This is a 7, /);
    const said = new Set([sure]);
    const times = [];
    for (const slider of ["turn", "right", "down", "thickness", "noise"]) {
      for (let step = 1; step <= 10; step++) {
        await page.locator(`#slider-${slider}`).evaluate((input, share) => {
          input.value = Number(input.max) * share;
          input.dispatchEvent(new Event("input"));
        }, step / 10);
        await nextFrame(page);
        said.add(await verdict(page));
        times.push(await changeTime(page));
      }
      await page.locator("#reset").click();
      await nextFrame(page);
      assert.equal(await verdict(page), sure);
    }
    assert.ok(
      [...said].some((words) => words.startsWith("Unsure: a ")),
      [...said].join(" "),
    );
    report(t, "a slider, four networks", times);
  });
});

test("drawing is followed within a frame", async (t) => {
  await withPage(browser, "classic", async (page) => {
    await draw(page, SEVEN);
    const times = [];
    for (let stroke = 0; stroke < 20; stroke++) {
      const x = 0.2 + stroke * 0.03;
      const line = [
        [x, 0.4],
        [x + 0.05, 0.45],
      ];
      await draw(page, line, 1);
      times.push(await changeTime(page));
    }
    report(t, "a stroke, one network", times);
    // The least, since other programs may take the time of the others.
    assert.ok(Math.min(...times) < 16, `${times}`);
  });
});

function changeTime(page) {
  return page.evaluate(() => performance.getEntriesByName("change").at(-1).duration);
}

function report(t, what, times) {
  const slowest = Math.max(...times).toFixed(1);
  t.diagnostic(`${what}: ${median(times).toFixed(1)} ms a change, ${slowest} at the most`);
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}
