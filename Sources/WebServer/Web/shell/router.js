/**
 * Shows the view that the address's fragment names, such as `#/notes/ID`. What is in a fragment never leaves the
 * browser.
 */

import { fill } from "../support/dom.js";
import { notice } from "../support/problems.js";
import { may, session } from "../support/session.js";
import { t } from "../support/texts.js";
import * as translateView from "../translate/translate-view.js";

/** The views by name: each shows itself with `show(page, place)`. All but the first come when they are asked for. */
const views = {
  translate: async () => translateView,
  jobs: () => import("../jobs/jobs-view.js"),
  notes: () => import("../notes/notes-view.js"),
  statistics: () => import("../notes/statistics-view.js"),
  account: () => import("../account/account-view.js"),
  admin: () => import("../admin/admin-view.js"),
};

const signIn = () => import("../account/sign-in-view.js");

/** A place in the page: the parts of the path behind the view's name, the query, and a signal that ends the view. */
function place(signal) {
  const [path, query] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [name, ...rest] = path.split("/").map(decoded);
  return {
    view: Object.hasOwn(views, name) ? name : "translate",
    path: rest,
    query: new URLSearchParams(query ?? ""),
    signal,
  };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

export class Router {
  #page;
  #shown = new AbortController();

  constructor(page) {
    this.#page = page;
  }

  /** The name of the view that the address names. */
  get view() {
    return place().view;
  }

  /** Shows the view in place of the one before. Someone who moved there starts reading at its beginning. */
  async show({ moved = false } = {}) {
    this.#shown.abort("left");
    this.#shown = new AbortController();
    const { signal } = this.#shown;
    const where = place(signal);
    const isLocked = session.user === null;
    try {
      const view = await (isLocked ? signIn() : views[where.view]());
      if (signal.aborted) return;
      fill(this.#page);
      document.title = `${t(isLocked ? "signIn.title" : `nav.${where.view}`)} — Dragoman`;
      if (where.view === "admin" && !isLocked && !may("admin")) fill(this.#page, notice({ status: 403 }));
      else await view.show(this.#page, where);
    } catch (error) {
      if (signal.aborted) return;
      fill(
        this.#page,
        notice({ status: 0 }, () => this.show()),
      );
      console.error(error);
    }
    if (moved && !signal.aborted) {
      scrollTo(0, 0);
      if (!this.#page.contains(document.activeElement)) this.#page.focus({ preventScroll: true });
    }
  }
}
