// Working without the mouse: columns of a row, first and last point, chapters, « aller au point », the
// candidate's answer, and a copy of the point above.
// Only the points that the filter shows are met. The column is kept from row to row.
import { isOn } from "./preferences.js";

const COLUMNS = ["", "claims", "scores"];

export class Moves {
  constructor(grid) {
    Object.assign(this, { grid, rows: grid.rows });
    Object.assign(grid.acts, {
      move: (act, row) => this.go(this.rows.neighbour(row, act.step)),
      column: (act, row) => this.toColumn(row, act.step),
      edge: (act) => this.go(this.rows.shown.at(act.step > 0 ? -1 : 0)),
      chapter: (act, row) => this.go(chapterStart(this.rows.shown, row, act.step)),
      claim: (act, row) => this.claim(row, act.value),
      copyAbove: (act, row) => this.copyAbove(row),
      edit: (act, row) => this.edit(row),
      filter: () => this.filter(),
      jump: () => this.openJump(),
    });
  }

  go(row) {
    this.rows.focus(row, this.rows.column);
  }

  toColumn(row, step) {
    const at = COLUMNS.indexOf(this.rows.column) + step;
    if (at in COLUMNS) this.rows.focus(row, COLUMNS[at]);
  }

  claim(row, value) {
    if (this.rows.isStopped(row.id, "claim")) {
      return this.grid.status.announce("Les réponses du candidat sont arrêtées\u00a0: elles ne changent plus.");
    }
    if (value && !this.rows.allows(row.id, "claim", value)) {
      return this.grid.status.announce("Cette réponse n’est pas prévue pour ce point.");
    }
    this.grid.write(row.id, "claim", value);
    if (value && isOn("advance")) this.go(this.rows.neighbour(row, 1));
  }

  // False when the point above has nothing to copy: the key is the browser's.
  copyAbove(row) {
    const above = this.rows.neighbour(row, -1);
    if (!above) return false;
    const found = ["score", "comment"]
      .map((field) => ({ ref: row.id, field, value: this.rows.value(above.id, field) }))
      .filter(({ value }) => value);
    if (!found.length) return false;
    const edits = found.filter(({ ref, field, value }) => this.rows.value(ref, field) !== value);
    const label = `${row.id}, copie de ${above.id}`;
    if (edits.length) this.grid.writeMany(edits, label, "copy");
    this.grid.status.announce(edits.length ? label : `${row.id} est déjà comme ${above.id}`);
    return true;
  }

  edit(row) {
    const field = this.rows.column === "claims" ? "claim_text" : "comment";
    this.rows.controls(row.id, field)[0].focus();
  }

  // False leaves the key to the browser: there is no filter on the page.
  filter() {
    const field = document.getElementById("filtre-texte");
    field?.focus();
    return Boolean(field);
  }

  // -- Aller au point --------------------------------------------------------------------------

  openJump() {
    this.dialog ??= this.buildJump();
    const input = this.dialog.querySelector("input");
    input.value = "";
    this.say("");
    this.dialog.showModal();
  }

  buildJump() {
    document.body.append(document.getElementById("aller-au-point-modele").content.cloneNode(true));
    const dialog = document.getElementById("aller-au-point");
    dialog.querySelector("datalist").append(...this.rows.all.map((row) => new Option(titleOf(row), row.id)));
    dialog.querySelector("[data-jump]").addEventListener("submit", (event) => this.jump(event));
    return dialog;
  }

  jump(event) {
    event.preventDefault();
    const typed = this.dialog.querySelector("input").value;
    const row = this.rows.byRef(refOf(typed));
    if (!row) return this.say(`Le point «\u00a0${typed.trim()}\u00a0» n’est pas dans cette évaluation.`);
    this.dialog.close();
    this.rows.focus(row);
  }

  say(sentence) {
    const error = this.dialog.querySelector("[data-jump-error]");
    const input = this.dialog.querySelector("input");
    error.textContent = sentence;
    if (sentence) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    input.focus();
  }
}

// « 7.1 », « o7.1 » or « O-7.1 » → « O-7.1 »
export function refOf(typed) {
  const found = /^\s*(?:([a-z]+)\s*-?\s*)?(\d[\d.]*)\s*$/i.exec(typed);
  return found ? `${(found[1] ?? "O").toUpperCase()}-${found[2]}` : typed.trim();
}

// The first point shown of the next chapter; going back, of this chapter first.
export function chapterStart(shown, row, step) {
  const starts = shown.filter((one, at) => at === 0 || one.parentElement !== shown[at - 1].parentElement);
  const isAfter = (one, other) => shown.indexOf(one) > shown.indexOf(other);
  if (step > 0) return starts.find((one) => isAfter(one, row)) ?? shown.at(-1);
  return starts.findLast((one) => isAfter(row, one)) ?? shown[0];
}

function titleOf(row) {
  const [head] = row.cells;
  return [...head.childNodes].find((node) => node.nodeType === Node.TEXT_NODE)?.textContent.trim() ?? "";
}
