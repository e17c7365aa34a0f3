/**
 * A form that sends an operation's request, and shows the answer as it comes.
 */

import { fill, h } from "../support/dom.js";
import { credentials } from "../support/api.js";
import { copy } from "../support/clipboard.js";

/** The credentials typed on this page; those of whoever is signed in count otherwise. */
export const typed = { token: "" };

const token = () => typed.token || credentials.token;

export class TryIt {
  #operation;
  #fields;
  #body;

  /**
   * @param {object} operation `{path, method, parameters, body}`, references resolved.
   */
  constructor(operation, contract) {
    this.#operation = operation;
    this.#fields = operation.parameters.map((parameter) => ({ parameter, input: field(parameter, contract) }));
    const schema = operation.body;
    this.#body =
      schema &&
      h("textarea", { spellcheck: "false", rows: 7, value: JSON.stringify(contract.example(schema), null, 2) });
    this.send = h("button.primary", {}, "Send");
    this.stop = h("button", { type: "button", hidden: true, onclick: () => this.abort?.abort() }, "Stop");
    this.answer = h("div.answer.stack", { hidden: true, role: "status" });
    this.node = h(
      "form.stack",
      { onsubmit: (event) => this.#submit(event) },
      h("h3", {}, "Try it"),
      this.#fields.length > 0 &&
        h(
          "div.parameters",
          {},
          this.#fields.map(({ parameter, input }) =>
            h("label", {}, h("code", {}, parameter.name), parameter.required ? " *" : "", input),
          ),
        ),
      this.#body && h("label", {}, "Body", this.#body),
      h(
        "div.row",
        {},
        this.send,
        this.stop,
        h("button.quiet", { type: "button", onclick: () => copy(this.#curl(), "Copied.") }, "Copy as curl"),
      ),
      this.answer,
    );
  }

  #request() {
    const headers = {};
    const query = new URLSearchParams();
    let path = this.#operation.path;
    for (const { parameter, input } of this.#fields) {
      const value = input.value.trim();
      if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
      else if (value !== "" && parameter.in === "query") query.set(parameter.name, value);
      else if (value !== "") headers[parameter.name] = value;
    }
    if (token()) headers.Authorization = `Bearer ${token()}`;
    if (this.#body) headers["Content-Type"] = "application/json";
    return {
      url: path + (query.size ? `?${query}` : ""),
      method: this.#operation.method.toUpperCase(),
      headers,
      body: this.#body?.value,
    };
  }

  /** The same request for a shell. The secret is left out: shells remember. */
  #curl() {
    const { url, method, headers, body } = this.#request();
    const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
    const parts = [`curl ${quoted(location.origin + url)}`];
    if (method !== "GET") parts.push(`-X ${method}`);
    for (const [name, value] of Object.entries(headers)) {
      parts.push(name === "Authorization" ? `-H "Authorization: Bearer $TOKEN"` : `-H ${quoted(`${name}: ${value}`)}`);
    }
    if (body) parts.push(`-d ${quoted(body)}`);
    return parts.join(" \\\n  ");
  }

  async #submit(event) {
    event.preventDefault();
    this.abort = new AbortController();
    this.send.disabled = true;
    this.stop.hidden = this.answer.hidden = false;
    const { url, method, headers, body } = this.#request();
    const started = performance.now();
    try {
      const answer = await fetch(url, { method, headers, body, signal: this.abort.signal });
      const text = h("pre", { tabindex: "0", "aria-label": "Body of the answer" });
      const time = `${Math.round(performance.now() - started)} ms`;
      fill(
        this.answer,
        h(
          "div.row",
          {},
          h(`span.badge${answer.ok ? ".good" : ".bad"}`, {}, `${answer.status} ${answer.statusText}`),
          h("span.small", {}, time),
        ),
        h(
          "details",
          {},
          h("summary", {}, "Headers"),
          h("pre", {}, [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n")),
        ),
        text,
      );
      await show(answer, text);
    } catch (error) {
      if (error.name !== "AbortError")
        fill(this.answer, h("p.notice", {}, "No answer came. Check that the server runs and that you are connected."));
    } finally {
      this.send.disabled = false;
      this.stop.hidden = true;
    }
  }
}

function field(parameter, contract) {
  const { enum: values, examples, type, default: standard } = contract.resolve(parameter.schema);
  const choices = values ?? (type === "boolean" ? [true, false] : null);
  if (choices)
    return h(
      "select",
      {},
      ["", ...choices].map((value) => h("option", {}, String(value))),
    );
  return h("input", {
    placeholder: examples?.[0] ?? standard ?? "",
    required: Boolean(parameter.required),
    autocomplete: "off",
    spellcheck: "false",
  });
}

/** JSON in lines, anything else as it comes. */
async function show(answer, output) {
  const type = answer.headers.get("Content-Type") ?? "";
  if (type.includes("json")) {
    const text = await answer.text();
    try {
      output.textContent = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      output.textContent = text;
    }
    return;
  }
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader.read())
    output.textContent += part.value;
}
