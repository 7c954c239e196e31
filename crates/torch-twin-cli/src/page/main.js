const report = JSON.parse(document.getElementById("report").textContent);
const byId = (id) => document.getElementById(id);

document.title = report.line;
byId("line").textContent = report.line;
byId("reason").textContent = report.verdict?.reason ?? "";
byId("verdict").classList.toggle("equal", report.equal);
const { rtol, atol } = report.tolerance;
byId("tolerance").hidden = !rtol && !atol;
byId("tolerance").textContent = `Compared within rtol ${rtol} and atol ${atol}`;

const settings = Object.keys(report.a.settings ?? report.b.settings ?? {});
const setting = (side, name) => side.settings?.[name] ?? "not known";
byId("sides").append(
  element("tr", {}, [
    element("td"),
    element("th", { text: "A", scope: "col" }),
    element("th", { text: "B", scope: "col" }),
  ]),
  ...rows([
    { cells: ["file", report.a.file, report.b.file] },
    { cells: ["what", report.a.what, report.b.what] },
    ...settings.map((name) => ({
      cells: [name, setting(report.a, name), setting(report.b, name)],
      different: report.differing_settings.includes(name),
    })),
  ]),
);
byId("notes").append(...report.notes.map((text) => element("li", { text })));

const steps = [...new Set(report.stages.map((stage) => stage.step))].sort((a, b) => a - b);
const byStep = new Map(steps.map((step) => [step, []]));
for (const stage of report.stages) byStep.get(stage.step).push(stage);
byId("charts").append(...charts(byStep));

/** The step that the verdict is about; without one the last. */
function stepOf(verdict) {
  if (!verdict) return steps.at(-1);
  if (verdict.cause === "unrecorded") return verdict.last + 1;
  return verdict.step ?? steps[0];
}

const firstStep = stepOf(report.verdict);
byId("step").append(
  ...steps.map((step, place) => {
    const isEqualStep = byStep.get(step).every((stage) => stage.equal);
    const text = `${step ?? "none"}${isEqualStep ? "" : " ≠"}`;
    return element("option", {
      value: place,
      text,
      selected: step === firstStep,
    });
  }),
);

byId("part").append(
  ...Object.keys(PARTS).map((part) =>
    element("option", { text: part, selected: part === partOf(report.verdict) }),
  ),
);

function showTree() {
  const step = steps[byId("step").value];
  const kinds = PARTS[byId("part").value];
  const stages = byStep.get(step).filter((stage) => kinds.includes(stage.kind));
  const first = step === firstStep ? firstModule(report.verdict) : null;
  const onlyDiffering = byId("differing").checked;
  const isOfState = step === firstStep && report.verdict?.cause === "optimizer_state";
  byId("tree").replaceChildren(
    tree(modules(stages), first, onlyDiffering),
    ...optimizer(stages, isOfState, onlyDiffering),
  );
}

byId("step").addEventListener("change", showTree);
byId("part").addEventListener("change", showTree);
byId("differing").addEventListener("change", showTree);
showTree();
