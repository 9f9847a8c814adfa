// Which key means what on the page of findings, never in a text field. Pure: an event in, an act out.
// Digits are read by their place, as in the grid: on an AZERTY keyboard they need no Shift.

const VALUES = { 1: "favourable", 2: "reserved", 3: "unfavourable", 4: "question", 0: "" };
const ACTS = {
  j: { kind: "move", step: 1 },
  k: { kind: "move", step: -1 },
  ArrowDown: { kind: "move", step: 1 },
  ArrowUp: { kind: "move", step: -1 },
  u: { kind: "next" },
  e: { kind: "comment" },
  p: { kind: "share" },
  b: { kind: "guide" },
};

export function actOf({ code, key, altKey, ctrlKey, metaKey, isComposing, repeat }) {
  if (altKey || ctrlKey || metaKey || isComposing) return null;
  const place = /^(Digit|Numpad)([0-4])$/.exec(code);
  const digit = place && (place[1] === "Digit" || /^\d$/.test(key)) ? place[2] : "";
  // A key that is held down moves, but never writes twice.
  if (digit) return repeat ? null : { kind: "find", value: VALUES[digit] };
  return ACTS[key.length === 1 ? key.toLowerCase() : key] ?? null;
}
