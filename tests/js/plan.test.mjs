// What a change of many points says before it is made.
import assert from "node:assert/strict";
import { test } from "node:test";

import { planInWords, planLabel, planOf } from "../../static/js/grid/plan.js";

const point = (number, value, more = {}) => ({ ref: `O-1.${number}`, value, offers: true, isStuck: false, ...more });

test("what changes, what is already so, what cannot and what waits are counted apart", () => {
  const points = [
    point(1, ""),
    point(2, "no"),
    point(3, "not_concerned"),
    point(4, "", { offers: false }),
    point(5, "yes", { isStuck: true }),
  ];
  const change = { field: "claim", value: "not_concerned" };
  const plan = planOf(points, change);
  assert.deepEqual(plan.edits, [
    { ref: "O-1.1", field: "claim", value: "not_concerned" },
    { ref: "O-1.2", field: "claim", value: "not_concerned" },
  ]);
  assert.equal(
    planInWords(plan),
    "5 points\u00a0: 2 à modifier, 1 déjà identique, 1 sans cette réponse possible, 1 en conflit",
  );
  assert.equal(planLabel(plan, change), "2 points, réponse NC");
});

test("a text is added under the comment that is there, never twice", () => {
  const change = { field: "comment", text: "Preuve à fournir." };
  const plan = planOf([point(1, ""), point(2, "Vu."), point(3, "Vu.\nPreuve à fournir.")], change);
  assert.deepEqual(plan.edits.map(({ value }) => value), ["Preuve à fournir.", "Vu.\nPreuve à fournir."]);
  assert.equal(planInWords(plan), "3 points\u00a0: 2 à modifier, 1 déjà identique");
  assert.equal(planLabel(plan, change), "2 points, commentaire complété");
});

test("no text is nothing to add", () => {
  assert.deepEqual(planOf([point(1, "Vu.")], { field: "comment", text: "" }).edits, []);
});

test("erasing says so", () => {
  const change = { field: "score", value: "" };
  const plan = planOf([point(1, "partial")], change);
  assert.equal(planLabel(plan, change), "1 point, note effacée");
});
