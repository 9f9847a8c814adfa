// The form of a candidate behind a personal link: each change is saved by itself. Without this module
// the page is a plain form with its buttons. The queue, the network, the line of state, the conflicts
// and what survives a reload are those of the grid.
import { Conflicts } from "../grid/conflict.js";
import { catchUp, guardUnsaved, replay } from "../grid/keeping.js";
import { Queue } from "../grid/queue.js";
import { Stash } from "../grid/stash.js";
import { Status } from "../grid/status.js";
import { Transport } from "../grid/transport.js";
import { Files } from "./files.js";
import { Points } from "./points.js";

const TYPING_PAUSE = 500;

class Answers {
  constructor(form) {
    this.form = form;
    this.points = new Points(form);
    this.transport = new Transport(form);
    this.queue = new Queue({
      send: (edit) => this.transport.send(edit),
      changed: (entry, answer) => this.changed(entry, answer),
    });
    this.versions = readVersions(form.elements.versions.value);
    this.stash = new Stash(form.dataset);
    this.status = new Status({
      line: form.querySelector(".save-state"),
      alert: form.querySelector(".save-alert"),
      queue: this.queue,
      rows: this.points,
    });
    this.conflicts = new Conflicts({ rows: this.points, queue: this.queue, wrote: () => {} });
    this.files = new Files(form, this);
    this.asOf = 0;
    this.leavingFor = "";
    for (const button of form.querySelectorAll("[data-plain]")) button.remove();
    for (const link of form.querySelectorAll("[data-scripted]")) link.hidden = false;
    this.listen();
    catchUp({ form: this.form, rows: this.points });
    replay({ stash: this.stash, rows: this.points, queue: this.queue });
  }

  listen() {
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", ({ target }) => target.type === "radio" && this.save(target));
    this.form.addEventListener("input", ({ target }) => target.type === "textarea" && this.save(target, TYPING_PAUSE));
    this.form.addEventListener("focusout", ({ target }) => this.onLeave(target));
    document.addEventListener("click", (event) => this.onLink(event));
    addEventListener("online", () => this.queue.retryNow());
    addEventListener("focus", () => this.queue.retryNow());
    guardUnsaved(this);
  }

  save(control, delay = 0) {
    const name = this.points.nameOf(control);
    if (name) this.queue.edit(this.entry(...name), this.points.value(...name), delay);
  }

  onLeave(control) {
    const name = control.type === "textarea" && this.points.nameOf(control);
    if (name) this.queue.flush(this.entry(...name));
  }

  entry(ref, field) {
    return this.queue.entry(ref, field, this.versions.get(ref));
  }

  changed(entry, answer) {
    if (entry.state === "clean") this.status.savedAt = new Date();
    if (answer?.counters) this.count(answer.counters);
    this.status.mark(entry.ref);
    this.conflicts.show(entry);
    this.status.update();
    this.stash.keep(this.queue.unsaved);
    this.leave();
  }

  // Answers may overtake each other on the way: only the latest counts.
  count({ as_of: asOf, answered, total }) {
    if (asOf < this.asOf) return;
    this.asOf = asOf;
    const text = `Points répondus : ${answered} sur ${total}`;
    const bar = this.form.querySelector(".grid-bar progress");
    bar.value = answered;
    bar.setAttribute("aria-label", text);
    bar.previousElementSibling.textContent = text;
  }

  // A link that is followed while a text is on its way waits for it: nobody is asked whether to leave.
  onLink(event) {
    const link = event.target.closest("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || isInPage(link)) return;
    const pending = this.queue.unsaved.filter(isOnItsWay);
    if (!pending.length) return;
    event.preventDefault();
    this.leavingFor = link.href;
    for (const entry of pending) this.queue.flush(entry);
  }

  leave() {
    const unsaved = this.queue.unsaved;
    if (this.leavingFor && !unsaved.length) location.assign(this.leavingFor);
    if (!unsaved.every(isOnItsWay)) this.leavingFor = "";
  }
}

const isOnItsWay = ({ state }) => state === "waiting" || state === "sending";
const isInPage = (link) => link.hash && link.pathname === location.pathname;

function readVersions(text) {
  const words = text.split(" ").filter(Boolean).map((word) => word.split(":"));
  return new Map(words.map(([ref, answer]) => [ref, Number(answer)]));
}

const form = document.getElementById("reponses");
if (form) {
  new Answers(form);
  form.dataset.ready = "oui";
}
