// The pure parts of pasting: what is sent with the text, and the words.

const MAX_CHARACTERS = 1_000_000;

export const count = (number) => (number === 1 ? "1 valeur collée" : `${number} valeurs collées`);

// Why a text is not sent at all, or nothing.
export function sized(text) {
  if (text.length <= MAX_CHARACTERS) return "";
  return "Ce texte dépasse un million de caractères\u00a0: collez le tableau en plusieurs fois.";
}

// The versions that the page knows of each row: « O-7.1:3:5 », those of its answer and of its score.
export function versionsText({ rows, versions, queue }) {
  const known = (ref, fields) => fields.map((field) => queue.entries.get(`${ref}.${field}`)?.base ?? 0);
  return rows.all
    .map(({ id }) => {
      const [answer, score] = versions.get(id) ?? [0, 0];
      return [
        id,
        Math.max(answer, ...known(id, ["claim", "claim_text"])),
        Math.max(score, ...known(id, ["score", "comment"])),
      ].join(":");
    })
    .join(" ");
}
