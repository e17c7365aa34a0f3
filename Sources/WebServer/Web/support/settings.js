/**
 * What the browser remembers for a person: languages, the text in work, drafts. Works without storage too; then it is
 * forgotten on reload.
 */

const prefix = "dragoman.";
const memory = new Map();

/** A remembered value; `fallback` where there is none. */
export function recall(name, fallback = null) {
  if (memory.has(name)) return memory.get(name);
  try {
    const text = localStorage.getItem(prefix + name);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/** Remembers a value that JSON can hold; `null` forgets it. Where storage is full, it lasts as long as the page. */
export function remember(name, value) {
  memory.set(name, value);
  try {
    if (value === null) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch {
    // Private windows and full storage: the memory above has it.
  }
}
