/**
 * The languages that the server translates.
 */

import { call } from "./api.js";
import { h } from "./dom.js";
import { languageName, t } from "./texts.js";

let loading = null;

/** All languages, each with its `code` and the codes of its `targets`. Asked for once. */
export function languages() {
  loading ??= call("GET", "/api/v1/languages")
    .then((answer) => answer.languages)
    .catch((error) => {
      loading = null;
      throw error;
    });
  return loading;
}

/** Forgets them: somebody else is signed in. */
export const forgetLanguages = () => {
  loading = null;
};

/** The codes that `source` can be translated to; for `auto`, all that anything can. */
export function targets(all, source) {
  const from = source === "auto" ? all : all.filter(({ code }) => code === source);
  return [...new Set(from.flatMap((language) => language.targets))];
}

/** Options for a `select`, by name. */
export function options(codes, selected) {
  const names = codes.map((code) => [code, languageName(code)]).sort(([, a], [, b]) => a.localeCompare(b));
  return names.map(([code, name]) => h("option", { value: code, selected: code === selected }, name));
}

/** Both languages of a pair, by name. */
export const pairName = (source, target) =>
  `${source === "auto" ? t("language.auto") : languageName(source)} → ${languageName(target)}`;
