// The profile of a purchase: at each tick the server says what comes in, what goes out and what else
// is ticked; this module puts its answer in the page. Without it, « Voir l’effet » shows the same.

const LOST = "L’effet n’a pas pu être calculé : vérifiez la connexion. Enregistrer reste possible.";

function start(form) {
  const boxes = new Map([...form.elements.flags].map((box) => [box.value, box]));
  const office = new Set(); // ticked by an implication in this session: goes with its reason
  const atLoad = ticked().join();
  let asking = new AbortController();
  let isLeaving = false;

  function ticked() {
    return [...boxes.values()].filter((box) => box.checked).map((box) => box.value);
  }

  function note(flag) {
    return document.getElementById(`office-${flag}`);
  }

  function isImplied(flag) {
    return note(flag).textContent.trim() !== "";
  }

  /** Ask what the ticks of the person change; only the last answer is shown. */
  async function ask() {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const own = ticked().filter((flag) => !office.has(flag));
    const query = new URLSearchParams(own.map((flag) => ["flags", flag]));
    try {
      const response = await fetch(`${form.dataset.effect}?${query}`, { signal });
      if (!response.ok || response.redirected) throw new Error(response.status);
      show(await response.text());
    } catch (error) {
      if (!signal.aborted) form.querySelector("[data-change]").textContent = LOST;
    }
  }

  function show(html) {
    const answer = new DOMParser().parseFromString(html, "text/html");
    for (const part of answer.querySelectorAll("[data-part]")) {
      const place = document.querySelector(`main [data-part="${part.dataset.part}"]`);
      place?.replaceChildren(...part.childNodes);
    }
    imply();
  }

  /** Tick what the server says is implied, and untick what was when its reason goes. */
  function imply() {
    for (const [flag, box] of boxes) {
      const implied = isImplied(flag);
      note(flag).hidden = !implied;
      if (implied && !box.checked) {
        box.checked = true;
        office.add(flag);
      } else if (!implied && office.delete(flag)) {
        box.checked = false;
      }
      if (implied) box.setAttribute("aria-disabled", "true");
      else box.removeAttribute("aria-disabled");
    }
  }

  const isDirty = () => ticked().join() !== atLoad;

  form.addEventListener("click", (event) => {
    const box = event.target.closest("input[name=flags]");
    if (box && !box.checked && isImplied(box.value)) event.preventDefault();
  });
  form.addEventListener("change", ask);
  form.addEventListener("submit", () => {
    isLeaving = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!isLeaving && isDirty()) event.preventDefault();
  });
  // A browser that goes back restores the ticks: ask about them again.
  addEventListener("pageshow", () => {
    isLeaving = false;
    const asServed = [...boxes.values()].every((box) => box.checked === box.defaultChecked);
    if (!asServed) ask();
  });
  for (const button of form.querySelectorAll("[data-only-without-js]")) button.hidden = true;
  imply();
}

const form = document.getElementById("profil");
if (form) start(form);
