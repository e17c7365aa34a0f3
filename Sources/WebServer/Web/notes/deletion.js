/**
 * Deleting notes in a way that can be taken back for a while: until then they are only hidden.
 */

import { APIError, call } from "../support/api.js";
import { tellingErrors } from "../support/problems.js";
import { t } from "../support/texts.js";
import { toast } from "../support/toasts.js";

const pending = new Set();

/** Tells of `change`: a note was hidden or is there again. */
export const deletions = new EventTarget();
const changed = () => deletions.dispatchEvent(new Event("change"));

/** Whether a note is about to be deleted. */
export const isDeleted = (id) => pending.has(id);

/** Hides a note, and deletes it once nobody can say "undo" any more. */
export function deleteLater(id) {
  pending.add(id);
  changed();
  const undo = () => {
    pending.delete(id);
    changed();
  };
  toast(t("notes.deleted"), { action: { label: t("action.undo"), run: undo }, over: () => carryOut(id) });
}

async function carryOut(id) {
  if (!pending.has(id)) return;
  const isGone = await tellingErrors(async () => {
    try {
      await erase(id);
    } catch (error) {
      if (!(error instanceof APIError) || error.status !== 404) throw error;
    }
  });
  if (isGone) return;
  pending.delete(id);
  changed();
}

const erase = (id) => call("DELETE", `/api/v1/notes/${encodeURIComponent(id)}`, { keepalive: true });

// Whoever closes the page has decided.
addEventListener("pagehide", () => {
  for (const id of pending) erase(id).catch(() => {});
  pending.clear();
});
