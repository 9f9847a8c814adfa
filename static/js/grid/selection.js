// Which points are selected: by the keys, by the mouse on the cell of the point, or by boxes that are
// made on demand. Only points that the filter shows are selected: nothing changes out of sight.
// The bar that changes them (bulk.js) is loaded by the first selection: most visits need none.
import { selectedInWords } from "./words.js";

export class Selection {
  constructor(grid) {
    Object.assign(this, { grid, rows: grid.rows, chosen: new Set(), hasBoxes: false });
    Object.assign(grid.acts, {
      select: (act, row) => this.toggle(row),
      extend: (act, row) => this.extend(row, act.step),
      selectChapter: (act, row) => this.toggleAll(this.chapterOf(row)),
      leave: () => this.clear(),
      bulk: () => this.enterBar(),
    });
    this.opener = Object.assign(document.createElement("button"), {
      type: "button",
      className: "btn-link-plain",
      textContent: "Sélectionner",
    });
    this.opener.addEventListener("click", () => (this.isWanted ? this.close() : this.showBoxes(true)));
    this.opener.setAttribute("aria-pressed", "false");
    grid.page.querySelector(".grid-tools").append(this.opener);
    grid.form.addEventListener("mousedown", (event) => this.onMouse(event));
    grid.form.addEventListener("change", (event) => this.onBox(event.target));
    grid.form.addEventListener("filtered", () => this.onFilter());
  }

  get isWanted() {
    return this.hasBoxes || this.chosen.size > 0;
  }

  get all() {
    return this.rows.shown.filter((row) => this.chosen.has(row));
  }

  chapterOf(row) {
    return this.rows.shown.filter((one) => one.parentElement === row.parentElement);
  }

  // -- Changing it -----------------------------------------------------------------------------

  set(rows) {
    const before = this.chosen;
    this.chosen = new Set(rows);
    for (const row of new Set([...before, ...this.chosen])) this.mark(row);
    if (before.size === this.chosen.size && [...before].every((row) => this.chosen.has(row))) return;
    this.showBar();
    this.grid.status.announce(selectedInWords(this.chosen.size));
  }

  toggle(row) {
    this.anchor = this.reach = row;
    const next = new Set(this.chosen);
    if (!next.delete(row)) next.add(row);
    this.kept = next;
    this.set(next);
  }

  // The range from where it began to the next row, as in a spreadsheet: going back takes rows out.
  extend(row, step) {
    if (row !== this.reach) this.beginAt(row);
    this.reachTo(this.rows.neighbour(row, step) ?? row);
    this.rows.focus(this.reach);
  }

  beginAt(row) {
    this.anchor = row;
    this.kept = new Set(this.chosen);
  }

  reachTo(row) {
    this.reach = row;
    const { shown } = this.rows;
    const [first, last] = [shown.indexOf(this.anchor), shown.indexOf(row)].sort((a, b) => a - b);
    this.set([...this.kept, ...shown.slice(Math.max(first, 0), last + 1)]);
  }

  toggleAll(rows) {
    const isWhole = rows.every((row) => this.chosen.has(row));
    const others = [...this.chosen].filter((row) => !rows.includes(row));
    this.set(isWhole ? others : [...others, ...rows]);
  }

  // False when there was nothing to leave: the key is the browser's.
  clear() {
    if (!this.chosen.size) return false;
    this.anchor = this.reach = null;
    this.set([]);
    return true;
  }

  onFilter() {
    this.set([...this.chosen].filter((row) => !row.hidden));
    if (this.isWanted) this.showBar();
  }

  close() {
    this.showBoxes(false);
    this.clear();
  }

  // -- The bar that changes them ---------------------------------------------------------------

  bar() {
    this.loading ??= import("./bulk.js").then(({ Bulk }) => new Bulk(this.grid, this));
    return this.loading;
  }

  async showBar() {
    if (!this.isWanted && !this.loading) return null;
    try {
      const bar = await this.bar();
      bar.show();
      return bar;
    } catch {
      this.loading = null; // the next selection asks again
      this.grid.status.announce("Hors connexion\u00a0: la barre de la sélection n’a pas pu être chargée.");
      return null;
    }
  }

  async enterBar() {
    if (!this.isWanted) this.showBoxes(true);
    (await this.showBar())?.enter();
  }

  // -- The mouse -------------------------------------------------------------------------------

  // Ctrl+click takes a point, Maj+click a range: in the cell of the point, beside its link.
  onMouse(event) {
    const cell = event.target.closest("tr.point > th");
    const row = cell && this.rows.of(cell);
    if (!row || event.button !== 0 || event.target.closest("a, input, label")) return;
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
    event.preventDefault(); // no text is selected on the way
    if (event.shiftKey) {
      if (!this.anchor) this.beginAt(this.rows.entered ?? row);
      this.reachTo(row);
    } else this.toggle(row);
    this.rows.focus(row);
  }

  // -- What is seen ----------------------------------------------------------------------------

  mark(row) {
    const is = this.chosen.has(row);
    if (is) row.setAttribute("aria-selected", "true");
    else row.removeAttribute("aria-selected");
    const box = row.querySelector(".point-select input");
    if (box) box.checked = is;
  }

  showBoxes(on) {
    this.hasBoxes = on;
    this.opener.setAttribute("aria-pressed", String(on));
    for (const label of this.grid.form.querySelectorAll(".point-select")) label.remove();
    if (on) for (const row of this.rows.all) row.cells[0].prepend(this.box(row));
    this.showBar();
  }

  box(row) {
    const label = document.createElement("label");
    label.className = "point-select";
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: this.chosen.has(row) });
    box.setAttribute("aria-label", `Sélectionner le point ${row.id}`);
    label.append(box);
    return label;
  }

  onBox(box) {
    if (box.closest(".point-select")) this.toggle(this.rows.of(box));
  }
}
