/**
 * Copies texts, on addresses without TLS too.
 */

import { h } from "./dom.js";
import { t } from "./texts.js";
import { toast } from "./toasts.js";

/** Copies a text and says so. */
export async function copy(text, message = t("copied.text")) {
  toast((await write(text)) ? message : t("copied.not"));
}

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeBySelection(text);
  }
}

/** The browsers' old way, which needs no secure context. */
function writeBySelection(text) {
  const focused = document.activeElement;
  const field = h("textarea.hidden", { value: text, "aria-hidden": "true" });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
}
