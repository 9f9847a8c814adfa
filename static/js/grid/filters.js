// Search and filters without a request: the rows that are not asked take the attribute `hidden`, so
// that the form still holds every field. A row that stops matching after an edit stays until the
// filter changes: nothing goes away under the hands of a person.
import { goTo } from "./address.js";
import { countInWords, filtersOf, fold, keeps } from "./matching.js";

const EMPTY = {
  over: ["Tous les points sont notés", "", "Revoir tous les points"],
  nothing: [
    "Aucun point ne correspond",
    "Retirez un filtre, ou cherchez un seul mot du numéro, du titre ou de l’exigence. ",
    "Tout effacer",
  ],
};
const PATIENCE = 500; // the count is announced when the typing stops

export class Filters {
  constructor(grid) {
    this.grid = grid;
    this.form = document.getElementById("filtres");
    this.table = grid.form.querySelector(".grid");
    this.known = new Map(); // what of a row never changes
    this.form.querySelector("[type=submit]").remove();
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
    this.grid.page.addEventListener("click", (event) => {
      if (event.target.closest("[data-clear]")) this.onClear(event);
    });
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
    const count = countInWords(shown, total);
    for (const place of this.grid.page.querySelectorAll("[data-count], [data-print-count]")) {
      place.textContent = count;
    }
    this.form.querySelector("[data-clear]").hidden = !this.asked.length;
    this.showEmpty(shown ? null : EMPTY[this.isWorkOver(filters) ? "over" : "nothing"]);
    clearTimeout(this.announcing);
    const words = shown ? `Points affichés\u00a0: ${count}` : this.empty.firstChild.textContent;
    this.announcing = setTimeout(() => this.grid.status.announce(words), PATIENCE);
  }

  // Nothing to show: why, and what to do.
  showEmpty(words) {
    this.grid.page.querySelector(".grid-empty")?.remove();
    if (!words) return;
    const [title, advice, way] = words;
    const link = element("a", { href: location.pathname, textContent: way });
    link.dataset.clear = "";
    const sentence = element("p");
    sentence.append(advice, link);
    this.empty = element("div", { className: "empty-state grid-empty" });
    this.empty.append(element("h2", { textContent: title }), sentence);
    this.grid.form.before(this.empty);
  }

  get asked() {
    return this.fields.filter((field) => (field.type === "checkbox" ? field.checked : field.value));
  }

  // Only what waits for a score was asked, and nothing waits.
  isWorkOver({ score }) {
    const { rows } = this.grid;
    return this.asked.length === 1 && score === "" && rows.all.every((row) => rows.isScored(row));
  }
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
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
