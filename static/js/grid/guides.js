// The scoring guide, references and notes of a row come when it is unfolded, all in one request:
// the page stays light, and what was read once stays readable without a network.

export class Guides {
  constructor(form, opener) {
    this.form = form;
    form.addEventListener("toggle", (event) => this.fill(event.target), true);
    opener?.addEventListener("click", (event) => {
      event.preventDefault();
      this.toggleAll(opener);
    });
  }

  async fill(details) {
    const row = details.closest?.("tr.point");
    if (!row || !details.open || details.querySelector(".point-guide")) return;
    const blocks = await this.load();
    const block = blocks?.get(row.id);
    if (!block || details.querySelector(".point-guide")) return;
    const guide = document.createElement("div");
    guide.className = "point-guide";
    guide.append(...block.cloneNode(true).children);
    details.append(guide);
  }

  load() {
    this.loading ??= fetch(this.form.dataset.guides)
      .then((response) => (response.ok ? response.text() : Promise.reject(response.status)))
      .then((html) => {
        const page = new DOMParser().parseFromString(html, "text/html");
        return new Map([...page.querySelectorAll("[data-ref]")].map((one) => [one.dataset.ref, one]));
      })
      .catch(() => {
        this.loading = null; // the next unfolding asks again
        return null;
      });
    return this.loading;
  }

  toggle(row) {
    const details = row.querySelector("details");
    if (details) details.open = !details.open;
  }

  get all() {
    return [...this.form.querySelectorAll("tr.point details")];
  }

  get areAllOpen() {
    return this.all.every((details) => details.open);
  }

  toggleAll(opener) {
    const open = !this.areAllOpen;
    for (const details of this.all) details.open = open;
    opener.textContent = open ? "Replier les barèmes" : "Déplier les barèmes";
  }
}
