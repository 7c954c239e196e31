const SERIES = [
  { kind: "output", label: "outputs" },
  { kind: "gradient", label: "gradients" },
  { kind: "weight", label: "weights" },
];

/** A chart of one value a step and kind; `height` gives it from 0 to 1, or null. */
function chart(caption, steps, ticks, height) {
  const [width, top, bottom, left, right] = [420, 26, 150, 44, 400];
  const at = (place) =>
    steps.length === 1 ? (left + right) / 2 : left + ((right - left) * place) / (steps.length - 1);
  const level = (value) => bottom - (bottom - top) * value;
  const svg = shape("svg", {
    viewBox: `0 0 ${width} 175`,
    role: "img",
    "aria-label": caption,
  });
  for (const { value, label } of ticks) {
    const y = level(value);
    svg.append(shape("line", { class: "axis", x1: left, x2: right, y1: y, y2: y }));
    svg.append(shape("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, label));
  }
  steps.forEach((step, place) => {
    // As many labels as there is room for.
    if (place % Math.ceil(steps.length / 20)) return;
    svg.append(
      shape("text", { x: at(place), y: bottom + 18, "text-anchor": "middle" }, step ?? ""),
    );
  });
  SERIES.forEach(({ kind, label }, index) => {
    const points = steps
      .map((step, place) => [at(place), height(step, kind)])
      .filter(([, value]) => value !== null)
      .map(([x, value]) => [x, level(value)]);
    const group = shape("g", { class: kind });
    group.append(shape("polyline", { class: "series", points: points.join(" ") }));
    for (const [cx, cy] of points) group.append(shape("circle", { class: "dot", cx, cy, r: 3.5 }));
    group.append(shape("text", { class: "legend", x: left + 90 * index, y: 12 }, `● ${label}`));
    svg.append(group);
  });
  return element("figure", {}, [svg, element("figcaption", { text: caption })]);
}

/** The largest of any number of values; 0 without any. */
function largest(values) {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** Both charts: how many stages differ, and how far. */
function charts(byStep) {
  const steps = [...byStep.keys()];
  const of = (step, kind) => byStep.get(step).filter((stage) => stage.kind === kind);
  const share = (step, kind) => {
    const all = of(step, kind);
    return all.length ? all.filter((stage) => !stage.equal).length / all.length : null;
  };
  const ulpsOf = (stages) => largest(stages.map((stage) => stage.values?.max_ulps ?? 0));
  // Floats of 32 bits are 2^32 apart at most.
  const bits = largest(steps.map((step) => ulpsOf(byStep.get(step)))) > 2 ** 32 ? 64 : 32;
  const distance = (step, kind) => {
    const compared = of(step, kind).filter((stage) => stage.values);
    if (!compared.length) return null;
    return Math.log2(1 + ulpsOf(compared)) / bits;
  };
  const percent = [0, 0.5, 1].map((value) => ({
    value,
    label: `${100 * value} %`,
  }));
  const ulps = [0, 0.25, 0.5, 0.75, 1].map((value) => ({
    value,
    label: value ? `2^${bits * value}` : "0",
  }));
  return [
    chart("Stages that differ, by step", steps, percent, share),
    chart("Largest distance in ULP, by step", steps, ulps, distance),
  ];
}

/** Differing values by their distance. */
function histogram(bins) {
  const most = Math.max(...bins.map(([, count]) => count));
  const last = Math.max(...bins.map(([bin]) => bin), 7);
  const [left, width, bottom, top] = [10, 480, 110, 24];
  const step = width / (last + 1);
  const caption = "Differing values by distance in ULP: bar n holds distances of n bits";
  const svg = shape("svg", {
    viewBox: "0 0 500 140",
    role: "img",
    "aria-label": caption,
  });
  for (const [bin, count] of bins) {
    // One value is seen beside a million.
    const height = Math.max(2, ((bottom - top) * Math.log1p(count)) / Math.log1p(most));
    const x = left + bin * step;
    const box = {
      class: "bar",
      x,
      y: bottom - height,
      width: step * 0.85,
      height,
    };
    const bar = shape("rect", box);
    const from = bin ? 2 ** (bin - 1) : 0;
    bar.append(shape("title", {}, `${count} values, ${from} ULP or more`));
    svg.append(bar);
    if (count === most) {
      const place = {
        x: x + step / 2,
        y: bottom - height - 6,
        "text-anchor": "middle",
      };
      svg.append(shape("text", place, count));
    }
  }
  for (let bin = 0; bin <= last; bin += last > 16 ? 8 : 1) {
    const label = bin ? `2^${bin - 1}` : "0";
    const place = {
      x: left + (bin + 0.42) * step,
      y: bottom + 18,
      "text-anchor": "middle",
    };
    svg.append(shape("text", place, label));
  }
  return element("figure", {}, [
    svg,
    element("figcaption", {
      text: "Differing values by distance in ULP; heights are logarithms",
    }),
  ]);
}
