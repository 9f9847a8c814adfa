// What others changed since the page was made comes into the page by itself, with a mark for a moment.
// Never into the row that is worked on, nor over a value that waits to be saved: there the two
// versions meet when it is saved, and the person chooses.
import { TEXT_FIELDS } from "./rows.js";
import { atTime } from "./status.js";

const MARKED_FOR = 30_000;

// Pure: whether a change is newer than what the page knows of a field at rest.
export const isNews = (change, entry) => entry.state === "clean" && change.version > entry.base;

export class News {
  constructor(grid) {
    this.grid = grid;
    this.kept = new Map(); // by name of field: what waits until its row is left
    grid.life.hear((answer) => this.heard(answer));
    grid.form.addEventListener("focusout", (event) => this.onLeave(event));
    grid.form.addEventListener("focusin", (event) => this.unmark(grid.rows.of(event.target)));
  }

  heard({ changes = [], counters }) {
    for (const change of changes) this.take(change);
    if (counters) this.grid.progress.fromServer({ counters }, this.grid.queue.unsaved.length > 0);
  }

  take(change) {
    const row = this.grid.rows.byRef(change.ref);
    if (!row) return;
    if (row.contains(document.activeElement)) this.kept.set(`${change.ref}.${change.field}`, change);
    else this.show(row, change);
  }

  onLeave(event) {
    const row = this.grid.rows.of(event.target);
    if (!row || row.contains(event.relatedTarget)) return;
    for (const [name, change] of this.kept) {
      if (change.ref !== row.id) continue;
      this.kept.delete(name);
      this.show(row, change);
    }
  }

  show(row, change) {
    const { ref, field, value, version } = change;
    const entry = this.grid.entry(ref, field);
    if (!isNews(change, entry)) return;
    Object.assign(entry, { base: version, value });
    if (this.grid.rows.value(ref, field) === value) return;
    this.grid.rows.write(ref, field, value);
    this.grid.show(ref, field);
    this.mark(row, change);
  }

  mark(row, { field, author, author_id: authorId, at }) {
    this.unmark(row);
    const isMine = String(authorId) === this.grid.form.dataset.user;
    const who = isMine ? "Vous, dans une autre page" : author || "Compte supprimé";
    const what = TEXT_FIELDS.has(field) ? "texte modifié" : "valeur modifiée";
    const mark = Object.assign(document.createElement("p"), {
      className: "row-news",
      textContent: `${who}, ${atTime(new Date(at))}\u00a0: ${what}`,
    });
    row.querySelector(field.startsWith("claim") ? ".claims" : ".scores").append(mark);
    setTimeout(() => mark.remove(), MARKED_FOR);
  }

  unmark(row) {
    for (const mark of row?.querySelectorAll(".row-news") ?? []) mark.remove();
  }
}

// On the page of a member who reads, the values are plain text: what changed is counted, with a link
// that shows the page again.
export class NewsToRead {
  constructor(grid) {
    this.refs = new Set();
    this.line = Object.assign(document.createElement("p"), { className: "presence", hidden: true });
    this.text = document.createElement("span");
    const link = Object.assign(document.createElement("a"), { href: location.href, textContent: "Actualiser" });
    link.addEventListener("click", (event) => {
      event.preventDefault();
      location.reload();
    });
    this.line.append(this.text, " ", link);
    grid.page.querySelector(".grid-bar").append(this.line);
    grid.life.hear((answer) => this.heard(answer));
  }

  heard({ kind, changes = [] }) {
    for (const { ref } of changes) this.refs.add(ref);
    this.text.textContent = kind === "session" ? "Votre session a expiré." : pointsInWords(this.refs.size);
    this.line.hidden = !this.text.textContent;
  }
}

function pointsInWords(number) {
  if (!number) return "";
  return number === 1 ? "1 point a changé." : `${number} points ont changé.`;
}
