// Annuler and Rétablir: by Ctrl+Z and Ctrl+Maj+Z outside a text (in a text they belong to the browser),
// and by two buttons that name what they would do. What is written back is a write like another, with
// its version: what somebody else changed since becomes the usual conflict, and nothing is overwritten.
import { isTextField, undoActOf } from "./keys.js";
import { isOn } from "./preferences.js";
import { tidy } from "./queue.js";
import { Steps } from "./steps.js";
import { editInWords } from "./words.js";

export class Undo {
  constructor(grid) {
    Object.assign(this, { grid, steps: new Steps() });
    this.buttons = { undo: this.button("undo"), redo: this.button("redo") };
    const place = document.createElement("div");
    place.className = "grid-undo";
    place.append(this.buttons.undo, this.buttons.redo);
    grid.page.querySelector(".grid-keys").before(place);
    grid.onEdit((edit) => this.hear(edit));
    grid.form.addEventListener("focusout", () => this.steps.close());
    document.addEventListener("keydown", (event) => this.onKey(event));
    this.show();
  }

  button(way) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn-link-plain" });
    button.addEventListener("click", () => this.turn(way));
    return button;
  }

  hear(edit) {
    if (["undo", "redo"].includes(edit.act?.name)) return;
    this.steps.add({ ...edit, base: this.grid.entry(edit.ref, edit.field).base });
    this.show();
  }

  onKey(event) {
    const way = undoActOf(event);
    if (!way || isTextField(event.target) || event.target.closest("dialog") || !isOn("shortcuts")) return;
    event.preventDefault();
    const done = this.turn(way);
    const row = done && this.grid.rows.byRef(done.edits[0].ref);
    if (row) this.grid.rows.focus(row);
  }

  // Undo or redo one step; null when there is none.
  turn(way) {
    const done = this.steps[way]();
    if (!done) return null;
    const label = labelOf(done.step);
    this.writeBack(done.edits, { name: way, label });
    this.show();
    this.grid.status.announce(`${way === "undo" ? "Annulé" : "Rétabli"}\u00a0: ${label}`);
    return done;
  }

  writeBack(edits, { label, name }) {
    for (const { ref, field, seen, base } of edits) {
      // The page shows what somebody else wrote since: with the old version, the server says so.
      if (tidy(this.grid.rows.value(ref, field)) !== tidy(seen)) this.grid.entry(ref, field).base = base;
    }
    return this.grid.writeMany(edits, label, name);
  }

  show() {
    this.name("undo", "Annuler", this.steps.past.at(-1));
    this.name("redo", "Rétablir", this.steps.future.at(-1));
  }

  // A button that can do nothing more keeps the focus: it says so instead of going away.
  name(way, verb, step) {
    const button = this.buttons[way];
    button.textContent = step ? `${verb}\u00a0: ${labelOf(step)}` : verb;
    button.title = step ? button.textContent : "";
    if (step) button.removeAttribute("aria-disabled");
    else button.setAttribute("aria-disabled", "true");
  }
}

function labelOf({ act, edits }) {
  const [{ ref, field, after }] = edits;
  return act?.label ?? `${ref}, ${editInWords(field, after)}`;
}
