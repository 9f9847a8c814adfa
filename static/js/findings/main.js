// The page of findings at work: two keystrokes a point, each change saved by itself. Without this module
// the page is a plain form. The rows, the queue, the network, the line of state and the conflicts are
// those of the grid.
import { followBar } from "../grid/bar.js";
import { Conflicts } from "../grid/conflict.js";
import { catchUp, guardUnsaved, replay } from "../grid/keeping.js";
import { endsText, isArrowOnRadio, isTextField } from "../grid/keys.js";
import { isOn } from "../grid/preferences.js";
import { Queue } from "../grid/queue.js";
import { Rows, splitName } from "../grid/rows.js";
import { Stash } from "../grid/stash.js";
import { Status } from "../grid/status.js";
import { Transport } from "../grid/transport.js";
import { actOf } from "./keys.js";

const TYPING_PAUSE = 500;

// A finding also says for which role it is, and which version of the claim was read.
class FindingTransport extends Transport {
  constructor(form, answers) {
    super(form);
    this.answers = answers;
  }

  request(edit) {
    const request = super.request(edit);
    request.body.set("role", this.form.dataset.role);
    request.body.set("answer", this.answers.get(edit.ref) ?? 0);
    return request;
  }
}

class Findings {
  constructor(form) {
    this.form = form;
    this.rows = new Rows(form, () => {});
    this.versions = readVersions(form.elements.versions.value, 0);
    this.transport = new FindingTransport(form, readVersions(form.elements.versions.value, 1));
    this.queue = new Queue({
      send: (edit) => this.transport.send(edit),
      changed: (entry, answer) => this.changed(entry, answer),
    });
    this.stash = new Stash(form.dataset);
    this.status = new Status({
      line: form.querySelector(".save-state"),
      alert: form.querySelector(".save-alert"),
      queue: this.queue,
      rows: this.rows,
    });
    this.status.signIn = () => open(form.dataset.signIn);
    this.conflicts = new Conflicts({ rows: this.rows, queue: this.queue, wrote: () => {} });
    this.asOf = 0;
    for (const part of form.querySelectorAll("[data-plain]")) part.remove();
    for (const part of form.querySelectorAll("[data-scripted]")) part.hidden = false;
    followBar(form.querySelector(".grid-bar"));
    this.listen();
    catchUp({ form: this.form, rows: this.rows });
    replay({ stash: this.stash, rows: this.rows, queue: this.queue });
  }

  listen() {
    this.form.addEventListener("submit", (event) => this.onSubmit(event));
    this.form.addEventListener("change", ({ target }) => isTextField(target) || this.save(target));
    this.form.addEventListener("input", ({ target }) => isTextField(target) && this.save(target, TYPING_PAUSE));
    this.form.addEventListener("focusout", ({ target }) => this.onLeave(target));
    this.form.addEventListener("keydown", (event) => this.onKey(event));
    addEventListener("online", () => this.queue.retryNow());
    addEventListener("focus", () => this.queue.retryNow());
    guardUnsaved(this);
  }

  // -- What the person does --------------------------------------------------------------------

  onKey(event) {
    const row = this.rows.of(event.target);
    if (!row) return;
    if (isTextField(event.target)) {
      if (endsText(event)) this.rows.focus(row);
      return;
    }
    if (!isOn("shortcuts") || isArrowOnRadio(event) || event.target.closest(".conflict")) return;
    const act = actOf(event);
    if (!act) return;
    event.preventDefault();
    this[act.kind](row, act);
  }

  find(row, { value }) {
    this.write(row.id, "finding", value);
    if (value) this.rows.focus(this.nextLeft(row) ?? row);
  }

  move(row, { step }) {
    this.rows.focus(this.rows.neighbour(row, step));
  }

  next(row) {
    this.rows.focus(this.nextLeft(row));
  }

  comment(row) {
    this.rows.controls(row.id, "comment")[0].focus();
  }

  share(row) {
    this.write(row.id, "sharing", this.rows.value(row.id, "sharing") ? "" : "shared");
  }

  guide(row) {
    const guide = row.querySelector("details");
    guide.open = !guide.open;
  }

  // The buttons of a row name it; those of the page without this module are gone.
  onSubmit(event) {
    event.preventDefault();
    const { name, value: ref } = event.submitter ?? {};
    const row = this.rows.byRef(ref);
    if (name === "confirmer") this.write(ref, "finding", this.rows.value(ref, "finding"));
    if (name === "effacer") this.write(ref, "finding", "");
    if (row) this.rows.focus(row);
  }

  // The next point after this one that waits for a finding; past the end, from the start.
  nextLeft(row) {
    const at = this.rows.all.indexOf(row);
    const order = [...this.rows.all.slice(at + 1), ...this.rows.all.slice(0, at)];
    return order.find((one) => !this.rows.isScored(one) || "outdated" in one.dataset) ?? null;
  }

  // -- Saving ----------------------------------------------------------------------------------

  entry(ref, field) {
    return this.queue.entry(ref, field, this.versions.get(ref));
  }

  save(control, delay = 0) {
    const [ref, field] = splitName(control.name ?? "");
    if (this.rows.byRef(ref)) this.queue.edit(this.entry(ref, field), this.rows.value(ref, field), delay);
  }

  write(ref, field, value) {
    this.rows.write(ref, field, value);
    this.queue.edit(this.entry(ref, field), value);
  }

  onLeave(control) {
    if (!control.name || !isTextField(control)) return;
    this.queue.flush(this.entry(...splitName(control.name)));
  }

  changed(entry, answer) {
    if (entry.state === "clean") this.status.savedAt = new Date();
    if (answer?.counters) this.settled(entry, answer.counters);
    this.status.mark(entry.ref);
    this.conflicts.show(entry);
    this.status.update();
    this.stash.keep(this.queue.unsaved);
  }

  // The finding now stands on the claim that the page shows.
  settled({ ref, field }, counters) {
    if (field === "finding") {
      const row = this.rows.byRef(ref);
      delete row.dataset.outdated;
      for (const part of row.querySelectorAll(".finding-outdated, .finding-signed")) part.remove();
    }
    this.count(counters);
  }

  // Answers may overtake each other on the way: only the latest counts.
  count({ as_of: asOf, left, total }) {
    if (asOf < this.asOf) return;
    this.asOf = asOf;
    const text = `Constats à donner\u00a0: ${left} sur ${total}`;
    const bar = this.form.querySelector(".grid-bar progress");
    bar.value = total - left;
    bar.setAttribute("aria-label", text);
    bar.previousElementSibling.textContent = text;
  }
}

// « O-7.1:3:5 » → the version of the finding (place 0), or of the claim (place 1)
function readVersions(text, place) {
  return new Map(
    text.split(" ").filter(Boolean).map((word) => {
      const [ref, ...numbers] = word.split(":");
      return [ref, Number(numbers[place])];
    }),
  );
}

const form = document.getElementById("constats");
if (form) {
  new Findings(form);
  form.dataset.ready = "oui";
}
