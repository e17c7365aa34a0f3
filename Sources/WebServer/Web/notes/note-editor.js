/**
 * One note: its text, and its translations. What is typed is kept as a draft until it is saved.
 */

import { call } from "../support/api.js";
import { button, field } from "../support/blocks.js";
import { fill, h } from "../support/dom.js";
import { options } from "../support/languages.js";
import { showingErrors } from "../support/problems.js";
import { recall, remember } from "../support/settings.js";
import { t } from "../support/texts.js";
import { NoteTranslations } from "./note-translations.js";

export class NoteEditor {
  #note;
  #listener;

  /**
   * @param {object|null} note `null` for a new one.
   * @param {object[]} languages All languages of the server.
   * @param {object} listener `saved(note)` and `deleted(id)`.
   */
  constructor(note, languages, listener, signal) {
    this.#note = note;
    this.#listener = listener;
    const draft = recall(this.#draft) ?? note ?? {};
    this.title = h("input", { value: draft.title ?? "", maxlength: 200, required: true, dir: "auto" });
    this.language = h(
      "select",
      {},
      options(
        languages.map(({ code }) => code),
        draft.original_language ?? "en",
      ),
    );
    this.text = h("textarea", {
      value: draft.original_text ?? "",
      rows: 6,
      maxlength: 200_000,
      required: true,
      dir: "auto",
    });
    this.state = h("span.small", { role: "status" });
    this.message = h("div", {});
    this.translations = note && new NoteTranslations(note, languages, (changed) => this.#translated(changed), signal);
    this.node = h(
      "form.stack",
      {
        onsubmit: (event) => this.#submit(event),
        oninput: (event) => this.#changed(event),
        onkeydown: (event) => this.#key(event),
      },
      h("h2.hidden", {}, t("notes.note")),
      field(t("notes.title"), this.title),
      field(t("notes.language"), this.language),
      field(t("translate.source"), this.text),
      this.message,
      h(
        "div.row",
        {},
        h("button.primary", {}, t("action.save")),
        this.state,
        note && button(t("action.delete"), () => this.#delete(), "button.quiet"),
      ),
      this.translations?.node,
    );
    if (recall(this.#draft)) this.state.textContent = t("notes.draft");
  }

  get #draft() {
    return `draft.${this.#note?.id ?? "new"}`;
  }

  get #values() {
    return { title: this.title.value.trim(), original_text: this.text.value, original_language: this.language.value };
  }

  #changed(event) {
    if (![this.title, this.language, this.text].includes(event.target)) return;
    remember(this.#draft, this.#values);
    this.state.textContent = t("notes.draft");
  }

  #key(event) {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.node.requestSubmit();
  }

  /** A translation is a change too, but none that saving must respect. */
  #translated(note) {
    const isSame = ["title", "original_text", "original_language"].every(
      (member) => note[member] === this.#note[member],
    );
    if (isSame) this.#note = note;
  }

  #submit(event) {
    event.preventDefault();
    this.#save(true);
  }

  /** @param {boolean} isCareful Whether changes that were made elsewhere meanwhile are respected. */
  async #save(isCareful) {
    fill(this.message);
    await showingErrors(this.message, async () => {
      const note = await this.#send(isCareful && this.#note ? { "If-Match": `"${this.#note.revision}"` } : {});
      if (!note) return fill(this.message, this.#conflict());
      remember(this.#draft, null);
      this.#note = note;
      this.translations?.show(note);
      this.state.textContent = t("notes.saved");
      this.#listener.saved(note);
    });
  }

  /** The note as it is saved; `null` where it was changed meanwhile. */
  async #send(headers) {
    if (!this.#note) return call("POST", "/api/v1/notes", { body: this.#values });
    try {
      return await call("PATCH", `/api/v1/notes/${this.#note.id}`, { body: this.#values, headers });
    } catch (error) {
      if (error.status === 409) return null;
      throw error;
    }
  }

  #conflict() {
    const reload = () => {
      remember(this.#draft, null);
      dispatchEvent(new HashChangeEvent("hashchange"));
    };
    return h(
      "div.notice",
      { role: "alert" },
      h("p", {}, t("notes.conflict")),
      h(
        "div.row",
        {},
        button(t("notes.keepMine"), () => this.#save(false)),
        button(t("notes.takeTheirs"), reload),
      ),
    );
  }

  #delete() {
    remember(this.#draft, null);
    this.#listener.deleted(this.#note.id);
  }
}
