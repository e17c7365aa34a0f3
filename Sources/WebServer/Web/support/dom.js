/**
 * Builds elements. Whatever comes from people or the server becomes text nodes, never markup.
 */

const svgSpace = "http://www.w3.org/2000/svg";

/**
 * Makes an HTML element.
 * @param {string} name Tag, with classes behind dots: `button.quiet`.
 * @param {object} [properties] Attributes; `on…` members are listeners; `true` is an empty attribute, while `false`,
 *   `null` and `undefined` leave it out; `value`, `checked` and `disabled` are set as properties.
 * @param {...any} children Nodes, texts, arrays of them; `null`, `undefined` and `false` are skipped.
 */
export function h(name, properties = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) set(node, key, value);
  node.append(...flatten(children));
  return node;
}

/** Makes an SVG element. */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(svgSpace, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...flatten(children));
  return node;
}

/** Replaces what an element holds. */
export function fill(node, ...children) {
  node.replaceChildren(...flatten(children));
  return node;
}

function set(node, key, value) {
  if (typeof value === "function") node.addEventListener(key.slice(2), value);
  else if (key === "value" || key === "checked" || key === "disabled") node[key] = value;
  else if (value !== false && value !== null && value !== undefined)
    node.setAttribute(key, value === true ? "" : value);
}

function flatten(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

const shapes = {
  swap: "M4 8h15m-4-4 4 4-4 4M20 16H5m4 4-4-4 4-4",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  close: "M6 6l12 12M18 6 6 18",
  keyboard: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M7 14h10",
  plus: "M12 5v14M5 12h14",
  back: "M15 5l-7 7 7 7",
};

/** A line drawing beside a text, or in a button that has a label of its own. */
export function icon(name) {
  const line = {
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 1.7,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  };
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", ...line },
    svg("path", { d: shapes[name] }),
  );
}

/** A number that tells two parts of the page apart, for `id` and what refers to it. */
export const uniqueID = (() => {
  let last = 0;
  return (prefix) => {
    last += 1;
    return `${prefix}-${last}`;
  };
})();
