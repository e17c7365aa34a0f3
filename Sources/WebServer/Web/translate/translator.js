/**
 * Has texts translated while they are being typed: short ones at once, long ones as jobs whose sentences arrive one by
 * one. Only the last text asked for counts.
 */

import { APIError, call, isAbort, pause } from "../support/api.js";
import { followJob } from "../support/event-stream.js";
import { recall, remember } from "../support/settings.js";
import { growth, pieces } from "./pieces.js";

/** Texts up to this many characters are translated at once. */
const short = 2000;
const ended = new Set(["COMPLETED", "FAILED", "CANCELLED"]);

export class Translator {
  #listener;
  #run = new AbortController();
  #again = () => {};

  /**
   * @param {object} listener `idle()`, `working(isLong)`, `result({pieces, detected, words, milliseconds})`,
   *   `grown(pieces)`, `progress(percent)`, `connected(way)` as in `followJob`, and `failed(error, seconds)` with the time until it
   *   is tried again, or `null`.
   * @param {AbortSignal} signal Ends everything; a job goes on.
   */
  constructor(listener, signal) {
    this.#listener = listener;
    signal.addEventListener("abort", () => this.#run.abort("left"));
    addEventListener("online", () => this.#again(), { signal });
  }

  /** Translates `{text, source, target}` after a while in which nothing else is asked for. */
  translate(task, seconds) {
    this.#run.abort("replaced");
    this.#run = new AbortController();
    if (task.text.trim() === "") return this.#listener.idle();
    this.#repeat(task, seconds, this.#run.signal);
  }

  /** Tries at once what would be tried later. */
  tryAgain() {
    this.#again();
  }

  async #repeat(task, seconds, signal) {
    for (let tries = 0, wait = seconds; ; tries += 1) {
      try {
        await this.#pause(wait, signal);
        return await this.#once(task, signal);
      } catch (error) {
        if (isAbort(error) || signal.aborted) return;
        if (!(error instanceof APIError)) throw error;
        wait = error.mayPass ? (error.retryAfter ?? Math.min(2 ** tries, 30)) : null;
        this.#listener.failed(error, wait);
        if (wait === null) wait = Infinity;
      }
    }
  }

  /** Waits; `tryAgain` cuts it short. */
  async #pause(seconds, signal) {
    const sooner = new Promise((resolve) => {
      this.#again = resolve;
    });
    await Promise.race([sooner, seconds === Infinity ? new Promise(() => {}) : pause(seconds, signal)]);
    this.#again = () => {};
    signal.throwIfAborted();
  }

  async #once(task, signal) {
    const isLong = task.text.length > short;
    this.#listener.working(isLong);
    if (isLong) return this.#byJob(task, signal);
    try {
      const result = await translateNow(task, signal);
      this.#show(result, result.processing_time_ms);
    } catch (error) {
      // The server's limit may be lower than ours.
      if (error.status !== 413) throw error;
      await this.#byJob(task, signal);
    }
  }

  async #byJob(task, signal) {
    const id = (await remembered(task, signal)) ?? (await submit(task, signal));
    const cancel = () => {
      if (signal.reason === "replaced") call("DELETE", `/api/v1/translations/${id}`).catch(() => {});
    };
    signal.addEventListener("abort", cancel, { once: true });
    let before = null;
    await followJob(
      id,
      {
        connected: (way) => this.#listener.connected(way),
        status: (event) => this.#listener.progress(event.progress),
        segment: (event) => {
          if (before && event.index <= before.index) return;
          this.#listener.grown(growth(task.text, before, event));
          before = event;
        },
      },
      signal,
    );
    signal.removeEventListener("abort", cancel);
    const job = await call("GET", `/api/v1/translations/${id}?include=segments`, { signal });
    if (job.status !== "COMPLETED")
      throw new APIError(job.status === "CANCELLED" ? 499 : 500, { detail: job.error?.message });
    this.#show(job.result, job.result.processing_time_ms);
  }

  #show(result, milliseconds) {
    this.#listener.result({
      pieces: pieces(result.translated_text, result.segments),
      detected: result.detected_language,
      words: result.word_count,
      milliseconds,
    });
  }
}

const body = ({ text, source, target }) => ({ text, source_language: source, target_language: target });

/** What waits here says so beside the text, and starts anew when that changes. */
const request = (task, signal) => ({ body: body(task), signal, isPatient: false });

const translateNow = (task, signal) => call("POST", "/api/v1/translate?include=segments", request(task, signal));

/** Other translations of one sentence, the likeliest first. */
export async function alternatives(sentence, source, target, signal) {
  const { segments, translated_text: first } = await call("POST", "/api/v1/translate?include=segments", {
    body: { ...body({ text: sentence, source, target }), alternatives: 4 },
    signal,
  });
  const others = segments.length === 1 ? (segments[0].alternatives ?? []) : [];
  return [...new Set([first, ...others])];
}

async function submit(task, signal) {
  const { job_id: id } = await call("POST", "/api/v1/translations", request(task, signal));
  remember("job", { id, task: fingerprint(task) });
  return id;
}

/** The job that has this text already, after the page was loaded again. */
async function remembered(task, signal) {
  const last = recall("job");
  if (last?.task !== fingerprint(task)) return null;
  try {
    const job = await call("GET", `/api/v1/translations/${encodeURIComponent(last.id)}`, { signal });
    const isUseful = job.status === "COMPLETED" ? job.result : !ended.has(job.status);
    return isUseful ? last.id : null;
  } catch (error) {
    if (error instanceof APIError && error.status === 404) return null;
    throw error;
  }
}

/** Tells texts apart that differ. */
function fingerprint({ text, source, target }) {
  let [high, low] = [0, 0];
  for (let index = 0; index < text.length; index += 1) {
    low = Math.imul(low ^ text.charCodeAt(index), 0x85eb_ca6b) + index;
    high = Math.imul(high ^ low, 0xc2b2_ae35);
  }
  return [source, target, text.length, low, high].join(".");
}
