// The end of the session: told five minutes before, with a button that extends it; once it is over,
// the person signs in again in place, and what waits is sent. Somebody else who signs in meanwhile
// is refused by the server: nobody writes under a name what another person typed.
import { atTime } from "./status.js";

const WARNING = 5 * 60; // seconds

export class Session {
  constructor(grid) {
    this.grid = grid;
    this.transport = grid.life.transport;
    grid.life.hear((answer) => this.heard(answer));
    grid.form.addEventListener("focusin", (event) => {
      this.worked = event.target;
    });
    if (grid.queue) grid.status.signIn = () => this.open();
  }

  heard(answer) {
    if (answer.kind === "saved") this.lasts(answer.session);
    if (answer.kind === "session") this.calm();
  }

  lasts(seconds) {
    clearTimeout(this.timer);
    if (seconds <= WARNING) return this.warn(seconds);
    this.calm();
    this.timer = setTimeout(() => this.warn(WARNING), (seconds - WARNING) * 1000);
  }

  // -- Before ----------------------------------------------------------------------------------

  warn(seconds) {
    // Once it is over, the next sign of life says so.
    this.timer = setTimeout(() => this.grid.life.beat(), (seconds + 1) * 1000);
    if (this.notice) return;
    const text = `Votre session se termine à ${atTime(new Date(Date.now() + seconds * 1000))}.`;
    const button = element("button", { type: "button", className: "btn btn-sm", textContent: "Prolonger" });
    button.setAttribute("aria-label", "Prolonger la session");
    button.addEventListener("click", () => this.extend());
    this.notice = element("p", { className: "session-notice" });
    this.notice.append(text, " ", button);
    this.grid.page.querySelector(".grid-bar").append(this.notice);
    this.grid.status.announce(`${text} Le bouton «\u00a0Prolonger\u00a0» est dans la ligne d’état.`);
  }

  calm() {
    if (!this.notice) return;
    const hadFocus = this.notice.contains(document.activeElement);
    this.notice.remove();
    this.notice = null;
    if (hadFocus) this.goBack();
  }

  async extend() {
    const answer = await this.transport.deliver(this.grid.form.dataset.extend, () => ({
      method: "POST",
      redirect: "error",
      headers: this.transport.headers(),
    }));
    if (answer.kind !== "saved") return this.grid.life.beat();
    this.grid.status.announce("Session prolongée.");
    return this.lasts(answer.session);
  }

  // -- After -----------------------------------------------------------------------------------

  open() {
    this.dialog ??= this.build();
    this.say("");
    this.dialog.showModal();
    this.dialog.querySelector("[name=password]").focus();
  }

  build() {
    document.body.append(document.getElementById("reconnexion-modele").content.cloneNode(true));
    const dialog = document.getElementById("reconnexion");
    dialog.querySelector("[data-later]").addEventListener("click", () => dialog.close());
    dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(event.target);
    });
    return dialog;
  }

  async submit(form) {
    this.say("Connexion…");
    const problem = await signIn(form);
    form.elements.password.value = "";
    if (problem) return this.say(problem);
    await this.transport.renewToken();
    await this.grid.life.asking; // one that left before the sign-in says nothing of it
    const answer = await this.grid.life.beat();
    if (answer?.kind !== "saved") return this.say(answer?.error || "Le serveur ne répond pas\u00a0: réessayez.");
    this.dialog.close();
    return this.goBack();
  }

  say(text) {
    this.dialog.querySelector("[role=alert]").textContent = text;
  }

  // Back to the word that was being written.
  goBack() {
    if (this.worked?.isConnected) this.worked.focus({ preventScroll: true });
  }
}

// Sends the form as the page of sign-in would; "" when it went well, else what to say.
async function signIn(form) {
  try {
    const theirs = await loadForm(form.action);
    // No form: somebody is signed in already. Who it is, the next sign of life says.
    if (!theirs) return "";
    const body = new URLSearchParams(new FormData(theirs));
    for (const name of ["login", "password"]) body.set(name, form.elements[name].value);
    const done = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (done.type === "opaqueredirect") return "";
    return problemIn(await done.text());
  } catch {
    return "Le serveur ne répond pas\u00a0: réessayez.";
  }
}

async function loadForm(address) {
  const page = parse(await (await fetch(address)).text());
  return page.querySelector("form [name=password]")?.form ?? null;
}

function problemIn(html) {
  const problem = parse(html).querySelector("#contenu .invalid-feedback, #contenu [role=alert]");
  return problem?.textContent.trim() || "La connexion a échoué\u00a0: essayez dans un nouvel onglet.";
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html");

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
