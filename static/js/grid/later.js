// What most hours of work don't need comes when it is first asked for: pasting cells (Ctrl+V on a row,
// or the link « Coller depuis un tableur ») and the comments kept ready (T).
import { isTextField } from "./keys.js";

export class Later {
  constructor(grid) {
    Object.assign(this, { grid, carets: new Map(), dialogs: new Map() });
    grid.acts.template = (act, row) => { this.open("comments", row, this.carets); };
    grid.form.addEventListener("focusout", ({ target }) => this.keepCaret(target));
    document.addEventListener("paste", (event) => this.onPaste(event));
    grid.page.querySelector("[data-paste-open]")?.addEventListener("click", (event) => {
      event.preventDefault();
      this.open("paste", grid.rows.entered);
    });
  }

  // At its start the caret was never placed: a text goes after what is written.
  keepCaret(field) {
    if (field.name?.endsWith(".comment")) this.carets.set(field.name, field.selectionStart || undefined);
  }

  onPaste(event) {
    const at = document.activeElement;
    const row = this.grid.rows.of(at);
    const text = event.clipboardData.getData("text/plain");
    if (!row || isTextField(at) || !text.trim()) return;
    event.preventDefault();
    this.open("paste", row, text);
  }

  async open(name, ...what) {
    try {
      if (!this.dialogs.has(name)) this.dialogs.set(name, await this.fetch(name));
    } catch {
      return this.grid.status.announce("Hors connexion\u00a0: réessayez une fois le réseau revenu.");
    }
    return this.dialogs.get(name).open(...what);
  }

  async fetch(name) {
    const module = name === "paste" ? await import("./paste_dialog.js") : await import("./comments_dialog.js");
    return new module.default(this.grid);
  }
}
