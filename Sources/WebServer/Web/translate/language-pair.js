/**
 * The choice of the two languages: what can be chosen, what was detected, and both swapped.
 */

import { fill, h, icon } from "../support/dom.js";
import { options, targets } from "../support/languages.js";
import { languageName, t } from "../support/texts.js";

export class LanguagePair {
  #languages = [];
  #detected = null;
  #changed;
  #before;

  /**
   * @param {object} wanted The codes `{source, target}` to begin with, as far as they can be had.
   * @param {Function} changed Called when somebody chose another language.
   * @param {Function} swapped Called when somebody asked for both to be swapped, which is the caller's to do with `swap`.
   */
  constructor(wanted, changed, swapped) {
    this.#before = wanted;
    this.#changed = changed;
    this.from = h("select", { "aria-label": t("translate.from"), onchange: () => this.#chosen(this.from) });
    this.to = h("select", { "aria-label": t("translate.to"), onchange: () => this.#chosen(this.to) });
    const label = t("translate.swap");
    this.swapper = h(
      "button.quiet.square",
      { type: "button", onclick: swapped, "aria-label": label, title: label },
      icon("swap"),
    );
    this.node = h("div.languages", {}, this.from, this.swapper, this.to);
  }

  /** Offers these languages. */
  offer(languages) {
    this.#languages = languages;
    const isKnown = languages.some(({ code }) => code === this.#before.source);
    this.#show(isKnown ? this.#before.source : "auto", this.#before.target ?? this.#suggestion());
  }

  /** What is asked for: `auto`, or a code. */
  get source() {
    return this.from.value;
  }

  get target() {
    return this.to.value;
  }

  /** The source language as far as it is known. */
  get known() {
    return this.source === "auto" ? this.#detected : this.source;
  }

  /** Takes over which language the text turned out to be in; `null` for none. */
  set detected(code) {
    // Nothing is touched that somebody may have opened.
    if (code === this.#detected) return;
    this.#detected = code;
    this.#show(this.source, this.target);
  }

  /** Swaps both. Returns whether that is possible: it is not while the source language is unknown. */
  swap() {
    const source = this.known;
    if (!source) return false;
    this.#detected = null;
    this.#show(this.target, source);
    return true;
  }

  /** The page's language, or else the first that differs from English, which most texts are in. */
  #suggestion() {
    const codes = targets(this.#languages, "auto").filter((code) => code !== "en");
    return codes.find((code) => code === document.documentElement.lang) ?? codes[0];
  }

  #show(source, target) {
    const isDetected = this.#detected && source === "auto";
    const name = isDetected
      ? t("translate.detected", { language: languageName(this.#detected) })
      : t("language.detect");
    fill(
      this.from,
      h("option", { value: "auto", selected: source === "auto" }, name),
      options(
        this.#languages.map(({ code }) => code),
        source,
      ),
    );
    const codes = targets(this.#languages, source);
    fill(this.to, options(codes, codes.includes(target) ? target : codes[0]));
    this.swapper.disabled = !this.known;
    this.#before = { source: this.source, target: this.target };
  }

  #chosen(changed) {
    const { source, target } = this.#before;
    this.#detected = null;
    // The same language on both sides: the other side takes the one that was here.
    if (this.source !== this.target) this.#show(this.source, this.target);
    else if (changed === this.from) this.#show(this.source, source === "auto" ? null : source);
    else this.#show(target, this.target);
    this.#changed();
  }
}
