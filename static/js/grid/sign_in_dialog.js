// Signing in again in place, once the session is over: the address is the one of the page, the password
// goes through the form of the sign-in page. On anything unexpected, the link to a new tab remains.

export default class SignInDialog {
  constructor(session) {
    this.session = session;
    document.body.append(document.getElementById("reconnexion-modele").content.cloneNode(true));
    this.dialog = document.getElementById("reconnexion");
    this.dialog.querySelector("[data-later]").addEventListener("click", () => this.dialog.close());
    this.dialog.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(event.target);
    });
  }

  open() {
    this.say("");
    this.dialog.showModal();
    this.dialog.querySelector("[name=password]").focus();
  }

  async submit(form) {
    const { life } = this.session.grid;
    this.say("Connexion…");
    const problem = await signIn(form);
    form.elements.password.value = "";
    if (problem) return this.say(problem);
    await life.transport.renewToken();
    await life.asking; // one that left before the sign-in says nothing of it
    const answer = await life.beat();
    if (answer?.kind !== "saved") return this.say(answer?.error || NO_ANSWER);
    this.dialog.close();
    return this.session.goBack();
  }

  say(text) {
    this.dialog.querySelector("[role=alert]").textContent = text;
  }
}

const NO_ANSWER = "Le serveur ne répond pas\u00a0: réessayez.";

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
    return NO_ANSWER;
  }
}

async function loadForm(address) {
  const page = parse(await (await fetch(address)).text());
  return page.querySelector("form [name=password]")?.form ?? null;
}

function problemIn(html) {
  const problem = parse(html).querySelector(".error-summary li, .invalid-feedback");
  return problem?.textContent.trim() || "La connexion a échoué\u00a0: essayez dans un nouvel onglet.";
}

const parse = (html) => new DOMParser().parseFromString(html, "text/html");
