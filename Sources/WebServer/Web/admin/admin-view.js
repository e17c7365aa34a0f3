/**
 * The server at a glance: what waits and runs, now and in the last minutes, and what needs a hand.
 */

import { APIError, call, isAbort, pause } from "../support/api.js";
import { figures, table } from "../support/blocks.js";
import { lines } from "../support/chart.js";
import { fill, h } from "../support/dom.js";
import { pairName } from "../support/languages.js";
import { notice } from "../support/problems.js";
import { session } from "../support/session.js";
import { duration, number, percent, t } from "../support/texts.js";
import { DeadLetters } from "./dead-letters.js";
import { Models } from "./models.js";
import { Users } from "./users.js";

const classes = ["CRITICAL", "HIGH", "STANDARD"];
/** How many samples the chart shows. They outlive the view. */
const places = 90;
const samples = [];

export async function show(page, { signal }) {
  const [state, queue] = [h("div", {}), h("section.card.stack", {})];
  const letters = new DeadLetters(signal);
  const models = new Models(signal, pairs);
  const users = new Users(signal);
  const message = h("div", {});
  fill(page, h("div.stack", {}, h("h1", {}, t("nav.admin")), message, state, queue, letters.node, models.node, users.node));
  const seconds = Math.max(2, 240 / (session.user.limits.requests_per_minute ?? Infinity));
  const refresh = async (count) => {
    try {
      const [waiting, workers] = await Promise.all([get("queue", signal), get("workers", signal)]);
      samples.push(waiting);
      if (samples.length > places) samples.shift();
      const statistics = count % 5 === 0 ? await call("GET", "/api/v1/stats?days=1", { signal }) : null;
      if (statistics) refresh.hitRate = statistics.cache_hit_rate;
      fill(state, overview(waiting, workers.items, refresh.hitRate));
      fill(queue, queueTable(waiting, workers.items, seconds));
      if (count % 5 === 0) await Promise.all([letters.load(), models.load()]);
      fill(message);
    } catch (error) {
      if (!(error instanceof APIError)) throw error;
      fill(message, notice(error));
    }
  };
  users.load();
  repeat(refresh, seconds, signal).catch((error) => {
    if (!isAbort(error)) throw error;
  });
}

async function repeat(refresh, seconds, signal) {
  for (let count = 0; ; count += 1) {
    if (!document.hidden) await refresh(count);
    await pause(seconds, signal);
  }
}

const get = (name, signal) => call("GET", `/api/v1/admin/${name}`, { signal });

function overview({ waiting, words_per_second: speed, classes: counts }, workers, hitRate) {
  const running = Object.values(counts).reduce((sum, { processing }) => sum + processing, 0);
  const room = workers.reduce((sum, { concurrency }) => sum + concurrency, 0);
  return figures([
    [t("admin.waiting"), number(waiting)],
    [t("admin.running"), `${number(running)} / ${number(room)}`],
    [t("admin.speed"), number(speed)],
    [t("admin.hitRate"), typeof hitRate === "number" ? percent(hitRate) : "–"],
  ]);
}

function queueTable({ classes: counts }, workers, seconds) {
  const series = classes.map((name) => ({
    name: t(`priority.${name}`),
    values: samples.map((sample) => sample.classes[name]?.waiting ?? 0),
  }));
  const begin = t("admin.before", { duration: duration(places * seconds) });
  const rows = classes.map((name) => {
    const { waiting = 0, waiting_words: words = 0, oldest_seconds: oldest = null, processing = 0 } = counts[name] ?? {};
    return [
      t(`priority.${name}`),
      number(waiting),
      number(words),
      oldest === null ? "–" : duration(oldest),
      number(processing),
    ];
  });
  return [
    lines(series, places, t("admin.depth"), [begin, t("admin.now")]),
    table(
      t("admin.queue"),
      ["admin.class", "admin.waiting#", "statistics.words#", "admin.oldest#", "admin.running#"],
      rows,
    ),
    h("h2", {}, t("admin.workers")),
    table(
      t("admin.workers"),
      ["keys.name", "admin.class", "statistics.perPair", "admin.running#", "admin.places#"],
      workers.map((worker) => [
        worker.name,
        worker.classes.length < 3 ? worker.classes.map((name) => t(`priority.${name}`)).join(", ") : "",
        worker.pairs ? pairs(worker.pairs.filter((pair) => pair.source_language !== "auto")) : "",
        number(worker.running_jobs),
        number(worker.concurrency),
      ]),
      t("admin.noWorkers"),
    ),
  ];
}

/** The first pairs by name, and how many there are besides. */
function pairs(all) {
  const names = all.slice(0, 4).map((pair) => pairName(pair.source_language, pair.target_language));
  const rest = all.length - names.length;
  return names.join(", ") + (rest > 0 ? ` +${number(rest)}` : "");
}
