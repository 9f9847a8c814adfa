// What keeps an unsaved value from being lost: sent when the page goes, written back when it returns.
import { tidy } from "./queue.js";
import { splitName, TEXT_FIELDS } from "./rows.js";

const UNSENT = ["waiting", "failed"];

// Send what the page still holds when it goes; ask before it goes when that may not be enough.
export function guardUnsaved({ queue, transport }) {
  addEventListener("pagehide", () => {
    for (const entry of queue.unsaved) {
      if (UNSENT.includes(entry.state)) transport.sendAndForget(entry);
    }
  });
  addEventListener("beforeunload", (event) => {
    const risky = ({ state, field }) => state !== "sending" || TEXT_FIELDS.has(field);
    if (queue.unsaved.some(risky)) event.preventDefault();
  });
}

// What was chosen or typed before the script ran, on a slow PC, is said again now that it listens. The
// browser itself restores nothing here: the forms have autocomplete="off".
export function catchUp({ form, rows }) {
  for (const control of form.elements) {
    const [ref, field] = splitName(control.name ?? "");
    if (!rows.byRef(ref)) continue;
    const isText = TEXT_FIELDS.has(field);
    if (isText ? control.value !== control.defaultValue : isChosenAnew(control)) {
      control.dispatchEvent(new Event(isText ? "input" : "change", { bubbles: true }));
    }
  }
}

// Of a group of radio buttons, the one that is chosen tells for all.
const isChosenAnew = ({ type, checked, defaultChecked }) =>
  checked !== defaultChecked && (checked || type === "checkbox");

// Write back and send what a reload interrupted, with the version it was based on.
export function replay({ stash, rows, queue, wrote = () => {} }) {
  for (const { ref, field, value, base, unsure } of stash.read()) {
    if (!rows.byRef(ref) || tidy(rows.value(ref, field)) === tidy(value)) continue;
    const entry = queue.entry(ref, field, base);
    entry.unsure = unsure ?? [];
    rows.write(ref, field, value);
    wrote(ref, field);
    queue.edit(entry, value);
  }
  stash.keep(queue.unsaved);
}
