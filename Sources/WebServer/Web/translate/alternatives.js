/**
 * The menu of other translations for a sentence.
 */

import { fill, h } from "../support/dom.js";
import { isAbort } from "../support/api.js";
import { explain } from "../support/problems.js";
import { direction, percent, t } from "../support/texts.js";
import { alternatives } from "./translator.js";

let close = () => {};

/** Closes the menu, if one is open. */
export const closeAlternatives = () => close();

/**
 * Shows the menu below a sentence, in the pane around it.
 * @param {object} sentence `{text, original, source, target, confidence, element}`.
 * @param {Function} choose Called with the translation that is chosen.
 */
export async function showAlternatives(sentence, choose) {
  close();
  const stop = new AbortController();
  const menu = h("div.menu", { role: "menu", "aria-label": t("translate.alternatives"), tabindex: "-1" });
  close = (focus = false) => {
    stop.abort();
    menu.remove();
    sentence.element.classList.remove("open");
    if (focus) sentence.element.focus();
    close = () => {};
  };
  listen(menu, stop.signal);
  fill(menu, h("p.small", { role: "none" }, t("action.loading")));
  sentence.element.classList.add("open");
  place(menu, sentence.element);
  menu.focus();
  try {
    const texts = await alternatives(sentence.original, sentence.source, sentence.target, stop.signal);
    const all = [sentence.text, ...texts.filter((text) => text !== sentence.text)];
    fill(
      menu,
      h("p.small", { role: "none" }, t("translate.confidence", { percent: percent(sentence.confidence) })),
      all.map((text) =>
        item(text, sentence, () => {
          close(true);
          choose(text);
        }),
      ),
    );
    menu.querySelector("button").focus();
  } catch (error) {
    if (!isAbort(error)) fill(menu, h("p.small", { role: "none" }, explain(error)));
  }
}

function item(text, sentence, choose) {
  const isCurrent = text === sentence.text;
  return h(
    "button",
    {
      type: "button",
      role: "menuitemradio",
      "aria-checked": String(isCurrent),
      tabindex: "-1",
      lang: sentence.target,
      dir: direction(sentence.target),
      onclick: choose,
    },
    text,
  );
}

function listen(menu, signal) {
  menu.addEventListener("keydown", (event) => {
    const items = [...menu.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      close(true);
    } else if (step && items.length) {
      event.preventDefault();
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    }
  });
  document.addEventListener(
    "pointerdown",
    (event) => {
      if (!menu.contains(event.target)) close();
    },
    { signal },
  );
}

/** Puts the menu under the sentence's last line, inside the pane. */
function place(menu, element) {
  const pane = element.closest(".pane");
  pane.append(menu);
  const outer = pane.getBoundingClientRect();
  const lines = element.getClientRects();
  const last = lines[lines.length - 1] ?? outer;
  const most = outer.width - menu.offsetWidth - 12;
  menu.style.left = `${Math.max(12, Math.min(last.left - outer.left, most))}px`;
  menu.style.top = `${last.bottom - outer.top + 6}px`;
}
