/**
 * Signing in, and up where the server allows it.
 */

import { APIError } from "../support/api.js";
import { button, field } from "../support/blocks.js";
import { fill, h } from "../support/dom.js";
import { notice } from "../support/problems.js";
import { session, signIn, signUp } from "../support/session.js";
import { t } from "../support/texts.js";

export function show(page) {
  let isNew = false;
  const email = h("input", { type: "email", autocomplete: "username", required: true, maxlength: 254 });
  const password = h("input", { type: "password", required: true, maxlength: 1024 });
  const stays = h("input", { type: "checkbox" });
  const message = h("div", {});
  const title = h("h1", {});
  const submit = h("button.primary", {});
  const other = button(
    "",
    () => {
      isNew = !isNew;
      label();
    },
    "button.quiet",
  );
  other.hidden = !session.allowsSignUp;

  function label() {
    title.textContent = t(isNew ? "signIn.new" : "signIn.title");
    submit.textContent = t(isNew ? "signIn.create" : "signIn.title");
    other.textContent = t(isNew ? "signIn.known" : "signIn.new");
    password.autocomplete = isNew ? "new-password" : "current-password";
  }

  async function send(event) {
    event.preventDefault();
    fill(message);
    submit.disabled = true;
    try {
      await (isNew ? signUp : signIn)(email.value.trim(), password.value, stays.checked);
    } catch (error) {
      if (!(error instanceof APIError)) throw error;
      fill(message, error.status === 401 ? h("p.notice", { role: "alert" }, t("signIn.wrong")) : notice(error));
      submit.disabled = false;
      password.select();
    }
  }

  label();
  fill(
    page,
    h(
      "form.card.fields.sign-in",
      { onsubmit: send },
      title,
      h("p.small", {}, t("signIn.hint")),
      field(t("signIn.email"), email),
      field(t("signIn.password"), password),
      h("label.check", {}, stays, t("signIn.stay")),
      message,
      h("div.row", {}, submit, other),
    ),
  );
  email.focus();
}
