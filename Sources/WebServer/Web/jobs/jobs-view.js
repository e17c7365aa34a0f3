/**
 * The list of one's jobs. Those that run move live; new ones appear by themselves.
 */

import { APIError, call, isAbort, pause } from "../support/api.js";
import { choice, empty, showWay } from "../support/blocks.js";
import { fill, h } from "../support/dom.js";
import { JobWatcher } from "../support/job-watcher.js";
import { notice, showingErrors } from "../support/problems.js";
import { t } from "../support/texts.js";
import { hasEnded, JobRow } from "./job-row.js";

const statuses = ["QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"];

export async function show(page, { signal }) {
  const view = new JobsView(signal);
  fill(page, view.node);
  await view.start();
}

class JobsView {
  #signal;
  #rows = new Map();
  #next = null;
  #way = "live";
  #isReachable = true;

  constructor(signal) {
    this.#signal = signal;
    this.watcher = new JobWatcher(signal);
    this.watcher.addEventListener("job", ({ detail }) => this.#rows.get(detail.job_id)?.update(detail));
    this.watcher.addEventListener("gone", ({ detail }) => this.#drop(detail));
    this.watcher.addEventListener("connection", ({ detail }) => {
      this.#way = detail;
      this.#showConnection();
    });
    this.filter = choice([["", t("jobs.all")], ...statuses.map((status) => [status, t(`status.${status}`)])], "", {
      "aria-label": t("jobs.filter"),
      onchange: () => this.#restart(),
    });
    this.connection = h("span.connection", { role: "status" });
    this.message = h("div", {});
    this.list = h("ul.jobs", {});
    this.more = h("button", { type: "button", hidden: true, onclick: () => this.#loadMore() }, t("action.more"));
    this.node = h(
      "div.stack",
      {},
      h("div.row.apart", {}, h("h1", {}, t("nav.jobs")), h("div.row", {}, this.connection, this.filter)),
      this.message,
      this.list,
      h("div.row", {}, this.more),
    );
  }

  async start() {
    this.#showConnection();
    await this.#load();
    document.addEventListener(
      "visibilitychange",
      () => {
        if (!document.hidden) this.#load();
      },
      { signal: this.#signal },
    );
    this.#poll().catch((error) => {
      if (!isAbort(error)) throw error;
    });
  }

  /** Looks for new jobs, more often while something is wrong. Looking counts against no limit. */
  async #poll() {
    for (;;) {
      await pause(this.#isReachable ? 10 : 3, this.#signal);
      if (!document.hidden) await this.#load();
    }
  }

  #restart() {
    this.#rows.clear();
    fill(this.list);
    return this.#load();
  }

  #page(cursor) {
    const query = new URLSearchParams({ limit: "30" });
    if (this.filter.value) query.set("status", this.filter.value);
    if (cursor) query.set("cursor", cursor);
    return call("GET", `/api/v1/translations?${query}`, { signal: this.#signal });
  }

  async #load() {
    try {
      const page = await this.#page(null);
      const isFirst = this.#rows.size === 0;
      if (isFirst) this.#next = page.next_cursor;
      this.#merge(page.items, isFirst);
      this.#isReachable = true;
      fill(this.message);
    } catch (error) {
      if (!(error instanceof APIError)) return;
      this.#isReachable = !error.mayPass;
      if (this.#rows.size === 0 || !error.mayPass)
        fill(
          this.message,
          notice(error, () => this.#load()),
        );
    }
    this.#showConnection();
  }

  #loadMore() {
    return showingErrors(this.message, async () => {
      const page = await this.#page(this.#next);
      this.#next = page.next_cursor;
      this.#merge(page.items, true);
    });
  }

  /** Takes over jobs, newest first: known ones are brought up to date, others go to the end or the beginning. */
  #merge(jobs, atEnd) {
    const added = [];
    for (const job of jobs) {
      const known = this.#rows.get(job.job_id);
      known?.update(job);
      if (known) continue;
      const row = new JobRow(job, (erased) => (erased ? this.#drop(erased) : this.#watch()));
      this.#rows.set(job.job_id, row);
      added.push(row.node);
    }
    if (atEnd) this.list.append(...added);
    else this.list.prepend(...added);
    this.#settle();
  }

  #settle() {
    this.list.querySelector(".empty")?.remove();
    if (this.#rows.size === 0) this.list.append(empty(t("jobs.none"), t("jobs.noneHint"), "li"));
    this.more.hidden = !this.#next;
    this.#watch();
  }

  #watch() {
    this.watcher.watch([...this.#rows.values()].filter(({ job }) => !hasEnded(job)).map(({ job }) => job.job_id));
  }

  #drop(id) {
    this.#rows.get(id)?.node.remove();
    this.#rows.delete(id);
    this.#settle();
  }

  #showConnection() {
    showWay(this.connection, this.#isReachable ? this.#way : "lost");
  }
}
