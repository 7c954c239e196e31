const byId = (id) => document.getElementById(id);

/** Steps through the digits of a picture, where there are several. */
export class DigitSteps {
  #place = 0;
  #count = 1;

  constructor(onChange) {
    const go = (by) => {
      this.#place = (this.#place + by + this.#count) % this.#count;
      onChange();
    };
    byId("previous-digit").addEventListener("click", () => go(-1));
    byId("next-digit").addEventListener("click", () => go(1));
  }

  /** Goes back to the first digit. */
  restart() {
    this.#place = 0;
  }

  /** The digit that is looked at. */
  choose(digits) {
    this.#count = digits.length;
    this.#place = Math.min(this.#place, this.#count - 1);
    byId("digit-steps").hidden = this.#count === 1;
    const which = `Digit ${this.#place + 1} of ${this.#count}`;
    // The same words again would be read out again.
    if (byId("which-digit").textContent !== which) byId("which-digit").textContent = which;
    return digits[this.#place];
  }
}
