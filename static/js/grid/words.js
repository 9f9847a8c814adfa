// The words of the fields and of their values, for what the scripts write on the page.

export const VALUES = {
  "": "(vide)",
  compliant: "Conforme",
  partial: "Partiel",
  non_compliant: "Non conforme",
  to_clarify: "À préciser",
  not_applicable: "Sans objet",
  yes: "OUI",
  no: "NON",
  not_concerned: "NC",
  favourable: "Favorable",
  reserved: "Réservé",
  unfavourable: "Défavorable",
  question: "Question",
  shared: "Communicable au candidat",
};

const CHOICES = { score: "note", claim: "réponse" };
const TEXTS = { comment: "commentaire", claim_text: "texte de la réponse" };

// « note Conforme », « note effacée », « commentaire », « commentaire effacé »
export function editInWords(field, value) {
  if (field in CHOICES) return `${CHOICES[field]} ${value ? VALUES[value] : "effacée"}`;
  return value ? TEXTS[field] : `${TEXTS[field]} effacé`;
}

// « 1 point », « 23 points »
export const count = (number, one, many) => `${number} ${number < 2 ? one : many}`;

// « 3 points sélectionnés »
export const selectedInWords = (number) =>
  number ? count(number, "point sélectionné", "points sélectionnés") : "Aucun point sélectionné";
