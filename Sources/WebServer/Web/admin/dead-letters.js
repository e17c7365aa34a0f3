/**
 * Jobs that failed too often: a person decides whether they run again.
 */

import { call } from "../support/api.js";
import { button, table } from "../support/blocks.js";
import { fill, h } from "../support/dom.js";
import { pairName } from "../support/languages.js";
import { tellingErrors } from "../support/problems.js";
import { ago, number, t } from "../support/texts.js";
import { toast } from "../support/toasts.js";

const path = "/api/v1/admin/dead-letters";

export class DeadLetters {
  #signal;
  #shown = null;

  constructor(signal) {
    this.#signal = signal;
    this.list = h("div", {});
    this.node = h("section.card.stack", {}, h("h2", {}, t("admin.deadLetters")), this.list);
  }

  /** Reads them again. Throws `APIError`. */
  async load() {
    const { items } = await call("GET", `${path}?limit=50`, { signal: this.#signal });
    const state = JSON.stringify(items.map((job) => [job.job_id, job.attempt]));
    // Buttons keep the focus as long as nothing changes.
    if (state === this.#shown) return;
    this.#shown = state;
    fill(
      this.list,
      table(
        t("admin.deadLetters"),
        ["jobs.id", "statistics.perPair", "admin.owner", "jobs.error", "jobs.attempts#", "admin.when", ""],
        items.map((job) => this.#row(job)),
        t("admin.noDeadLetters"),
      ),
    );
  }

  #row(job) {
    const address = `${path}/${encodeURIComponent(job.job_id)}`;
    return [
      h("code", {}, job.job_id),
      pairName(job.source_language, job.target_language),
      job.owner,
      h("span", { lang: "en" }, job.error?.message ?? ""),
      number(job.attempt),
      job.dead_lettered_at ? ago(job.dead_lettered_at) : "",
      h(
        "div.row.end",
        {},
        button(t("action.retry"), () => this.#act("POST", `${address}/retry`, t("jobs.retried"))),
        button(t("admin.erase"), () => this.#act("DELETE", address, t("admin.erased")), "button.danger"),
      ),
    ];
  }

  #act(method, address, done) {
    return tellingErrors(async () => {
      await call(method, address);
      toast(done);
      this.#shown = null;
      await this.load();
    });
  }
}
