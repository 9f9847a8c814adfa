// Nothing that a person enters is lost, whatever the network does: requests that vanish, answers that
// vanish after the write, servers in trouble, answers in any order, values sent alone or together.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Queue, tidy } from "../../static/js/grid/queue.js";

const EDITS = 1000;
const NAMES = ["claim", "claim_text", "score", "comment"];
const FIELDS = Array.from({ length: 40 }, (_, at) => [`O-${Math.floor(at / 4)}.1`, NAMES[at % 4]]);

// The same numbers for the same seed (mulberry32): a failure can be told and run again.
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class World {
  constructor(seed) {
    this.random = numbers(seed);
    this.stored = new Map();
    this.requests = [];
    this.timers = new Map();
    this.isCalm = false;
    this.writes = 0;
    this.queue = new Queue({
      send: (edit) => this.ask(() => this.write(edit)),
      changed: () => {},
      timer: (act) => this.later(act),
      cancel: (id) => this.timers.delete(id),
    });
  }

  later(act) {
    const id = Symbol("timer");
    this.timers.set(id, act);
    return id;
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  // A request waits until the world answers it, in any order; some die before the write, some after.
  ask(write) {
    return new Promise((answer) => this.requests.push({ write, answer }));
  }

  answerOne() {
    const request = this.requests.splice(Math.floor(this.random() * this.requests.length), 1)[0];
    const luck = this.isCalm ? 1 : this.random();
    if (luck < 0.15) return request.answer({ kind: "network" });
    if (luck < 0.25) return request.answer({ kind: "server" });
    const written = request.write();
    request.answer(luck < 0.4 ? { kind: "network" } : written);
  }

  // What the server does: the same value changes nothing, another after `base` is a conflict.
  write({ key, value, base }) {
    const row = this.stored.get(key) ?? { value: "", version: 0 };
    const clean = tidy(value);
    if (row.value === clean) return { kind: "saved", version: row.version };
    if (row.version > base) return { kind: "conflict", theirs: row.value, version: row.version };
    this.writes += 1;
    this.stored.set(key, { value: clean, version: row.version + 1 });
    return { kind: "saved", version: row.version + 1 };
  }

  async sendMany(edits) {
    const whole = await this.ask(() => ({ outcomes: edits.map((edit) => this.write(edit)) }));
    return whole.outcomes ?? edits.map(() => whole);
  }

  fireOne() {
    const [id, act] = this.pick([...this.timers]);
    this.timers.delete(id);
    act();
  }

  async step() {
    if (this.requests.length && (!this.timers.size || this.random() < 0.6)) this.answerOne();
    else if (this.timers.size) this.fireOne();
    await new Promise((done) => setImmediate(done));
  }

  async settle() {
    this.isCalm = true;
    while (this.requests.length || this.timers.size) await this.step();
  }
}

function enter(world, last, number) {
  const field = world.pick(FIELDS);
  const value = `${number}${world.random() < 0.2 ? "\r\n" : ""}`;
  const entry = world.queue.entry(...field);
  last.set(entry.key, tidy(value));
  world.queue.edit(entry, value, world.random() < 0.5 ? 500 : 0);
  if (world.random() < 0.2) world.queue.flush(entry);
}

function enterMany(world, last, number) {
  const some = FIELDS.filter(() => world.random() < 0.3);
  const edits = some.map((field) => ({ entry: world.queue.entry(...field), value: `${number} ensemble` }));
  for (const { entry, value } of edits) last.set(entry.key, value);
  world.queue.editMany(edits, (sent) => world.sendMany(sent));
}

for (const seed of [1, 2, 3, 4, 5]) {
  test(`a thousand edits through a bad network: every last value is stored (seed ${seed})`, async () => {
    const world = new World(seed);
    const last = new Map();
    for (let number = 1; number <= EDITS; number += 1) {
      if (world.random() < 0.05) enterMany(world, last, number);
      else enter(world, last, number);
      while (world.random() < 0.5) await world.step();
    }
    await world.settle();
    assert.deepEqual(world.queue.unsaved, []);
    assert.ok(world.writes > 0 && last.size === FIELDS.length);
    for (const [key, value] of last) assert.equal(world.stored.get(key).value, value, key);
  });
}

test("a field has one request at a time, and only its last value is sent after it", async () => {
  const world = new World(1);
  world.isCalm = true;
  const entry = world.queue.entry("O-1.1", "score");
  for (const value of ["compliant", "partial", "non_compliant"]) world.queue.edit(entry, value);
  assert.equal(world.requests.length, 1);
  await world.settle();
  assert.equal(world.writes, 2);
  assert.equal(world.stored.get("O-1.1.score").value, "non_compliant");
});

test("many values leave in one request; a field already on its way goes alone", async () => {
  const world = new World(1);
  world.isCalm = true;
  const [busy, ...free] = FIELDS.slice(0, 4).map((field) => world.queue.entry(...field));
  world.queue.edit(busy, "avant");
  const sizes = [];
  world.queue.editMany(
    [busy, ...free].map((entry) => ({ entry, value: "ensemble" })),
    (sent) => {
      sizes.push(sent.length);
      return world.sendMany(sent);
    },
  );
  await world.settle();
  assert.deepEqual(sizes, [3]);
  for (const { key } of [busy, ...free]) assert.equal(world.stored.get(key).value, "ensemble");
});
