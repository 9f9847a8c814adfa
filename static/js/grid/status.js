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
  constructor({ line, alert, queue, rows }) {
    Object.assign(this, { line, alert, queue, rows });
    this.told = "";
  }

  update() {
    const unsaved = this.queue.unsaved;
    const failing = unsaved.filter((entry) => !["waiting", "sending"].includes(entry.state));
    clearTimeout(this.patience);
    if (failing.length || this.trouble) return this.fail(unsaved, failing);
    this.clearAlert();
    if (!unsaved.length && !this.savedAt) return this.say("idle", "");
    if (!unsaved.length) return this.say("saved", `Enregistré à ${atTime(this.savedAt)}`);
    this.patience = setTimeout(() => this.say("saving", "Enregistrement…"), PATIENCE);
  }

  // What the sign of life of the page met, null when it is alive: said even when nothing waits.
  face(trouble) {
    if (!trouble && !this.trouble) return;
    this.trouble = trouble;
    this.update();
  }

  fail(unsaved, failing) {
    const answers = [...failing.map((entry) => entry.answer), this.trouble].filter(Boolean);
    const kind = worstOf(answers);
    const waiting = waitingInWords(unsaved.length);
    const { error, other } = answers.find((answer) => answer.kind === kind);
    const sentence = {
      network: `Hors connexion – ${waiting}`,
      server: `Échec\u00a0: le serveur ne répond pas – ${waiting}`,
      session: `Échec\u00a0: ${other ? "une autre personne est connectée" : "session expirée"} – ${waiting}`,
      refused: `Échec\u00a0: ${error}`,
      conflict: "À trancher\u00a0: quelqu’un a modifié la même ligne",
    }[kind];
    this.say(kind === "network" ? "offline" : "error", sentence);
    const told = kind + Boolean(other) + Boolean(failing.length);
    if (this.told === told) return;
    this.told = told;
    this.shout(kind, failing[0]);
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
    const parts = [];
    if (kind === "session") parts.push(this.signInButton());
    if (entry) parts.push(rowLink(entry.ref));
    if (["network", "server", "session"].includes(kind)) parts.push(this.retryButton());
    this.alert.replaceChildren(...parts.flatMap((part) => [part, " "]));
  }

  // In place, in a dialog (session.js).
  signInButton() {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn btn-sm", textContent: "Se reconnecter" });
    button.addEventListener("click", () => this.signIn());
    return button;
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
      (row.querySelector(".scores") ?? row).append(note);
    }
    note.textContent = text;
  }
}

function rowLink(ref) {
  const link = document.createElement("a");
  return Object.assign(link, { href: `#${ref}`, textContent: `Aller au point ${ref}` });
}

function waitingInWords(number) {
  if (!number) return "aucune saisie en attente";
  return number === 1 ? "1 saisie en attente" : `${number} saisies en attente`;
}

function worstOf(answers) {
  const kinds = answers.map((answer) => answer.kind);
  return ["session", "network", "server", "conflict", "refused"].find((kind) => kinds.includes(kind));
}
