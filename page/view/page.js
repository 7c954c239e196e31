import { SIDE } from "../picture/constants.js";
import { watchIncoming } from "../drawing/incoming.js";
import { Pad } from "../drawing/pad.js";
import { readPictureFile } from "../drawing/picture_file.js";
import { distort } from "../picture/distortion.js";
import { NoDigit } from "../picture/no_digit.js";
import { AnswerView } from "./answer_view.js";
import { watchDarkness } from "./colour.js";
import { DigitSteps } from "./digit_steps.js";
import { Explanation } from "./explanation.js";
import { MapsFigure } from "./maps_figure.js";
import { NetworkView } from "./network_view.js";
import { addSampleButtons } from "./sample_buttons.js";
import { Sliders } from "./sliders.js";

/** The digit that is there before one draws: a 3. */
const FIRST_SAMPLE = 9;

const byId = (id) => document.getElementById(id);

/** The page: what is drawn goes through the networks, and is shown. */
export class Page {
  #networks;
  #chosen = 0;
  #isAfter = true;
  #isDue = false;
  #pad;
  #sliders;
  #steps = new DigitSteps(() => this.#changed());
  #answer;
  #view;
  #explanation = new Explanation();
  #inputFigure = new MapsFigure("The image as the network sees it");
  #results;

  /** The 784 bytes that the networks see. */
  pixels;

  constructor(networks, samples) {
    this.#networks = networks;
    byId("input-figure").append(this.#inputFigure.root);
    this.#pad = new Pad(
      byId("pad"),
      () => byId("line-width").value / 100,
      () => this.#changed(),
    );
    this.#sliders = new Sliders(byId("sliders"), () => this.#changed());
    this.#answer = new AnswerView(networks, { onChoose: (index) => this.#choose(index) });
    this.#view = new NetworkView(this.#inputFigure, (isKey) => this.#explain(isKey));
    const buttons = addSampleButtons(byId("sample-buttons"), samples, (image, digit) => {
      this.#say("");
      this.#pad.show(image, [digit]);
    });
    this.#listen();
    this.#compute();
    this.#inputFigure.layOut(this.#results[0].stages[0].input, 1);
    this.#choose(0);
    buttons[FIRST_SAMPLE].click();
  }

  /** The network that is looked at. */
  get network() {
    return this.#networks[this.#chosen];
  }

  #listen() {
    byId("undo").addEventListener("click", () => this.#pad.undo());
    byId("clear").addEventListener("click", () => this.#pad.clear());
    byId("show-before").addEventListener("click", () => this.#show(false));
    byId("show-after").addEventListener("click", () => this.#show(true));
    watchIncoming(byId("picture"), (file) => this.#take(file));
    watchDarkness(() => {
      this.#view.colour();
      this.#update();
    });
    const roomy = matchMedia("(min-width: 1100px)");
    const unfold = () => (byId("explanation").open = roomy.matches);
    roomy.addEventListener("change", unfold);
    unfold();
  }

  async #take(file) {
    try {
      const { image, digits } = await readPictureFile(file);
      this.#say("");
      this.#steps.restart();
      this.#pad.show(image, digits);
    } catch (error) {
      if (!(error instanceof NoDigit)) throw error;
      this.#say(`${file.name}: ${error.message}`);
    }
  }

  #say(problem) {
    byId("problem").textContent = problem;
  }

  #choose(index) {
    this.#chosen = index;
    this.#answer.choose(index, this.network.classes);
    this.#view.choose(this.network, this.#results[index]);
    this.#update();
  }

  #show(isAfter) {
    this.#isAfter = isAfter;
    byId("show-before").setAttribute("aria-pressed", !isAfter);
    byId("show-after").setAttribute("aria-pressed", isAfter);
    this.#update();
  }

  /** Brings the page up to date before the next frame, however many changes come until then. */
  #changed() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#update();
    });
  }

  #update() {
    performance.clearMeasures("change");
    const start = performance.now();
    const isShown = this.#compute();
    const result = this.#results[this.#chosen];
    const { input } = result.stages[0];
    const { level } = this.network;
    this.#inputFigure.drawInk([input.data], level(0), level(1));
    this.#view.draw(result, this.#isAfter);
    this.#answer.show(isShown ? this.#results.map(({ logits }) => logits) : null, this.#chosen);
    this.#explain(false);
    byId("hint").hidden = this.#pad.isDrawnOn;
    performance.measure("change", { start });
  }

  /** Sends what is drawn through all networks; says whether anything is. */
  #compute() {
    const digit = this.#digit();
    this.pixels = distort(digit ?? new Uint8Array(SIDE * SIDE), this.#sliders.values);
    this.#results = this.#networks.map((network) => network.forward(this.pixels));
    return digit !== null;
  }

  #digit() {
    try {
      return this.#steps.choose(this.#pad.read());
    } catch (error) {
      if (error instanceof NoDigit) return this.#steps.choose([null]);
      throw error;
    }
  }

  #explain(isKey) {
    this.#explanation.show(this.network, this.#results[this.#chosen], this.#view.unit);
    if (isKey) this.#explanation.announce();
  }
}
