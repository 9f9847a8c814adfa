// The state of each chapter in the list beside the grid: it follows the scores, and what others
// declare or are given. Declaring a chapter finished is one request; without this module, one form.
// "" · states À commencer, En cours, Terminé, À corriger, as the server computes them.

const WORDS = { todo: "À commencer", current: "En cours", done: "Terminé", fix: "À corriger" };

// Pure: the same rule as domain/chapters.py.
export function stateOf({ total, done, started, finished }) {
  if (finished) return done === total ? "done" : "fix";
  if (total === 0) return "done";
  return started || done ? "current" : "todo";
}

export class Chapters {
  constructor(grid) {
    this.grid = grid;
    this.list = grid.page.querySelector(".chapters");
    grid.life.hear(({ works }) => works && this.heard(works));
    grid.onEdit?.(({ ref }) => this.onEdit(grid.rows.byRef(ref)));
    this.list.querySelector("form")?.addEventListener("submit", (event) => this.onSubmit(event));
  }

  get items() {
    return [...this.list.querySelectorAll("[data-chapter]")];
  }

  onEdit(row) {
    const item = this.list.querySelector(`[data-chapter="${row?.closest("tbody").dataset.chapter}"]`);
    if (!item) return;
    item.dataset.started = "oui";
    this.show(item);
  }

  heard(works) {
    const said = new Map(works.map((work) => [String(work.chapter), work]));
    for (const item of this.items) {
      const { finished = false, assignee = "", mine = false } = said.get(item.dataset.chapter) ?? {};
      item.dataset.finished = finished ? "oui" : "non";
      item.querySelector(".chapter-who").textContent = assignee;
      const body = this.grid.form.querySelector(`tbody[data-chapter="${item.dataset.chapter}"]`);
      body?.toggleAttribute("data-mine", mine);
      this.show(item);
    }
  }

  show(item) {
    const [done, total] = item.querySelector(".chapter-count").textContent.split("/").map(Number);
    const finished = item.dataset.finished === "oui";
    const state = stateOf({ total, done, finished, started: item.dataset.started === "oui" });
    item.dataset.state = state;
    item.querySelector(".chapter-state").textContent = WORDS[state];
    const button = item.querySelector("button");
    if (button) this.turn(button, finished, state);
  }

  turn(button, finished, state) {
    button.value = finished ? "non" : "oui";
    button.textContent = finished ? "Rouvrir" : "J’ai terminé";
    button.setAttribute("aria-label", `${button.textContent} le chapitre ${button.dataset.name}`);
    button.hidden = state === "todo";
  }

  async onSubmit(event) {
    event.preventDefault();
    const button = event.submitter;
    const item = button.closest("[data-chapter]");
    const answer = await this.grid.life.transport.deliver(button.formAction, () => ({
      method: "POST",
      redirect: "error",
      headers: this.grid.life.transport.headers(),
      body: new URLSearchParams({ finished: button.value }),
    }));
    if (answer.kind !== "saved") return this.refuse(answer);
    item.dataset.finished = answer.finished ? "oui" : "non";
    this.show(item);
    return this.grid.status.announce(`${button.dataset.name}\u00a0: ${WORDS[item.dataset.state]}`);
  }

  // The reason stands in the line of the state when the connection is at fault.
  refuse(answer) {
    this.grid.status.announce(answer.error || "L’état du chapitre n’a pas pu être enregistré.");
    return this.grid.life.beat();
  }
}
