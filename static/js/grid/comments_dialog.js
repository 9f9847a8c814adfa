// The comments that the facility keeps ready (T, see later.js), in a dialog with a search. A digit, a
// click or Enter inserts one at the caret of the comment, or after it; it is saved and undone like typing.
import { FragmentDialog } from "./fragment.js";
import { inserted, matches, ranked } from "./insertion.js";

const PICK = /^(?:Digit|Numpad)([1-9])$/;

export default class CommentsDialog {
  constructor(grid) {
    Object.assign(this, { grid, address: `${grid.form.dataset.points}../modeles/` });
    this.dialog = this.build();
  }

  // `carets` tells where the person left each comment, by the name of its field.
  async open(row, carets) {
    Object.assign(this, { row, carets, list: null });
    if (!(await this.dialog.load(this.address))) return;
    this.list = this.dialog.body.querySelector(".template-choice");
    if (!this.list) return;
    const score = this.grid.rows.value(row.id, "score");
    this.list.append(...ranked([...this.list.children], score));
    this.dialog.body.prepend(this.searchField());
    this.filter("");
    this.search.focus();
  }

  build() {
    const dialog = new FragmentDialog("modeles", "Insérer un modèle de commentaire");
    dialog.element.addEventListener("keydown", (event) => this.onKey(event));
    dialog.body.addEventListener("input", () => this.filter(this.search.value));
    dialog.body.addEventListener("click", (event) => {
      const item = event.target.closest(".template-choice li");
      if (item) this.pick(item);
    });
    return dialog;
  }

  searchField() {
    const label = Object.assign(document.createElement("label"), { className: "template-search" });
    this.search = Object.assign(document.createElement("input"), { type: "search", className: "form-control" });
    this.count = document.createElement("span");
    this.count.setAttribute("aria-live", "polite");
    label.append("Chercher un modèle ", this.search, this.count);
    return label;
  }

  get shown() {
    return [...(this.list?.children ?? [])].filter((item) => !item.hidden);
  }

  filter(text) {
    for (const item of this.list.children) item.hidden = !matches(item.textContent, text);
    this.shown.forEach((item, at) => {
      const key = item.querySelector("kbd");
      key.hidden = at > 8 || text !== "";
      key.textContent = at + 1;
    });
    const number = this.shown.length;
    this.count.textContent = number ? "" : "Aucun modèle ne correspond\u00a0: essayez un seul mot.";
  }

  onKey(event) {
    if (!this.list || event.ctrlKey || event.altKey || event.metaKey) return;
    const digit = PICK.exec(event.code)?.[1];
    const item = digit && !this.search.value ? this.shown[digit - 1] : null;
    const first = event.key === "Enter" && event.target === this.search ? this.shown[0] : null;
    if (item ?? first) {
      event.preventDefault();
      return this.pick(item ?? first);
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.move(event, step);
  }

  move(event, step) {
    const buttons = this.shown.map((item) => item.querySelector("button"));
    const at = buttons.indexOf(document.activeElement) + step;
    event.preventDefault();
    (buttons[Math.min(at, buttons.length - 1)] ?? this.search).focus();
  }

  pick(item) {
    const [field] = this.grid.rows.controls(this.row.id, "comment");
    const text = item.querySelector(".template-text").textContent;
    const { value, caret } = inserted(field.value, text, this.carets.get(field.name));
    const title = item.querySelector("strong").textContent;
    this.dialog.close();
    this.grid.write(this.row.id, "comment", value, { label: `${this.row.id}, modèle «\u00a0${title}\u00a0»` });
    field.focus();
    field.setSelectionRange(caret, caret);
    this.grid.status.announce(`Modèle inséré\u00a0: ${title}`);
  }
}
