/**
 * The header: where one can go, the page's language, help.
 */

import { fill, h, icon } from "../support/dom.js";
import { may, session } from "../support/session.js";
import { currentLanguage, pageLanguages, t } from "../support/texts.js";
import { showShortcuts } from "./shortcuts.js";

/** The views that the header leads to, with those that belong to them. */
const places = [["translate"], ["jobs"], ["notes", "statistics"], ["account"], ["admin"]];

/** Shows the header as it is at that view. */
export function showHeader(view, changeLanguage) {
  const choice = h(
    "select.quiet",
    { "aria-label": t("page.language"), onchange: () => changeLanguage(choice.value) },
    Object.entries(pageLanguages).map(([code, name]) =>
      h("option", { value: code, lang: code, selected: code === currentLanguage() }, name),
    ),
  );
  const help = h(
    "button.quiet.square",
    { type: "button", "aria-label": t("shortcuts.title"), title: t("shortcuts.title"), onclick: showShortcuts },
    icon("keyboard"),
  );
  fill(
    document.querySelector("#header"),
    h("a.skip", { href: "#page", onclick: skip }, t("page.skip")),
    h("a.brand", { href: "#/translate" }, "Dragoman"),
    session.user &&
      h(
        "nav",
        { "aria-label": t("page.navigation") },
        places
          .filter(([name]) => name !== "admin" || may("admin"))
          .map((names) =>
            h("a", { href: `#/${names[0]}`, "aria-current": names.includes(view) && "page" }, t(`nav.${names[0]}`)),
          ),
      ),
    h("div.tools", {}, h("a", { href: "/docs" }, t("nav.docs")), choice, help),
  );
}

/** Jumps over the header. The fragment is the router's. */
function skip(event) {
  event.preventDefault();
  document.querySelector("#page").focus();
}
