/** What of a step may be shown alone. */
const PARTS = {
  everything: ["input", "output", "loss", "gradient", "optimizer", "weight"],
  forward: ["input", "output", "loss"],
  gradients: ["gradient"],
  "optimizer state": ["optimizer"],
  weights: ["weight"],
};

/** The part that a verdict is about. */
function partOf(verdict) {
  switch (verdict?.cause) {
    case "data":
    case "carried_state":
    case "forward":
    case "loss":
      return "forward";
    case "backward":
      return "gradients";
    case "optimizer_state":
    case "optimizer_order":
      return "optimizer state";
    case "order":
    case "swapped":
    case "learning_rate":
    case "initial_value":
    case "weights":
    case "buffer":
    case "optimizer_update":
      return "weights";
    default:
      return "everything";
  }
}

/** Where a stage stands in the tree: the path of modules that it belongs to. */
function path({ kind, name }) {
  switch (kind) {
    case "input":
    case "output":
      return name === "" ? [] : name.split(".");
    case "weight":
    case "gradient":
      return name.split(".").slice(0, -1);
    default:
      return [];
  }
}

/** What a stage is called below its module. */
function label({ kind, name, call, index }) {
  const more = `${call > 1 ? `, call ${call}` : ""}${index > 0 ? `, tensor ${index}` : ""}`;
  if (kind === "loss") return name + more;
  if (kind === "input" || kind === "output") return kind + more;
  const tensor = name.split(".").at(-1);
  return kind === "gradient" ? `gradient of ${tensor}` : `${tensor} after the step`;
}

/** The modules of a step, each with its stages and the modules in it. */
function modules(stages) {
  const root = { name: "the network", path: "", stages: [], inner: new Map() };
  for (const stage of stages.filter(({ kind }) => kind !== "optimizer")) {
    let module = root;
    for (const part of path(stage)) {
      if (!module.inner.has(part)) {
        const inner = module.path === "" ? part : `${module.path}.${part}`;
        module.inner.set(part, {
          name: part,
          path: inner,
          stages: [],
          inner: new Map(),
        });
      }
      module = module.inner.get(part);
    }
    module.stages.push(stage);
  }
  return root;
}

function isEqual(module) {
  const inner = [...module.inner.values()];
  return module.stages.every((stage) => stage.equal) && inner.every(isEqual);
}

/** As many branches are shown at once. */
const SHOWN = 500;

/** The branches that `make` makes of a list; the rest is made when it is asked for. */
function branches(list, make) {
  const made = list.slice(0, SHOWN).map(make);
  if (list.length > SHOWN) {
    const more = element("button", { text: `show ${list.length - SHOWN} more` });
    more.addEventListener("click", () => more.replaceWith(...branches(list.slice(SHOWN), make)));
    made.push(more);
  }
  return made;
}

/** A part of the tree that opens on click, on Enter and on the space bar; `fill` gives what is in it. */
function branch(text, classes, equal, isOpen, fill) {
  const mark = element("span", { className: "mark", text: equal ? "=" : "≠" });
  const said = element("span", {
    className: "quiet",
    text: equal ? " equal" : " different",
  });
  const summary = element("summary", {}, [
    mark,
    element("span", { className: "name", text }),
    said,
  ]);
  const className = `${classes} ${equal ? "equal" : "different"}`;
  const made = element("details", { className, open: isOpen }, [summary]);
  let isFilled = false;
  const show = () => {
    if (!isFilled) made.append(...fill());
    isFilled = true;
  };
  if (isOpen) show();
  made.addEventListener("toggle", () => made.open && show());
  return made;
}

/** The module that has the first difference; null where there is none. */
function firstModule(verdict) {
  if (!verdict) return null;
  if (["forward", "data", "carried_state"].includes(verdict.cause)) return verdict.name;
  if (["optimizer_state", "optimizer_order", "loss"].includes(verdict.cause)) return null;
  if (!verdict.name) return "";
  return verdict.name.split(".").slice(0, -1).join(".");
}

/** What the optimizer keeps, in the order of its parameters. */
function optimizer(stages, isOpen, onlyDiffering) {
  const place = (stage) => Number.parseInt(stage.name, 10);
  const state = stages.filter((stage) => stage.kind === "optimizer");
  const shown = state
    .filter((stage) => !onlyDiffering || !stage.equal)
    .sort((a, b) => place(a) - place(b));
  const equal = state.every((stage) => stage.equal);
  const fill = () =>
    branches(shown, (stage) =>
      branch(stage.name, "stage", stage.equal, false, () => [detail(stage)]),
    );
  return shown.length ? [branch("optimizer state", "module", equal, isOpen, fill)] : [];
}

/** A module with all that is in it; those on the way to the first difference are open. */
function tree(module, first, onlyDiffering) {
  const isFirst = first === module.path;
  const leadsThere =
    first !== null && (module.path === "" || `${first}.`.startsWith(`${module.path}.`));
  const isShown = (equal) => !onlyDiffering || !equal;
  const fill = () => [
    ...branches(
      module.stages.filter((stage) => isShown(stage.equal)),
      (stage) => branch(label(stage), "stage", stage.equal, false, () => [detail(stage)]),
    ),
    ...branches(
      [...module.inner.values()].filter((inner) => isShown(isEqual(inner))),
      (inner) => tree(inner, first, onlyDiffering),
    ),
  ];
  const classes = isFirst ? "module first" : "module";
  const isOpen = leadsThere || module.path === "";
  return branch(module.name, classes, isEqual(module), isOpen, fill);
}
