/**
 * Accounts: made, changed, locked, erased.
 */

import { call } from "../support/api.js";
import { button, choice, field, opener, table } from "../support/blocks.js";
import { confirm } from "../support/dialogs.js";
import { fill, h } from "../support/dom.js";
import { showingErrors, tellingErrors } from "../support/problems.js";
import { session } from "../support/session.js";
import { date, t } from "../support/texts.js";
import { toast } from "../support/toasts.js";

const path = "/api/v1/admin/users";
const tiers = ["standard", "free", "premium", "enterprise"].map((tier) => [tier, tier]);
const roles = () => ["user", "admin"].map((role) => [role, t(`role.${role}`)]);

export class Users {
  #signal;
  #users = [];
  #next = null;

  constructor(signal) {
    this.#signal = signal;
    this.list = h("div", {});
    this.more = h("button", { type: "button", hidden: true, onclick: () => this.#loadMore() }, t("action.more"));
    this.node = h(
      "section.card.stack",
      {},
      h("h2", {}, t("users.title")),
      !session.hasAccounts && h("p.small", {}, t("users.localHint")),
      this.list,
      this.more,
      this.#form(),
    );
  }

  load() {
    this.#users = [];
    this.#next = null;
    return this.#loadMore();
  }

  #loadMore() {
    return showingErrors(this.list, async () => {
      const query = this.#next ? `?cursor=${encodeURIComponent(this.#next)}` : "";
      const page = await call("GET", path + query, { signal: this.#signal });
      this.#users.push(...page.items);
      this.#next = page.next_cursor;
      this.#show();
    });
  }

  #show() {
    this.more.hidden = !this.#next;
    fill(
      this.list,
      table(
        t("users.title"),
        ["signIn.email", "account.role", "account.tier", "users.since", "admin.state", ""],
        this.#users.map((user) => this.#row(user)),
        t("users.none"),
      ),
    );
  }

  #row(user) {
    const isSelf = user.id === session.user.id;
    const select = (member, options) => {
      const node = choice(options, user[member], {
        "aria-label": `${t(`account.${member}`)}: ${user.email}`,
        disabled: isSelf && member === "role",
        onchange: () => this.#change(user, { [member]: node.value }),
      });
      return node;
    };
    const lock = button(t(user.disabled ? "users.enable" : "users.disable"), () =>
      this.#change(user, { disabled: !user.disabled }),
    );
    const erase = button(t("admin.erase"), () => this.#erase(user), "button.danger");
    lock.disabled = erase.disabled = isSelf;
    return [
      h("strong", {}, user.email),
      select("role", roles()),
      select("tier", tiers),
      date(user.created_at),
      h(`span.badge${user.disabled ? ".bad" : ".good"}`, {}, t(user.disabled ? "users.disabled" : "users.active")),
      h("div.row.end", {}, lock, erase),
    ];
  }

  async #change(user, changes) {
    await tellingErrors(async () => {
      Object.assign(user, await call("PATCH", `${path}/${encodeURIComponent(user.id)}`, { body: changes }));
      toast(t("users.changed", { email: user.email }));
    });
    this.#show();
  }

  async #erase(user) {
    if (!(await confirm(t("users.eraseTitle", { email: user.email }), t("users.eraseHint"), t("admin.erase")))) return;
    await tellingErrors(() => call("DELETE", `${path}/${encodeURIComponent(user.id)}`));
    await this.load();
  }

  #form() {
    const email = h("input", { type: "email", required: true, maxlength: 254, autocomplete: "off" });
    const password = h("input", { type: "password", required: true, maxlength: 1024, autocomplete: "new-password" });
    const [role, tier] = [choice(roles()), choice(tiers)];
    const message = h("div", {});
    const add = (event) => {
      event.preventDefault();
      fill(message);
      return showingErrors(
        message,
        async () => {
          await call("POST", path, {
            body: { email: email.value.trim(), password: password.value, role: role.value, tier: tier.value },
          });
          email.value = password.value = "";
          await this.load();
        },
        null,
      );
    };
    return opener(
      t("users.add"),
      h(
        "form.fields",
        { onsubmit: add },
        field(t("signIn.email"), email),
        field(t("signIn.password"), password),
        field(t("account.role"), role),
        field(t("account.tier"), tier),
        message,
        h("div", {}, h("button.primary", {}, t("users.create"))),
      ),
    );
  }
}
