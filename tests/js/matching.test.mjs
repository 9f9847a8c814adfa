// Which points the filter shows: the rule that the server applies too (tests/e2e/test_grid_views.py
// compares both on the same points).
import assert from "node:assert/strict";
import { test } from "node:test";

import { countInWords, filtersOf, fold, keeps } from "../../static/js/grid/matching.js";

const POINT = {
  text: fold("O-7.1 Protection contre les virus et les intrusions. Mise à jour de l’antivirus."),
  chapter: "7",
  isKnockOut: false,
  isNew: false,
  isMine: false,
  work: { score: "", claim: "", claimText: "", comment: "" },
};
const point = (changes = {}, work = {}) => ({ ...POINT, ...changes, work: { ...POINT.work, ...work } });
const asks = (query, one = POINT) => keeps(filtersOf(new URLSearchParams(query)), one);

test("a search finds words whatever their accents, capitals, ligatures and order", () => {
  assert.equal(fold("Œuvre ÉDITÉE à Noël"), "oeuvre editee a noel");
  assert.ok(asks("q=VIRUS+protéction"));
  assert.ok(asks("q=o-7"));
  assert.ok(!asks("q=virus+sauvegarde"));
});

test("nothing asked, or nothing understood, shows everything", () => {
  for (const query of ["", "q=", "note=inconnue", "reponse=&chapitre="]) assert.ok(asks(query), query);
});

test("each score and each claim has its word", () => {
  const words = { conforme: "compliant", partiel: "partial", "non-conforme": "non_compliant" };
  for (const [word, score] of Object.entries(words)) {
    assert.ok(asks(`note=${word}`, point({}, { score })));
    assert.ok(!asks(`note=${word}`));
  }
  assert.ok(asks("note=non-notes"));
  assert.ok(asks("reponse=nc", point({}, { claim: "not_concerned" })));
});

test("a text alone is an answer", () => {
  assert.ok(asks("reponse=sans-reponse"));
  assert.ok(asks("reponse=sans-reponse", point({}, { claimText: "  \n" })));
  assert.ok(!asks("reponse=sans-reponse", point({}, { claimText: "Voir l’annexe." })));
});

test("a gap is a yes of the candidate that the buyer, having decided, does not follow", () => {
  assert.ok(asks("ecart=oui", point({}, { claim: "yes", score: "partial" })));
  assert.ok(!asks("ecart=oui", point({}, { claim: "yes", score: "compliant" })));
  assert.ok(!asks("ecart=oui", point({}, { claim: "yes" })));
  assert.ok(!asks("ecart=oui", point({}, { claim: "no", score: "partial" })));
});

test("a reminder answers to what is written, never to what is scored", () => {
  const reminder = { ...POINT, work: null };
  assert.ok(asks("q=virus&chapitre=7", reminder));
  for (const query of ["note=non-notes", "reponse=sans-reponse", "commentaire=sans", "ecart=oui", "nouveau=oui"]) {
    assert.ok(!asks(query, reminder), query);
  }
});

test("what is asked adds up", () => {
  const one = point({ isKnockOut: true, isMine: true, isNew: true }, { comment: "Vu." });
  assert.ok(asks("eliminatoires=oui&mes=oui&nouveau=oui&commentaire=avec&chapitre=7", one));
  assert.ok(!asks("eliminatoires=oui&mes=oui&nouveau=oui&commentaire=avec&chapitre=9", one));
});

test("the count is said as the server says it", () => {
  assert.deepEqual([countInWords(23, 118), countInWords(118, 118), countInWords(1, 1), countInWords(0, 1)], [
    "23 sur 118",
    "118 points",
    "1 point",
    "0 sur 1",
  ]);
});
