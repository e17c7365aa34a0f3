/**
 * Starts the page: texts, header, who it is, and then the view that the address names.
 */

import { fill } from "../support/dom.js";
import { forgetLanguages } from "../support/languages.js";
import { notice } from "../support/problems.js";
import { identify, session } from "../support/session.js";
import { chooseLanguage, loadTexts } from "../support/texts.js";
import { Router } from "./router.js";
import { showHeader } from "./shell.js";
import { listenForShortcuts } from "./shortcuts.js";

const router = new Router(document.querySelector("#page"));

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
