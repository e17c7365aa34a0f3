/**
 * Modal dialogs. Escape and the close button leave them; the focus returns to where it was.
 */

import { h, icon, uniqueID } from "./dom.js";
import { t } from "./texts.js";

/** Shows a dialog. Returns a function that closes it. */
export function showDialog(title, ...content) {
  const name = uniqueID("dialog");
  const close = h(
    "button.quiet.square",
    { type: "button", "aria-label": t("action.close"), onclick: () => node.close() },
    icon("close"),
  );
  const node = h(
    "dialog",
    { "aria-labelledby": name, onclose: () => node.remove() },
    h("header", {}, h("h2", { id: name }, title), close),
    content,
  );
  // A click beside the dialog counts as one on it.
  node.addEventListener("click", (event) => {
    if (event.target === node) node.close();
  });
  document.body.append(node);
  node.showModal();
  return () => node.close();
}

/** Asks before something that cannot be taken back. */
export function confirm(title, text, label) {
  return new Promise((resolve) => {
    const answer = (value) => {
      resolve(value);
      close();
    };
    const close = showDialog(
      title,
      h("p", {}, text),
      h(
        "div.row.end",
        {},
        h("button", { type: "button", onclick: () => answer(false) }, t("action.keep")),
        h("button.danger", { type: "button", onclick: () => answer(true) }, label),
      ),
    );
    document.querySelector("dialog:last-of-type").addEventListener("close", () => resolve(false));
  });
}
