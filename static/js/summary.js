// The open summary follows the scoring: its figures come again every 15 s while the page is in
// sight, and at once when the grid of this browser says that it saved something. Nothing moves
// under the reader: the focus and what was at the top of the window stay where they are.

const CLOCK = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit" });
const line = document.getElementById("fraicheur");
const figures = () => document.getElementById("chiffres");
const FOCUSABLE = "#chiffres a, #entete-synthese a";

let kept = null;

// What a link is, once the list around it has been made anew: where it leads, and which one it is.
function place(link) {
  const same = [...document.querySelectorAll(FOCUSABLE)].filter((one) => one.href === link.href);
  return { href: link.href, nth: same.indexOf(link) };
}

function at({ href, nth }) {
  const same = [...document.querySelectorAll(FOCUSABLE)].filter((one) => one.href === href);
  return same[nth] ?? same[0];
}

// The title that the eye is at: the last one above the top of the window.
function anchor() {
  const titles = [...figures().querySelectorAll("h2[id]")];
  const above = titles.filter((title) => title.getBoundingClientRect().top <= 0);
  const title = above.at(-1);
  return title && { id: title.id, top: title.getBoundingClientRect().top };
}

function keep() {
  const focused = document.activeElement?.closest(FOCUSABLE);
  kept = { focus: focused && place(focused), anchor: anchor() };
}

function giveBack() {
  if (!kept) return;
  const title = kept.anchor && document.getElementById(kept.anchor.id);
  if (title) scrollBy({ top: title.getBoundingClientRect().top - kept.anchor.top, behavior: "instant" });
  if (kept.focus && document.activeElement === document.body) {
    (at(kept.focus) ?? document.getElementById("contenu")).focus({ preventScroll: true });
  }
  kept = null;
}

function say(...parts) {
  line.replaceChildren(...parts);
}

function signedOut() {
  const link = document.createElement("a");
  Object.assign(link, { href: location.href, textContent: "Se reconnecter" });
  say("Votre session a expiré\u00a0: la synthèse n’est plus mise à jour. ", link);
}

function isOurs(event) {
  return event.detail.elt?.id === "chiffres";
}

const isHere = (address) => new URL(address, location.href).pathname === location.pathname;

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isOurs(event) && document.hidden) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isOurs(event) || !event.detail.shouldSwap) return;
  // The page of sign-in, or any other page, never comes inside this one.
  if (!isHere(event.detail.xhr.responseURL)) {
    event.detail.shouldSwap = false;
    return signedOut();
  }
  keep();
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.elt?.id !== "chiffres" && event.detail.target?.id !== "chiffres") return;
  giveBack();
  say(`Synthèse mise à jour à ${CLOCK.format(new Date())}`);
});
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (isOurs(event)) say("Le serveur ne répond pas\u00a0: les chiffres affichés sont les derniers reçus.");
  });
}
document.addEventListener("visibilitychange", () => document.hidden || ask());

function ask() {
  window.htmx?.trigger(figures(), "clausier:saved");
}

const channel = new BroadcastChannel("clausier:saved");
channel.addEventListener("message", ({ data }) => {
  if (String(data) === figures().dataset.assessment) ask();
});
