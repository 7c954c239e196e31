/** An HTML element with text in it, which is never taken for markup. */
function element(name, { text, ...properties } = {}, children = []) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/** An element of a picture. */
function shape(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** A table of two or more columns; a row is `{ cells, different }`, and its first cell its header. */
function rows(list) {
  return list.map(({ cells: [header, ...cells], different }) =>
    element("tr", { className: different ? "different" : "" }, [
      element("th", { text: header, scope: "row" }),
      ...cells.map((text) => element("td", { text })),
    ]),
  );
}
