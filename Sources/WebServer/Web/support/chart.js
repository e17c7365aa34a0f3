/**
 * Small charts in SVG. Each says in words what it shows; the numbers are beside it or in its parts' titles.
 */

import { h, svg } from "./dom.js";
import { number } from "./texts.js";

const height = 100;

/** A line under which a chart stands, with texts at its ends. */
const axis = (...texts) =>
  h(
    "div.axis",
    { "aria-hidden": "true" },
    texts.map((text) => h("span", {}, text)),
  );

/**
 * Bars beside each other.
 * @param {object[]} items Each `{value, title, label}`; the first and the last label are shown.
 */
export function bars(items, caption) {
  const most = Math.max(1, ...items.map(({ value }) => value));
  const step = 100 / Math.max(items.length, 1);
  const shapes = items.map(({ value, title }, index) =>
    svg(
      "rect",
      {
        x: index * step + step * 0.12,
        width: step * 0.76,
        y: height - (value / most) * height,
        height: (value / most) * height,
      },
      svg("title", {}, title),
    ),
  );
  return h(
    "figure.chart",
    {},
    h("figcaption", {}, caption, h("span.small", { "aria-hidden": "true" }, number(most))),
    drawing(caption, shapes),
    axis(items[0]?.label, items.at(-1)?.label),
  );
}

/** One bar, for a place in a table. */
export function bar(share, title) {
  const size = { viewBox: "0 0 100 8", preserveAspectRatio: "none", class: "bar", role: "img", "aria-label": title };
  return svg(
    "svg",
    size,
    svg("rect", { width: 100, height: 8, class: "track" }),
    svg("rect", { width: 100 * share, height: 8 }),
  );
}

/**
 * Lines over time; the latest is at the right.
 * @param {object[]} series Each `{name, values}`, all equally many.
 * @param {number} places How many values there is room for.
 */
export function lines(series, places, caption, [begin, end]) {
  const most = Math.max(4, ...series.flatMap(({ values }) => values));
  const point = (value, index, count) =>
    `${100 - (100 * (count - 1 - index)) / (places - 1)},${height - (value / most) * (height - 4) - 2}`;
  const shapes = series.map(({ values }, index) =>
    svg("polyline", {
      class: `series-${index + 1}`,
      points: values.map((value, place) => point(value, place, values.length)).join(" "),
    }),
  );
  const legend = series.map(({ name, values }, index) =>
    h("li", { class: `series-${index + 1}` }, name, h("b", {}, number(values.at(-1) ?? 0))),
  );
  return h(
    "figure.chart",
    {},
    h("figcaption", {}, caption, h("span.small", { "aria-hidden": "true" }, number(most))),
    drawing(caption, shapes),
    axis(begin, end),
    h("ul.legend-row", {}, legend),
  );
}

const drawing = (label, shapes) =>
  svg(
    "svg",
    { viewBox: `0 0 100 ${height}`, preserveAspectRatio: "none", class: "drawing", role: "img", "aria-label": label },
    shapes,
  );
