/**
 * API keys: made, copied once, revoked.
 */

import { call } from "../support/api.js";
import { button, choice, field, opener, table } from "../support/blocks.js";
import { copy } from "../support/clipboard.js";
import { confirm } from "../support/dialogs.js";
import { fill, h, icon } from "../support/dom.js";
import { showingErrors, tellingErrors } from "../support/problems.js";
import { session } from "../support/session.js";
import { ago, date, t } from "../support/texts.js";
import { toast } from "../support/toasts.js";

const usual = ["jobs", "notes", "translate"];
const lifetimes = [30, 90, 365];

export class APIKeys {
  #signal;

  constructor(signal) {
    this.#signal = signal;
    this.list = h("div", {});
    this.secret = h("div", { "aria-live": "polite" });
    this.message = h("div", {});
    this.node = h(
      "section.card.stack",
      {},
      h("div", {}, h("h2", {}, t("keys.title")), h("p.small", {}, t("keys.hint"))),
      this.secret,
      this.list,
      this.#form(),
    );
  }

  load() {
    return showingErrors(this.list, async () => {
      const { items } = await call("GET", "/api/v1/keys", { signal: this.#signal });
      fill(
        this.list,
        table(
          t("keys.title"),
          ["keys.name", "keys.key", "keys.scopes", "keys.used", "keys.expires", ""],
          items.map((key) => this.#row(key)),
          t("keys.none"),
        ),
      );
    });
  }

  #row(key) {
    return [
      h("strong", {}, key.name),
      h("code", {}, `${key.hint}…`),
      key.scopes.map((scope) => t(`scope.${scope}`)).join(", "),
      key.last_used_at ? ago(key.last_used_at) : t("keys.never"),
      key.expires_at ? date(key.expires_at) : t("keys.never"),
      button(t("keys.revoke"), () => this.#revoke(key), "button.danger"),
    ];
  }

  #form() {
    const name = h("input", { required: true, maxlength: 100, autocomplete: "off" });
    const scopes = session.user.scopes.map((scope) =>
      h("input", { type: "checkbox", value: scope, checked: usual.includes(scope) }),
    );
    const expiry = choice([["", t("keys.never")], ...lifetimes.map((days) => [days, t("keys.days", { count: days })])]);
    const submit = async (event) => {
      event.preventDefault();
      const body = { name: name.value.trim(), scopes: scopes.filter((box) => box.checked).map((box) => box.value) };
      if (expiry.value) body.expires_at = new Date(Date.now() + Number(expiry.value) * 86_400_000).toISOString();
      if (await this.#make(body)) name.value = "";
    };
    return opener(
      t("keys.new"),
      h(
        "form.fields",
        { onsubmit: submit },
        field(t("keys.name"), name),
        h(
          "fieldset",
          {},
          h("legend", {}, t("keys.scopes")),
          h(
            "div.row",
            {},
            scopes.map((box) => h("label.check", {}, box, t(`scope.${box.value}`))),
          ),
        ),
        field(t("keys.expires"), expiry),
        this.message,
        h("div", {}, h("button.primary", {}, t("keys.create"))),
      ),
    );
  }

  async #make(body) {
    if (body.scopes.length === 0)
      return fill(this.message, h("p.notice", { role: "alert" }, t("keys.noScope"))) && false;
    fill(this.message);
    const isMade = await showingErrors(
      this.message,
      async () => this.#show(await call("POST", "/api/v1/keys", { body })),
      null,
    );
    if (isMade) await this.load();
    return isMade;
  }

  /** Shows a new key's secret, this once. */
  #show({ key, name }) {
    const copying = button([icon("copy"), t("action.copy")], () => copy(key, t("copied.key")), "button.primary");
    fill(
      this.secret,
      h(
        "div.once.stack",
        {},
        h("p", {}, h("strong", {}, name), ` — ${t("keys.once")}`),
        h("div.row", {}, h("code.secret", {}, key), copying),
        h("pre", {}, `curl -H 'Authorization: Bearer ${key}' ${location.origin}/api/v1/languages`),
      ),
    );
    this.node.querySelector("details").open = false;
    copying.focus();
  }

  async #revoke({ id, name }) {
    if (!(await confirm(t("keys.revokeTitle", { name }), t("keys.revokeHint"), t("keys.revoke")))) return;
    await tellingErrors(async () => {
      await call("DELETE", `/api/v1/keys/${encodeURIComponent(id)}`);
      fill(this.secret);
      toast(t("keys.revoked"));
    });
    await this.load();
  }
}
