/**
 * Keeps WebSockets to jobs that have not ended, and says what they tell. Broken connections are made again.
 */

import { call, credentials, isAbort, pause } from "./api.js";

const most = 8;
const final = new Set([1000, 4401, 4404]);

/**
 * Tells of `job` (`detail` is the server's event), `gone` (`detail` is the id) and `connection` (`detail` is whether all
 * is well).
 */
export class JobWatcher extends EventTarget {
  #signal;
  #waiting = [];
  #open = new Map();
  #broken = new Set();

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
    while (this.#open.size < most && this.#waiting.length && !this.#signal.aborted) this.#follow(this.#waiting.shift());
  }

  async #follow(id) {
    const stop = new AbortController();
    this.#open.set(id, stop);
    try {
      await this.#repeat(id, stop.signal);
    } catch (error) {
      if (!isAbort(error)) throw error;
    } finally {
      this.#open.delete(id);
      this.#connected(id, true);
      this.#next();
    }
  }

  async #repeat(id, signal) {
    for (let tries = 0; ; tries += 1) {
      try {
        const code = await this.#listen(id, await address(id, signal), signal, () => {
          tries = 0;
        });
        if (code === 4404) this.#tell("gone", id);
        if (final.has(code)) return;
      } catch (error) {
        if (isAbort(error) || !error.mayPass) return;
      }
      this.#connected(id, false);
      await pause(Math.min(0.5 * 2 ** tries, 10), signal);
    }
  }

  /** Listens until the connection ends; its close code. */
  #listen(id, url, signal, heard) {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      signal.addEventListener(
        "abort",
        () => {
          end(socket);
          reject(new DOMException("", "AbortError"));
        },
        { once: true },
      );
      socket.addEventListener("message", (message) => {
        heard();
        this.#connected(id, true);
        this.#tell("job", JSON.parse(message.data));
      });
      socket.addEventListener("close", (event) => resolve(event.code));
    });
  }

  #connected(id, isConnected) {
    const before = this.#broken.size;
    if (isConnected) this.#broken.delete(id);
    else this.#broken.add(id);
    if ((before === 0) !== (this.#broken.size === 0)) this.#tell("connection", this.#broken.size === 0);
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
