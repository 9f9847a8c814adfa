// Reading comfort: the density, kept for the next pages by the cookie that the server reads, and the
// guides all unfolded, kept by this browser.
import { goTo, keepLinks } from "./address.js";
import { isOn, keep } from "./preferences.js";

const A_YEAR = 365 * 24 * 3600;
const WORDS = { "": "confortable", compact: "compacte" };

export class Comfort {
  constructor(grid) {
    this.grid = grid;
    this.table = grid.form.querySelector(".grid");
    this.links = [...grid.page.querySelectorAll("[data-density-link]")];
    for (const link of this.links) link.addEventListener("click", (event) => this.onLink(event, link));
    this.rememberGuides(grid.page.querySelector("[data-guides-all]"));
    this.tellLinks = keepLinks(this.links, "densite", (link) => WORDS[link.dataset.densityLink]);
    addEventListener("popstate", () => this.tellLinks());
    addEventListener("beforeprint", () => this.datePrint());
  }

  onLink(event, link) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const density = link.dataset.densityLink;
    if (density) this.table.dataset.density = density;
    else delete this.table.dataset.density;
    document.cookie = `densite=${WORDS[density]}; path=/; max-age=${A_YEAR}; samesite=lax`;
    goTo((query) => query.delete("densite"));
    for (const one of this.links) {
      if (one === link) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
    this.tellLinks();
    this.grid.status.announce(`Densité ${WORDS[density]}`);
    // What is read stays in sight when the rows change their height.
    const row = this.grid.rows.entered;
    if (row && !row.hidden) row.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  rememberGuides(opener) {
    const { guides } = this.grid;
    if (isOn("guides", false) && !guides.areAllOpen) guides.toggleAll(opener);
    opener.addEventListener("click", () => {
      keep("guides", guides.areAllOpen);
      goTo((query) => query.delete("reperes"));
    });
  }

  // The paper says when it was printed, and the address of what it shows, not those of the opening.
  datePrint() {
    const format = new Intl.DateTimeFormat("fr-FR", { dateStyle: "medium", timeStyle: "short", timeZone: "Europe/Paris" });
    const date = this.grid.page.querySelector("[data-print-date]");
    date.textContent = format.format(new Date()).replace(/^1 /, "1er ");
    date.closest("p").lastChild.textContent = ` · ${location.href}`;
  }
}
