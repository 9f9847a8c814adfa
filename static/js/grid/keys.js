// Which key means what, in the grid only, never in a text field. Pure: an event in, an act out.
// Digits are read by their place (event.code): on an AZERTY keyboard they need no Shift.
// Letters are read by what they write (event.key): C stands for Conforme on every keyboard.

const BY_PLACE = { 1: "compliant", 2: "partial", 3: "non_compliant", 4: "not_applicable", 5: "to_clarify", 0: "" };
const BY_LETTER = { c: "compliant", p: "partial", n: "non_compliant", s: "not_applicable", a: "to_clarify" };
const MOVES = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };
const ACTS = { e: "comment", r: "claim_text", u: "next", b: "guide", "?": "help" };

export function actOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return null;
  const place = /^(?:Digit|Numpad)([0-5])$/.exec(event.code);
  if (place) return scoring(BY_PLACE[place[1]], event);
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key in BY_LETTER) return scoring(BY_LETTER[key], event);
  if (key in MOVES) return { kind: "move", step: MOVES[key] };
  if (key in ACTS) return { kind: ACTS[key] };
  return null;
}

// A key that is held down moves, but never scores twice.
function scoring(value, event) {
  return event.repeat ? { kind: "nothing" } : { kind: "score", value };
}

export function isTextField(element) {
  return element.matches("textarea, select, input:not([type=radio], [type=checkbox])");
}

// Arrows keep their own meaning on a radio button: they choose in its group.
export function isArrowOnRadio(event) {
  return event.key.startsWith("Arrow") && event.target.matches("input[type=radio]");
}
