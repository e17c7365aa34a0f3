/**
 * Who one is, what one has used, and one's API keys.
 */

import { call } from "../support/api.js";
import { button, facts } from "../support/blocks.js";
import { fill, h } from "../support/dom.js";
import { showingErrors, tellingErrors } from "../support/problems.js";
import { session, signOut } from "../support/session.js";
import { date, number, t } from "../support/texts.js";
import { APIKeys } from "./api-keys.js";

export async function show(page, { signal }) {
  const usage = h("div.stack", {});
  // In local mode programs need no keys either.
  const keys = session.hasAccounts ? new APIKeys(signal) : null;
  fill(
    page,
    h(
      "div.stack",
      {},
      h("h1", {}, t("nav.account")),
      h("div.columns", {}, profile(), h("section.card.stack", {}, h("h2", {}, t("usage.title")), usage)),
      keys?.node,
    ),
  );
  await Promise.all([showingErrors(usage, () => showUsage(usage, signal)), keys?.load()]);
}

function profile() {
  const { email, role, tier, limits } = session.user;
  return h(
    "section.card.stack",
    {},
    h(
      "div.row.apart",
      {},
      h("h2", {}, email ?? t("account.local")),
      session.hasAccounts && button(t("account.signOut"), () => tellingErrors(signOut)),
    ),
    !session.hasAccounts && h("p.small", {}, t("account.localHint")),
    facts([
      [t("account.tier"), h("span.badge", {}, tier)],
      [t("account.role"), t(`role.${role}`)],
      [t("account.rate"), limited(limits.requests_per_minute)],
      [t("account.length"), number(limits.characters_per_request)],
    ]),
  );
}

const limited = (count) => (count === null ? t("account.noLimit") : number(count));

async function showUsage(place, signal) {
  const { characters, limit, requests, resets_at: end } = await call("GET", "/api/v1/usage", { signal });
  fill(
    place,
    h(
      "div",
      {},
      h("p.figure", {}, number(characters)),
      h("p.small", {}, limit === null ? t("usage.unlimited") : t("usage.of", { limit })),
    ),
    limit !== null && h("progress", { max: limit, value: characters, "aria-label": t("usage.title") }),
    h("p.small", {}, [t("usage.requests", { count: requests }), t("usage.resets", { date: date(end) })].join(" · ")),
  );
}
