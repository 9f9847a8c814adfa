"""The words of an answer workbook, the same on the way out and on the way back."""

import re

POINT = "Point"
CHAPTER = "Chapitre"
TITLE = "Titre"
REQUIREMENT = "Exigence"
EXPECTED = "Réponse attendue"
STAKES = "Effet et poids"
CLAIM = "Réponse"
TEXT = "Précisions et justification"
EVIDENCE = "Justificatif joint (nom du fichier)"
SEAL = "Empreinte de la check-list"

ANSWERS_SHEET, IDENTITY_SHEET, GUIDE_SHEET = "Réponses", "Candidat", "Mode d’emploi"
KEYS_SHEET = "Clausier"
SIGNATURE = "clausier-classeur-de-reponse"
"""In the first cell of the hidden sheet: what makes it known whatever its name."""

COMPANY, SIRET, PRODUCT = "Raison sociale", "SIRET", "Solution proposée"
CONTACT, EMAIL, PHONE = "Contact", "Adresse électronique", "Téléphone"
IDENTITY = (COMPANY, SIRET, PRODUCT, CONTACT, EMAIL, PHONE)

_EVIDENCE_LINE = re.compile(r"(?:(?P<text>.*)\n)?Justificatif\u00a0: (?P<name>[^\n]+)", re.DOTALL)


def joined(text: str, evidence: str) -> str:
    """Return the text of an answer, with the name of its evidence on a line of its own."""
    text, evidence = text.strip(), " ".join(evidence.split())
    if not evidence:
        return text
    line = f"Justificatif\u00a0: {evidence}"
    return f"{text}\n{line}" if text else line


def parted(text: str) -> tuple[str, str]:
    """Return the text and the name of the evidence that ``joined`` would put together again."""
    found = _EVIDENCE_LINE.fullmatch(text)
    if found:
        parts = found["text"] or "", found["name"]
        if joined(*parts) == text:
            return parts
    return text, ""
