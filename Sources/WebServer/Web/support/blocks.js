/**
 * What the pages are built from.
 */

import { h } from "./dom.js";
import { t } from "./texts.js";

export const button = (label, run, kind = "button") => h(kind, { type: "button", onclick: run }, label);

/** An input with its label around it. */
export const field = (label, input) => h("label", {}, label, input);

/** A choice; `options` are pairs of value and name. */
export const choice = (options, selected, properties = {}) =>
  h(
    "select",
    properties,
    options.map(([value, name]) => h("option", { value, selected: value === selected }, name)),
  );

/** What stands where a list has nothing. */
export const empty = (text, hint, kind = "div") => h(`${kind}.empty`, {}, h("p", {}, text), hint && h("p", {}, hint));

/** Names with their values; rows that are false are left out. */
export const facts = (rows) =>
  h(
    "dl.facts",
    {},
    rows.filter(Boolean).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );

/** Shows by which way jobs are followed: `live`, `stream`, `polling`, or `lost`. */
export function showWay(node, way) {
  node.classList.toggle("lost", way === "lost");
  const text = t(`page.${way}`);
  // Screen readers read again what is set again.
  if (node.textContent !== text) node.textContent = text;
}

/** Large figures with their names. */
export const figures = (rows) =>
  h(
    "dl.figures",
    {},
    rows.map(([name, value]) => h("div.card", {}, h("dt", {}, name), h("dd", {}, value))),
  );

/** Words that open a form. */
export const opener = (text, ...content) => h("details.form", {}, h("summary", {}, text), content);

/**
 * A table that scrolls by itself where it is too wide.
 * @param {string[]} columns Names of texts; those of numbers end with `#`, and `""` is a column of buttons.
 * @param {any[][]} rows
 * @param {string} [none] What it says without rows.
 */
export function table(label, columns, rows, none) {
  if (rows.length === 0) return h("p.small", {}, none);
  const kinds = columns.map((name) => (name === "" || name.endsWith("#") ? ".number" : ""));
  const head = columns.map((name, index) =>
    name === "" ? h("td", {}) : h(`th${kinds[index]}`, { scope: "col" }, t(name.replace("#", ""))),
  );
  return h(
    "div.scroll",
    { tabindex: "0", role: "region", "aria-label": label },
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, head)),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            row.map((cell, index) => h(`td${kinds[index]}`, {}, cell)),
          ),
        ),
      ),
    ),
  );
}
