"""What the fields of every form are called, for the page that gives back a form sent too late.

That page knows the names that the browser sent, and not the form: tests/accounts/test_typed_names.py
walks through all the forms, and fails on a field that has no name here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from uniha_clausier.common.dates import date_format

from ..enums import Role

WRITTEN = {
    "amount": gettext_lazy("Durée"),
    "ciso_email": gettext_lazy("Adresse du RSSI"),
    "city": gettext_lazy("Ville"),
    "claim_text": gettext_lazy("Réponse du candidat"),
    "comment": gettext_lazy("Commentaire"),
    "commitment": gettext_lazy("Engagement du candidat"),
    "contact_email": gettext_lazy("Adresse électronique du contact"),
    "contact_name": gettext_lazy("Contact"),
    "detail": gettext_lazy("Précisions"),
    "dpo_email": gettext_lazy("Adresse du DPO"),
    "email": gettext_lazy("Adresse électronique"),
    "endpoint_protection": gettext_lazy("Antivirus ou EDR"),
    "finess": gettext_lazy("FINESS juridique"),
    "first_title": gettext_lazy("Intitulé du lot 1"),
    "foreign_id": gettext_lazy("Identifiant dans le pays"),
    "full_name": gettext_lazy("Nom et prénom"),
    "issuer": gettext_lazy("Délivré par"),
    "login": gettext_lazy("Adresse électronique"),
    "lots": gettext_lazy("Intitulés des lots"),
    "max_note": gettext_lazy("Note maximale du critère"),
    "name": gettext_lazy("Nom"),
    "number": gettext_lazy("Numéro"),
    "owner": gettext_lazy("Responsable"),
    "people": gettext_lazy("Personnes présentes"),
    "place": gettext_lazy("Rang dans la liste"),
    "product_name": gettext_lazy("Nom de la solution"),
    "product_version": gettext_lazy("Version de la solution"),
    "question": gettext_lazy("Question"),
    "reason": gettext_lazy("Motif"),
    "reference": gettext_lazy("Référence"),
    "refs": gettext_lazy("Points"),
    "remark": gettext_lazy("Vos remarques"),
    "remote_gateway": gettext_lazy("Passerelle de télémaintenance"),
    "reponse": gettext_lazy("Réponse du candidat"),
    "scope": gettext_lazy("Périmètre"),
    "single_sign_on": gettext_lazy("Authentification unique (SSO)"),
    "siret": gettext_lazy("SIRET"),
    "text": gettext_lazy("Texte"),
    "texte": gettext_lazy("Texte"),
    "title": gettext_lazy("Intitulé"),
    "total": gettext_lazy("Total annoncé des poids"),
    "version": gettext_lazy("Version"),
    "visa": gettext_lazy("Visa d’élimination des archives"),
    "weight": gettext_lazy("Poids"),
    "wording": gettext_lazy("Rédaction adaptée"),
}
"""What people write, shown as it was written."""

CHOSEN = {
    "assignee": gettext_lazy("Confié à"),
    "beneficiaries": gettext_lazy("Établissements bénéficiaires"),
    "candidat": gettext_lazy("Candidat"),
    "choice": gettext_lazy("Choix"),
    "choix": gettext_lazy("Valeur à reprendre"),
    "claim": gettext_lazy("Réponse du candidat"),
    "colonne": gettext_lazy("Colonne collée"),
    "comments": gettext_lazy("Commentaires à communiquer"),
    "confirm": gettext_lazy("Confirmation"),
    "confirmer": gettext_lazy("Constat confirmé"),
    "country": gettext_lazy("Pays"),
    "deadline": gettext_lazy("Date limite"),
    "decided": gettext_lazy("Décision prise"),
    "decision": gettext_lazy("Décision"),
    "definitif": gettext_lazy("Envoi définitif"),
    "delegation": gettext_lazy("Qualité du signataire vérifiée"),
    "deposited_at": gettext_lazy("Déposé le"),
    "depuis": gettext_lazy("Premier point"),
    "device_class": gettext_lazy("Classe du dispositif médical"),
    "disclosure": gettext_lazy("Communication du document"),
    "due_on": gettext_lazy("Échéance"),
    "effacer": gettext_lazy("Constat effacé"),
    "effect": gettext_lazy("Effet juridique"),
    "entreprise": gettext_lazy("Entreprise"),
    "equal": gettext_lazy("Poids remis à égalité"),
    "executed_on": gettext_lazy("Fin d’exécution le"),
    "expires_at": gettext_lazy("Valable jusqu’au"),
    "expires_on": gettext_lazy("Dernier jour de validité"),
    "facility": gettext_lazy("Établissement"),
    "finding": gettext_lazy("Constat"),
    "finished": gettext_lazy("Chapitre terminé"),
    "first_day": gettext_lazy("Premier jour"),
    "flags": gettext_lazy("Profil de l’achat"),
    "force": gettext_lazy("Point ajouté ou retiré"),
    "group": gettext_lazy("Groupement"),
    "has_lots": gettext_lazy("La consultation est allotie"),
    "hds_activities": gettext_lazy("Activités HDS"),
    "hds_version": gettext_lazy("Version du référentiel HDS"),
    "holder": gettext_lazy("Rôle délégué"),
    "holders": gettext_lazy("Titulaires"),
    "identity": gettext_lazy("Identité du signataire vérifiée"),
    "is_knock_out": gettext_lazy("Point éliminatoire"),
    "issued_on": gettext_lazy("Délivré le"),
    "joindre": gettext_lazy("Certificat joint"),
    "keep": gettext_lazy("Décision gardée"),
    "kind": gettext_lazy("Nature"),
    "last_day": gettext_lazy("Dernier jour"),
    "lead": gettext_lazy("Établissement support"),
    "lot": gettext_lazy("Lot"),
    "opened_at": gettext_lazy("Date et heure d’ouverture"),
    "passwordless": gettext_lazy("Sans mot de passe"),
    "points": gettext_lazy("Points"),
    "procedure": gettext_lazy("Procédure"),
    "product": gettext_lazy("Solution proposée"),
    "product_kind": gettext_lazy("Nature de la solution"),
    "profil": gettext_lazy("Profil gardé"),
    "provider": gettext_lazy("Fournisseur d’identité"),
    "publication_date": gettext_lazy("Date de publication"),
    "quand-meme": gettext_lazy("Repris malgré une autre check-list"),
    "remember": gettext_lazy("Se souvenir de moi"),
    "remove": gettext_lazy("Dérogation retirée"),
    "reprendre": gettext_lazy("Document repris"),
    "retablir": gettext_lazy("Relecteurs du clausier rétablis"),
    "retirer": gettext_lazy("Retiré"),
    "reuse": gettext_lazy("Document repris"),
    "role": gettext_lazy("Rôle"),
    "roles": gettext_lazy("Rôles"),
    "scope": gettext_lazy("Porte sur"),
    "score": gettext_lazy("Note de l’acheteur"),
    "sharing": gettext_lazy("Commentaire communicable"),
    "signed_on": gettext_lazy("Contrat signé le"),
    "to": gettext_lazy("Délégataire"),
    "undo": gettext_lazy("Retour à la règle"),
    "unit": gettext_lazy("Unité"),
    "valeur": gettext_lazy("Réponse du candidat"),
    "valid_until": gettext_lazy("Valable jusqu’au"),
    "value": gettext_lazy("Votre décision"),
    "verdict": gettext_lazy("Votre avis"),
    "version": gettext_lazy("Version"),
    "visa_on": gettext_lazy("Visa donné le"),
    "when": gettext_lazy("Dépôt sur le profil d’acheteur"),
    "whom": gettext_lazy("Demander à"),
    **{role.value: role.label for role in Role},
}
"""What people tick, choose or date. A name that is above too is of both kinds: its text decides."""

UNSEEN = frozenset(
    [
        "act",
        "afficher",
        "back",
        "base",
        "base_version",
        "content",
        "event",
        "fichiers",
        "next",
        "preview",
        "proposed",
        "read",
        "relire",
        "retour",
        "review",
        "save",
        "seen",
        "side",
        "suite",
        "valeurs",
        "versions",
        "voir",
        "vu",
    ]
)
"""What a page says to itself: sent again, and nothing that anybody wrote."""

WORDS = {
    "on": gettext_lazy("coché"),
    "yes": gettext_lazy("OUI"),
    "no": gettext_lazy("NON"),
    "not_concerned": gettext_lazy("NC"),
    "compliant": gettext_lazy("Conforme"),
    "partial": gettext_lazy("Partiel"),
    "non_compliant": gettext_lazy("Non conforme"),
    "to_clarify": gettext_lazy("À préciser"),
    "not_applicable": gettext_lazy("Sans objet"),
    **{role.value: role.label for role in Role},
}
"""The choices that a form sends most: other ones are only said to be kept."""

_OF_ONE = re.compile(r"(?P<where>.+)[.-](?P<last>[a-z_]+)")  # O-7.1.comment, O-7.1-owner
_NUMBERED = re.compile(r"(?P<last>[a-z]+)-[\dA-Za-z.:-]+")  # question-12
_INTERNAL = re.compile(r"[a-z_]+")
_NUMBER_OR_CODE = re.compile(r"[a-z_]+|\d+")
_KEPT = re.compile(r"[\w.:-]+")


@dataclass(frozen=True)
class Told:
    """One field as its person reads it; ``is_written`` says that they wrote its text."""

    label: str
    text: str
    is_written: bool


def told(fields: Iterable[tuple[str, str]]) -> list[Told]:
    """Return what is to be read of the fields of a form, in the order in which they were sent."""
    found = [_told(name, text) for name, text in fields if text.strip()]
    return [one for one in found if one is not None]


def _told(name: str, text: str) -> Told | None:
    where, last = _split(name)
    if last in UNSEEN:
        return None
    if last in WRITTEN and not (last in CHOSEN and _NUMBER_OR_CODE.fullmatch(text)):
        return Told(_labelled(where, str(WRITTEN[last])), text, is_written=True)
    label = str(CHOSEN.get(last, _("Autre champ")))
    return Told(_labelled(where, label), _chosen(text), is_written=False)


def _split(name: str) -> tuple[str, str]:
    """Return of which point or chapter a field is, when it is of one, and the name that it has there."""
    if name in WRITTEN or name in CHOSEN or name in UNSEEN:
        return "", name
    if found := _OF_ONE.fullmatch(name):
        return found["where"], found["last"]
    if found := _NUMBERED.fullmatch(name):
        return "", found["last"]
    return "", name


def _labelled(where: str, label: str) -> str:
    """Write a label with its point or its chapter; what has a name of ours alone has none to show."""
    if not where or _INTERNAL.fullmatch(where):
        return label
    chapter = where.removeprefix("chapitre-")
    if chapter != where:
        where = _("Chapitre %(number)s") % {"number": chapter}
    return f"{where} – {label}"


def _chosen(text: str) -> str:
    if text in WORDS:
        return str(WORDS[text])
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:  # the 30th of February
        return text
    if day is not None:
        return date_format(day, "j N Y")
    if moment is not None:
        return date_format(moment, "j N Y, H:i")
    return _("choix gardé") if _KEPT.fullmatch(text) else text
