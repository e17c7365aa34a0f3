/**
 * Keeps WebSockets to jobs that have not ended, and says what they tell. Broken connections are made again; where
 * WebSockets do not come through, jobs are followed by event streams, and where these do not, by asking.
 */

import { APIError, call, credentials, isAbort, pause } from "./api.js";
import { askOnce, backOff, followJob, patience } from "./event-stream.js";

/** Jobs that are followed at once. Browsers open few other connections to one server. */
const most = { sockets: 8, streams: 3 };
const closed = { normally: 1000, withoutTicket: 4401, unknownJob: 4404 };
/** Seconds that a connection may take until its first message. */
const limit = 10;
/** From the best to the worst. */
const ways = ["live", "stream", "polling", "lost"];

/**
 * Tells of `job` (`detail` is the server's event), `gone` (`detail` is the id) and `connection` (`detail` is `live`,
 * `stream` or `polling`, the worst of those by which jobs are followed, or `lost` where one is not at the moment).
 */
export class JobWatcher extends EventTarget {
  #signal;
  #waiting = [];
  #open = new Map();
  #ways = new Map();
  #told = "live";
  #areSocketsPossible = true;

  /** @param {AbortSignal} signal Ends everything. */
  constructor(signal) {
    super();
    this.#signal = signal;
    signal.addEventListener("abort", () => {
      for (const stop of this.#open.values()) stop.abort();
    });
  }

  /** Watches these jobs and no others: the first few at once, the rest as places come free. */
  watch(ids) {
    const wanted = new Set(ids);
    for (const [id, stop] of this.#open) if (!wanted.has(id)) stop.abort();
    this.#waiting = ids.filter((id) => !this.#open.has(id));
    this.#next();
  }

  #next() {
    const places = this.#areSocketsPossible ? most.sockets : most.streams;
    while (this.#open.size < places && this.#waiting.length && !this.#signal.aborted)
      this.#follow(this.#waiting.shift());
  }

  async #follow(id) {
    const stop = new AbortController();
    this.#open.set(id, stop);
    try {
      const hasEnded = this.#areSocketsPossible && (await this.#bySockets(id, stop.signal));
      if (!hasEnded) await this.#byStreams(id, stop.signal);
    } catch (error) {
      if (error instanceof APIError) {
        if (error.status === 404) this.#tell("gone", id);
      } else if (!isAbort(error)) throw error;
    } finally {
      this.#open.delete(id);
      this.#connected(id, "live");
      this.#next();
    }
  }

  /** Returns whether the job has ended; `false` once WebSockets have brought nothing too often. */
  async #bySockets(id, signal) {
    for (let [tries, failures] = [0, 0]; failures < patience; tries += 1) {
      try {
        const code = await this.#listen(id, await address(id, signal), signal, () => {
          [tries, failures] = [0, 0];
        });
        if (code === closed.normally) return true;
        if (code === closed.unknownJob) throw new APIError(404);
        // Another ticket, at once. Where they keep being refused, there is something else in the way.
        if (code !== closed.withoutTicket || failures > 0) await this.#rest(id, tries, signal);
        if (await askOnce(id, (job) => this.#tell("job", job), signal)) return true;
        failures += 1;
      } catch (error) {
        // Where the server is away, that says nothing about WebSockets.
        if (!error.mayPass) throw error;
        await this.#rest(id, tries, signal);
      }
    }
    this.#areSocketsPossible = false;
    return false;
  }

  #rest(id, tries, signal) {
    this.#connected(id, "lost");
    return pause(backOff(tries), signal);
  }

  #byStreams(id, signal) {
    const listener = {
      status: (event) => this.#tell("job", event),
      connected: (way) => this.#connected(id, way),
    };
    return followJob(id, listener, signal);
  }

  /** Listens until the connection ends; its close code. */
  #listen(id, url, signal, heard) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      const timer = setTimeout(() => {
        end(socket);
        resolve(null);
      }, limit * 1000);
      signal.addEventListener(
        "abort",
        () => {
          clearTimeout(timer);
          end(socket);
          reject(new DOMException("", "AbortError"));
        },
        { once: true },
      );
      socket.addEventListener("message", (message) => {
        clearTimeout(timer);
        heard();
        this.#connected(id, "live");
        this.#tell("job", JSON.parse(message.data));
      });
      socket.addEventListener("close", (event) => {
        clearTimeout(timer);
        resolve(event.code);
      });
    });
  }

  #connected(id, way) {
    this.#ways.set(id, way);
    if (!this.#open.has(id)) this.#ways.delete(id);
    const now = ways[Math.max(0, ...[...this.#ways.values()].map((one) => ways.indexOf(one)))];
    if (now === this.#told) return;
    this.#told = now;
    this.#tell("connection", now);
  }

  #tell(type, detail) {
    if (!this.#signal.aborted) this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/**
 * Ends a connection. One that is being made is ended as soon as it is there: browsers report it as a failure when it is
 * given up before.
 */
function end(socket) {
  if (socket.readyState === WebSocket.CONNECTING) socket.addEventListener("open", () => socket.close(), { once: true });
  else socket.close();
}

/** Where to listen. Browsers send no credentials with WebSockets: a ticket stands for them. */
async function address(id, signal) {
  const url = new URL(`/ws/job/${id}`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  if (credentials.token) url.searchParams.set("ticket", (await call("POST", "/api/v1/tickets", { signal })).ticket);
  return url;
}
