// What is expected, the scoring guide and the references of a row. The page holds one link a row; this
// module unfolds it in place. All the guides come in one request, once the page has nothing else to
// do: what is there stays readable without a network.

const LABEL = "Réponse attendue et barème";
const MISSING = "Le barème n’est pas encore chargé. Vérifiez la connexion, puis dépliez-le à nouveau.";
const whenIdle = globalThis.requestIdleCallback ?? ((act) => setTimeout(act, 1000));

export class Guides {
  constructor(form, opener) {
    this.form = form;
    for (const link of form.querySelectorAll("a.unfold")) {
      link.setAttribute("role", "button");
      link.setAttribute("aria-expanded", "false");
    }
    form.addEventListener("click", (event) => this.onLink(event));
    form.addEventListener("keydown", (event) => event.key === " " && this.onLink(event));
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      this.toggleAll(opener);
    });
    whenIdle(() => this.load());
  }

  get rows() {
    return [...this.form.querySelectorAll("tr.point")];
  }

  onLink(event) {
    const link = event.target.closest("a.unfold");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const row = link.closest("tr.point");
    this.open(row);
    row.querySelector("summary").focus();
  }

  isOpen(row) {
    return row.querySelector("details")?.open ?? false;
  }

  get areAllOpen() {
    return this.rows.every((row) => this.isOpen(row));
  }

  open(row) {
    const details = row.querySelector("details") ?? this.build(row);
    details.open = true;
    return this.fill(row, details);
  }

  close(row) {
    const details = row.querySelector("details");
    if (details) details.open = false;
  }

  toggle(row) {
    if (this.isOpen(row)) this.close(row);
    else this.open(row);
  }

  toggleAll(opener) {
    const open = !this.areAllOpen;
    for (const row of this.rows) {
      if (open) this.open(row);
      else this.close(row);
    }
    opener.textContent = open ? "Replier les barèmes" : "Déplier les barèmes";
  }

  build(row) {
    const details = document.createElement("details");
    const summary = document.createElement("summary");
    summary.textContent = LABEL;
    details.append(summary);
    details.addEventListener("toggle", () => details.open && this.fill(row, details));
    row.querySelector("a.unfold").replaceWith(details);
    return details;
  }

  async fill(row, details) {
    const isFull = () => details.querySelector(".point-guide") !== null;
    if (isFull()) return;
    const block = (await this.load())?.get(row.id);
    if (isFull()) return;
    const [summary] = details.children;
    details.replaceChildren(summary, ...(block ? block.cloneNode(true).childNodes : [MISSING]));
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
}
