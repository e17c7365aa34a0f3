/**
 * What somebody translated in the last thirty days.
 */

import { call } from "../support/api.js";
import { figures, table } from "../support/blocks.js";
import { bar, bars } from "../support/chart.js";
import { fill, h } from "../support/dom.js";
import { pairName } from "../support/languages.js";
import { showingErrors } from "../support/problems.js";
import { date, duration, number, percent, t } from "../support/texts.js";
import { tabs } from "./notes-view.js";

const days = 30;

export async function show(page, { signal }) {
  const content = h("div.stack", {});
  fill(page, h("div.stack", {}, h("div.row.apart", {}, h("h1", {}, t("nav.statistics")), tabs("statistics")), content));
  await showingErrors(content, async () => {
    const statistics = await call("GET", `/api/v1/stats?days=${days}`, { signal });
    fill(
      content,
      overview(statistics),
      perDay(statistics.per_day),
      perPair(statistics.translations.by_pair_and_status),
    );
  });
}

function overview({ notes, translations, words, average_processing_time_ms: time, within_service_level: level }) {
  return figures([
    [t("nav.notes"), number(notes.total)],
    [t("statistics.translations"), number(translations.total)],
    [t("statistics.words"), number(words)],
    [t("statistics.time"), time === null ? "–" : duration(time / 1000)],
    [t("statistics.level"), level === null ? "–" : percent(level)],
  ]);
}

/** A bar for every day, for those without work too. */
function perDay(counted) {
  const byDay = new Map(counted.map((day) => [day.date, day]));
  const items = Array.from({ length: days }, (_, index) => {
    const day = new Date(Date.now() - (days - 1 - index) * 86_400_000).toISOString().slice(0, 10);
    const value = byDay.get(day)?.words ?? 0;
    return { value, label: date(day), title: `${date(day)}: ${t("jobs.words", { count: value })}` };
  });
  return h("section.card", {}, bars(items, t("statistics.perDay")));
}

function perPair(counts) {
  const pairs = new Map();
  for (const { source_language: source, target_language: target, count, words } of counts) {
    const name = pairName(source, target);
    const sum = pairs.get(name) ?? { count: 0, words: 0 };
    pairs.set(name, { count: sum.count + count, words: sum.words + words });
  }
  const rows = [...pairs].sort(([, a], [, b]) => b.words - a.words);
  const most = Math.max(1, ...rows.map(([, { words }]) => words));
  const title = t("statistics.pairs");
  return h(
    "section.card.stack",
    {},
    h("h2", {}, title),
    table(
      title,
      ["statistics.perPair", "statistics.share", "statistics.translations#", "statistics.words#"],
      rows.map(([name, { count, words }]) => [
        name,
        bar(words / most, percent(words / most)),
        number(count),
        number(words),
      ]),
      t("statistics.none"),
    ),
  );
}
