// The pure parts of the comments kept ready: where a text is inserted, which ones match, in what order.

import { fold } from "./matching.js";

// `caret` is where the person left the comment; unknown, the text goes to its end, on a line of its own.
export function inserted(comment, text, caret) {
  const before = comment.slice(0, caret ?? comment.length);
  const after = comment.slice(before.length);
  const space = caret === undefined ? "\n" : " ";
  const gap = /(^|\s)$/.test(before) ? "" : space;
  const value = before + gap + text + (after && !/^\s/.test(after) ? " " : "") + after;
  return { value, caret: (before + gap + text).length };
}

// Every word of the search is somewhere in the text, whatever accents and capitals.
export function matches(text, search) {
  const folded = fold(text);
  return fold(search).split(/\s+/).every((word) => folded.includes(word));
}

// Those of the score first, then those of every score, then the others; each in its own order.
export function ranked(items, score) {
  const rank = ({ dataset }) => (score && dataset.score === score ? 0 : dataset.score ? 2 : 1);
  return [...items].sort((one, other) => rank(one) - rank(other));
}
