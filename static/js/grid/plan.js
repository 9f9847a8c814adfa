// What a change of many points would do, counted before it is made. Pure.
// A change is {field, value}, or {field: "comment", text} to add a text at the end of each comment.
import { count, editInWords } from "./words.js";

// `points` are {ref, value, offers, isStuck}: what the field holds, whether the point offers the new
// value, and whether a conflict waits there for a choice.
export function planOf(points, change) {
  const plan = { total: points.length, edits: [], same: 0, refused: 0, stuck: 0 };
  for (const { ref, value: before, offers, isStuck } of points) {
    const value = valueAfter(before, change);
    if (isStuck) plan.stuck += 1;
    else if (!offers) plan.refused += 1;
    else if (value === before) plan.same += 1;
    else plan.edits.push({ ref, field: change.field, value });
  }
  return plan;
}

// A text that the comment holds already, as a line of its own, is not added twice.
function valueAfter(before, { value, text }) {
  if (text === undefined) return value;
  const lines = before.split("\n");
  return !text || lines.includes(text) ? before : [before, text].filter(Boolean).join("\n");
}

// « 23 points : 19 à modifier, 3 déjà identiques, 1 en conflit »
export function planInWords({ total, edits, same, refused, stuck }) {
  const parts = [
    [edits.length, `${edits.length} à modifier`],
    [same, `${same} déjà ${same < 2 ? "identique" : "identiques"}`],
    [refused, `${refused} sans cette réponse possible`],
    [stuck, `${stuck} en conflit`],
  ];
  const told = parts.filter(([number]) => number).map(([, words]) => words);
  return `${count(total, "point", "points")}\u00a0: ${told.join(", ")}`;
}

// « 19 points, note Conforme »: the name of the act in « Annuler ».
export function planLabel({ edits }, { field, value, text }) {
  const what = text === undefined ? editInWords(field, value) : "commentaire complété";
  return `${count(edits.length, "point", "points")}, ${what}`;
}
