// Changing the selected points at once: a bar under the line of the state says what would change, asks
// beyond ten points, and writes it as one act. It comes with the first selection (selection.js).
import { planInWords, planLabel, planOf } from "./plan.js";
import { count, selectedInWords, VALUES } from "./words.js";

const ASKS_BEYOND = 10;
const CHOICES = [
  ["Note", "score", ["compliant", "partial", "non_compliant", "not_applicable", "to_clarify", ""], "Effacer la note"],
  ["Réponse du candidat", "claim", ["yes", "no", "not_concerned", ""], "Effacer la réponse"],
  ["Commentaire", "comment", [""], "Effacer le commentaire"],
];
const ADD = "add";

export class Bulk {
  constructor(grid, selection) {
    Object.assign(this, { grid, selection, rows: grid.rows });
    this.build();
    grid.onEdit(() => this.previewSoon());
  }

  // -- The bar ---------------------------------------------------------------------------------

  build() {
    this.count = element("strong");
    this.chapter = button("", "btn-link-plain", () => this.selection.toggleAll(this.selection.chapterOf(this.row)));
    this.shown = button("", "btn-link-plain", () => this.selection.set(this.rows.shown));
    this.leave = button("", "btn-link-plain", () => this.close());
    this.choice = this.buildChoice();
    this.text = element("input", { type: "text", className: "form-control", hidden: true, maxLength: 2000 });
    this.text.setAttribute("aria-label", "Texte à ajouter à chaque commentaire");
    this.told = element("span", { id: "selection-effet" });
    this.apply = button("Modifier", "btn btn-sm", () => this.ask());
    this.apply.setAttribute("aria-describedby", this.told.id);
    const label = element("label", { textContent: "Modifier", htmlFor: this.choice.id });
    this.bar = element("div", { className: "bulk" });
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute("aria-label", "Points sélectionnés");
    this.bar.append(
      line(this.count, this.chapter, this.shown, this.leave),
      line(label, this.choice, this.text, this.apply, this.told),
    );
    this.bar.addEventListener("input", () => this.preview());
    this.bar.addEventListener("keydown", (event) => this.onKey(event));
    this.grid.page.querySelector(".grid-bar").append(this.bar);
  }

  buildChoice() {
    const select = element("select", { className: "form-select", id: "selection-choix" });
    select.append(new Option("choisir…", ""));
    for (const [label, field, values, erase] of CHOICES) {
      const group = element("optgroup", { label });
      if (field === "comment") group.append(new Option("Ajouter un texte", `${field}:${ADD}`));
      for (const value of values) group.append(new Option(value ? VALUES[value] : erase, `${field}:${value}`));
      select.append(group);
    }
    return select;
  }

  // The point whose chapter « tout le chapitre » takes.
  get row() {
    return this.rows.entered ?? this.selection.all[0] ?? this.rows.shown[0];
  }

  show() {
    this.bar.hidden = !this.selection.isWanted;
    this.leave.textContent = this.selection.chosen.size ? "Désélectionner" : "Fermer la sélection";
    this.count.textContent = selectedInWords(this.selection.chosen.size);
    this.chapter.textContent = this.row ? `Tout le chapitre ${chapterRef(this.row)}` : "";
    this.chapter.hidden = !this.row;
    this.shown.textContent = `Tous les points affichés (${this.rows.shown.length})`;
    this.preview();
  }

  close() {
    this.rows.focus(this.row);
    this.selection.close();
  }

  // By the keyboard: to what is chosen, or to the ways to choose.
  enter() {
    (this.selection.chosen.size ? this.choice : this.chapter).focus({ preventScroll: true });
  }

  onKey(event) {
    if (event.key === "Escape") this.rows.focus(this.row);
    if (event.key === "Enter" && event.target === this.text) this.ask();
  }

  // -- What would change -----------------------------------------------------------------------

  // Null as long as nothing is chosen.
  get change() {
    const [field, value] = this.choice.value.split(":");
    if (!field) return null;
    return value === ADD ? { field, text: this.text.value.trim() } : { field, value };
  }

  plan(change) {
    const { field, value } = change;
    const points = this.selection.all.map(({ id: ref }) => ({
      ref,
      value: this.rows.value(ref, field),
      offers: !this.rows.isStopped(ref, field) && (!value || this.rows.allows(ref, field, value)),
      isStuck: this.grid.queue.entries.get(`${ref}.${field}`)?.state === "conflict",
    }));
    return planOf(points, change);
  }

  preview() {
    if (this.bar.hidden) return;
    const { change } = this;
    this.text.hidden = change?.text === undefined;
    const plan = change && this.plan(change);
    const isReady = Boolean(plan?.edits.length);
    this.told.textContent = plan?.total ? planInWords(plan) : "";
    this.apply.textContent = isReady ? `Modifier ${count(plan.edits.length, "point", "points")}` : "Modifier";
    if (isReady) this.apply.removeAttribute("aria-disabled");
    else this.apply.setAttribute("aria-disabled", "true");
  }

  // Once for all the edits of one act.
  previewSoon() {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.preview());
  }

  // -- Changing --------------------------------------------------------------------------------

  ask() {
    const { change } = this;
    const plan = change && this.plan(change);
    if (!plan?.edits.length) return;
    if (plan.edits.length <= ASKS_BEYOND) return this.write(plan, change);
    const dialog = this.buildQuestion(plan);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue === "oui") this.write(plan, change);
    });
    dialog.showModal();
  }

  buildQuestion(plan) {
    const number = count(plan.edits.length, "point", "points");
    const dialog = element("dialog", { className: "dialog" });
    const title = element("h2", { id: "selection-question", textContent: `Modifier ${number}\u202f?` });
    const bar = element("form", { method: "dialog", className: "toolbar" });
    bar.append(
      element("button", { className: "btn btn-primary", value: "oui", textContent: `Modifier les ${number}` }),
      element("button", { className: "btn", value: "non", textContent: "Ne rien modifier" }),
    );
    const undoable = "Vous pourrez annuler cette modification en une fois.";
    dialog.setAttribute("aria-labelledby", title.id);
    dialog.append(title, element("p", { textContent: `${planInWords(plan)}. ${undoable}` }), bar);
    document.body.append(dialog);
    return dialog;
  }

  async write(plan, change) {
    this.rows.focus(this.row);
    const whole = await this.grid.writeMany(plan.edits, planLabel(plan, change));
    if (whole?.outcomes) this.grid.status.announce(outcomeInWords(whole.outcomes));
    this.preview();
  }
}

function outcomeInWords(outcomes) {
  const of = (kind) => outcomes.filter((one) => one.kind === kind).length;
  const parts = [count(of("saved"), "point modifié", "points modifiés")];
  if (of("conflict")) parts.push(`${of("conflict")} en conflit`);
  if (of("refused")) parts.push(count(of("refused"), "refusé", "refusés"));
  return parts.join(", ");
}

// « 7 » in « 7. Sécurité des accès »
function chapterRef(row) {
  const title = row.parentElement.querySelector("h2").textContent;
  return title.split(".")[0].trim();
}

function button(textContent, className, act) {
  const made = element("button", { type: "button", className, textContent });
  made.addEventListener("click", act);
  return made;
}

function line(...parts) {
  const made = element("div", { className: "bulk-line" });
  made.append(...parts);
  return made;
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
