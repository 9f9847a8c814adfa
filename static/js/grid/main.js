// The grid at work: wires the rows, the keys, the queue and what is shown. Without this module the
// page is a plain form; with it each change is saved by itself.
//
// A feature is a class that is given the grid. It may add acts (`grid.acts.name = (act, row) => …`,
// with its key in keys.js; an act that answers false leaves the key to the browser), hear each edit
// (`grid.onEdit(({ref, field, before, value, act, isTyped}) => …)`), and write: one value
// (`grid.write(ref, field, value)`) or many as one act (`grid.writeMany([{ref, field, value}], label)`).
// Both show the values and save them; `label` names the act in « Annuler ».
import { followBar } from "./bar.js";
import { Broadcast } from "./broadcast.js";
import { Comfort } from "./comfort.js";
import { Conflicts } from "./conflict.js";
import { Departures } from "./departures.js";
import { Filters } from "./filters.js";
import { Guides } from "./guides.js";
import { catchUp, guardUnsaved, replay } from "./keeping.js";
import { actOf, endsText, isArrowOnRadio, isTextField } from "./keys.js";
import { Later } from "./later.js";
import { Moves } from "./moves.js";
import { PEOPLE } from "./people.js";
import { bindPreferences, isOn } from "./preferences.js";
import { Progress } from "./progress.js";
import { Queue } from "./queue.js";
import { Rows, splitName } from "./rows.js";
import { Selection } from "./selection.js";
import { Stash } from "./stash.js";
import { Status } from "./status.js";
import { Transport } from "./transport.js";
import { Undo } from "./undo.js";
import { Views } from "./views.js";

const TYPING_PAUSE = 500;
const FEATURES = [Broadcast, Departures, Undo, Moves, Selection, Filters, Views, Comfort, Later, ...PEOPLE];

class Grid {
  constructor(form) {
    this.form = form;
    this.page = form.closest(".assessment");
    this.rows = new Rows(form, (row) => this.enter(row));
    this.clear = Object.assign(document.createElement("button"), {
      type: "button",
      className: "point-clear",
      textContent: "Effacer",
    });
    this.transport = new Transport(form);
    this.queue = new Queue({
      send: (edit) => this.transport.send(edit),
      changed: (entry, answer) => this.changed(entry, answer),
    });
    this.versions = readVersions(form.elements.versions.value);
    this.values = new Map(); // by name of field, what was seen last; before that, what came with the page
    this.listeners = [];
    this.savedListeners = [];
    this.acts = this.ownActs();
    this.scored = new Map(this.rows.all.map((row) => [row.id, this.rows.isScored(row)]));
    this.progress = new Progress(this.page);
    this.stash = new Stash(form.dataset);
    this.guides = new Guides(form, this.page.querySelector("[data-guides-all]"));
    this.status = new Status({
      line: this.page.querySelector(".save-state"),
      alert: this.page.querySelector(".save-alert"),
      queue: this.queue,
      rows: this.rows,
    });
    this.conflicts = new Conflicts({
      rows: this.rows,
      queue: this.queue,
      wrote: (entry) => this.show(entry.ref, entry.field),
    });
    this.tidyPage();
    followBar(this.page.querySelector(".grid-bar"));
    for (const Feature of FEATURES) new Feature(this);
    this.listen();
    catchUp({ form: this.form, rows: this.rows });
    replay({ stash: this.stash, rows: this.rows, queue: this.queue, wrote: (...name) => this.show(...name) });
  }

  // Buttons that only the page without this module needs go; those that need it come.
  tidyPage() {
    for (const row of this.form.querySelectorAll(".chapter-save")) row.remove();
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn-link-plain", textContent: "Clavier (?)" });
    button.addEventListener("click", () => this.showHelp());
    this.page.querySelector(".grid-keys").append(button);
  }

  listen() {
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", (event) => this.onChange(event.target));
    this.form.addEventListener("input", (event) => this.onInput(event.target));
    this.form.addEventListener("focusout", (event) => this.onLeave(event.target));
    this.form.addEventListener("keydown", (event) => this.onKey(event));
    this.form.addEventListener("pointerover", (event) => this.offerClear(this.rows.of(event.target)));
    this.clear.addEventListener("click", () => this.erase());
    document.addEventListener("click", (event) => this.onJump(event));
    addEventListener("online", () => this.queue.retryNow());
    addEventListener("focus", () => this.queue.retryNow());
    guardUnsaved(this);
  }

  // -- What the person does --------------------------------------------------------------------

  onChange(control) {
    if (control.type !== "radio") return;
    const [ref, field] = splitName(control.name);
    this.wrote(ref, field);
    this.save(ref, field);
  }

  onInput(control) {
    if (!control.name || control.type === "radio") return;
    const [ref, field] = splitName(control.name);
    this.save(ref, field, TYPING_PAUSE);
  }

  onLeave(control) {
    if (!control.name || !isTextField(control)) return;
    this.queue.flush(this.entry(...splitName(control.name)));
  }

  onKey(event) {
    const row = this.rows.of(event.target);
    if (!row) return;
    if (isTextField(event.target)) {
      if (endsText(event)) this.rows.focus(row);
      return;
    }
    if (!isOn("shortcuts") || isArrowOnRadio(event) || event.target.closest(".conflict")) return;
    const onRow = event.target === row || event.target.matches("fieldset");
    const act = actOf(event, { column: this.rows.column, onRow });
    if (act && this.act(act, row)) event.preventDefault();
  }

  // An act that answers false leaves the key to the browser, as one that no feature has.
  act(act, row) {
    if (act.kind === "nothing") return true;
    const doIt = this.acts[act.kind];
    return Boolean(doIt) && doIt(act, row) !== false;
  }

  ownActs() {
    const type = (act, row) => this.rows.controls(row.id, act.kind)[0].focus();
    return {
      score: (act, row) => this.score(row, act.value),
      next: (act, row) => void this.rows.focus(this.rows.nextUnscored(row)),
      guide: (act, row) => this.guides.toggle(row),
      help: () => this.showHelp(),
      comment: type,
      claim_text: type,
    };
  }

  showHelp() {
    if (!this.help) {
      document.body.append(document.getElementById("aide-clavier-modele").content.cloneNode(true));
      this.help = document.getElementById("aide-clavier");
      bindPreferences(this.help);
    }
    this.help.showModal();
  }

  score(row, value) {
    this.write(row.id, "score", value);
    if (value && isOn("advance")) this.rows.focus(this.rows.nextUnscored(row) ?? row);
  }

  enter(row) {
    this.progress.enter(row);
    this.offerClear(row);
  }

  erase() {
    const row = this.rows.of(this.clear);
    this.score(row, "");
    this.rows.focus(row);
  }

  onJump(event) {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    const row = link.hasAttribute("data-next")
      ? this.rows.nextUnscored(this.rows.entered)
      : this.rows.byRef(decodeURIComponent(link.hash.slice(1)));
    if (!row) return;
    event.preventDefault();
    history.replaceState(null, "", `#${row.id}`);
    this.rows.focus(row);
  }

  // -- Saving ----------------------------------------------------------------------------------

  entry(ref, field) {
    return this.queue.entry(ref, field, this.versions.get(ref)?.[field.startsWith("claim") ? 0 : 1]);
  }

  onEdit(listener) {
    this.listeners.push(listener);
  }

  write(ref, field, value, act) {
    this.rows.write(ref, field, value);
    this.wrote(ref, field);
    this.save(ref, field, 0, act);
  }

  // One request, one act in the journal, one step to undo. `name` is an act that the server knows:
  // bulk, copy, paste, undo or redo. Without a network, each value waits in the queue of its field.
  async writeMany(edits, label, name = "bulk") {
    const act = { name, label };
    const changes = edits.map(({ ref, field, value }) => {
      this.rows.write(ref, field, value);
      this.wrote(ref, field);
      this.tell(ref, field, value, { act });
      return { entry: this.entry(ref, field), value };
    });
    let whole = null;
    await this.queue.editMany(changes, async (sent) => {
      whole = await this.transport.sendMany(sent, name);
      return whole.outcomes ?? sent.map(() => whole);
    });
    if (whole?.counters) this.progress.fromServer(whole, this.queue.unsaved.length > 0);
    return whole;
  }

  save(ref, field, delay = 0, act = undefined) {
    const value = this.rows.value(ref, field);
    this.tell(ref, field, value, { act, isTyped: delay > 0 });
    this.queue.edit(this.entry(ref, field), value, delay);
  }

  tell(ref, field, value, how) {
    const name = `${ref}.${field}`;
    const before = this.values.get(name) ?? this.rows.initial(ref, field);
    this.values.set(name, value);
    if (before === value) return;
    for (const listener of this.listeners) listener({ ref, field, before, value, ...how });
  }

  // The page shows a value that the person did not enter here: the history of edits skips it.
  show(ref, field) {
    this.values.set(`${ref}.${field}`, this.rows.value(ref, field));
    this.wrote(ref, field);
  }

  // The page shows another value: what follows from it, at once.
  wrote(ref, field) {
    if (field !== "score") return;
    const row = this.rows.byRef(ref);
    const is = this.rows.isScored(row);
    this.progress.scoredBy(row, is - this.scored.get(ref));
    this.scored.set(ref, is);
    if (is && row === this.rows.entered) this.offerClear(row);
    if (!is && row.contains(this.clear)) this.clear.remove();
  }

  // One button « Effacer » for all: it comes to the scored row that is pointed at or worked on.
  offerClear(row) {
    if (!row || !this.rows.isScored(row)) return;
    const scores = row.querySelector(".scores");
    if (this.clear.parentElement === scores) return;
    this.clear.setAttribute("aria-label", `Effacer la note du point ${row.id}`);
    scores.querySelector("label:last-of-type").after(this.clear);
  }

  changed(entry, answer) {
    if (entry.state === "clean") this.tellSaved(entry);
    if (answer?.counters) this.progress.fromServer(answer, this.queue.unsaved.length > 0);
    this.status.mark(entry.ref);
    this.conflicts.show(entry);
    this.status.update();
    this.stash.keep(this.queue.unsaved);
  }

  onSaved(listener) {
    this.savedListeners.push(listener);
  }

  tellSaved(entry) {
    this.status.savedAt = new Date();
    for (const listener of this.savedListeners) listener(entry);
  }
}

function readVersions(text) {
  return new Map(
    text.split(" ").filter(Boolean).map((word) => {
      const [ref, answer, score] = word.split(":");
      return [ref, [Number(answer), Number(score)]];
    }),
  );
}

const form = document.getElementById("grille");
if (form) {
  new Grid(form);
  form.dataset.ready = "oui";
}
