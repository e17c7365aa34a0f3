/**
 * The view in which one types a text and reads its translation.
 */

import { fill, h, icon } from "../support/dom.js";
import { copy } from "../support/clipboard.js";
import { languages } from "../support/languages.js";
import { notice, showingErrors } from "../support/problems.js";
import { session } from "../support/session.js";
import { recall, remember } from "../support/settings.js";
import { duration, languageName, number, t } from "../support/texts.js";
import { toast } from "../support/toasts.js";
import { isShortcut } from "../shell/shortcuts.js";
import { closeAlternatives, showAlternatives } from "./alternatives.js";
import { LanguagePair } from "./language-pair.js";
import { SourcePane, TargetPane } from "./panes.js";
import { Translator } from "./translator.js";

/** Links longer than this get lost in other programs. */
const longestLink = 8000;

/** Shows the view. A link's text, or the one from last time, is there already. */
export async function show(page, { query, signal }) {
  const view = new TranslateView(query, signal);
  fill(page, view.node);
  await view.start();
}

class TranslateView {
  #translator;
  #isTyping = false;

  constructor(query, signal) {
    const point = (index) => {
      this.source.highlight(index);
      this.target.highlight(index);
    };
    this.source = new SourcePane(query.get("text") ?? recall("text", ""), t("translate.source"), point);
    this.target = new TargetPane({
      pointed: point,
      chosen: (index, element) => this.#showAlternatives(index, element),
    });
    this.languages = new LanguagePair(
      { source: query.get("from") ?? recall("from", "auto"), target: query.get("to") ?? recall("to") },
      () => this.#translate(0),
      () => this.#swap(),
    );
    this.#build();
    this.#translator = new Translator(this.#listener(), signal);
    this.source.field.addEventListener("input", (event) => this.#typed(event));
    addEventListener("keydown", (event) => this.#key(event), { signal });
    signal.addEventListener("abort", closeAlternatives);
  }

  #build() {
    const button = (name, shape, label, run) =>
      h("button.quiet", { type: "button", onclick: run, title: label }, icon(shape), h("span", {}, name));
    const square = (shape, label, run) =>
      h("button.quiet.square", { type: "button", onclick: run, "aria-label": label, title: label }, icon(shape));
    this.clear = square("close", t("translate.clear"), () => this.#clear());
    this.count = h("span.count", {});
    this.copy = button(t("action.copy"), "copy", t("translate.copy"), () => this.#copy());
    this.share = button(t("action.share"), "link", t("translate.share"), () => this.#share());
    this.bar = h("progress", { max: 100, value: 0, hidden: true, "aria-label": t("translate.progress") });
    this.message = h("div", {});
    this.status = h("p.status", { role: "status" });
    this.node = h(
      "div.translate",
      {},
      h("h1.hidden", {}, t("notes.translate")),
      this.languages.node,
      h(
        "div.panes",
        {},
        h(
          "section.pane",
          { "aria-label": t("translate.source") },
          this.source.node,
          this.clear,
          h("footer", {}, this.count),
        ),
        h(
          "section.pane.result",
          { "aria-label": t("translate.translation") },
          this.bar,
          this.target.node,
          this.message,
          h("footer", {}, this.status, this.copy, this.share),
        ),
      ),
      h("p.small.legend", { id: "doubtful", hidden: true }, t("translate.doubtful")),
    );
  }

  async start() {
    this.#counted();
    const isThere = await showingErrors(
      this.message,
      async () => this.languages.offer(await languages()),
      () => this.start(),
    );
    if (!isThere) return;
    fill(this.message);
    if (matchMedia("(pointer: fine)").matches) this.source.field.focus();
    this.#translate(0);
  }

  #swap() {
    const text = this.target.node.classList.contains("stale") ? "" : this.target.text;
    if (!this.languages.swap()) return;
    if (text) this.source.field.value = text;
    this.#counted();
    this.#translate(0);
  }

  // Text

  #typed(event) {
    if (!this.#isTyping) history.replaceState(null, "", "#/translate");
    this.#isTyping = true;
    closeAlternatives();
    this.#counted();
    this.source.mark([]);
    const isSlow = (session.user.limits.requests_per_minute ?? Infinity) < 60;
    const isPasted = event.inputType === "insertFromPaste";
    this.#translate(isPasted ? 0.05 : isSlow || this.source.field.value.length > 2000 ? 1.2 : 0.3);
  }

  #counted() {
    const characters = [...this.source.field.value].length;
    const limit = session.user.limits.characters_per_request;
    this.count.textContent = t("translate.count", { characters, limit });
    this.count.classList.toggle("over", characters > limit);
    this.clear.hidden = characters === 0;
    this.share.hidden = this.copy.hidden = characters === 0;
  }

  #clear() {
    this.source.field.value = "";
    this.#counted();
    this.#translate(0);
    this.source.field.focus();
  }

  #translate(seconds) {
    const { source, target } = this.languages;
    const task = { text: this.source.field.value, source, target };
    remember("text", task.text);
    remember("from", task.source);
    remember("to", task.target);
    this.source.language = this.languages.known;
    this.target.language = task.target;
    this.target.node.classList.add("stale");
    this.#translator.translate(task, seconds);
  }

  // What the translator tells

  #listener() {
    return {
      idle: () => this.#rest(),
      working: (isLong) => {
        fill(this.message);
        this.status.textContent = t("translate.working");
        this.bar.hidden = !isLong;
        if (isLong) {
          this.bar.value = 0;
          this.target.show([]);
          this.#fresh();
        }
      },
      grown: (row) => this.target.grow(row),
      progress: (percent) => {
        this.bar.value = percent;
      },
      connected: (way) => {
        this.status.textContent = t({ polling: "page.polling", lost: "page.lost" }[way] ?? "translate.working");
      },
      result: (result) => this.#finished(result),
      failed: (error, seconds) => {
        this.bar.hidden = true;
        const text = seconds === null ? "" : t("translate.again", { duration: duration(seconds) });
        this.status.textContent = text;
        fill(
          this.message,
          notice(error, () => this.#translator.tryAgain()),
        );
      },
    };
  }

  #rest() {
    this.languages.detected = null;
    this.bar.hidden = true;
    fill(this.message);
    this.status.textContent = "";
    this.target.show([]);
    this.source.mark([]);
    this.#fresh();
  }

  #finished({ pieces, detected, words, milliseconds }) {
    this.bar.hidden = true;
    this.languages.detected = detected ?? null;
    this.source.language = this.languages.known;
    this.target.show(pieces);
    this.source.mark(pieces);
    this.#fresh();
    this.node.querySelector(".legend").hidden = !pieces.some(({ doubtful }) => doubtful);
    const isSame = detected === this.languages.target;
    this.status.textContent = isSame
      ? t("translate.same", { language: languageName(detected) })
      : t("translate.done", { count: words, time: duration(milliseconds / 1000) });
  }

  #fresh() {
    this.target.node.classList.remove("stale");
    this.node.querySelector(".legend").hidden = true;
  }

  // Actions

  #copy() {
    if (this.target.text) copy(this.target.text);
  }

  #share() {
    const query = new URLSearchParams({
      from: this.languages.source,
      to: this.languages.target,
      text: this.source.field.value,
    });
    const link = `${location.origin}/#/translate?${query}`;
    if (link.length > longestLink) return toast(t("translate.shareTooLong", { limit: number(longestLink) }));
    copy(link, t("copied.link"));
  }

  #showAlternatives(index, element) {
    const { text, source, confidence } = this.target.pieces[index];
    const sentence = {
      text,
      confidence,
      element,
      original: this.source.field.value.slice(...source),
      source: this.languages.known ?? "auto",
      target: this.languages.target,
    };
    showAlternatives(sentence, (chosen) => this.target.replace(index, chosen));
  }

  #key(event) {
    const actions = {
      KeyS: () => this.#swap(),
      KeyC: () => this.#copy(),
      KeyK: () => this.#share(),
      KeyT: () => this.source.field.focus(),
    };
    const code = Object.keys(actions).find((key) => isShortcut(event, key));
    if (code) actions[code]();
    else if (isShortcut(event, "Enter", { control: true })) this.#translate(0);
    else return;
    event.preventDefault();
  }
}
