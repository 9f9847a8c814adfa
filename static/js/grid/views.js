// Two views of the same rows: the grid, and one point at a time. The point being worked on is in the
// address (#O-7.1), so that changing the view, the filter or the page keeps the place.
import { currentRef, goTo, keepLinks } from "./address.js";

const POINT = "point";
const PATIENCE = 150; // a browser refuses an address that changes too often

export class Views {
  constructor(grid) {
    this.grid = grid;
    this.rows = grid.rows;
    this.table = grid.form.querySelector(".grid");
    this.table.dataset.live = ""; // from now on this module says which card is shown, not :target
    for (const way of this.table.querySelectorAll(".point-move")) way.remove();
    this.links = [...grid.page.querySelectorAll("[data-view-link]")];
    this.tellLinks = keepLinks(this.links, "vue", (link) => link.dataset.viewLink);
    this.unfolded = new Set(); // the points whose guide this view unfolded, not the person
    this.way = this.buildWay();
    this.listen();
    this.start();
  }

  get byPoint() {
    return this.table.dataset.view === POINT;
  }

  listen() {
    for (const link of this.links) link.addEventListener("click", (event) => this.onLink(event, link));
    const reveal = this.rows.reveal;
    this.rows.reveal = (row) => {
      reveal(row);
      if (this.byPoint) this.show(row);
    };
    this.grid.form.addEventListener("focusin", (event) => this.follow(event.target.closest("tr.point")));
    this.grid.form.addEventListener("filtered", () => this.onFiltered());
    addEventListener("popstate", () => this.onBack());
    addEventListener("pagehide", () => this.writeAddress());
  }

  start() {
    const chosen = this.table.querySelector(".point.is-shown:not(.is-excluded)"); // by the server
    const row = this.rows.byRef(currentRef()) ?? chosen;
    if (row) {
      this.rows.reveal(row);
      this.rows.makeCurrent(row);
    }
    goTo((query) => query.delete("point"));
    this.apply(this.byPoint ? POINT : "");
  }

  // -- Which view ------------------------------------------------------------------------------

  onLink(event, link) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const view = link.dataset.viewLink;
    if (view === (this.byPoint ? POINT : "")) return;
    const row = this.place;
    this.writeAddress();
    goTo((query) => (view ? query.set("vue", view) : query.delete("vue")), { push: true });
    this.apply(view);
    this.rows.focus(row);
  }

  onBack() {
    this.apply(new URLSearchParams(location.search).get("vue") === POINT ? POINT : "");
    const row = this.rows.byRef(currentRef());
    if (row && !row.hidden) this.rows.focus(row);
  }

  apply(view) {
    if (view) this.table.dataset.view = view;
    else delete this.table.dataset.view;
    this.way.hidden = !view;
    for (const link of this.links) {
      if (link.dataset.viewLink === view) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    this.tellLinks();
    if (view) this.show(this.place);
    else this.foldAgain();
  }

  // Where the person is: on the point of the focus, else on the first one.
  get place() {
    const row = this.rows.current;
    return row && !row.hidden ? row : this.rows.shown[0];
  }

  // -- One point at a time ---------------------------------------------------------------------

  show(row) {
    if (!row) return;
    for (const one of this.table.querySelectorAll(".point.is-shown, tbody.is-shown")) {
      one.classList.remove("is-shown");
    }
    row.classList.add("is-shown");
    row.parentElement.classList.add("is-shown");
    this.rows.makeCurrent(row);
    this.unfold(row);
    const shown = this.rows.shown;
    const at = shown.indexOf(row);
    this.way.querySelector("[data-place]").textContent = `${row.id} – ${at + 1} sur ${shown.length}`;
    this.way.querySelector("[data-step='-1']").disabled = at <= 0;
    this.way.querySelector("[data-step='1']").disabled = at === shown.length - 1;
  }

  unfold(row) {
    if (this.grid.guides.isOpen(row)) return;
    this.unfolded.add(row);
    this.grid.guides.open(row);
  }

  foldAgain() {
    for (const row of this.unfolded) this.grid.guides.close(row);
    this.unfolded.clear();
  }

  buildWay() {
    const way = document.createElement("div");
    way.className = "point-way";
    way.setAttribute("role", "group");
    way.setAttribute("aria-label", "Changer de point");
    const place = document.createElement("span");
    place.dataset.place = "";
    way.append(this.step("Précédent", -1), place, this.step("Suivant", 1));
    this.grid.page.querySelector(".grid-bar").append(way);
    return way;
  }

  // Goes on without taking the focus away: the same button serves for the whole way.
  step(label, step) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn btn-sm", textContent: label });
    button.dataset.step = step;
    button.addEventListener("click", () => {
      const row = this.rows.neighbour(this.place, step);
      if (!row) return;
      this.show(row);
      this.follow(row);
      this.grid.status.announce(this.way.querySelector("[data-place]").textContent);
      if (button.disabled) this.rows.focus(row);
    });
    return button;
  }

  onFiltered() {
    if (this.rows.current?.hidden) this.rows.makeCurrent(this.rows.shown[0]);
    this.tellLinks();
    if (this.byPoint) this.show(this.place);
  }

  // -- The address -----------------------------------------------------------------------------

  follow(row) {
    if (!row) return;
    this.followed = row;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.writeAddress(), PATIENCE);
  }

  writeAddress() {
    clearTimeout(this.timer);
    if (!this.followed) return;
    const hash = `#${this.followed.id}`;
    if (location.hash !== hash) history.replaceState(null, "", hash);
    this.followed = null;
  }
}
