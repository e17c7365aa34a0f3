/**
 * Keyboard shortcuts, and the overlay that lists them. Every one has a modifier, so that none gets in the way of
 * typing.
 */

import { h } from "../support/dom.js";
import { showDialog } from "../support/dialogs.js";
import { may, session } from "../support/session.js";
import { t } from "../support/texts.js";

const views = ["translate", "jobs", "notes", "account", "admin"];

const listed = [
  ["Ctrl+Enter", "shortcuts.now"],
  ["Alt+S", "translate.swap"],
  ["Alt+C", "translate.copy"],
  ["Alt+K", "shortcuts.share"],
  ["Alt+T", "shortcuts.text"],
  ["← →", "shortcuts.sentences"],
  ["Enter", "shortcuts.alternatives"],
  ["Alt+1 … 5", "shortcuts.views"],
  ["Ctrl+/", "shortcuts.help"],
  ["Esc", "shortcuts.close"],
];

/** Whether an event is that shortcut, such as `Alt+S`: by the key's place, as Alt makes other letters on some. */
export function isShortcut(event, code, { control = false } = {}) {
  const modified = control
    ? (event.ctrlKey || event.metaKey) && !event.altKey
    : event.altKey && !event.ctrlKey && !event.metaKey;
  return modified && !event.shiftKey && event.code === code;
}

/** Listens for what works everywhere. */
export function listenForShortcuts() {
  addEventListener("keydown", (event) => {
    if (isShortcut(event, "Slash", { control: true })) {
      event.preventDefault();
      showShortcuts();
    }
    const index = views.findIndex((_, index) => isShortcut(event, `Digit${index + 1}`));
    if (index < 0 || !session.user || (views[index] === "admin" && !may("admin"))) return;
    event.preventDefault();
    location.hash = `#/${views[index]}`;
  });
}

/** Shows the overlay. */
export function showShortcuts() {
  if (document.querySelector("dialog[open]")) return;
  showDialog(
    t("shortcuts.title"),
    h(
      "dl.shortcuts",
      {},
      listed.map(([keys, text]) =>
        h(
          "div",
          {},
          h(
            "dt",
            {},
            keys.split("+").map((key) => h("kbd", {}, key)),
          ),
          h("dd", {}, t(text)),
        ),
      ),
    ),
  );
}
