// Where a comment kept ready goes, which ones are found, and in what order they are offered.
import assert from "node:assert/strict";
import { test } from "node:test";

import { inserted, matches, ranked } from "../../static/js/grid/insertion.js";

test("a text comes alone, at the caret, or after what is written, and the caret follows it", () => {
  assert.deepEqual(inserted("", "Donnez une date."), { value: "Donnez une date.", caret: 16 });
  assert.deepEqual(inserted("Vu.", "À dater."), { value: "Vu.\nÀ dater.", caret: 12 });
  assert.deepEqual(inserted("Vu. Fin.", "À dater.", 3), { value: "Vu. À dater. Fin.", caret: 12 });
  assert.deepEqual(inserted("Vu. ", "À dater.", 4), { value: "Vu. À dater.", caret: 12 });
  assert.deepEqual(inserted("Avant après", "X", 6), { value: "Avant X après", caret: 7 });
});

test("nothing of a comment is ever lost by an insertion", () => {
  const comment = "Un texte, en\ndeux lignes.";
  for (let caret = 0; caret <= comment.length; caret += 1) {
    const { value } = inserted(comment, "MODÈLE", caret);
    assert.equal(value.replace(/ ?MODÈLE ?/, "").replace(/\s/g, ""), comment.replace(/\s/g, ""));
  }
});

test("every word of the search is found whatever accents and capitals", () => {
  assert.ok(matches("Échéance à préciser", "preciser ECHEANCE"));
  assert.ok(matches("Échéance", ""));
  assert.ok(!matches("Échéance à préciser", "échéance délai"));
});

test("the comments of the score come first, then those of every score", () => {
  const items = ["compliant", "", "partial", ""].map((score, at) => ({ at, dataset: { score } }));
  const order = (score) => ranked(items, score).map(({ at }) => at);
  assert.deepEqual(order("partial"), [2, 1, 3, 0]);
  assert.deepEqual(order(""), [1, 3, 0, 2]);
});
