/**
 * A note's translations: those there are, and asking for more.
 */

import { APIError, call } from "../support/api.js";
import { button, showWay } from "../support/blocks.js";
import { fill, h } from "../support/dom.js";
import { JobWatcher } from "../support/job-watcher.js";
import { targets } from "../support/languages.js";
import { notice, showingErrors } from "../support/problems.js";
import { ago, languageName, t } from "../support/texts.js";
import { excerpt, hasEnded } from "../jobs/job-row.js";

export class NoteTranslations {
  #note;
  #languages;
  #changed;
  #running = new Map();
  #watcher;
  #signal;

  /** @param {Function} changed Called with the note whenever it has another translation. */
  constructor(note, languages, changed, signal) {
    this.#changed = changed;
    this.#languages = languages;
    this.#signal = signal;
    this.#watcher = new JobWatcher(signal);
    this.#watcher.addEventListener("job", ({ detail }) => this.#heard(detail));
    this.#watcher.addEventListener("connection", ({ detail }) => {
      this.connection.hidden = detail === "live";
      showWay(this.connection, detail);
    });
    this.connection = h("span.connection", { role: "status", hidden: true });
    this.choices = h("div.row", { role: "group", "aria-label": t("notes.into") });
    this.message = h("div", {});
    this.list = h("ul.translations", {});
    this.node = h(
      "section.stack",
      {},
      h("div.row.apart", {}, h("h2", {}, t("statistics.translations")), this.connection),
      h(
        "div.row",
        {},
        this.choices,
        button(t("notes.translate"), () => this.#translate(this.#chosen)),
      ),
      this.message,
      this.list,
    );
    this.show(note);
  }

  /** Shows the translations of the note as it is now. */
  show(note) {
    const checked = this.#chosen;
    this.#note = note;
    fill(
      this.choices,
      targets(this.#languages, note.original_language).map((code) =>
        h(
          "label.check",
          {},
          h("input", { type: "checkbox", value: code, checked: checked.includes(code) }),
          languageName(code),
        ),
      ),
    );
    this.#list();
  }

  get #chosen() {
    return [...this.choices.querySelectorAll(":checked")].map((box) => box.value);
  }

  #list() {
    const running = [...this.#running.values()].map(({ code, bar }) =>
      h(
        "li",
        {},
        h("div.row.apart", {}, h("strong", {}, languageName(code)), h("span.small", {}, t("translate.working"))),
        bar,
      ),
    );
    fill(
      this.list,
      running,
      Object.entries(this.#note.translations).map(([code, one]) => this.#item(code, one)),
    );
  }

  #item(code, { text, stale, updated_at: time }) {
    return h(
      "li",
      { "data-language": code },
      h("div.row.apart", {}, h("strong", {}, languageName(code)), h("span.small", {}, ago(time))),
      stale &&
        h(
          "div.row",
          {},
          h("span.badge", {}, t("notes.stale")),
          button(t("notes.again"), () => this.#translate([code])),
        ),
      excerpt(text, code),
    );
  }

  async #translate(codes) {
    fill(this.message);
    for (const box of this.choices.querySelectorAll(":checked")) box.checked = false;
    for (const code of codes)
      await showingErrors(
        this.message,
        () => this.#start(code),
        () => this.#translate([code]),
      );
    this.#list();
    this.#watcher.watch([...this.#running.keys()]);
  }

  async #start(code) {
    const answer = await call("POST", `/api/v1/notes/${this.#note.id}/translate`, {
      body: { target_language: code },
      signal: this.#signal,
    });
    this.#running.set(answer.job_id, {
      code,
      bar: h("progress", { max: 100, value: 0, "aria-label": t("jobs.progress") }),
    });
  }

  async #heard(event) {
    const running = this.#running.get(event.job_id);
    if (!running) return;
    running.bar.value = event.progress;
    if (!hasEnded(event)) return;
    this.#running.delete(event.job_id);
    await showingErrors(this.message, async () => {
      this.show(await call("GET", `/api/v1/notes/${this.#note.id}`, { signal: this.#signal }));
      this.#changed(this.#note);
    });
    if (event.error)
      fill(
        this.message,
        notice(new APIError(500, { detail: event.error.message }), () => this.#translate([running.code])),
      );
  }
}
