/**
 * The API reference: /openapi.json for people, with every operation to be tried. Everything from the document goes in
 * as text.
 */

import { call, credentials } from "../support/api.js";
import { fill, h } from "../support/dom.js";
import "../support/session.js";
import { useLanguage } from "../support/texts.js";
import { Contract, prose } from "./schema.js";
import { TryIt, typed } from "./try-it.js";

const methods = ["get", "post", "patch", "delete"];
const contents = document.querySelector("#contents");
const main = document.querySelector("#operations");

/** All operations in the order of their tags. */
function operations({ tags, paths }) {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    methods
      .filter((method) => item[method])
      .map((method) => ({
        ...item[method],
        path,
        method,
        parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])],
      })),
  );
  return tags.map((tag) => ({ tag, operations: all.filter((operation) => operation.tags.includes(tag.name)) }));
}

const badge = (method) => h(`span.method.${method}`, {}, method.toUpperCase());

class Page {
  constructor(document) {
    this.contract = new Contract(document);
    this.groups = operations(document);
  }

  show() {
    const { info } = this.contract.document;
    fill(
      main,
      h(
        "section.stack",
        {},
        h("h1", {}, `${info.title} API`),
        h("p.small", {}, info.summary),
        prose(info.description),
        this.#credentials(),
      ),
      this.groups.map(({ tag, operations }) =>
        h(
          "section.stack",
          {},
          h("div", {}, h("h2", {}, tag.name), prose(tag.description)),
          operations.map((operation) => this.#operation(operation)),
        ),
      ),
    );
    const filter = h("input", {
      type: "search",
      placeholder: "Find an operation",
      "aria-label": "Find an operation",
      oninput: () => this.#filter(filter.value),
    });
    fill(
      contents,
      filter,
      this.groups.map(({ tag, operations }) =>
        h(
          "section",
          {},
          h("b", {}, tag.name),
          operations.map((operation) =>
            h(
              "a",
              { href: `#${operation.operationId}` },
              badge(operation.method),
              operation.summary.replace(/\.$/, ""),
            ),
          ),
        ),
      ),
    );
    this.#openTarget();
    addEventListener("hashchange", () => this.#openTarget());
  }

  #credentials() {
    const input = h("input", {
      type: "password",
      autocomplete: "off",
      placeholder: credentials.token ? "you are signed in" : "not needed in local mode",
    });
    input.addEventListener("input", () => {
      typed.token = input.value.trim();
    });
    return h(
      "form.card.fields",
      { onsubmit: (event) => event.preventDefault() },
      h("label", {}, "Access token or API key", input),
    );
  }

  #filter(text) {
    const words = text.toLowerCase().split(/\s+/);
    for (const { operations } of this.groups) {
      for (const { operationId, path, summary } of operations) {
        const isWanted = words.every((word) => `${operationId} ${path} ${summary}`.toLowerCase().includes(word));
        contents.querySelector(`[href="#${operationId}"]`).hidden = !isWanted;
        document.getElementById(operationId).hidden = !isWanted;
      }
    }
    for (const section of document.querySelectorAll("#contents section, #operations section + section")) {
      section.hidden = !section.querySelector("a:not([hidden]), details.operation:not([hidden])");
    }
  }

  #openTarget() {
    const target = document.getElementById(location.hash.slice(1));
    if (!(target instanceof HTMLDetailsElement)) return;
    target.open = true;
    target.scrollIntoView();
    target.querySelector("summary").focus({ preventScroll: true });
    contents.querySelector("[aria-current]")?.removeAttribute("aria-current");
    contents.querySelector(`[href="${location.hash}"]`)?.setAttribute("aria-current", "true");
  }

  #operation(operation) {
    const { path, method, summary, operationId } = operation;
    const node = h(
      "details.operation.card",
      { id: operationId },
      h("summary", {}, badge(method), h("code.path", {}, path), h("span.small", {}, summary)),
    );
    // Most operations are never opened: they are built when they are.
    node.addEventListener("toggle", () => node.append(this.#body(operation)), { once: true });
    return node;
  }

  #body(operation) {
    const parameters = operation.parameters.map((reference) => this.contract.resolve(reference));
    const body = operation.requestBody?.content["application/json"]?.schema;
    const isSocket = operation.path.startsWith("/ws/");
    return h(
      "div.stack.body",
      {},
      prose(operation.description),
      this.#parameters(parameters),
      body && h("section", {}, h("h3", {}, "Body"), this.contract.members(body)),
      this.#responses(operation),
      isSocket
        ? h("p.small", {}, "Open it with a WebSocket client.")
        : new TryIt({ ...operation, parameters, body }, this.contract).node,
    );
  }

  #parameters(parameters) {
    if (parameters.length === 0) return null;
    return h(
      "section",
      {},
      h("h3", {}, "Parameters"),
      h(
        "ul.members",
        {},
        parameters.map((parameter) =>
          h(
            "li",
            {},
            h(
              "div",
              {},
              h("code", {}, parameter.name),
              " ",
              h("span.small", {}, `${this.contract.typeName(parameter.schema)}, in ${parameter.in}`),
              parameter.required && h("span.required", {}, "required"),
            ),
            parameter.description && h("div.small", {}, prose(parameter.description)),
          ),
        ),
      ),
    );
  }

  #responses(operation) {
    const rows = Object.entries(operation.responses).map(([status, reference]) => {
      const response = this.contract.resolve(reference);
      const schema = Object.values(response.content ?? {})[0]?.schema;
      const isProblem = schema?.$ref?.endsWith("/Problem");
      const members = schema && !isProblem ? this.contract.members(schema) : null;
      return h(
        "li",
        {},
        h("span.badge", { class: Number(status) < 400 ? "badge good" : "badge" }, status),
        h(
          "div",
          {},
          prose(response.description),
          members &&
            h(
              "details",
              {},
              h("summary", {}, "Members"),
              members,
              h("pre.example", {}, JSON.stringify(this.contract.example(schema), null, 2)),
            ),
        ),
      );
    });
    return h("section", {}, h("h3", {}, "Answers"), h("ul.answers", {}, rows));
  }
}

// The contract is written in English, and so is what stands around it.
await useLanguage("en");
new Page(await call("GET", "/openapi.json")).show();
