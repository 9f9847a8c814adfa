// The choices of a person, kept by this browser: shortcuts active, go on after a score, guides unfolded.

const PREFIX = "clausier:grille:";

export function isOn(name, byDefault = true) {
  try {
    const kept = localStorage.getItem(PREFIX + name);
    return kept === null ? byDefault : kept === "oui";
  } catch {
    return byDefault;
  }
}

export function keep(name, on) {
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
