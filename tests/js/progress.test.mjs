// What the page believes of the counts that the server tells.
import assert from "node:assert/strict";
import { test } from "node:test";

import { newest, Progress } from "../../static/js/grid/progress.js";

const counts = (as_of, scored) => ({ as_of, scored, total: 3, answered: 0 });

test("an answer that was overtaken on the way changes nothing", () => {
  assert.deepEqual(newest(undefined, counts(1, 1)), counts(1, 1));
  assert.deepEqual(newest(counts(2, 2), counts(1, 1)), counts(2, 2));
  assert.deepEqual(newest(counts(2, 2), counts(3, 1)), counts(3, 1));
});

test("what is shown once all is saved is the newest, told while something still waited", () => {
  const elements = {
    "[data-progress]": { textContent: "Points notés\u00a0: 1 sur 3\u202f; réponses saisies\u00a0: 0" },
    ".grid-bar progress": {},
    "[data-missing]": {},
  };
  const progress = new Progress({ querySelector: (selector) => elements[selector] });
  progress.fromServer({ counters: counts(3, 3) }, true);
  assert.match(elements["[data-progress]"].textContent, /1 sur 3/);
  progress.fromServer({ counters: counts(2, 2) }, false);
  assert.match(elements["[data-progress]"].textContent, /3 sur 3/);
  assert.equal(elements["[data-missing]"].hidden, true);
});
