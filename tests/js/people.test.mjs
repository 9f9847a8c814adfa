// What is said of the others, what counts as news, and where a chapter stands.
import assert from "node:assert/strict";
import { test } from "node:test";

import { stateOf } from "../../static/js/grid/chapters.js";
import { isNews } from "../../static/js/grid/news.js";
import { inWords } from "../../static/js/grid/presence.js";

const person = (name, place = "") => ({ name, place });

test("nobody else is nothing to say", () => {
  assert.equal(inWords([]), "");
});

test("the others are named with their chapter, two at most, then counted", () => {
  const paul = person("Paul Durand", "le chapitre 4");
  const anne = person("Anne Petit");
  assert.equal(inWords([paul]), "Paul Durand travaille sur le chapitre 4");
  assert.equal(inWords([anne]), "Anne Petit est aussi ici");
  assert.equal(inWords([anne, paul]), "Anne Petit est aussi ici, Paul Durand sur le chapitre 4");
  assert.match(inWords([paul, anne, anne]), /, Anne Petit et 1 autre personne$/);
  assert.match(inWords([paul, anne, anne, anne]), / et 2 autres personnes$/);
});

test("a change is shown only when it is newer, and never over what waits to be saved", () => {
  assert.equal(isNews({ version: 3 }, { state: "clean", base: 2 }), true);
  assert.equal(isNews({ version: 2 }, { state: "clean", base: 2 }), false);
  for (const state of ["waiting", "sending", "failed", "conflict", "refused"]) {
    assert.equal(isNews({ version: 3 }, { state, base: 2 }), false);
  }
});

test("a chapter is finished only when somebody says so and nothing is missing", () => {
  const chapter = { total: 4, done: 0, started: false, finished: false };
  assert.equal(stateOf(chapter), "todo");
  assert.equal(stateOf({ ...chapter, started: true }), "current");
  assert.equal(stateOf({ ...chapter, done: 4 }), "current");
  assert.equal(stateOf({ ...chapter, done: 4, finished: true }), "done");
  assert.equal(stateOf({ ...chapter, done: 3, finished: true }), "fix");
  assert.equal(stateOf({ ...chapter, total: 0 }), "done");
});
