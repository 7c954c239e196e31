/** From the most negative value by way of zero to the most positive. */
const LIGHT = ["#0b4a8f", "#5b9fd6", "#f6f6f3", "#f0a35e", "#b34a00"];
const DARK = ["#9bd0ff", "#2f6da8", "#22262d", "#a85e22", "#ffbd80"];

/** From paper to ink. */
const LIGHT_INK = ["#f6f6f3", "#16181d"];
const DARK_INK = ["#22262d", "#f2f2ee"];

const STEPS = 512;
const darkness = matchMedia("(prefers-color-scheme: dark)");

/** The colours of signed values, and of ink, in the light or the dark. */
export const colours = { signed: [], ink: [] };

/** Calls `onChange` whenever the page turns light or dark. */
export function watchDarkness(onChange) {
  darkness.addEventListener("change", () => {
    fill();
    onChange();
  });
}

function fill() {
  colours.signed = ramp(darkness.matches ? DARK : LIGHT);
  colours.ink = ramp(darkness.matches ? DARK_INK : LIGHT_INK);
}

fill();

/** The colour in `colours.signed` of a value between -limit and limit. */
export function signedColour(value, limit) {
  return colours.signed[step((value / limit + 1) / 2)];
}

/** The place in a ramp of a share from 0 to 1. */
export function step(share) {
  return Math.round(Math.min(Math.max(share, 0), 1) * STEPS);
}

/** A colour as CSS writes it. */
export function css({ red, green, blue }) {
  return `rgb(${red} ${green} ${blue})`;
}

/** Black or white, whichever can be read on a colour. */
export function readableOn({ red, green, blue }) {
  const luminance = [red, green, blue]
    .map((level) => (level / 255) ** 2.2)
    .reduce((sum, level, i) => sum + level * [0.2126, 0.7152, 0.0722][i], 0);
  return luminance > 0.18 ? "black" : "white";
}

function ramp(stops) {
  const levels = stops.map((stop) => [1, 3, 5].map((at) => parseInt(stop.slice(at, at + 2), 16)));
  return Array.from({ length: STEPS + 1 }, (_, index) => {
    const place = (index / STEPS) * (stops.length - 1);
    const from = Math.min(Math.floor(place), stops.length - 2);
    const [red, green, blue] = levels[from].map((level, i) =>
      Math.round(level + (levels[from + 1][i] - level) * (place - from)),
    );
    return { red, green, blue };
  });
}
