/**
 * The models of the process that answers: which of them are in its memory, and buttons to load and unload them.
 */

import { call } from "../support/api.js";
import { button, table } from "../support/blocks.js";
import { fill, h } from "../support/dom.js";
import { tellingErrors } from "../support/problems.js";
import { number, size, t } from "../support/texts.js";

const path = "/api/v1/admin/models";
const badges = { loaded: ".good", failed: ".bad" };

export class Models {
  #signal;
  #pairs;
  #shown = null;

  /** @param {(pairs: object[]) => string} pairs Names of pairs. */
  constructor(signal, pairs) {
    this.#signal = signal;
    this.#pairs = pairs;
    this.list = h("div", {});
    this.node = h("section.card.stack", {}, h("h2", {}, t("admin.models")), this.list);
  }

  /** Reads them again. Throws `APIError`. */
  async load() {
    const { items } = await call("GET", path, { signal: this.#signal });
    const state = JSON.stringify(items.map(({ name, state, uses, memory_bytes: bytes }) => [name, state, uses, bytes]));
    // Buttons keep the focus as long as nothing changes.
    if (state === this.#shown) return;
    this.#shown = state;
    fill(
      this.list,
      table(
        t("admin.models"),
        ["keys.name", "admin.version", "admin.licence", "statistics.perPair", "admin.state", "admin.uses#", "admin.memory#", ""],
        items.map((model) => this.#row(model)),
        t("admin.noModels"),
      ),
    );
  }

  #row(model) {
    const state = h(`span.badge${badges[model.state] ?? ""}`, {}, t(`admin.modelState.${model.state}`));
    return [
      h("strong", {}, model.name),
      model.version,
      model.licence,
      this.#pairs(model.pairs),
      model.problem ? [state, " ", h("span.small", { lang: "en" }, model.problem)] : state,
      number(model.uses),
      size(model.memory_bytes),
      this.#action(model),
    ];
  }

  #action({ name, state, pinned, pairs }) {
    const act = (what) => () =>
      tellingErrors(async () => {
        await call("POST", `${path}/${encodeURIComponent(name)}/${what}`);
        this.#shown = null;
        await this.load();
      });
    if (state === "loaded") return pinned ? "" : button(t("admin.unload"), act("unload"));
    // What was left out at the start has no pairs, and cannot be loaded.
    return state === "loading" || pairs.length === 0 ? "" : button(t("admin.load"), act("load"));
  }
}
