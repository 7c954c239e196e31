/** Type and shape in words. */
function form(side) {
  return side ? `${side.dtype} ${side.shape.join("×") || "scalar"}` : "not there";
}

/** What is known of a stage, as rows of a table. */
function facts(stage) {
  const list = [];
  const add = (header, a, b) =>
    list.push({
      cells: [header, String(a), String(b)],
      different: String(a) !== String(b),
    });
  add("type and shape", form(stage.a), form(stage.b));
  if (stage.renamed) add("name", stage.name, stage.renamed);
  if (stage.digests) {
    for (const key of ["sha256", "min", "max", "mean"]) {
      add(key, stage.digests.a[key] ?? "not finite", stage.digests.b[key] ?? "not finite");
    }
  }
  for (const [header, pair] of [
    ["first differing value", stage.values?.first],
    ["farthest", stage.values?.farthest],
  ]) {
    if (pair) add(`${header}, at [${pair.index}], ${pair.ulps} ULP`, pair.a, pair.b);
  }
  return list;
}

/** A sentence about how many values differ. */
function sentence({ count, differing, outside, max_absolute, max_ulps }) {
  if (!differing) return `All ${count} values are equal, bit by bit.`;
  const within = outside < differing ? `, ${outside} of them beyond the tolerance` : "";
  return `${differing} of ${count} values differ${within}, by up to ${max_absolute} and ${max_ulps} ULP.`;
}

/** Everything about a stage. */
function detail(stage) {
  const table = element("table", {}, [
    element("tr", {}, [
      element("td"),
      element("th", { text: "A", scope: "col" }),
      element("th", { text: "B", scope: "col" }),
    ]),
    ...rows(facts(stage)),
  ]);
  const parts = [table];
  if (stage.values) parts.unshift(element("p", { text: sentence(stage.values) }));
  if (stage.values?.histogram.length) parts.push(histogram(stage.values.histogram));
  return element("div", { className: "facts" }, parts);
}
