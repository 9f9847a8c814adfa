// The profile of a purchase: counts the points asked while one ticks, and ticks what a tick implies.
// The server computes the same and decides; without this module « Recalculer » asks it.

const MOST_NAMED = 12;

/** Return the flags with all that they imply. */
export function closure(flags, implies) {
  const all = new Set(flags);
  for (const { flag, then } of implies) if (all.has(flag)) all.add(then);
  return all;
}

/** Return the numbers of the points asked: forced ones first obey the buyer, then the rule. */
export function askedUnder(points, flags) {
  const applies = ({ terms }) => terms.every((term) => term.some((flag) => flags.has(flag)));
  return points.filter(({ force, terms }) => (force ? force === "in" : applies({ terms })));
}

/** Say what comes in and what goes out, as the server does. */
export function change(before, after) {
  const had = new Set(before.map(({ ref }) => ref));
  const has = new Set(after.map(({ ref }) => ref));
  const added = after.filter(({ ref }) => !had.has(ref));
  const removed = before.filter(({ ref }) => !has.has(ref));
  return [named("+", added), named("−", removed)].filter(Boolean).join(" ");
}

function named(sign, points) {
  if (!points.length) return "";
  const rest = points.length - MOST_NAMED;
  const names = points.slice(0, MOST_NAMED).map(({ ref }) => ref).join(", ");
  const word = points.length > 1 ? "points" : "point";
  return `${sign}${points.length} ${word}\u00a0: ${names}${rest > 0 ? ` et ${rest} autres` : ""}.`;
}

function start(form, data) {
  const boxes = new Map([...form.elements.flags].map((box) => [box.value, box]));
  const office = new Set(); // ticked by an implication in this session: goes with its reason
  const atLoad = ticked();
  let asked = current();
  let isLeaving = false;

  function ticked() {
    return [...boxes.values()].filter((box) => box.checked).map((box) => box.value);
  }

  function current() {
    return askedUnder(data.points, closure(ticked(), data.implies));
  }

  function reasonOf(flag) {
    const held = data.implies.find(({ flag: source, then }) => then === flag && boxes.get(source).checked);
    return held ? held.because : "";
  }

  function imply() {
    for (const { then } of data.implies) {
      const box = boxes.get(then);
      const because = reasonOf(then);
      if (because && !box.checked) {
        box.checked = true;
        office.add(then);
      } else if (!because && office.delete(then)) {
        box.checked = false;
      }
      show(then, because);
    }
  }

  function show(flag, because) {
    const note = document.getElementById(`office-${flag}`);
    note.hidden = !because;
    note.textContent = because ? `Coché d’office, parce que ${because}.` : "";
    if (because) boxes.get(flag).setAttribute("aria-disabled", "true");
    else boxes.get(flag).removeAttribute("aria-disabled");
  }

  function isDirty() {
    return ticked().join() !== atLoad.join();
  }

  function tell() {
    const now = current();
    const words = change(asked, now);
    asked = now;
    form.querySelector("[data-count]").textContent = now.length;
    document.querySelector("[data-asked-total]").textContent = now.length;
    for (const row of document.querySelectorAll("[data-section]")) {
      const count = now.filter(({ section }) => section === Number(row.dataset.section)).length;
      row.querySelector("[data-asked]").textContent = count;
      row.classList.toggle("is-empty", count === 0);
    }
    const state = isDirty() ? "Pas encore enregistré." : "";
    const whole = (words || "Aucun point ne change.").replaceAll("-", "\u2011"); // O-9.1 stays whole
    form.querySelector("[data-change]").textContent = `${whole} ${state}`.trim();
  }

  form.addEventListener("click", (event) => {
    const box = event.target.closest("input[name=flags]");
    if (box && reasonOf(box.value) && !box.checked) event.preventDefault();
  });
  form.addEventListener("change", () => {
    imply();
    tell();
  });
  form.addEventListener("submit", () => {
    isLeaving = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!isLeaving && isDirty()) event.preventDefault();
  });
  // A browser that goes back restores the ticks: count them again.
  addEventListener("pageshow", () => {
    imply();
    const now = current();
    if (now.length !== asked.length || isDirty()) tell();
  });
  for (const button of form.querySelectorAll("[data-only-without-js]")) button.hidden = true;
  imply();
}

const form = document.getElementById("profil");
const script = document.getElementById("profil-donnees");
if (form && script) start(form, JSON.parse(script.textContent));
