// The grid of a member who reads: the same filters, views and moves, and nothing to write.
import { Comfort } from "./comfort.js";
import { Filters } from "./filters.js";
import { Guides } from "./guides.js";
import { actOf, isTextField } from "./keys.js";
import { PEOPLE_WHO_READ } from "./people.js";
import { isOn } from "./preferences.js";
import { Rows } from "./rows.js";
import { announceIn } from "./status.js";
import { Views } from "./views.js";

class Reading {
  constructor(root) {
    this.form = root;
    this.page = root.closest(".assessment");
    this.rows = new Rows(root, () => {});
    this.guides = new Guides(root, this.page.querySelector("[data-guides-all]"));
    this.status = { announce: (text) => announceIn(this.page.querySelector(".status-region"), text) };
    this.acts = {
      move: (act, row) => this.rows.focus(this.rows.neighbour(row, act.step)),
      edge: (act) => this.rows.focus(this.rows.shown.at(act.step > 0 ? -1 : 0)),
      guide: (act, row) => this.guides.toggle(row),
      filter: () => document.getElementById("filtre-texte").focus(),
    };
    for (const Feature of [Filters, Views, Comfort, ...PEOPLE_WHO_READ]) new Feature(this);
    root.addEventListener("keydown", (event) => this.onKey(event));
  }

  onKey(event) {
    const row = this.rows.of(event.target);
    if (!row || isTextField(event.target) || !isOn("shortcuts")) return;
    const act = actOf(event);
    if (!(act?.kind in this.acts)) return;
    event.preventDefault();
    this.acts[act.kind](act, row);
  }
}

const table = document.getElementById("lecture");
if (table) {
  new Reading(table);
  table.dataset.ready = "oui";
}
