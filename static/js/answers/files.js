// The files of the points: sent as soon as they are chosen, taken back at once. Each answer is the list
// of the point as it stands. Without this module the buttons of the page do it.
const MOST = 20 * 1024 * 1024; // bytes of a file: what is larger does not even leave
const LONGEST = 5 * 60_000; // 20 MB on a slow line

export class Files {
  constructor(form, { transport, status }) {
    Object.assign(this, { form, transport, status });
    form.addEventListener("change", ({ target }) => target.type === "file" && this.join(target));
    form.addEventListener("click", (event) => this.onClick(event));
  }

  join(input) {
    if (!input.files.length) return;
    const tooLarge = [...input.files].find((file) => file.size > MOST);
    if (tooLarge) {
      this.say(input.closest(".answer-files"), `${tooLarge.name}\u00a0: ce fichier dépasse 20 Mo.`);
      input.value = "";
      return;
    }
    const body = new FormData();
    for (const file of input.files) body.append(input.name, file);
    this.send(input.closest(".answer-files"), body, "Envoi du document…", "Document joint.");
  }

  onClick(event) {
    const button = event.target.closest("[name=retirer], [name=reprendre]");
    if (!button) return;
    event.preventDefault();
    const list = button.closest(".answer-files");
    const body = new FormData();
    body.append(button.name, button.value);
    if (button.name === "retirer") {
      this.send(list, body, "Retrait du document…", "Document retiré.");
      return;
    }
    const choice = list.querySelector("select");
    body.append(choice.name, choice.value);
    this.send(list, body, "Reprise du document…", "Document joint.");
  }

  async send(list, body, doing, done) {
    if (list.hasAttribute("aria-busy")) return;
    list.setAttribute("aria-busy", "true");
    this.say(list, doing);
    const address = `${this.transport.address(list.dataset.ref)}pieces/`;
    const answer = await this.transport.deliver(address, () => ({
      method: "POST",
      redirect: "error",
      headers: this.transport.headers(),
      body,
      signal: AbortSignal.timeout(LONGEST),
    }));
    list.removeAttribute("aria-busy");
    const fresh = answer.kind === "saved" ? this.replaced(list, answer.html) : list;
    this.say(fresh, answer.kind === "saved" ? "" : (answer.error ?? "Le document n’est pas parti\u00a0: réessayez."));
    if (answer.kind === "saved") this.status.announce(done);
    const input = fresh.querySelector("input[type=file]");
    input.value = "";
    input.focus();
  }

  replaced(list, html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector(".answer-files");
    list.replaceWith(fresh);
    return fresh;
  }

  say(list, text) {
    let line = list.querySelector(".answer-files-said");
    if (!line) {
      line = Object.assign(document.createElement("p"), { className: "answer-files-said" });
      line.setAttribute("role", "status");
      list.append(line);
    }
    line.textContent = text;
  }
}
