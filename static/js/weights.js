// The weights of a checklist: sums and shares while one types. The server computes the same and
// decides; without this module « Recalculer » asks it. « Recalculer » stays: it shows errors too.

const MISSING = "Aucun point n’a de poids\u00a0: la note ne pourrait pas être calculée.";

/** Read a number as the server does: a comma or a point; an empty box is null. */
export function number(text) {
  const typed = text.trim().replace(",", ".");
  return typed === "" ? null : Number(typed);
}

/** Write a number as the server does: a comma, two decimals at most, no zeros that say nothing. */
export function written(value) {
  return String(Math.round((value + Number.EPSILON) * 100) / 100).replace(".", ",");
}

/** Say why weights that sum to ``total`` cannot be published. */
export function complaint(total, announced) {
  if (!total) return MISSING;
  if (announced === null || written(total) === written(announced)) return "";
  return `Les poids font ${written(total)}, au lieu des ${written(announced)} annoncés.`;
}

function start(form) {
  const atLoad = snapshot();
  let isLeaving = false;

  function snapshot() {
    return JSON.stringify([...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken"));
  }

  const box = (row, what) => row.querySelector(`[data-of=${what}] :is(input, select)`);

  function weightOf(row) {
    if (box(row, "effect").value === "information") return 0;
    return number(box(row, "weight").value) ?? 1;
  }

  function show(row, weight, total) {
    const share = total ? weight / total : 0;
    row.querySelector("[data-share]").textContent = written(100 * share);
    row.querySelector("[data-part]").textContent = written((number(form.elements.max_note.value) ?? 0) * share);
  }

  function tell() {
    const sections = [...form.querySelectorAll("[data-section]")].map((section) => ({
      head: section.querySelector(".section-row"),
      points: [...section.querySelectorAll("[data-point]")].map((row) => ({ row, weight: weightOf(row) })),
    }));
    const sum = (points) => points.reduce((all, { weight }) => all + weight, 0);
    const total = sum(sections.flatMap(({ points }) => points));
    if (Number.isNaN(total)) return; // a letter among the digits: the server says where
    const announced = number(form.elements.total.value);
    for (const { head, points } of sections) {
      head.querySelector("[data-sum]").textContent = written(sum(points));
      show(head, sum(points), total);
      for (const { row, weight } of points) show(row, weight, total);
    }
    form.querySelector("[data-total]").textContent = written(total);
    form.querySelector("[data-announced]").textContent = announced === null ? "" : `sur ${written(announced)} annoncés`;
    form.querySelector("[data-complaint]").textContent = complaint(total, announced);
    form.querySelector("[data-unsaved]").textContent = snapshot() === atLoad ? "" : "Pas encore enregistré.";
  }

  /** What is given to a chapter goes to its points at once; the chapter keeps nothing. */
  function share(head, what) {
    const given = box(head, what);
    if (given.value === "") return;
    for (const row of head.closest("[data-section]").querySelectorAll("[data-point]")) {
      box(row, what).value = given.value;
    }
    given.value = "";
  }

  form.addEventListener("change", (event) => {
    const head = event.target.closest(".section-row");
    if (head) share(head, event.target.closest("[data-of]").dataset.of);
    tell();
  });
  form.addEventListener("input", tell);
  form.addEventListener("submit", () => {
    isLeaving = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!isLeaving && snapshot() !== atLoad) event.preventDefault();
  });
}

const form = document.getElementById("ponderation");
if (form) start(form);
