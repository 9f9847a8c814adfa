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

  async open() {
    try {
      this.dialog ??= new (await import("./sign_in_dialog.js")).default(this);
    } catch {
      return this.grid.status.announce("Hors connexion\u00a0: réessayez une fois le réseau revenu.");
    }
    return this.dialog.open();
  }

  // Back to the word that was being written.
  goBack() {
    if (this.worked?.isConnected) this.worked.focus({ preventScroll: true });
  }
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
