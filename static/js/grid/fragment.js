// A dialog whose middle comes from the server when it is opened. What goes wrong is said in it.

const TROUBLE = {
  session: "Votre session a expiré\u00a0: reconnectez-vous, puis recommencez.",
  stale: "Cette fenêtre n’est plus à jour\u00a0: fermez-la, puis recommencez.",
  server: "Le serveur ne répond pas\u00a0: réessayez dans un instant.",
  network: "Hors connexion\u00a0: réessayez une fois le réseau revenu.",
};

async function fetchFragment(address, body) {
  try {
    const request = { method: body ? "POST" : "GET", body, redirect: "manual", headers: { "HX-Request": "true" } };
    const response = await fetch(address, request);
    if (response.ok || response.status === 422) return { html: await response.text() };
    if (response.type === "opaqueredirect") return { trouble: "session" };
    return { trouble: response.status === 403 ? "stale" : "server" };
  } catch {
    return { trouble: "network" };
  }
}

export class FragmentDialog {
  constructor(id, title, { isWide = false } = {}) {
    const head = Object.assign(document.createElement("h2"), { id: `titre-${id}`, textContent: title });
    const close = document.createElement("form");
    Object.assign(close, { method: "dialog", className: "toolbar" });
    close.append(Object.assign(document.createElement("button"), { className: "btn", textContent: "Fermer" }));
    this.body = document.createElement("div");
    this.element = document.createElement("dialog");
    Object.assign(this.element, { id, className: `dialog${isWide ? " is-wide" : ""}` });
    this.element.setAttribute("aria-labelledby", head.id);
    this.element.append(head, this.body, close);
    document.body.append(this.element);
  }

  // True when the fragment is there.
  async load(address, body) {
    this.body.setAttribute("aria-busy", "true");
    if (!this.element.open) {
      this.body.replaceChildren();
      this.element.showModal();
    }
    const { html, trouble } = await fetchFragment(address, body);
    this.body.removeAttribute("aria-busy");
    if (html !== undefined) this.body.innerHTML = html;
    else this.say(TROUBLE[trouble]);
    return html !== undefined;
  }

  // What was typed stays under the sentence.
  say(sentence) {
    this.body.querySelector(".save-alert")?.remove();
    const line = Object.assign(document.createElement("p"), { className: "save-alert", textContent: sentence });
    line.setAttribute("role", "alert");
    this.body.prepend(line);
  }

  close() {
    this.element.close();
  }
}
