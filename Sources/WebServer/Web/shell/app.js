/**
 * Starts the page: texts, header, who it is, and then the view that the address names.
 */

import { patience } from "../support/api.js";
import { fill } from "../support/dom.js";
import { forgetLanguages } from "../support/languages.js";
import { notice } from "../support/problems.js";
import { identify, session } from "../support/session.js";
import { chooseLanguage, duration, loadTexts, t } from "../support/texts.js";
import { toast } from "../support/toasts.js";
import { Router } from "./router.js";
import { showHeader } from "./shell.js";
import { listenForShortcuts } from "./shortcuts.js";

const router = new Router(document.querySelector("#page"));

/** When the last message about waiting is out of date: many calls wait at once. */
let told = 0;
patience.waits = (seconds) => {
  if (Date.now() < told) return;
  told = Date.now() + seconds * 1000;
  toast(t("error.waiting", { duration: duration(seconds) }));
};

async function changeLanguage(code) {
  await chooseLanguage(code);
  refresh();
}

function refresh() {
  showHeader(router.view, changeLanguage);
  router.show();
}

async function start() {
  try {
    await identify();
  } catch (error) {
    fill(document.querySelector("#page"), notice(error, start));
    return;
  }
  session.addEventListener("change", () => {
    forgetLanguages();
    refresh();
  });
  addEventListener("hashchange", () => {
    showHeader(router.view, changeLanguage);
    router.show({ moved: true });
  });
  listenForShortcuts();
  refresh();
}

await loadTexts();
showHeader(router.view, changeLanguage);
await start();
