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
    return this.status === 0 || this.status === 503 || (this.status === 429 && this.name !== "quota-exceeded");
  }
}

/** Who calls: `token` goes along with every call; `refused` is told when the server does not accept it any more. */
export const credentials = { token: null, refused: () => {} };

/**
 * Sends a request. Throws `APIError`, or `AbortError` where the signal says so.
 * @returns The answer.
 */
export async function send(method, path, { body, headers = {}, signal, keepalive = false } = {}) {
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
  if (answer.status === 401 && token && token === credentials.token) credentials.refused();
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
