// Under a score that departs from what a specialist found, the grid asks for the reason until the comment
// gives one; which scores depart, the server says in the row: the rule is not written twice. Whoever
// writes beside a score has seen the claim that changed: its mark goes.

export class Departures {
  constructor(grid) {
    this.rows = grid.rows;
    grid.onEdit(({ ref, field }) => {
      if (!field.startsWith("claim")) this.rows.byRef(ref)?.querySelector(".score-outdated")?.remove();
      this.tell(ref);
    });
  }

  tell(ref) {
    const found = this.rows.byRef(ref)?.querySelector(".found");
    if (!found) return;
    const departs = found.dataset.departing.split(" ").includes(this.rows.value(ref, "score"));
    found.querySelector(".found-departs").hidden = !departs || Boolean(this.rows.value(ref, "comment").trim());
  }
}
