// Two people changed the same field: both values, author and time, in place, and a choice.
// The value that is not kept stays in the history of the point (the server has written it there).
import { TEXT_FIELDS } from "./rows.js";
import { atTime } from "./status.js";
import { VALUES } from "./words.js";

const words = (field, value) => (TEXT_FIELDS.has(field) ? value || VALUES[""] : VALUES[value]);

export class Conflicts {
  constructor({ rows, queue, wrote }) {
    Object.assign(this, { rows, queue, wrote });
  }

  show(entry) {
    const shown = this.panel(entry);
    if (entry.state !== "conflict") return shown?.remove();
    const row = this.rows.byRef(entry.ref);
    if (!row) return;
    if (shown) {
      shown.querySelector("[data-mine]").textContent = words(entry.field, entry.value);
      return;
    }
    const place = row.querySelector(entry.field.startsWith("claim") ? ".claims" : ".scores");
    place.append(this.build(entry));
  }

  panel(entry) {
    return document.getElementById(`conflit-${entry.key}`);
  }

  build(entry) {
    const { author, at, theirs } = entry.answer;
    const panel = element("div", { className: "conflict", id: `conflit-${entry.key}` });
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", `Conflit sur le point ${entry.ref}`);
    const list = element("dl");
    const mine = element("dd", { className: "prose-lines", textContent: words(entry.field, entry.value) });
    mine.dataset.mine = "";
    list.append(
      element("dt", { textContent: `${author}, ${atTime(new Date(at))}` }),
      element("dd", { className: "prose-lines", textContent: words(entry.field, theirs) }),
      element("dt", { textContent: "Vous" }),
      mine,
    );
    panel.append(list, this.choices(entry));
    return panel;
  }

  choices(entry) {
    const bar = element("div", { className: "toolbar" });
    const add = (label, act) => {
      const button = element("button", { type: "button", className: "btn btn-sm", textContent: label });
      button.addEventListener("click", () => this.choose(entry, act));
      bar.append(button);
    };
    add("Garder la mienne", () => this.queue.resolve(entry, entry.value));
    add("Prendre l’autre", () => this.take(entry, entry.answer.theirs, () => this.queue.accept(entry)));
    if (TEXT_FIELDS.has(entry.field)) add("Fusionner le texte", () => this.merge(entry));
    return bar;
  }

  choose(entry, act) {
    act();
    this.rows.focus(this.rows.byRef(entry.ref));
  }

  take(entry, value, then) {
    this.rows.write(entry.ref, entry.field, value);
    this.wrote(entry);
    then();
  }

  merge(entry) {
    const both = `${entry.answer.theirs}\n${entry.value}`.trim();
    this.take(entry, both, () => this.queue.resolve(entry, both));
  }
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
