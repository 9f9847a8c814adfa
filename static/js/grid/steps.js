// What was done on the page, to be undone and redone. Pure: it knows neither the page nor the network.
// A step holds the edits of one act, {ref, field, before, after, base}. What is typed in one text
// is one step until the text is left; the edits that share an `act` are one step, whatever their number.

const MOST = 200;

export class Steps {
  constructor() {
    this.past = [];
    this.future = [];
  }

  // `act` is the object {label} that the edits of one act share, or undefined for a single edit.
  add({ ref, field, before, value, base = 0, act, isTyped = false }) {
    const last = this.past.at(-1);
    this.future = [];
    if (act && last?.act === act) return last.edits.push({ ref, field, before, after: value, base });
    if (isTyped && last?.isOpen && isOf(last, ref, field)) return this.retype(last, value);
    this.close();
    this.past.push({ act, isOpen: isTyped, edits: [{ ref, field, before, after: value, base }] });
    if (this.past.length > MOST) this.past.shift();
  }

  retype(step, value) {
    const [edit] = step.edits;
    edit.after = value;
    if (edit.before === value) this.past.pop(); // typed, then erased: nothing happened
  }

  // The text was left: what is typed next is another step.
  close() {
    const last = this.past.at(-1);
    if (last) last.isOpen = false;
  }

  // Take back the last step: its edits, last first, each with the `value` to write and the one `seen`
  // on the page if nobody changed it since. Null when there is nothing left.
  undo() {
    const step = this.pass(this.past, this.future);
    return step && { step, edits: step.edits.map(backward).reverse() };
  }

  redo() {
    const step = this.pass(this.future, this.past);
    return step && { step, edits: step.edits.map(forward) };
  }

  pass(from, to) {
    this.close();
    const step = from.pop() ?? null;
    if (step) to.push(step);
    return step;
  }
}

const backward = (edit) => ({ ...edit, value: edit.before, seen: edit.after });
const forward = (edit) => ({ ...edit, value: edit.after, seen: edit.before });

function isOf(step, ref, field) {
  const [edit] = step.edits;
  return edit.ref === ref && edit.field === field;
}
