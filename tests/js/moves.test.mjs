// Where the keys lead, in a page of three chapters.
import assert from "node:assert/strict";
import { test } from "node:test";

import { chapterStart, refOf } from "../../static/js/grid/moves.js";

const chapters = [{}, {}, {}];
const shown = [0, 0, 1, 1, 1, 2].map((chapter) => ({ parentElement: chapters[chapter] }));

test("a point is reached by its number, however it is typed", () => {
  for (const typed of ["7.1", " 7.1 ", "O-7.1", "o7.1", "o 7.1", "O - 7.1"]) assert.equal(refOf(typed), "O-7.1");
  assert.equal(refOf("HDS-4.2"), "HDS-4.2");
  assert.equal(refOf("chiffrement"), "chiffrement");
});

test("Page moves by chapter, going back to the start of this one first", () => {
  assert.equal(chapterStart(shown, shown[0], 1), shown[2]);
  assert.equal(chapterStart(shown, shown[3], 1), shown[5]);
  assert.equal(chapterStart(shown, shown[5], 1), shown[5]);
  assert.equal(chapterStart(shown, shown[4], -1), shown[2]);
  assert.equal(chapterStart(shown, shown[2], -1), shown[0]);
  assert.equal(chapterStart(shown, shown[0], -1), shown[0]);
});
