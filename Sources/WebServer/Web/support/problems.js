/**
 * Errors as people read them: what happened, and what to do.
 */

import { APIError, isAbort } from "./api.js";
import { fill, h } from "./dom.js";
import { t } from "./texts.js";
import { toast } from "./toasts.js";

const byName = {
  "rate-limited": "tooFast",
  throttled: "throttled",
  "quota-exceeded": "quota",
  "unknown-language": "language",
  "impossible-pair": "pair",
  "same-language": "same",
  undetected: "undetected",
  "too-large": "tooLarge",
};

const byStatus = {
  0: "offline",
  401: "signedOut",
  403: "forbidden",
  404: "gone",
  409: "conflict",
  413: "tooLarge",
  429: "tooFast",
  499: "stopped",
  503: "busy",
  507: "full",
};

/** What happened and what to do, in a sentence or two. */
export const explain = (error) => t(`error.${byName[error.name] ?? byStatus[error.status] ?? "other"}`);

/**
 * A notice about an error, with the server's own words where they add something.
 * @param {Function} [retry] What the button for another try does.
 */
export function notice(error, retry) {
  const detail = error.status > 0 && ![401, 503].includes(error.status) ? error.message : "";
  return h(
    "div.notice",
    { role: "alert" },
    h("p", {}, explain(error)),
    detail && h("p.small", { lang: "en" }, detail),
    error.fields?.map(({ field, message }) => h("p.small", { lang: "en" }, `${field}: ${message}`)),
    retry && h("button", { type: "button", onclick: retry }, t("action.retry")),
  );
}

/**
 * Does what calls the server. What goes wrong is shown in `place`, with a button for another try unless `retry` is
 * `null`.
 * @returns Whether it worked.
 */
export function showingErrors(place, run, retry = () => showingErrors(place, run)) {
  return catching(run, (error) => fill(place, notice(error, retry)));
}

/** The same for what leaves no place for a notice: a toast tells. */
export const tellingErrors = (run) => catching(run, (error) => toast(explain(error)));

async function catching(run, failed) {
  try {
    await run();
    return true;
  } catch (error) {
    if (error instanceof APIError) failed(error);
    else if (!isAbort(error)) throw error;
    return false;
  }
}
