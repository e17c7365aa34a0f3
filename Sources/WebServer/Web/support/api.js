/**
 * Calls the server's API as the person who is signed in, and turns everything that can go wrong into an `APIError`.
 */

/** A call that failed. `status` is 0 where no answer came. */
export class APIError extends Error {
  constructor(status, problem = {}, retryAfter = null) {
    super(problem.detail ?? problem.title ?? "");
    this.status = status;
    /** The problem's name for programs, such as `too-large`. */
    this.name = (problem.type ?? "").split(":").pop();
    this.fields = problem.errors ?? [];
    /** Seconds after which it is worth trying again, or `null`. */
    this.retryAfter = retryAfter;
  }

  /** Whether the same call may work later. */
  get mayPass() {
    // 502 and 504 come from a proxy in front, 0 where not even one answers.
    return [0, 502, 503, 504].includes(this.status) || (this.status === 429 && this.name !== "quota-exceeded");
  }
}

/** Who calls: `token` goes along with every call; `refused` is told when the server does not accept it any more. */
export const credentials = { token: null, refused: () => {} };

/** Who is told, in seconds, that a call waits until the server lets it through. */
export const patience = { waits: () => {} };

/** Nobody waits longer than so many seconds, nor more often, without asking for it. */
const longestWait = 60;
const mostWaits = 5;

/**
 * Sends a request; one that comes too soon after others waits as long as the server says, and goes on by itself. Throws
 * `APIError`, or `AbortError` where the signal says so.
 * @param {boolean} [options.isPatient] `false` for a caller who waits and tells of it in its own way.
 * @returns The answer.
 */
export async function send(method, path, { isPatient = true, ...options } = {}) {
  for (let waits = 0; ; waits += 1) {
    try {
      return await attempt(method, path, options);
    } catch (error) {
      const { retryAfter } = error;
      const mayWait = isPatient && !options.keepalive && error.name === "rate-limited" && waits < mostWaits;
      if (!mayWait || retryAfter === null || retryAfter > longestWait) throw error;
      patience.waits(retryAfter);
      await pause(retryAfter, options.signal);
    }
  }
}

async function attempt(method, path, { body, headers = {}, signal, keepalive = false }) {
  const fields = { ...headers };
  if (credentials.token) fields.Authorization = `Bearer ${credentials.token}`;
  if (body !== undefined) fields["Content-Type"] = "application/json";
  const token = credentials.token;
  let answer;
  try {
    answer = await fetch(path, { method, headers: fields, body: body && JSON.stringify(body), signal, keepalive });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new APIError(0);
  }
  if (answer.ok) return answer;
  const error = await problem(answer);
  if (answer.status === 401 && token === credentials.token) credentials.refused();
  throw error;
}

/** Sends a request and reads the answer's JSON; `null` for an empty one. */
export async function call(method, path, options) {
  const answer = await send(method, path, options);
  if (answer.status === 204) return null;
  try {
    return await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new APIError(0);
  }
}

async function problem(answer) {
  const seconds = Number.parseInt(answer.headers.get("Retry-After") ?? "", 10);
  let body = {};
  try {
    body = await answer.json();
  } catch {
    // A proxy's page: the status has to do.
  }
  return new APIError(answer.status, body, Number.isNaN(seconds) ? null : seconds);
}

/** Whether an error only says that somebody gave up waiting. */
export const isAbort = (error) => error?.name === "AbortError";

/** Waits; ends early, with an `AbortError`, where the signal says so. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(new DOMException("", "AbortError"));
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(new DOMException("", "AbortError"));
      },
      { once: true },
    );
  });
}
