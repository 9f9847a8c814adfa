// Which key does what, on the two keyboards of the hospitals.
import assert from "node:assert/strict";
import { test } from "node:test";

import { actOf, endsText, undoActOf } from "../../static/js/grid/keys.js";

const AZERTY = { 1: "&", 2: "é", 3: '"', 4: "'", 5: "(", 0: "à" };
const SCORES = { 1: "compliant", 2: "partial", 3: "non_compliant", 4: "not_applicable", 5: "to_clarify", 0: "" };
const press = (key, options = {}) => ({ key, code: "", ...options });
const digit = (number, key, options = {}) => press(key, { code: `Digit${number}`, ...options });

test("the digits score by their place, on AZERTY and on QWERTY, with Shift or without", () => {
  for (const [number, value] of Object.entries(SCORES)) {
    const wanted = { kind: "score", value };
    assert.deepEqual(actOf(digit(number, AZERTY[number])), wanted);
    assert.deepEqual(actOf(digit(number, number)), wanted);
    assert.deepEqual(actOf(digit(number, number, { shiftKey: true })), wanted);
    assert.deepEqual(actOf(press(number, { code: `Numpad${number}` })), wanted);
  }
});

test("the number pad without its lock moves and never scores", () => {
  assert.deepEqual(actOf(press("End", { code: "Numpad1" })), { kind: "edge", step: 1 });
  assert.deepEqual(actOf(press("ArrowDown", { code: "Numpad2" })), { kind: "move", step: 1 });
});

test("in the column of the answer the digits say OUI, NON, NC, and no letter scores", () => {
  const place = { column: "claims" };
  const answers = { 1: "yes", 2: "no", 3: "not_concerned", 0: "" };
  for (const [number, value] of Object.entries(answers)) {
    assert.deepEqual(actOf(digit(number, AZERTY[number]), place), { kind: "claim", value });
  }
  assert.deepEqual(actOf(press("n"), place), { kind: "claim", value: "no" });
  for (const letter of ["c", "p", "s", "a"]) assert.deepEqual(actOf(press(letter), place), { kind: "nothing" });
  for (const number of [4, 5]) assert.deepEqual(actOf(digit(number, AZERTY[number]), place), { kind: "nothing" });
});

test("no combination of the browser or of a screen reader is taken", () => {
  for (const key of ["a", "c", "f", "g", "j", "k", "n", "p", "r", "s", "t", "u", "1", "Home", "End", "Enter", " "]) {
    for (const held of ["ctrlKey", "altKey", "metaKey"]) {
      const event = press(key, { [held]: true, code: key === "1" ? "Digit1" : "" });
      assert.equal(actOf(event), null, `${held} ${key}`);
    }
  }
  assert.equal(actOf(press("Tab")), null);
  assert.equal(actOf(press("F5")), null);
  assert.equal(actOf(press("d", { ctrlKey: true, altKey: true })), null); // AltGr
});

test("Enter and Space keep the meaning of the browser on a link, a button or a box", () => {
  for (const key of ["Enter", " "]) {
    assert.equal(actOf(press(key), { onRow: false }), null);
    assert.equal(actOf(press(key, { shiftKey: true }), { onRow: false }), null);
  }
  assert.deepEqual(actOf(press("Enter")), { kind: "edit" });
  assert.deepEqual(actOf(press(" ")), { kind: "select" });
  assert.deepEqual(actOf(press(" ", { shiftKey: true })), { kind: "selectChapter" });
});

test("a key that is held down writes once", () => {
  assert.deepEqual(actOf(digit(1, "&", { repeat: true })), { kind: "nothing" });
  assert.deepEqual(actOf(press("c", { repeat: true })), { kind: "nothing" });
  assert.deepEqual(actOf(press("ArrowDown", { repeat: true })), { kind: "move", step: 1 });
});

test("Shift and an arrow extend the selection; Ctrl+D copies", () => {
  assert.deepEqual(actOf(press("ArrowDown", { shiftKey: true })), { kind: "extend", step: 1 });
  assert.deepEqual(actOf(press("d", { ctrlKey: true })), { kind: "copyAbove" });
  assert.equal(actOf(press("D", { ctrlKey: true, shiftKey: true })), null);
});

test("Ctrl+Z undoes by what the key writes, wherever Z is on the keyboard", () => {
  assert.equal(undoActOf(press("z", { ctrlKey: true, code: "KeyW" })), "undo");
  assert.equal(undoActOf(press("Z", { ctrlKey: true, shiftKey: true, code: "KeyZ" })), "redo");
  assert.equal(undoActOf(press("y", { ctrlKey: true })), "redo");
  assert.equal(undoActOf(press("z")), "");
  assert.equal(undoActOf(press("z", { ctrlKey: true, altKey: true })), "");
});

test("Échap and Ctrl+Entrée end a text; Entrée alone is a new line", () => {
  assert.ok(endsText(press("Escape")) && endsText(press("Enter", { ctrlKey: true })));
  assert.ok(!endsText(press("Enter")));
});
