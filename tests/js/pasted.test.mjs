// What the page sends with a text to paste.
import assert from "node:assert/strict";
import { test } from "node:test";

import { count, sized, versionsText } from "../../static/js/grid/pasted.js";

test("the versions sent are the newest that the page knows of each row", () => {
  const rows = { all: [{ id: "O-1.1" }, { id: "O-7.1" }] };
  const versions = new Map([["O-1.1", [2, 3]], ["O-7.1", [0, 0]]]);
  const entries = new Map([["O-1.1.claim_text", { base: 5 }], ["O-1.1.comment", { base: 1 }]]);
  assert.equal(versionsText({ rows, versions, queue: { entries } }), "O-1.1:5:3 O-7.1:0:0");
});

test("a text too long is not sent, and its sentence says what to do", () => {
  assert.equal(sized("a".repeat(1_000_000)), "");
  assert.match(sized("a".repeat(1_000_001)), /en plusieurs fois/);
});

test("one value is not several", () => {
  assert.equal(count(1), "1 valeur collée");
  assert.equal(count(2), "2 valeurs collées");
});
