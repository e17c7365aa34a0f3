/**
 * Notes: the list, and beside it the one that is open.
 */

import { call } from "../support/api.js";
import { empty } from "../support/blocks.js";
import { fill, h, icon } from "../support/dom.js";
import { languages } from "../support/languages.js";
import { showingErrors } from "../support/problems.js";
import { ago, languageName, t } from "../support/texts.js";
import { deleteLater, deletions, isDeleted } from "./deletion.js";
import { NoteEditor } from "./note-editor.js";

/** The part of the page that leads to the notes and their statistics. */
export const tabs = (current) =>
  h(
    "div.tabs",
    { role: "navigation", "aria-label": t("nav.notes") },
    ["notes", "statistics"].map((view) =>
      h("a", { href: `#/${view}`, "aria-current": view === current && "page" }, t(`nav.${view}`)),
    ),
  );

export async function show(page, { path: [id], signal }) {
  const view = new NotesView(id ?? null, signal);
  fill(page, view.node);
  await view.start();
}

class NotesView {
  #id;
  #signal;
  #notes = [];
  #next = null;

  constructor(id, signal) {
    this.#id = id;
    this.#signal = signal;
    this.list = h("ul.cards", {});
    this.more = h("button", { type: "button", hidden: true, onclick: () => this.#load() }, t("action.more"));
    this.editor = h("section.card.editor", { "aria-label": t("notes.note") });
    this.node = h(
      "div.stack",
      {},
      h("div.row.apart", {}, h("h1", {}, t("nav.notes")), tabs("notes")),
      h(
        `div.split${id ? ".open" : ""}`,
        {},
        h(
          "section.stack.side",
          { "aria-label": t("notes.list") },
          h("a.button", { href: "#/notes/new" }, icon("plus"), t("notes.new")),
          this.list,
          this.more,
        ),
        this.editor,
      ),
    );
  }

  async start() {
    deletions.addEventListener("change", () => this.#show(), { signal: this.#signal });
    await Promise.all([this.#load(), this.#open()]);
  }

  #load() {
    return showingErrors(this.list, async () => {
      const query = new URLSearchParams({ limit: "50" });
      if (this.#next) query.set("cursor", this.#next);
      const page = await call("GET", `/api/v1/notes?${query}`, { signal: this.#signal });
      this.#notes.push(...page.items);
      this.#next = page.next_cursor;
      this.#show();
    });
  }

  #show() {
    const notes = this.#notes.filter(({ id }) => !isDeleted(id));
    fill(
      this.list,
      notes.map((note) => this.#item(note)),
      notes.length === 0 && empty(t("notes.none"), t("notes.noneHint"), "li"),
    );
    this.more.hidden = !this.#next;
  }

  #item(note) {
    const into = Object.keys(note.translations).map(languageName).join(", ");
    return h(
      "li",
      {},
      h(
        "a",
        { href: `#/notes/${note.id}`, "aria-current": note.id === this.#id && "true" },
        h("strong", { dir: "auto" }, note.title),
        h("span.small", { dir: "auto" }, note.original_text.slice(0, 100)),
        h(
          "span.small",
          {},
          [languageName(note.original_language) + (into && ` → ${into}`), ago(note.updated_at)].join(" · "),
        ),
      ),
    );
  }

  async #open() {
    if (!this.#id) return fill(this.editor, empty(t("notes.choose")));
    await showingErrors(this.editor, async () => {
      const [all, note] = await Promise.all([
        languages(),
        this.#id === "new"
          ? null
          : call("GET", `/api/v1/notes/${encodeURIComponent(this.#id)}`, { signal: this.#signal }),
      ]);
      const editor = new NoteEditor(
        note,
        all,
        { saved: (saved) => this.#saved(saved), deleted: (id) => this.#delete(id) },
        this.#signal,
      );
      fill(this.editor, h("a.back", { href: "#/notes" }, icon("back"), t("notes.list")), editor.node);
    });
  }

  #saved(note) {
    if (this.#id === "new") return location.replace(`#/notes/${note.id}`);
    this.#notes = [note, ...this.#notes.filter(({ id }) => id !== note.id)];
    this.#show();
  }

  #delete(id) {
    deleteLater(id);
    location.hash = "#/notes";
  }
}
