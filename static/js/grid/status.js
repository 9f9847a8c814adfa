// The one line that says the truth about saving, and the mark of each row that is not saved.
// What goes well is said politely and rarely; what fails is said once, with the way to the row.

// The hour of the server's pages and documents, wherever the browser is.
const clock = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Paris" });
const PATIENCE = 400; // a save that is faster than this is not announced

export const atTime = (date) => clock.format(date);

// The one status region of the page holds the line of saving, and a place for what is only heard.
export function announceIn(region, text) {
  region.querySelector(".said").textContent = text;
}

export class Status {
  constructor({ line, alert, queue, rows, login }) {
    Object.assign(this, { line, alert, queue, rows, login });
    this.told = "";
  }

  update() {
    const unsaved = this.queue.unsaved;
    const failing = unsaved.filter((entry) => !["waiting", "sending"].includes(entry.state));
    clearTimeout(this.patience);
    if (failing.length) return this.fail(unsaved, failing);
    this.clearAlert();
    if (!unsaved.length && !this.savedAt) return this.say("idle", "");
    if (!unsaved.length) return this.say("saved", `Enregistré à ${atTime(this.savedAt)}`);
    this.patience = setTimeout(() => this.say("saving", "Enregistrement…"), PATIENCE);
  }

  fail(unsaved, failing) {
    const kind = kindOf(failing);
    const waiting = unsaved.length === 1 ? "1 saisie en attente" : `${unsaved.length} saisies en attente`;
    const sentence = {
      network: `Hors connexion – ${waiting}`,
      server: `Échec\u00a0: le serveur ne répond pas – ${waiting}`,
      session: `Échec\u00a0: session expirée – ${waiting}`,
      refused: `Échec\u00a0: ${failing[0].answer.error}`,
      conflict: "À trancher\u00a0: quelqu’un a modifié la même ligne",
    }[kind];
    this.say(kind === "network" ? "offline" : "error", sentence);
    if (this.told !== kind) this.shout(kind, failing[0]);
  }

  // Says something else than the state of saving, to a screen reader only: the page shows it elsewhere.
  announce(text) {
    announceIn(this.line.parentElement, text);
  }

  say(state, text) {
    this.line.dataset.state = state;
    if (this.line.textContent !== text) this.line.textContent = text;
  }

  // One alert a failure: not one a retry.
  shout(kind, entry) {
    this.told = kind;
    const link = document.createElement("a");
    link.href = `#${entry.ref}`;
    link.textContent = `Aller au point ${entry.ref}`;
    const parts = [link];
    if (kind === "session") parts.unshift(this.loginLink());
    if (["network", "server", "session"].includes(kind)) parts.push(this.retryButton());
    this.alert.replaceChildren(...parts.flatMap((part) => [part, " "]));
  }

  loginLink() {
    const link = document.createElement("a");
    Object.assign(link, { href: this.login, target: "_blank", textContent: "Se reconnecter (nouvel onglet)" });
    return link;
  }

  retryButton() {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn btn-sm", textContent: "Réessayer" });
    button.addEventListener("click", () => this.queue.retryNow());
    return button;
  }

  clearAlert() {
    this.told = "";
    if (this.alert.firstChild) this.alert.replaceChildren();
  }

  // The mark of a row: the worst state of its fields.
  mark(ref) {
    const row = this.rows.byRef(ref);
    if (!row) return;
    const states = this.queue.unsaved.filter((entry) => entry.ref === ref);
    const worst = ["conflict", "refused", "failed"].find((state) => states.some((e) => e.state === state));
    if (!worst) return this.unmark(row, states.length > 0);
    row.dataset.state = worst === "conflict" ? "conflict" : "error";
    const entry = states.find((one) => one.state === worst);
    this.note(row, worst === "refused" ? entry.answer.error : worst === "failed" ? "Pas encore enregistré" : "");
  }

  unmark(row, isPending) {
    if (isPending) row.dataset.state = "saving";
    else delete row.dataset.state;
    row.querySelector(".row-status")?.remove();
  }

  note(row, text) {
    let note = row.querySelector(".row-status");
    if (!text) return note?.remove();
    if (!note) {
      note = document.createElement("p");
      note.className = "row-status";
      row.querySelector(".scores").append(note);
    }
    note.textContent = text;
  }
}

function kindOf(failing) {
  const kinds = failing.map((entry) => (entry.state === "failed" ? entry.answer.kind : entry.state));
  return ["session", "network", "server", "conflict", "refused"].find((kind) => kinds.includes(kind));
}
