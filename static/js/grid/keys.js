// Which key means what, in the grid only, never in a text field. Pure: an event in, an act out.
// Digits are read by their place (event.code): on an AZERTY keyboard they need no Shift, and Shift
// changes nothing. Letters are read by what they write (event.key): C is Conforme on every keyboard.
//
// A row has three columns: the point itself, "claims" and "scores". Digits follow the column, as
// in a spreadsheet: in "claims" they say what the candidate answers, elsewhere they score.

const SCORES = { 1: "compliant", 2: "partial", 3: "non_compliant", 4: "not_applicable", 5: "to_clarify", 0: "" };
const CLAIMS = { 1: "yes", 2: "no", 3: "not_concerned", 0: "" };
const SCORE_LETTERS = { c: "compliant", p: "partial", n: "non_compliant", s: "not_applicable", a: "to_clarify" };
const CLAIM_LETTERS = { o: "yes", n: "no" };
const ACTS = {
  j: { kind: "move", step: 1 },
  k: { kind: "move", step: -1 },
  ArrowDown: { kind: "move", step: 1 },
  ArrowUp: { kind: "move", step: -1 },
  ArrowRight: { kind: "column", step: 1 },
  ArrowLeft: { kind: "column", step: -1 },
  Home: { kind: "edge", step: -1 },
  End: { kind: "edge", step: 1 },
  PageDown: { kind: "chapter", step: 1 },
  PageUp: { kind: "chapter", step: -1 },
  u: { kind: "next" },
  g: { kind: "jump" },
  f: { kind: "filter" },
  e: { kind: "comment" },
  r: { kind: "claim_text" },
  d: { kind: "claim_text" }, // the document that the candidate names is in the text of the answer
  m: { kind: "bulk" },
  b: { kind: "guide" },
  t: { kind: "template" },
  "?": { kind: "help" },
  Escape: { kind: "leave" },
};
const SHIFTED = {
  ArrowDown: { kind: "extend", step: 1 },
  ArrowUp: { kind: "extend", step: -1 },
};
// Only on a row or a column: on a link, a button or a box these keys have the browser's meaning.
const ON_THE_ROW = { Enter: { kind: "edit" }, " ": { kind: "select" } };
const ON_THE_ROW_SHIFTED = { " ": { kind: "selectChapter" } };

// `place` says where the focus is: {column: "claims", "scores" or "", onRow: the row or a column itself}.
export function actOf(event, { column = "", onRow = true } = {}) {
  if (event.altKey || event.isComposing) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey) return key === "d" && !event.shiftKey ? { kind: "copyAbove" } : null;
  const values = column === "claims" ? CLAIMS : SCORES;
  const kind = column === "claims" ? "claim" : "score";
  const digit = digitOf(event);
  if (digit in values) return writing(kind, values[digit], event);
  if (digit) return { kind: "nothing" };
  const letters = column === "claims" ? CLAIM_LETTERS : SCORE_LETTERS;
  if (key in letters) return writing(kind, letters[key], event);
  // A letter that scores does nothing where the candidate's answer is entered.
  if (key in SCORE_LETTERS) return { kind: "nothing" };
  return byKey(key, event.shiftKey, onRow);
}

function byKey(key, isShifted, onRow) {
  const shifted = { ...SHIFTED, ...(onRow ? ON_THE_ROW_SHIFTED : {}) };
  if (isShifted && key in shifted) return shifted[key];
  if (onRow && !isShifted && key in ON_THE_ROW) return ON_THE_ROW[key];
  return ACTS[key] ?? null;
}

// Without the lock, the keys of the number pad are arrows, Home, End …
function digitOf({ code, key }) {
  const place = /^(Digit|Numpad)([0-5])$/.exec(code);
  return place && (place[1] === "Digit" || /^\d$/.test(key)) ? place[2] : "";
}

// A key that is held down moves, but never writes twice.
function writing(kind, value, event) {
  return event.repeat ? { kind: "nothing" } : { kind, value };
}

// Ctrl+Z, and Ctrl+Maj+Z or Ctrl+Y, anywhere on the page but in a text.
export function undoActOf(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return "";
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" && !event.shiftKey ? "redo" : "";
}

// Ctrl+Entrée ends a text as Échap does: the text is kept, and saved.
export function endsText(event) {
  return event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey));
}

export function isTextField(element) {
  return element.matches("textarea, select, input:not([type=radio], [type=checkbox])");
}

// Arrows keep their own meaning on a radio button: they choose in its group.
export function isArrowOnRadio(event) {
  return event.key.startsWith("Arrow") && event.target.matches("input[type=radio]");
}
