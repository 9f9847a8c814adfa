// The queue of each field: one request at a time a field, in order, only the last value counts.
// It knows neither the page nor the network: it is given `send`, and tells `changed`.
//
// States of an entry: clean · waiting (to be sent) · sending · failed (will be tried again)
//                     · conflict (a person must choose) · refused (a person must change it)

const BACK_OFF = [1, 2, 4, 8, 16, 30];

export const tidy = (value) => value.replace(/\r\n?/g, "\n").trim();

export class Queue {
  constructor({ send, changed, timer = (act, ms) => setTimeout(act, ms), cancel = (id) => clearTimeout(id) }) {
    Object.assign(this, { send, changed, timer, cancel });
    this.entries = new Map();
    this.failures = 0;
  }

  // `base` is the version of the row at which this field was read.
  entry(ref, field, base = 0) {
    const key = `${ref}.${field}`;
    if (!this.entries.has(key)) {
      this.entries.set(key, { key, ref, field, base, value: "", state: "clean", unsure: [] });
    }
    return this.entries.get(key);
  }

  edit(entry, value, delay = 0) {
    entry.value = value;
    if (entry.state === "conflict") return this.changed(entry);
    if (entry.state !== "sending") entry.state = "waiting";
    this.cancel(entry.timer);
    if (delay) entry.timer = this.timer(() => this.pump(entry), delay);
    this.changed(entry);
    if (!delay) this.pump(entry);
  }

  // Several values in one request: `edits` are {entry, value}, and `sendAll` answers in their order.
  // A field whose request is under way, or in conflict, goes its own way.
  async editMany(edits, sendAll) {
    const isFree = ({ entry }) => !entry.busy && entry.state !== "conflict";
    const together = edits.filter(isFree);
    for (const { entry, value } of edits.filter((edit) => !isFree(edit))) this.edit(entry, value);
    if (!together.length) return;
    for (const { entry, value } of together) {
      this.cancel(entry.timer);
      Object.assign(entry, { value, state: "sending", busy: true });
    }
    for (const { entry } of together) this.changed(entry);
    const answers = await sendAll(together.map(({ entry, value }) => ({ ...entry, value })));
    for (const { entry } of together) entry.busy = false;
    together.forEach(({ entry, value }, at) => this.settle(entry, value, answers[at]));
  }

  // What waits for the end of a word is sent now.
  flush(entry) {
    this.cancel(entry.timer);
    if (entry.state === "waiting") this.pump(entry);
  }

  async pump(entry) {
    if (entry.busy || !["waiting", "failed"].includes(entry.state)) return;
    entry.busy = true;
    entry.state = "sending";
    const value = entry.value;
    this.changed(entry);
    const answer = await this.send({ ...entry, value });
    entry.busy = false;
    this.settle(entry, value, answer);
  }

  settle(entry, value, answer) {
    entry.answer = answer;
    if (answer.kind === "saved") return this.saved(entry, value, answer);
    if (answer.kind === "conflict") return this.conflict(entry, answer);
    if (answer.kind === "refused") {
      entry.state = tidy(entry.value) === tidy(value) ? "refused" : "waiting";
      this.changed(entry);
      return this.pump(entry);
    }
    // The request may have been written all the same: see conflict().
    if (answer.kind !== "session") entry.unsure.push(tidy(value));
    entry.state = "failed";
    this.retryLater(answer.kind);
    this.changed(entry);
  }

  saved(entry, value, answer) {
    entry.base = answer.version;
    entry.unsure = [];
    entry.state = tidy(entry.value) === tidy(value) ? "clean" : "waiting";
    this.failures = 0;
    this.changed(entry, answer);
    this.pump(entry);
    this.retryNow();
  }

  conflict(entry, answer) {
    const theirs = tidy(answer.theirs);
    if (theirs === tidy(entry.value)) return this.saved(entry, entry.value, answer);
    if (entry.unsure.includes(theirs)) {
      // It was ours: the answer had been lost on the way.
      entry.base = answer.version;
      entry.unsure = [];
      entry.state = "waiting";
      return this.pump(entry);
    }
    entry.state = "conflict";
    this.changed(entry);
  }

  // The person has seen the other value: what is sent now may replace it.
  resolve(entry, value) {
    entry.base = entry.answer.version;
    entry.state = "waiting";
    entry.value = value;
    this.changed(entry);
    this.pump(entry);
  }

  // The person takes the other value: nothing to send.
  accept(entry) {
    entry.base = entry.answer.version;
    entry.value = entry.answer.theirs;
    entry.state = "clean";
    this.changed(entry);
  }

  retryLater(kind) {
    if (this.retryTimer || kind === "session") return;
    const seconds = BACK_OFF[Math.min(this.failures, BACK_OFF.length - 1)];
    this.failures += 1;
    this.retryTimer = this.timer(() => this.retryNow(), seconds * 1000);
  }

  retryNow() {
    this.cancel(this.retryTimer);
    this.retryTimer = null;
    for (const entry of this.entries.values()) {
      if (entry.state === "failed") this.pump(entry);
    }
  }

  get unsaved() {
    return [...this.entries.values()].filter((entry) => entry.state !== "clean");
  }
}
