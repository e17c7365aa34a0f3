/**
 * A job in the list: how far it is, what can be done with it, and, once opened, its result.
 */

import { call } from "../support/api.js";
import { button, facts } from "../support/blocks.js";
import { copy } from "../support/clipboard.js";
import { fill, h, icon, uniqueID } from "../support/dom.js";
import { pairName } from "../support/languages.js";
import { showingErrors, tellingErrors } from "../support/problems.js";
import { ago, dateAndTime, direction, duration, percent, t } from "../support/texts.js";
import { toast } from "../support/toasts.js";

const ended = new Set(["COMPLETED", "FAILED", "CANCELLED"]);
const tones = { COMPLETED: "good", FAILED: "bad" };

export const hasEnded = (job) => ended.has(job.status);

/** A text beside a button that copies it. */
export const excerpt = (text, language) =>
  h(
    "div.excerpt",
    {},
    h("p", { lang: language, dir: direction(language), tabindex: "0" }, text),
    button([icon("copy"), t("action.copy")], () => copy(text), "button.quiet"),
  );

export class JobRow {
  #changed;
  #stage = null;
  #details = h("div.details.stack", { hidden: true, id: uniqueID("job") });

  /** @param {Function} changed Called when something was done to the job here; with its id if it is gone. */
  constructor(job, changed) {
    this.job = job;
    this.#changed = changed;
    this.badge = h("span", {});
    this.progress = h("progress", { max: 100, "aria-label": t("jobs.progress") });
    this.actions = h("div.row", {});
    this.opener = h("button.quiet.opener", {
      type: "button",
      "aria-expanded": "false",
      "aria-controls": this.#details.id,
      onclick: () => this.#toggle(),
    });
    this.node = h(
      "li.job",
      { "data-job": job.job_id },
      h("div.line", {}, this.opener, this.badge, this.progress, this.actions),
      this.#details,
    );
    this.update({});
  }

  /** Takes over what is new. */
  update(news) {
    this.job = { ...this.job, ...news };
    const {
      status,
      progress,
      source_language: source,
      target_language: target,
      priority,
      word_count: words,
      created_at: time,
    } = this.job;
    fill(
      this.opener,
      h("strong", {}, pairName(source, target)),
      h("span.small", {}, [t("jobs.words", { count: words }), t(`priority.${priority}`), ago(time)].join(" · ")),
    );
    this.badge.className = `badge ${tones[status] ?? ""}`;
    this.badge.textContent = t(`status.${status}`);
    this.progress.value = progress;
    this.progress.hidden = hasEnded(this.job);
    // Attempts may fail so fast that nobody sees them run.
    const stage = `${status} ${this.job.attempt}`;
    if (stage === this.#stage) return;
    this.#stage = stage;
    fill(this.actions, this.#button());
    if (!this.#details.hidden) this.#load();
  }

  #button() {
    if (!hasEnded(this.job)) return button(t("action.cancel"), () => this.#act("DELETE", "", t("jobs.cancelled")));
    return (
      this.job.status === "FAILED" && button(t("action.retry"), () => this.#act("POST", "/retry", t("jobs.retried")))
    );
  }

  async #act(method, suffix, message) {
    await tellingErrors(async () => {
      await call(method, this.#path + suffix);
      toast(message);
    });
    // Also where it failed: the job may have ended meanwhile.
    await tellingErrors(async () => this.update(await call("GET", this.#path)));
    this.#changed();
  }

  get #path() {
    return `/api/v1/translations/${encodeURIComponent(this.job.job_id)}`;
  }

  #toggle() {
    this.#details.hidden = !this.#details.hidden;
    this.opener.setAttribute("aria-expanded", String(!this.#details.hidden));
    if (!this.#details.hidden) this.#load();
  }

  #load() {
    return showingErrors(this.#details, async () => {
      const job = await call("GET", this.#path);
      fill(
        this.#details,
        facts(about(job)),
        result(job),
        metadata(job.metadata),
        hasEnded(job) &&
          h(
            "div",
            {},
            button(t("jobs.erase"), () => this.#erase(), "button.quiet"),
          ),
      );
    });
  }

  #erase() {
    return tellingErrors(async () => {
      await call("DELETE", `${this.#path}?purge=true`);
      this.#changed(this.job.job_id);
    });
  }
}

function about(job) {
  const time = job.result?.processing_time_ms;
  return [
    [t("jobs.id"), h("code", {}, job.job_id)],
    [t("jobs.created"), dateAndTime(job.created_at)],
    job.completed_at && [t("jobs.ended"), dateAndTime(job.completed_at)],
    job.position_in_queue && [t("jobs.position"), String(job.position_in_queue)],
    time !== undefined && [t("jobs.time"), duration(time / 1000)],
    job.result && [t("jobs.confidence"), percent(job.result.confidence_score)],
    job.attempt > 1 && [t("jobs.attempts"), String(job.attempt)],
    job.error && [t("jobs.error"), h("span", { lang: "en" }, job.error.message)],
  ];
}

function result(job) {
  if (job.texts_erased_at) return h("p.small", {}, t("jobs.erased"));
  return job.result && excerpt([job.result.translated_text].flat().join("\n\n"), job.target_language);
}

function metadata(object) {
  const rows = Object.entries(object ?? {});
  return (
    rows.length > 0 &&
    facts(rows.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]))
  );
}
