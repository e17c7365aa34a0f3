/**
 * Follows a job by Server-Sent Events. By `fetch`, as `EventSource` sends no `Authorization`.
 */

import { APIError, pause, send } from "./api.js";

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

/**
 * Follows a job until it has ended; goes on where it was after the connection broke.
 * @param {object} listener `status(event)`, `segment(event)`, and `connected(boolean)` when the connection comes or
 *   goes.
 */
export async function followJob(id, listener, signal) {
  let last = null;
  for (let tries = 0; ; tries += 1) {
    try {
      const headers = last ? { "Last-Event-ID": last } : {};
      const answer = await send("GET", `/api/v1/translations/${id}/events`, { headers, signal });
      if (answer.status === 204) return;
      listener.connected(true);
      for await (const event of events(answer.body)) {
        tries = 0;
        last = event.id ?? last;
        const data = JSON.parse(event.data);
        listener[event.name]?.(data);
        if (event.name === "status" && ended.has(data.status)) return;
      }
    } catch (error) {
      if (signal.aborted || !(error instanceof APIError || error instanceof TypeError)) throw error;
      if (error instanceof APIError && !error.mayPass) throw error;
    }
    listener.connected(false);
    await pause(Math.min(0.5 * 2 ** tries, 10), signal);
  }
}

async function* events(body) {
  const parser = new EventParser();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* parser.push(value);
  }
}
