/**
 * Follows a job by Server-Sent Events, or by asking for it. By `fetch`, as `EventSource` sends no `Authorization`.
 */

import { APIError, call, isAbort, pause, send } from "./api.js";

/** Splits a stream's text into its events (HTML Living Standard, 9.2.6). */
export class EventParser {
  #rest = "";

  /** Takes more of the stream. Returns the events that are complete by now: `{id, name, data}`. */
  push(text) {
    const blocks = (this.#rest + text).split(/\r?\n\r?\n/);
    this.#rest = blocks.pop();
    return blocks.map(parse).filter((event) => event.data !== "");
  }
}

function parse(block) {
  const event = { id: null, name: "message", data: "" };
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field === "id") event.id = value;
    if (field === "event") event.name = value;
    if (field === "data") event.data += value;
  }
  return event;
}

const ended = new Set(["COMPLETED", "FAILED", "CANCELLED"]);

/** Connections in a row that bring nothing, although the server can be reached, before another way is taken. */
export const patience = 3;

/** Seconds: until the first word, between two words (the server sends one every 15), of asking before streams again. */
const limits = { first: 10, next: 45, asking: 60, interval: 3 };

/** How long to wait before the next of so many attempts in a row. */
export const backOff = (tries) => Math.min(0.5 * 2 ** tries, 10);

/**
 * Follows a job until it has ended; goes on where it was after the connection broke. Where streams do not come through,
 * the server is asked at intervals for a while, without segments.
 * @param {object} listener `status(event)`, `segment(event)`, and `connected(way)`: `stream`, `polling`, or `lost` until
 *   there is one of them again.
 */
export async function followJob(id, listener, signal) {
  const place = { last: null };
  while (!(await byStream(id, listener, place, signal)) && !(await byAsking(id, listener, signal)));
}

/** Asks where a job is. Returns whether it has ended. */
export async function askOnce(id, tell, signal) {
  const job = await call("GET", `/api/v1/translations/${encodeURIComponent(id)}`, { signal });
  tell(job);
  return ended.has(job.status);
}

/** Returns whether the job has ended; `false` once streams have brought nothing too often. */
async function byStream(id, listener, place, signal) {
  for (let [tries, failures] = [0, 0]; failures < patience; tries += 1) {
    const listening = new Silence(signal);
    try {
      for await (const event of stream(id, place.last, listening)) {
        [tries, failures] = [0, 0];
        listener.connected("stream");
        if (event === null) continue;
        place.last = event.id ?? place.last;
        const data = JSON.parse(event.data);
        listener[event.name]?.(data);
        if (event.name === "status" && ended.has(data.status)) return true;
      }
      // 204: the end was told before.
      if (listening.isOver) return true;
    } catch (error) {
      tolerate(error, signal);
    } finally {
      listening.end();
    }
    listener.connected("lost");
    await pause(backOff(tries), signal);
    try {
      if (await askOnce(id, (job) => listener.status(job), signal)) return true;
      failures += 1;
    } catch (error) {
      // The server is away: that says nothing about streams.
      tolerate(error, signal);
    }
  }
  return false;
}

/** Returns whether the job has ended; `false` once it is time to try a stream again. */
async function byAsking(id, listener, signal) {
  const end = Date.now() + limits.asking * 1000;
  for (let tries = 0; Date.now() < end; ) {
    try {
      if (await askOnce(id, (job) => listener.status(job), signal)) return true;
      listener.connected("polling");
      tries = 0;
    } catch (error) {
      tolerate(error, signal);
      listener.connected("lost");
      tries += 1;
    }
    await pause(limits.interval + (tries && backOff(tries)), signal);
  }
  return false;
}

/** Throws what another attempt cannot mend. */
function tolerate(error, signal) {
  if (signal.aborted || !(error instanceof APIError || error instanceof TypeError || isAbort(error))) throw error;
  if (error instanceof APIError && !error.mayPass) throw error;
}

/** The stream's events; `null` for a sign of life. */
async function* stream(id, last, listening) {
  const headers = last ? { "Last-Event-ID": last } : {};
  const path = `/api/v1/translations/${encodeURIComponent(id)}/events`;
  const answer = await send("GET", path, { headers, signal: listening.signal });
  if (answer.status === 204) {
    listening.isOver = true;
    return;
  }
  const parser = new EventParser();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    listening.heard();
    yield null;
    yield* parser.push(value);
  }
}

/** Aborts a connection with the signal it follows, or when it was silent for too long: proxies may hold a stream back. */
class Silence {
  /** Whether there is nothing more to come. */
  isOver = false;
  #stop = new AbortController();
  #timer;

  constructor(signal) {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => this.#stop.abort(), { once: true, signal: this.#stop.signal });
    this.#wait(limits.first);
  }

  get signal() {
    return this.#stop.signal;
  }

  heard() {
    this.#wait(limits.next);
  }

  /** Gives up the connection. */
  end() {
    clearTimeout(this.#timer);
    this.#stop.abort();
  }

  #wait(seconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stop.abort(), seconds * 1000);
  }
}
