// The rows of the grid: find them, read and write their fields, move the focus between them.
// A field is named « O-7.1.score »: the number of the point, a dot, one of the four fields.

export const TEXT_FIELDS = new Set(["claim_text", "comment"]);

export class Rows {
  // `enters` is told each row in which the focus comes.
  constructor(form, enters) {
    this.form = form;
    this.entered = null;
    this.reveal = unhide;
    this.all = [...form.querySelectorAll("tr.point:not(.is-excluded)")];
    // One row takes the Tab key at a time; the arrows move it.
    for (const row of this.all) row.tabIndex = -1;
    this.makeCurrent(this.all[0]);
    form.addEventListener("focusin", (event) => {
      const row = this.of(event.target);
      if (!row) return;
      this.makeCurrent(row);
      this.entered = row;
      enters(row);
    });
  }

  makeCurrent(row) {
    if (!row || row === this.current) return;
    if (this.current) this.current.tabIndex = -1;
    row.tabIndex = 0;
    this.current = row;
  }

  of(element) {
    return element.closest?.("tr.point:not(.is-excluded)") ?? null;
  }

  byRef(ref) {
    const row = document.getElementById(ref);
    return row && this.all.includes(row) ? row : null;
  }

  controls(ref, field) {
    const found = this.form.elements.namedItem(`${ref}.${field}`);
    if (!found) return [];
    return found instanceof RadioNodeList ? [...found] : [found];
  }

  value(ref, field) {
    const controls = this.controls(ref, field);
    if (TEXT_FIELDS.has(field)) return controls[0]?.value ?? "";
    return controls.find((control) => control.checked)?.value ?? "";
  }

  // What the page came with.
  initial(ref, field) {
    const controls = this.controls(ref, field);
    if (TEXT_FIELDS.has(field)) return controls[0]?.defaultValue ?? "";
    return controls.find((control) => control.defaultChecked)?.value ?? "";
  }

  write(ref, field, value) {
    for (const control of this.controls(ref, field)) {
      if (TEXT_FIELDS.has(field)) control.value = value;
      else control.checked = control.value === value;
    }
  }

  isScored(row) {
    return row.querySelector(".scores :checked") !== null || Boolean(row.dataset.score);
  }

  // The answers of a candidate are stopped after the deadline: they are read, no longer written.
  isStopped(ref, field) {
    return this.controls(ref, field).some((control) => control.disabled || control.readOnly);
  }

  // The value is one that the point offers.
  allows(ref, field, value) {
    return TEXT_FIELDS.has(field) || this.controls(ref, field).some((control) => control.value === value);
  }

  // The column where the focus is: "claims", "scores", or "" for the point itself.
  get column() {
    const group = document.activeElement?.closest("fieldset.claims, fieldset.scores");
    return group?.classList[0] ?? "";
  }

  // The focus comes to the row, or to one of its columns.
  focus(row, column = "") {
    if (!row) return false;
    this.reveal(row);
    const target = column ? row.querySelector(`.${column}`) : row;
    if (column) target.tabIndex = -1;
    target.focus({ preventScroll: true });
    // A row that is not wholly in sight comes under the head of the table: the eye stays there.
    const { top, bottom } = row.getBoundingClientRect();
    const head = parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
    if (top < head || bottom > innerHeight) row.scrollIntoView({ block: "start", behavior: "instant" });
    return true;
  }

  // The rows that the filter shows.
  get shown() {
    return this.all.filter((row) => !row.hidden);
  }

  // `step` rows further among those that are shown; the row itself may have been filtered out.
  neighbour(row, step) {
    const at = this.all.indexOf(row);
    const way = step > 0 ? this.all.slice(at + 1) : this.all.slice(0, Math.max(at, 0)).reverse();
    return way.filter((one) => !one.hidden)[Math.abs(step) - 1] ?? null;
  }

  // The next point without a score after this one; past the end, or from nowhere, from the start.
  nextUnscored(row) {
    const at = this.all.indexOf(row);
    const order = [...this.all.slice(at + 1), ...this.all.slice(0, Math.max(at, 0))];
    return order.find((one) => !one.hidden && !this.isScored(one)) ?? null;
  }
}

// Whoever is sent to a point sees it, whatever the filter hides.
function unhide(row) {
  for (const part of [row, row.parentElement, row.closest("table")]) part.hidden = false;
}

// « O-7.1.claim_text » → ["O-7.1", "claim_text"]
export function splitName(name) {
  const dot = name.lastIndexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}
