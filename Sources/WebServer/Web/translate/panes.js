/**
 * The two texts, with their sentences: pointing at one shows its counterpart.
 */

import { fill, h } from "../support/dom.js";
import { direction, t } from "../support/texts.js";
import { sourcePieces, textOf } from "./pieces.js";

/** Above this many characters the source is not cut into sentences: the page would become slow. */
const mostMirrored = 200_000;

/** The text field. Behind it lies the same text with its sentences, as a text field itself can mark none. */
export class SourcePane {
  #mirror = h("div.mirror", { "aria-hidden": "true" });
  #spans = new Map();

  /** @param {Function} pointed Called with the place of the sentence that is pointed at, or `null`. */
  constructor(text, label, pointed) {
    this.field = h("textarea", {
      value: text,
      "aria-label": label,
      dir: "auto",
      placeholder: t("translate.placeholder"),
      autocapitalize: "sentences",
      spellcheck: "true",
      rows: 1,
    });
    this.node = h("div.writing", {}, this.#mirror, this.field);
    this.field.addEventListener("pointermove", (event) => pointed(this.#sentence(event)));
    this.field.addEventListener("pointerleave", () => pointed(null));
    this.mark([]);
  }

  /** The text's language, or `null`. */
  set language(code) {
    this.field.lang = code ?? "";
  }

  /** Marks the sentences of a translation's pieces; none while the text is being changed. */
  mark(row) {
    this.#spans.clear();
    const text = this.field.value;
    const cut = text.length > mostMirrored ? [{ text }] : sourcePieces(text, row);
    fill(
      this.#mirror,
      cut.map((piece) => {
        if (piece.index === undefined) return piece.text;
        const span = h("span", {}, piece.text);
        this.#spans.set(piece.index, span);
        return span;
        // A line break at the end has height only with something behind it.
      }),
      "\u200b",
    );
    this.#mirror.dir = this.field.matches(":dir(rtl)") ? "rtl" : "ltr";
  }

  highlight(index) {
    this.#mirror.querySelector(".on")?.classList.remove("on");
    this.#spans.get(index)?.classList.add("on");
  }

  #sentence(event) {
    const under = document.elementsFromPoint(event.clientX, event.clientY);
    for (const [index, span] of this.#spans) if (under.includes(span)) return index;
    return null;
  }
}

/** The translation. One stop for the tab key; arrow keys move between its sentences. */
export class TargetPane {
  #row = [];
  #listener;

  /** @param {object} listener `pointed(index | null)` and `chosen(index, element)`. */
  constructor(listener) {
    this.#listener = listener;
    this.node = h("div.reading", { role: "group", "aria-label": t("translate.translation") });
    const sentence = (event) => event.target.closest?.(".sentence");
    for (const type of ["pointerover", "focusin"])
      this.node.addEventListener(type, (event) => this.#point(sentence(event)));
    for (const type of ["pointerleave", "focusout"]) this.node.addEventListener(type, () => this.#point(null));
    this.node.addEventListener("click", (event) => this.#choose(sentence(event)));
    this.node.addEventListener("keydown", (event) => this.#key(event, sentence(event)));
  }

  set language(code) {
    this.node.lang = code;
    this.node.dir = direction(code);
  }

  get text() {
    return textOf(this.#row);
  }
  get pieces() {
    return this.#row;
  }

  show(row) {
    this.#row = row;
    fill(
      this.node,
      row.map((piece, index) => this.#element(piece, index)),
    );
    this.node.querySelector(".sentence")?.setAttribute("tabindex", "0");
  }

  /** Adds pieces at the end. */
  grow(row) {
    this.node.append(...row.map((piece, index) => this.#element(piece, this.#row.length + index)));
    this.#row = [...this.#row, ...row];
  }

  /** Puts another translation in a sentence's place. */
  replace(index, text) {
    this.#row[index] = { ...this.#row[index], text, doubtful: false };
    const old = this.#sentences.find((element) => Number(element.dataset.index) === index);
    const changed = this.#element(this.#row[index], index);
    changed.tabIndex = 0;
    old.replaceWith(changed);
    changed.focus();
  }

  highlight(index) {
    this.node.querySelector(".on")?.classList.remove("on");
    if (index !== null) this.node.querySelector(`[data-index="${index}"]`)?.classList.add("on");
  }

  get #sentences() {
    return [...this.node.querySelectorAll(".sentence")];
  }

  #element(piece, index) {
    if (!piece.source) return document.createTextNode(piece.text);
    return h(
      `span.sentence${piece.doubtful ? ".doubtful" : ""}`,
      {
        role: "button",
        tabindex: "-1",
        "data-index": index,
        "aria-haspopup": "menu",
        "aria-describedby": piece.doubtful && "doubtful",
      },
      piece.text,
    );
  }

  #point(element) {
    this.#listener.pointed(element ? Number(element.dataset.index) : null);
  }

  #choose(element) {
    // Selecting text with the pointer is no choice.
    if (element && getSelection().isCollapsed) this.#listener.chosen(Number(element.dataset.index), element);
  }

  #key(event, element) {
    if (!element) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#listener.chosen(Number(element.dataset.index), element);
    }
    const all = this.#sentences;
    const now = all.indexOf(element);
    const place = {
      ArrowRight: now + 1,
      ArrowDown: now + 1,
      ArrowLeft: now - 1,
      ArrowUp: now - 1,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (place === undefined || !all[place]) return;
    event.preventDefault();
    element.tabIndex = -1;
    all[place].tabIndex = 0;
    all[place].focus();
  }
}
