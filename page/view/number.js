/** A number with so many decimals and a true minus sign. */
export function decimal(number, decimals = 4) {
  const text = Math.abs(number).toFixed(decimals);
  return number < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** A number as a term of a sum: with its sign before it, apart. */
export function term(number, decimals = 4) {
  return `${number < 0 ? "−" : "+"} ${Math.abs(number).toFixed(decimals)}`;
}

export function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

/** The least of 1, 2 and 5 times a power of ten that is not below `number`. */
export function roundUp(number) {
  if (number === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(number));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= number * (1 - 1e-9));
}

/** A limit of a scale, without needless zeros. */
export function limitText(limit) {
  return String(Number(limit.toPrecision(5)));
}
