"""What a candidate who was not chosen is told: its own answers, scores and note, as a workbook.

Made of one assessment alone. Names of people, other candidates, ranks and what stays internal are
not in it: a comment is there only when the buyer shares it.
"""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from ..domain import weights
from ..domain.scoring import Line
from .ods import write_ods
from .sheets import BODY, CHAPTER, HEAD, LABEL, TITLE, Book, Cell, Sheet
from .workbook import SIGNS, safe_text
from .xlsx import write_xlsx

Plain = dict[str, Any]

TYPES = {
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_WRITERS = {"ods": write_ods, "xlsx": write_xlsx}
_HEADS = (
    "Point", "Titre", "Éliminatoire", "Effet", "Votre réponse", "Votre texte", "Note", "Valeur",
    "Poids", "Produit", "Commentaire de l’acheteur",
)  # fmt: skip
_WIDTHS = (10, 26, 14, 18, 12, 44, 16, 8, 8, 9, 44)


def written(data: Plain, *, comments: Collection[str], kind: str) -> bytes:
    """Return the file of one candidate; ``comments`` are the points whose comment is shared."""
    tender = data["tender"]
    book = Book(
        title=f"{_('Résultat du candidat')} – {tender['reference']}",
        footer=f"{tender['reference']} – {data['candidate']['name']}",
        sheets=[_result(data), _points(data, comments), *_files(data)],
    )
    return _WRITERS[kind](book)


def file_name(data: Plain, kind: str) -> str:
    """Name the file after the purchase and the candidate."""
    names = f"{data['tender']['reference'][:60]} {data['candidate']['name'][:60]}"
    return f"resultat-{slugify(names) or 'candidat'}.{kind}"


def _result(data: Plain) -> Sheet:
    sheet = Sheet(_("Résultat"), (34, 92))
    sheet.rows.append([Cell(_("Résultat sur le critère"), TITLE, span=2)])
    sheet.rows += [[Cell(label, LABEL), Cell(safe_text(text))] for label, text in _facts(data)]
    sheet.rows += [[], [Cell(_("Taux par chapitre"), TITLE, span=2)]]
    sheet.rows += [
        [Cell(safe_text(f"{one['ref']} {one['title']}".strip()), LABEL), Cell(one["display"])]
        for one in data["chapters"]
    ]
    return sheet


def _files(data: Plain) -> Iterator[Sheet]:
    """The candidate's own files, but those that may not be communicated (CRPA L311-5, 2° d)."""
    rows = [
        [Cell(safe_text(text), BODY) for text in (point["ref"], file["name"], file["sha256"])]
        for point in data["points"]
        for file in point.get("evidence", ())
        if not file.get("is_restricted")
    ]
    if rows:
        sheet = Sheet(_("Documents joints"), (10, 60, 70), has_head=True)
        heads = ("Point", "Document", "Empreinte SHA-256")
        sheet.rows = [[Cell(head, HEAD) for head in heads], *rows]
        yield sheet


def _facts(data: Plain) -> Iterator[tuple[str, str]]:
    overall, clausier = data["overall"], data["clausier"]
    yield _("Établissement"), data["facility"]["name"]
    yield _("Consultation"), f"{data['tender']['reference']} – {data['tender']['title']}"
    if data["tender"]["has_lots"]:
        yield _("Lot"), f"{data['lot']['number']} – {data['lot']['title']}"
    yield _("Candidat"), data["candidate"]["name"]
    yield _("Clausier"), f"{clausier['title']}, {_('version')} {clausier['number']}"
    yield _("Empreinte de la check-list"), data["checklist"]["sha256"]
    yield _("Note du critère"), _number(overall["note"]) or _("sans objet")
    yield _("Note maximale du critère"), _number(data["checklist"]["max_note"])
    yield _("Somme des produits"), _number(overall["earned"])
    yield _("Somme des poids comptés"), _number(overall["possible"])
    yield _("Taux"), overall["display"]
    yield (
        _("Méthode"),
        _(
            "La note est la note maximale, multipliée par la somme des produits, divisée par la "
            "somme des poids comptés. Conforme vaut 1, partiel 0,5, non conforme et à préciser 0. "
            "Un point sans objet sort des deux sommes."
        ),
    )


def _points(data: Plain, comments: Collection[str]) -> Sheet:
    sheet = Sheet(_("Points"), _WIDTHS, has_head=True)
    sheet.rows.append([Cell(head, HEAD) for head in _HEADS])
    titles = {one["position"]: f"{one['ref']} {one['title']}".strip() for one in data["chapters"]}
    last = None
    for point in data["points"]:
        if not point["is_scored"]:
            continue
        if point["chapter"] != last:
            last = point["chapter"]
            sheet.rows.append([Cell(safe_text(titles[last]), CHAPTER, span=len(_HEADS))])
        sheet.rows.append([Cell(safe_text(text), BODY) for text in _point(point, comments)])
    return sheet


def _point(point: Plain, comments: Collection[str]) -> Iterator[str]:
    score = point["score"]
    line = Line(point["ref"], score["value"], Decimal(point["weight"]))
    yield point["ref"]
    yield point["title"]
    yield _("oui") if point["is_knock_out"] else ""
    yield point["legal_effect_label"]
    yield point["claim"]["label"]
    yield point["claim"]["text"]
    yield f"{SIGNS[score['value']]} {score['label']}".strip()
    yield _("hors calcul") if line.worth is None else weights.written(line.worth)
    yield weights.written(line.weight)
    yield weights.written(line.product)
    yield score["comment"] if point["ref"] in comments else ""


def _number(text: str) -> str:
    return text.replace(".", ",")
