import { softmax } from "../network/softmax.js";
import { element } from "./element.js";
import { percent } from "./number.js";

/** An answer that is less likely than this is said to be unsure. */
const SURE = 0.9;

/** What the networks answer: a button for each, and the probabilities of the chosen one. */
export class AnswerView {
  #buttons;
  #bars = [];
  #verdict;
  #list;

  constructor(networks, { onChoose }) {
    this.#verdict = document.getElementById("verdict");
    this.#list = document.getElementById("bars");
    this.#buttons = networks.map((network, index) => {
      const [title, answer] = [network.title, ""].map((text) => element("span", {}, text));
      const button = element("button", { type: "button", title: network.file }, title, answer);
      button.addEventListener("click", () => onChoose(index));
      return { button, answer };
    });
    const group = document.getElementById("networks");
    group.append(...this.#buttons.map(({ button }) => button));
  }

  /** Makes bars for the network `chosen`. */
  choose(chosen, classes) {
    this.#buttons.forEach(({ button }, index) => {
      button.setAttribute("aria-pressed", index === chosen);
    });
    this.#bars = Array.from({ length: classes }, (_, digit) => {
      const [bar, share] = [element("i"), element("span", { className: "share" })];
      const track = element("span", { className: "track" }, bar);
      const item = element("li", {}, element("b", {}, String(digit)), track, share);
      return { item, bar, share };
    });
    this.#list.replaceChildren(...this.#bars.map(({ item }) => item));
    this.#list.classList.toggle("many", classes > 10);
  }

  /** Shows the logits of all networks; none where nothing is drawn. */
  show(all, chosen) {
    const probabilities = all?.map(softmax);
    this.#buttons.forEach(({ answer }, index) => {
      answer.textContent = probabilities ? shortAnswer(probabilities[index]) : "–";
    });
    const shown = probabilities?.[chosen];
    const best = shown && ranking(shown)[0];
    this.#bars.forEach(({ item, bar, share }, digit) => {
      const probability = shown?.[digit] ?? 0;
      item.classList.toggle("best", digit === best);
      bar.style.transform = `scaleX(${probability})`;
      share.textContent = percent(probability);
    });
    const verdict = shown ? sentence(shown) : "Nothing to read yet.";
    // The same words again would be read out again.
    if (this.#verdict.textContent !== verdict) this.#verdict.textContent = verdict;
    const isUnsure = shown !== undefined && shown[best] < SURE;
    this.#verdict.classList.toggle("unsure", isUnsure);
  }
}

function ranking(probabilities) {
  const classes = probabilities.map((_, digit) => digit);
  return classes.sort((a, b) => probabilities[b] - probabilities[a]);
}

function shortAnswer(probabilities) {
  const [best] = ranking(probabilities);
  return `${best} · ${Math.round(100 * probabilities[best])} %`;
}

function sentence(probabilities) {
  const [best, second] = ranking(probabilities);
  const share = (digit) => `${Math.round(100 * probabilities[digit])} %`;
  if (probabilities[best] >= SURE) return `This is ${withArticle(best)}, ${share(best)}.`;
  const or = `or ${withArticle(second)} (${share(second)})`;
  return `Unsure: ${withArticle(best)} (${share(best)}), ${or}.`;
}

/** A class with its article, as it is spoken: an 8, an 11. */
function withArticle(digit) {
  return `${/^8|^11$|^18$/.test(digit) ? "an" : "a"} ${digit}`;
}
