// Shows /openapi.json, and lets its operations be tried. Everything from the document goes in as text, never as HTML.

const methods = ["get", "post", "patch", "delete"];
const token = document.querySelector("#token");
token.value = sessionStorage.getItem("token") ?? "";
token.addEventListener("change", () => sessionStorage.setItem("token", token.value.trim()));

/** Makes an element; strings among the children become text. */
function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Paragraphs with `code` and **strong** in them. */
function prose(text) {
  return (text ?? "").trim().split(/\n\s*\n/).filter(Boolean).map((paragraph) => {
    const parts = paragraph.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
      if (part.startsWith("`")) return element("code", {}, part.slice(1, -1));
      if (part.startsWith("**")) return element("strong", {}, part.slice(2, -2));
      return part;
    });
    return element("p", {}, ...parts);
  });
}

class Page {
  constructor(contract) { this.contract = contract; }

  /** Follows references. */
  resolve(value) {
    while (value?.$ref) value = value.$ref.slice(2).split("/").reduce((node, key) => node[key], this.contract);
    return value ?? {};
  }

  show() {
    const { info, tags, paths } = this.contract;
    document.querySelector("#title").textContent = `${info.title} API, version ${info.version}`;
    const contents = document.querySelector("#contents");
    const main = document.querySelector("#operations");
    main.replaceChildren(...prose(info.description));
    for (const tag of tags) {
      contents.append(element("b", {}, tag.name));
      main.append(element("h2", {}, tag.name), ...prose(tag.description));
      for (const [path, item] of Object.entries(paths)) {
        for (const method of methods) {
          if (!item[method]?.tags.includes(tag.name)) continue;
          const operation = { ...item[method], parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])] };
          contents.append(element("a", { href: `#${operation.operationId}` }, operation.summary.replace(/\.$/, "")));
          main.append(this.operation(path, method, operation));
        }
      }
    }
    this.openTarget();
    addEventListener("hashchange", () => this.openTarget());
  }

  openTarget() {
    const target = document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
    }
  }

  operation(path, method, operation) {
    const summary = element("summary", {},
      element("span", { class: "method" }, method.toUpperCase()), element("code", {}, path), operation.summary);
    const details = element("details", { id: operation.operationId }, summary);
    // Most operations are never opened: they are built when they are.
    details.addEventListener("toggle", () => {
      details.append(...prose(operation.description), this.responses(operation), this.form(path, method, operation));
    }, { once: true });
    return details;
  }

  responses(operation) {
    const rows = Object.entries(operation.responses).map(([status, reference]) => {
      const response = this.resolve(reference);
      const schema = Object.values(response.content ?? {})[0]?.schema;
      const name = schema?.$ref?.split("/").pop();
      const shape = name && name !== "Problem" ? this.shape(schema) : null;
      return element("tr", {}, element("th", {}, status), element("td", {}, ...prose(response.description), shape ?? ""));
    });
    return element("div", {}, element("h3", {}, "Answers"), element("table", {}, ...rows));
  }

  /** An answer's members, to be opened. */
  shape(schema) {
    const rows = Object.entries(this.resolve(schema).properties ?? {}).map(([name, property]) =>
      element("tr", {}, element("td", {}, element("code", {}, name)), element("td", {}, this.typeName(property))));
    return element("details", {}, element("summary", {}, "Members"), element("table", {}, ...rows));
  }

  typeName(schema, depth = 0) {
    const name = schema.$ref?.split("/").pop();
    const { type, items, enum: values, oneOf, format } = this.resolve(schema);
    if (values) return values.map((value) => JSON.stringify(value)).join(" | ");
    if (oneOf && depth < 3) return oneOf.map((one) => this.typeName(one, depth + 1)).join(" | ");
    if (type === "array") return `array of ${this.typeName(items, depth + 1)}`;
    if (type === "object" && name) return name;
    return [type].flat().join(" | ") + (format ? ` (${format})` : "");
  }

  form(path, method, operation) {
    const form = element("form", {}, element("h3", {}, "Try it"));
    const fields = operation.parameters.map((reference) => {
      const parameter = this.resolve(reference);
      const input = this.input(parameter);
      form.append(element("label", {}, parameter.name, ...prose(parameter.description), input));
      return { parameter, input };
    });
    const schema = operation.requestBody?.content["application/json"].schema;
    const body = schema ? element("textarea", { spellcheck: "false" }) : null;
    if (body) {
      body.value = JSON.stringify(this.resolve(schema).examples?.[0] ?? {}, null, 2);
      form.append(element("label", {}, "Body", body), this.shape(schema));
    }
    if (path.startsWith("/ws/")) return element("p", {}, "Open it with a WebSocket client.");
    const send = element("button", {}, "Send");
    const stop = element("button", { type: "button", disabled: "" }, "Stop");
    const output = element("pre", { hidden: "" });
    form.append(send, stop, output);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const abort = new AbortController();
      stop.onclick = () => abort.abort();
      [send.disabled, stop.disabled, output.hidden] = [true, false, false];
      await this.send(path, method, fields, body?.value, output, abort.signal);
      [send.disabled, stop.disabled] = [false, true];
    });
    return form;
  }

  input(parameter) {
    const { enum: values, examples } = this.resolve(parameter.schema);
    const required = parameter.required ? { required: "" } : {};
    if (!values) return element("input", { placeholder: examples?.[0] ?? "", ...required });
    return element("select", {}, ...["", ...values].map((value) => element("option", {}, value)));
  }

  async send(path, method, fields, body, output, signal) {
    const headers = new Headers();
    const query = new URLSearchParams();
    let target = path;
    for (const { parameter, input } of fields) {
      const value = input.value.trim();
      if (value === "") continue;
      if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeURIComponent(value));
      if (parameter.in === "query") query.set(parameter.name, value);
      if (parameter.in === "header") headers.set(parameter.name, value);
    }
    if (token.value.trim()) headers.set("Authorization", `Bearer ${token.value.trim()}`);
    if (body !== undefined) headers.set("Content-Type", "application/json");
    const search = query.size ? `?${query}` : "";
    output.textContent = `${method.toUpperCase()} ${target}${search}\n\n`;
    try {
      const answer = await fetch(target + search, { method: method.toUpperCase(), headers, body, signal });
      output.textContent += `${answer.status} ${answer.statusText}\n`;
      for (const [name, value] of answer.headers) output.textContent += `${name}: ${value}\n`;
      output.textContent += "\n";
      await this.showBody(answer, output);
    } catch (error) {
      output.textContent += String(error);
    }
  }

  async showBody(answer, output) {
    const type = answer.headers.get("Content-Type") ?? "";
    if (type.includes("json")) {
      const text = await answer.text();
      try { output.textContent += JSON.stringify(JSON.parse(text), null, 2); } catch { output.textContent += text; }
      return;
    }
    const decoder = new TextDecoder();
    for (const reader = answer.body?.getReader(); reader;) {
      const { done, value } = await reader.read();
      if (done) return;
      output.textContent += decoder.decode(value, { stream: true });
    }
  }
}

const answer = await fetch("/openapi.json");
new Page(await answer.json()).show();
