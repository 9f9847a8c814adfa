// Which points a person asks to see: the rule of checklists/domain/filtering.py, for a page that
// filters without a request. Pure: what is asked and a point in, yes or no out.

const SCORES = {
  "non-notes": "",
  conforme: "compliant",
  partiel: "partial",
  "non-conforme": "non_compliant",
  "a-preciser": "to_clarify",
  "sans-objet": "not_applicable",
};
const CLAIMS = { oui: "yes", non: "no", nc: "not_concerned", "sans-reponse": "" };
const COMMENTS = { avec: true, sans: false };
const LIGATURES = { œ: "oe", æ: "ae" };

// Small letters without accents: « Santé » and « sante » are one word.
export function fold(text) {
  const small = text.normalize("NFD").replace(/\p{Mn}/gu, "").toLowerCase();
  return small.replace(/[œæ]/g, (letter) => LIGATURES[letter]);
}

// `asked` is what the address holds (anything with get(name)).
export function filtersOf(asked) {
  const word = (name) => asked.get(name) ?? "";
  return {
    words: fold(word("q")).split(/\s+/).filter(Boolean),
    score: SCORES[word("note")],
    claim: CLAIMS[word("reponse")],
    chapter: word("chapitre"),
    comment: COMMENTS[word("commentaire")],
    knockOut: Boolean(word("eliminatoires")),
    gap: Boolean(word("ecart")),
    isNew: Boolean(word("nouveau")),
    isMine: Boolean(word("mes")),
  };
}

// A point: {text (folded), chapter, isKnockOut, isNew, isMine, work}. A reminder, which is neither
// answered nor scored, has no `work` ({score, claim, claimText, comment}).
export function keeps(filters, point) {
  return (
    (!asksOfTheWork(filters) || (Boolean(point.work) && worked(filters, point))) &&
    (!filters.chapter || filters.chapter === point.chapter) &&
    (!filters.knockOut || point.isKnockOut) &&
    (!filters.isMine || point.isMine) &&
    filters.words.every((one) => point.text.includes(one))
  );
}

function asksOfTheWork({ score, claim, comment, gap, isNew }) {
  return [score, claim, comment].some((one) => one !== undefined) || gap || isNew;
}

function worked(filters, { work, isNew }) {
  return (
    (filters.score === undefined || filters.score === work.score) &&
    (filters.claim === undefined || claims(work, filters.claim)) &&
    (filters.comment === undefined || filters.comment === Boolean(work.comment.trim())) &&
    (!filters.gap || isGap(work)) &&
    (!filters.isNew || isNew)
  );
}

// A text alone is an answer too.
function claims(work, claim) {
  return work.claim === claim && (claim !== "" || !work.claimText.trim());
}

function isGap({ claim, score }) {
  return claim === "yes" && !["", "compliant"].includes(score);
}

export function countInWords(shown, total) {
  if (shown < total) return `${shown} sur ${total}`;
  return total < 2 ? `${total} point` : `${total} points`;
}
