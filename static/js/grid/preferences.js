// Two choices of a person, kept by this browser: shortcuts active, go on after a score.

const PREFIX = "clausier:grille:";

export function isOn(name) {
  try {
    return localStorage.getItem(PREFIX + name) !== "non";
  } catch {
    return true;
  }
}

function keep(name, on) {
  try {
    localStorage.setItem(PREFIX + name, on ? "oui" : "non");
  } catch {
    // A browser that keeps nothing: the choice holds for nothing longer than this page.
  }
}

export function bindPreferences(root) {
  for (const box of root.querySelectorAll("[data-preference]")) {
    box.checked = isOn(box.dataset.preference);
    box.addEventListener("change", () => keep(box.dataset.preference, box.checked));
  }
}
