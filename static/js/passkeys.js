// Keys and passkeys: a form marked data-passkey="create" or "get" sends what the browser answers.
// Its options stand in the page as JSON, or are asked of the server (signing in by a key alone).

const fromText = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const listed = (keys = []) => keys.map((key) => ({ ...key, id: fromText(key.id) }));

function readOptions({ publicKey: options }) {
  const read = { ...options, challenge: fromText(options.challenge) };
  if (options.user) read.user = { ...options.user, id: fromText(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = listed(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = listed(options.allowCredentials);
  return read;
}

function written(credential) {
  const { response } = credential;
  const parts = ["attestationObject", "clientDataJSON", "authenticatorData", "signature", "userHandle"];
  const held = parts.filter((part) => response[part]);
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response: Object.fromEntries(held.map((part) => [part, toText(response[part])])),
  });
}

async function optionsOf(form) {
  const inPage = form.querySelector("script[type='application/json']");
  if (inPage) return readOptions(JSON.parse(inPage.textContent));
  const headers = { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" };
  const answer = await fetch(form.action, { headers });
  return readOptions((await answer.json()).request_options);
}

async function ask(form) {
  const publicKey = await optionsOf(form);
  if (form.dataset.passkey === "get") return navigator.credentials.get({ publicKey });
  // A key that signs in alone keeps the account in itself, and asks for a code or a finger.
  if (form.elements.passwordless?.checked) {
    publicKey.authenticatorSelection = {
      ...publicKey.authenticatorSelection,
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    };
  }
  return navigator.credentials.create({ publicKey });
}

function inWords(error) {
  if (error.name === "NotAllowedError") return "La clé n’a pas répondu, ou vous avez annulé\u00a0: recommencez.";
  if (error.name === "InvalidStateError") return "Cette clé est déjà enregistrée.";
  if (error.name === "SecurityError") return "Cette adresse n’admet pas de clé\u00a0: il faut un nom de site, en HTTPS.";
  return "La clé n’a pas pu être lue\u00a0: recommencez, ou utilisez une application de codes.";
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("[type=submit]");
  const problem = form.querySelector("[data-problem]");
  button.hidden = !window.PublicKeyCredential;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = "";
    button.disabled = true;
    try {
      form.elements.credential.value = written(await ask(form));
      form.submit();
    } catch (error) {
      problem.textContent = inWords(error);
      button.disabled = false;
    }
  });
}
