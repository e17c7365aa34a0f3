/**
 * The page's texts in the person's language, and numbers and times written as that language writes them.
 */

import { recall, remember } from "./settings.js";

/** The languages of the page, by their own names. */
export const pageLanguages = { en: "English", es: "Español", hi: "हिन्दी" };

let language = "en";
let texts = {};

/** Loads the language that was chosen, or else the browser's first that there is. */
export async function loadTexts() {
  const wanted = [recall("language"), ...navigator.languages.map((tag) => tag.slice(0, 2)), "en"];
  await useLanguage(wanted.find((code) => Object.hasOwn(pageLanguages, code)));
}

/** Changes the page's language and remembers it. */
export async function chooseLanguage(code) {
  remember("language", code);
  await useLanguage(code);
}

/** Loads a language's texts, for this page only. */
export async function useLanguage(code) {
  texts = (await import(`../texts/${code}.js`)).default;
  language = code;
  document.documentElement.lang = code;
}

/** The page's language. */
export const currentLanguage = () => language;

/**
 * The text of that name, such as `jobs.none`, with `{members}` filled in. A text with forms takes the one for
 * `values.count`.
 */
export function t(name, values = {}) {
  const entry = name.split(".").reduce((group, key) => group?.[key], texts) ?? name;
  const form =
    typeof entry === "string" ? entry : (entry[new Intl.PluralRules(language).select(values.count)] ?? entry.other);
  return form.replace(/\{(\w+)\}/g, (_, key) => (typeof values[key] === "number" ? number(values[key]) : values[key]));
}

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);

export const percent = (share) =>
  new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(share);

const units = [
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
  ["millisecond", 0.001],
];

/** A length of time in its largest unit, such as `4 min`. */
export function duration(seconds) {
  const [unit, length] = units.find(([, length]) => seconds >= length) ?? units[3];
  const digits = unit === "second" && seconds < 10 ? 1 : 0;
  const style = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, style).format(seconds / length);
}

/** How long ago something was, such as `2 minutes ago`; after a day, the date. */
export function ago(time) {
  const seconds = (Date.now() - new Date(time)) / 1000;
  if (seconds > 86_400) return date(time);
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (seconds < 45) return relative.format(0, "second");
  return seconds < 3600
    ? relative.format(-Math.round(seconds / 60), "minute")
    : relative.format(-Math.round(seconds / 3600), "hour");
}

export const date = (time) => new Intl.DateTimeFormat(language, { dateStyle: "medium" }).format(new Date(time));

export const dateAndTime = (time) =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(time));

/** A file's or memory's size, such as `11 MB`. */
export function size(bytes) {
  const unit = bytes < 1e6 ? ["kilobyte", 1e3] : bytes < 1e9 ? ["megabyte", 1e6] : ["gigabyte", 1e9];
  const style = {
    style: "unit",
    unit: unit[0],
    unitDisplay: "short",
    maximumFractionDigits: bytes / unit[1] < 10 ? 1 : 0,
  };
  return new Intl.NumberFormat(language, style).format(bytes / unit[1]);
}

/** A language's name in the page's language. */
export function languageName(code) {
  if (code === "auto") return t("language.detect");
  try {
    const name = new Intl.DisplayNames(language, { type: "language" }).of(code);
    return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
  } catch {
    return code;
  }
}

const rightToLeft = new Set(["ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"]);

/** Which way a language is written, for `dir`; for an unknown one, the text decides. */
export function direction(code) {
  if (!code || code === "auto") return "auto";
  return rightToLeft.has(code.slice(0, 2)) ? "rtl" : "ltr";
}
