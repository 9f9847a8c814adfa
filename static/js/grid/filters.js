// Search and filters without a request: the rows that are not asked take the attribute `hidden`, so
// that the form still holds every field. A row that stops matching after an edit stays until the
// filter changes: nothing goes away under the hands of a person.
import { goTo } from "./address.js";
import { countInWords, filtersOf, fold, keeps } from "./matching.js";

const PATIENCE = 500; // the count is announced when the typing stops

export class Filters {
  constructor(grid) {
    this.grid = grid;
    this.form = document.getElementById("filtres");
    this.table = grid.form.querySelector(".grid");
    this.known = new Map(); // what of a row never changes
    this.form.querySelector("[type=submit]").hidden = true;
    this.text = this.form.elements.q;
    this.fill();
    this.listen();
  }

  get fields() {
    return [...this.form.elements].filter((field) => field.name && field.type !== "hidden");
  }

  listen() {
    this.form.addEventListener("input", (event) => this.onInput(event.target));
    this.text.addEventListener("change", () => { this.isTyping = false; });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.grid.rows.focus(this.grid.rows.shown[0]);
    });
    for (const link of this.grid.page.querySelectorAll("[data-clear]")) {
      link.addEventListener("click", (event) => this.onClear(event));
    }
    addEventListener("popstate", () => this.onBack());
  }

  // A word is one step of the history, not one a letter.
  onInput(field) {
    const isText = field === this.text;
    const push = !(isText && this.isTyping);
    this.isTyping = isText;
    this.apply({ push });
  }

  onClear(event) {
    event.preventDefault();
    for (const field of this.fields) {
      if (field.type === "checkbox") field.checked = false;
      else field.value = "";
    }
    this.apply({ push: true });
    this.text.focus();
  }

  onBack() {
    if (location.search === this.search) return;
    this.fill();
    this.show(filtersOf(new URLSearchParams(location.search)));
  }

  // The fields say what the address asks, whatever the browser had kept in them.
  fill() {
    const asked = new URLSearchParams(location.search);
    if (asked.has("voir") && !asked.has("note")) asked.set("note", asked.get("voir"));
    for (const field of this.fields) {
      const value = asked.get(field.name) ?? "";
      if (field.type === "checkbox") field.checked = Boolean(value);
      else field.value = value;
      if (field.selectedIndex === -1) field.selectedIndex = 0;
    }
    this.search = location.search;
  }

  apply({ push }) {
    const asked = new FormData(this.form);
    goTo((query) => {
      query.delete("voir");
      for (const field of this.fields) {
        const value = asked.get(field.name);
        if (value) query.set(field.name, value);
        else query.delete(field.name);
      }
    }, { push });
    this.search = location.search;
    this.show(filtersOf(asked));
  }

  show(filters) {
    const held = document.activeElement?.closest("tr.point");
    let shown = 0;
    for (const body of this.table.tBodies) {
      const found = this.showChapter(body, filters, held);
      body.hidden = !found;
      shown += found;
    }
    this.table.hidden = !shown;
    this.tell(filters, shown);
    this.grid.form.dispatchEvent(new CustomEvent("filtered"));
  }

  // A heading is shown with the first point under it.
  showChapter(body, filters, held) {
    let heading = null;
    let found = 0;
    for (const row of body.rows) {
      if (row.matches(".subchapter")) {
        heading = row;
        heading.hidden = true;
      }
      if (!row.matches(".point")) continue;
      row.hidden = row !== held && !keeps(filters, this.point(row));
      if (row.hidden) continue;
      found += 1;
      if (heading) heading.hidden = false;
    }
    return found;
  }

  point(row) {
    if (!this.known.has(row)) this.known.set(row, textOf(row));
    const body = row.parentElement;
    return {
      ...this.known.get(row),
      chapter: body.dataset.chapter,
      isMine: "mine" in body.dataset,
      isNew: "new" in row.dataset,
      work: row.matches(".is-excluded") ? null : workOf(row, this.grid.rows),
    };
  }

  tell(filters, shown) {
    const total = this.table.querySelectorAll("tr.point").length;
    const isOver = this.asksOnlyUnscored(filters) && this.grid.rows.all.every((row) => this.grid.rows.isScored(row));
    for (const place of this.grid.page.querySelectorAll("[data-count], [data-print-count]")) {
      place.textContent = countInWords(shown, total);
    }
    this.form.querySelector("[data-clear]").hidden = !this.isActive();
    for (const note of this.grid.page.querySelectorAll("[data-empty]")) {
      note.hidden = shown > 0 || (note.dataset.empty === "over") !== isOver;
    }
    clearTimeout(this.announcing);
    const words = shown ? `Points affichés\u00a0: ${countInWords(shown, total)}` : "Aucun point ne correspond";
    this.announcing = setTimeout(() => this.grid.status.announce(words), PATIENCE);
  }

  isActive() {
    return this.fields.some((field) => (field.type === "checkbox" ? field.checked : field.value));
  }

  asksOnlyUnscored(filters) {
    const asked = this.fields.filter((field) => (field.type === "checkbox" ? field.checked : field.value));
    return asked.length === 1 && filters.score === "";
  }
}

function textOf(row) {
  const [head, requirement] = row.cells;
  const title = [...head.childNodes].filter((node) => !node.classList?.contains("point-flag"));
  return {
    text: fold([...title, requirement.firstChild].map((node) => node.textContent).join(" ")),
    isKnockOut: row.querySelector(".is-knock-out") !== null,
  };
}

// A row to fill holds fields; a row to read says it in its attributes and in words.
function workOf(row, rows) {
  if (row.querySelector("fieldset")) {
    const value = (field) => rows.value(row.id, field);
    return { score: value("score"), claim: value("claim"), claimText: value("claim_text"), comment: value("comment") };
  }
  const text = (cell) => row.cells[cell].querySelector("p.prose-lines")?.textContent ?? "";
  return { score: row.dataset.score ?? "", claim: row.dataset.claim ?? "", claimText: text(2), comment: text(3) };
}
