import { element } from "./element.js";

/** Which maps of S2 each map of C3 sees: the paper's table I. */
export class ConnectionsTable {
  #cells = [];

  constructor({ sources }, inChannels) {
    const heads = sources.map((_, map) => element("th", { scope: "col" }, String(map)));
    const head = element("tr", {}, element("td"), ...heads);
    const rows = Array.from({ length: inChannels }, (_, source) => {
      const cells = sources.map((seen, map) => this.#cell(map, source, seen.includes(source)));
      return element("tr", {}, element("th", { scope: "row" }, String(source)), ...cells);
    });
    const caption = "Table I of the paper: which maps of S2 (rows) each map of C3 (columns) sees";
    this.root = element(
      "table",
      { className: "connections" },
      element("caption", {}, caption),
      element("thead", {}, head),
      element("tbody", {}, ...rows),
    );
  }

  #cell(map, source, isEdge) {
    const cell = element("td", {}, isEdge ? "●" : "");
    if (isEdge) this.#cells.push({ map, source, cell });
    return cell;
  }

  /** Lights up the edges that lead to a map of C3, or away from a map of S2. */
  mark({ to, from }) {
    for (const { map, source, cell } of this.#cells) {
      cell.classList.toggle("lit", map === to || source === from);
    }
  }

  unmark() {
    for (const { cell } of this.#cells) cell.classList.remove("lit");
  }
}
