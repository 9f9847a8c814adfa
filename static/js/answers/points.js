// The points of a page of the candidate's form: find them, read and write their two fields.
// A field is named « O-7.1.claim »: the number of the point, a dot, one of the two fields.
import { splitName, TEXT_FIELDS } from "../grid/rows.js";

export class Points {
  constructor(form) {
    this.form = form;
    this.all = [...form.querySelectorAll(".answer-point")];
    for (const point of this.all) if (point.querySelector(".claims")) this.offerClear(point);
  }

  byRef(ref) {
    const point = document.getElementById(ref);
    return point && this.all.includes(point) ? point : null;
  }

  // The number and the field of a control, null when it is none of a point.
  nameOf(control) {
    const [ref, field] = splitName(control.name ?? "");
    return this.byRef(ref) ? [ref, field] : null;
  }

  value(ref, field) {
    if (TEXT_FIELDS.has(field)) return this.text(ref).value;
    return this.radios(ref).find((radio) => radio.checked)?.value ?? "";
  }

  write(ref, field, value) {
    if (TEXT_FIELDS.has(field)) this.text(ref).value = value;
    else for (const radio of this.radios(ref)) radio.checked = radio.value === value;
  }

  focus(point) {
    point?.querySelector("input, textarea").focus();
  }

  get answered() {
    return this.all.filter(({ id }) => this.value(id, "claim") || this.value(id, "claim_text").trim()).length;
  }

  text(ref) {
    return this.byRef(ref).querySelector("textarea");
  }

  radios(ref) {
    return [...this.byRef(ref).querySelectorAll("input[type=radio]")];
  }

  // A choice once made can only be changed: one button takes it back.
  offerClear(point) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "btn-link-plain answer-clear",
      textContent: "Effacer",
    });
    button.setAttribute("aria-label", `Effacer la réponse au point ${point.id}`);
    button.addEventListener("click", () => {
      const radios = this.radios(point.id);
      radios[0].focus();
      this.write(point.id, "claim", "");
      radios[0].dispatchEvent(new Event("change", { bubbles: true }));
    });
    point.querySelector(".claims").append(button);
  }
}
