// What keeps an unsaved value from being lost: sent when the page goes, written back when it returns.
import { tidy } from "./queue.js";
import { TEXT_FIELDS } from "./rows.js";

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
