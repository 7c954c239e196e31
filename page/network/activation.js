/** What the outputs of a layer go through, one by one. */
export const IDENTITY = { name: "none", formula: (x) => x, apply: (x) => x };

export const TANH = { name: "tanh", formula: (x) => `tanh(${x})`, apply: Math.tanh };

const { fround } = Math;
const [AMPLITUDE, SLOPE] = [fround(1.7159), fround(2 / 3)];

/** The paper's appendix A, rounded to float32 after each step. */
export const SCALED_TANH = {
  name: "scaled tanh",
  formula: (x) => `1.7159 · tanh(⅔ · ${x})`,
  apply: (x) => AMPLITUDE * fround(Math.tanh(fround(SLOPE * x))),
};

export const RELU = { name: "ReLU", formula: (x) => `max(0, ${x})`, apply: (x) => Math.max(x, 0) };
