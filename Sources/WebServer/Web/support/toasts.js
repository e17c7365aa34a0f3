/**
 * Short messages at the page's edge, which leave by themselves.
 */

import { h, icon } from "./dom.js";
import { t } from "./texts.js";

const seconds = 6;
const place = h("div.toasts", { role: "status", "aria-live": "polite" });
document.body.append(place);

/**
 * Shows a message, with an `action` `{label, run}` perhaps. It stays while the pointer or the focus is on it.
 * @param {Function} [options.over] Called when it leaves without its action.
 */
export function toast(message, { action, over } = {}) {
  let timer;
  const end = (ran) => {
    clearTimeout(timer);
    node.remove();
    if (!ran) over?.();
  };
  const close = h(
    "button.quiet.square",
    { type: "button", "aria-label": t("action.close"), onclick: () => end(false) },
    icon("close"),
  );
  const run =
    action &&
    h(
      "button.quiet",
      {
        type: "button",
        onclick: () => {
          end(true);
          action.run();
        },
      },
      action.label,
    );
  const node = h("div.toast", {}, h("span", {}, message), run, close);
  const wait = () => {
    timer = setTimeout(() => end(false), seconds * 1000);
  };
  const stay = () => clearTimeout(timer);
  for (const type of ["mouseenter", "focusin"]) node.addEventListener(type, stay);
  for (const type of ["mouseleave", "focusout"])
    node.addEventListener(type, () => {
      stay();
      wait();
    });
  place.append(node);
  wait();
}
