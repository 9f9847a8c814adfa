// Pasting cells from a spreadsheet (see later.js). The server reads the text and shows what would
// change; the grid then writes it, as one act that is undone in one step.
import { FragmentDialog } from "./fragment.js";
import { count, sized, versionsText } from "./pasted.js";

const PATIENCE = 3_000;

export default class PasteDialog {
  constructor(grid) {
    Object.assign(this, { grid, address: `${grid.form.dataset.points}../coller/` });
    this.dialog = this.build();
  }

  async open(row, text = "") {
    if (!(await this.dialog.load(this.address))) return;
    const form = this.dialog.body.querySelector("form");
    if (row) form.elements.depuis.value = row.id;
    if (!text) return form.elements.texte.focus();
    form.elements.texte.value = text;
    await this.preview(form);
  }

  build() {
    const dialog = new FragmentDialog("coller", "Coller depuis un tableur", { isWide: true });
    dialog.body.addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.target.matches("[data-apply]")) this.apply(event.target);
      else this.preview(event.target);
    });
    return dialog;
  }

  async preview(form) {
    const trouble = sized(form.elements.texte.value);
    if (trouble) return this.dialog.say(trouble);
    await this.settled();
    const body = new FormData(form);
    body.set("ordre", this.grid.rows.shown.map((row) => row.id).join(" "));
    body.set("versions", versionsText(this.grid));
    if (!(await this.dialog.load(this.address, body))) return;
    const target = this.dialog.body.querySelector("[data-preview]") ?? this.dialog.body.querySelector("textarea");
    target.focus();
  }

  // The preview compares with what is saved: what was typed just before goes first.
  async settled() {
    const { queue } = this.grid;
    const until = performance.now() + PATIENCE;
    for (const entry of queue.unsaved) queue.flush(entry);
    while (queue.unsaved.some(({ state }) => state === "sending") && performance.now() < until) {
      await new Promise((resolve) => { setTimeout(resolve, 30); });
    }
  }

  apply(form) {
    const { edits } = JSON.parse(form.elements.valeurs.value);
    this.dialog.close();
    this.grid.writeMany(edits, `collage, ${count(edits.length)}`, "paste");
    this.grid.rows.focus(this.grid.rows.byRef(edits[0].ref));
    this.grid.status.announce(`${count(edits.length)} depuis le tableur. Ctrl+Z annule tout.`);
  }
}
