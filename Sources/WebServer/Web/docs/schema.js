/**
 * The contract's schemas as tables that people read.
 */

import { h } from "../support/dom.js";

const deepest = 4;

/** Paragraphs with `code` and **strong** in them. */
export function prose(text) {
  return (text ?? "")
    .trim()
    .split(/\n\s*\n/)
    .filter(Boolean)
    .map((paragraph) =>
      h(
        "p",
        {},
        paragraph.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
          if (part.startsWith("`")) return h("code", {}, part.slice(1, -1));
          if (part.startsWith("**")) return h("strong", {}, part.slice(2, -2));
          return part;
        }),
      ),
    );
}

/** Reads an OpenAPI document. */
export class Contract {
  constructor(document) {
    this.document = document;
  }

  /** Follows references. */
  resolve(value) {
    let node = value;
    for (let count = 0; node?.$ref && count < 16; count += 1) {
      node = node.$ref
        .slice(2)
        .split("/")
        .reduce((parent, key) => parent[key], this.document);
    }
    return node ?? {};
  }

  /** A type in a few words: `array of string`, `"text" | "html"`. */
  typeName(schema, depth = 0) {
    const { type, items, enum: values, const: constant, oneOf, format } = this.resolve(schema);
    if (constant !== undefined) return JSON.stringify(constant);
    if (values) return values.map((value) => JSON.stringify(value)).join(" | ");
    if (oneOf && depth < deepest) return oneOf.map((one) => this.typeName(one, depth + 1)).join(" | ");
    if (type === "array") return `array of ${this.typeName(items ?? {}, depth + 1)}`;
    return [type ?? "any"].flat().join(" | ") + (format ? ` (${format})` : "");
  }

  /** An object's members, those of objects within it too. */
  members(schema, depth = 0) {
    const { properties, required = [] } = this.#object(schema);
    if (!properties || depth > deepest) return null;
    return h(
      "ul.members",
      {},
      Object.entries(properties).map(([name, property]) =>
        h(
          "li",
          {},
          h(
            "div",
            {},
            h("code", {}, name),
            " ",
            h("span.small", {}, this.typeName(property)),
            required.includes(name) && h("span.required", {}, "required"),
          ),
          this.#remarks(property),
          this.members(property, depth + 1),
        ),
      ),
    );
  }

  /** The object that a schema is, or an array's elements, or a map's values. */
  #object(schema) {
    const resolved = this.resolve(schema);
    if (resolved.properties) return resolved;
    if (resolved.items) return this.#object(resolved.items);
    if (typeof resolved.additionalProperties === "object") return this.#object(resolved.additionalProperties);
    return resolved;
  }

  #remarks(schema) {
    const resolved = this.resolve(schema);
    const names = {
      minLength: "at least",
      maxLength: "at most",
      minimum: "from",
      maximum: "to",
      minItems: "at least",
      maxItems: "at most",
      default: "default",
    };
    const units = { minLength: "characters", maxLength: "characters", minItems: "elements", maxItems: "elements" };
    const limits = Object.entries(names)
      .filter(([key]) => resolved[key] !== undefined && resolved[key] !== null)
      .map(([key, name]) => [name, resolved[key], units[key]].filter((part) => part !== undefined).join(" "));
    const text = schema.description ?? resolved.description;
    if (!text && limits.length === 0) return null;
    return h("div.small", {}, prose(text), limits.length > 0 && h("p", {}, limits.join(", ")));
  }

  /** A value that the schema allows, for people to start from. */
  example(schema, depth = 0) {
    const resolved = this.resolve(schema);
    const {
      examples,
      default: standard,
      enum: values,
      const: constant,
      properties,
      required,
      items,
      oneOf,
      format,
    } = resolved;
    const given = examples?.[0] ?? constant ?? values?.[0] ?? standard;
    if (given !== undefined) return given;
    if (depth > deepest) return null;
    if (oneOf) return this.example(oneOf[0], depth + 1);
    if (properties) {
      return Object.fromEntries(
        Object.entries(properties)
          .filter(([name]) => required?.includes(name))
          .map(([name, property]) => [name, this.example(property, depth + 1)]),
      );
    }
    if (items) return [this.example(items, depth + 1)];
    const type = [resolved.type].flat()[0];
    return (
      {
        string: format === "date-time" ? "2026-11-21T09:30:00Z" : "…",
        integer: 1,
        number: 0.5,
        boolean: true,
        object: {},
      }[type] ?? null
    );
  }
}
