// What « Annuler » and « Rétablir » take back, one act at a time.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Steps } from "../../static/js/grid/steps.js";

const edit = (before, value, more = {}) => ({ ref: "O-7.1", field: "score", before, value, ...more });
const values = (done) => done.edits.map(({ ref, value }) => [ref, value]);

test("each act is taken back, last first, then made again", () => {
  const steps = new Steps();
  steps.add(edit("", "compliant"));
  steps.add(edit("compliant", "partial"));
  assert.deepEqual(values(steps.undo()), [["O-7.1", "compliant"]]);
  assert.deepEqual(values(steps.undo()), [["O-7.1", ""]]);
  assert.equal(steps.undo(), null);
  assert.deepEqual(values(steps.redo()), [["O-7.1", "compliant"]]);
  assert.deepEqual(values(steps.redo()), [["O-7.1", "partial"]]);
  assert.equal(steps.redo(), null);
});

test("an act on many points is one step, last edit first", () => {
  const steps = new Steps();
  const act = { label: "3 notes" };
  for (const ref of ["O-1.1", "O-1.2", "O-1.3"]) steps.add(edit("", "partial", { ref, act }));
  assert.equal(steps.past.length, 1);
  assert.deepEqual(values(steps.undo()), [["O-1.3", ""], ["O-1.2", ""], ["O-1.1", ""]]);
  assert.equal(steps.undo(), null);
});

test("what is typed in one text is one step until the text is left", () => {
  const steps = new Steps();
  const type = (before, value) => steps.add(edit(before, value, { field: "comment", isTyped: true }));
  type("", "V");
  type("V", "Vu");
  steps.close();
  type("Vu", "Vu.");
  assert.deepEqual(values(steps.undo()), [["O-7.1", "Vu"]]);
  assert.deepEqual(values(steps.undo()), [["O-7.1", ""]]);
});

test("a text typed then erased is no step", () => {
  const steps = new Steps();
  steps.add(edit("", "V", { field: "comment", isTyped: true }));
  steps.add(edit("V", "", { field: "comment", isTyped: true }));
  assert.equal(steps.undo(), null);
});

test("a new act forgets what could be made again", () => {
  const steps = new Steps();
  steps.add(edit("", "compliant"));
  steps.undo();
  steps.add(edit("", "partial"));
  assert.equal(steps.redo(), null);
});

test("two hundred steps are kept, the oldest are let go", () => {
  const steps = new Steps();
  for (let turn = 0; turn < 250; turn += 1) steps.add(edit(String(turn), String(turn + 1)));
  let last = null;
  let number = 0;
  for (let done = steps.undo(); done; done = steps.undo()) [last, number] = [done, number + 1];
  assert.equal(number, 200);
  assert.deepEqual(values(last), [["O-7.1", "50"]]);
});

test("each edit tells what the page shows if nobody changed it since", () => {
  const steps = new Steps();
  steps.add(edit("compliant", "partial"));
  assert.equal(steps.undo().edits[0].seen, "partial");
  assert.equal(steps.redo().edits[0].seen, "compliant");
});
