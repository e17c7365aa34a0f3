/**
 * A translation as a row of pieces: sentences, and what lies between them. No page, no network.
 *
 * A sentence is `{text, source: [start, end], confidence, doubtful}`, anything else `{text}`. Offsets are in UTF-16
 * units, which are JavaScript's.
 */

/** Sentences below this confidence are mostly wrong, also where the server found no fault with them. */
const doubtfulBelow = 0.3;

/** The pieces of a finished translation. */
export function pieces(text, segments = []) {
  const row = [];
  let end = 0;
  for (const segment of segments) {
    const [from, to] = segment.target;
    if (from < end) continue;
    if (from > end) row.push({ text: text.slice(end, from) });
    row.push(sentence(text.slice(from, to), segment));
    end = to;
  }
  if (end < text.length) row.push({ text: text.slice(end) });
  return row;
}

/**
 * The pieces by which a translation in the making grows when a sentence is finished.
 * @param {string} source The whole source text, whose spaces and line breaks stand between the sentences.
 * @param {object|null} before The `segment` event of the sentence before.
 * @param {object} event The sentence's.
 */
export function growth(source, before, event) {
  const start = before ? before.segment.source[1] : 0;
  const isNext = before ? event.index === before.index + 1 : event.index === 0;
  // Events may be missing: what they would have told is in the finished translation.
  const gap = isNext ? source.slice(start, event.segment.source[0]) : `${before ? " " : ""}… `;
  const row = gap === "" ? [] : [{ text: gap }];
  return [...row, sentence(event.segment.text, event.segment)];
}

const sentence = (text, { source, confidence, doubtful = false }) => ({
  text,
  source,
  confidence,
  doubtful: doubtful || confidence < doubtfulBelow,
});

/** The text that the pieces make. */
export const textOf = (row) => row.map((piece) => piece.text).join("");

/** Cuts the source text at the sentences of its translation; the pieces know their sentence's place in `row`. */
export function sourcePieces(text, row) {
  const cut = [];
  let end = 0;
  row.forEach((piece, index) => {
    if (!piece.source || piece.source[0] < end) return;
    const [from, to] = piece.source;
    if (from > end) cut.push({ text: text.slice(end, from) });
    cut.push({ text: text.slice(from, to), index });
    end = to;
  });
  return [...cut, { text: text.slice(end) }];
}
