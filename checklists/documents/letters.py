"""The letter to one candidate about its offer: its frozen content, then a sealed PDF and a DOCX.

Both say the same sentences, of the same content, which is attached to the PDF as JSON. What was
sent is the PDF: the DOCX is for who pastes the letter into another one.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, dates
from uniha_clausier.common.pdf_text import clean_line

from ..domain import exchange_rules
from ..domain.queries.additions import additions
from ..domain.wording import mended
from ..enums import Claim, ExchangeKind
from ..models import Answer, Assessment, ExchangeParty, ExchangePoint
from . import report, sealed_data, word
from .sealed_data import Carried, Named

Plain = dict[str, Any]

FORMAT = "clausier/demande"
FORMAT_VERSION = 1


def freeze(
    party: ExchangeParty, *, points: Sequence[ExchangePoint], at: dt.datetime, by: User
) -> Plain:
    """Return what the letter says: who, about which purchase, each point with its question."""
    assessment = Assessment.objects.select_related(
        "facility__group",
        "candidacy__vendor",
        "candidacy__lot__tender",
        "checklist__version__clausier",
    ).get(pk=party.assessment_id)
    exchange, lot = party.exchange, assessment.candidacy.lot
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "kind": exchange.kind,
        "kind_label": str(exchange.get_kind_display()),
        "number": exchange.number,
        "basis": exchange_rules.basis(exchange.kind, lot.tender.procedure),
        "facility": report.facility_data(assessment.facility),
        "tender": report.tender_data(lot.tender),
        "lot": {"number": lot.number, "title": lot.title},
        "clausier": report.clausier_data(assessment.checklist),
        "checklist_sha256": assessment.checklist.content_sha256,
        "candidate": assessment.candidacy.vendor.name,
        "sent_at": canonical.iso(at),
        "sent_by": str(by),
        "deadline": canonical.iso(exchange.deadline),
        "points": _points(assessment, points),
    }


def _points(assessment: Assessment, points: Sequence[ExchangePoint]) -> list[Plain]:
    items = [point.item_id for point in points]
    answers = Answer.objects.filter(assessment=assessment, item__in=items)
    said = {row.item_id: row for row in answers}
    added = additions(assessment.checklist)
    return [
        {
            "ref": point.item.point.ref,
            "title": point.item.point.title,
            "requirement": point.item.point.requirement,
            "claim": said[point.item_id].value,
            "claim_label": str(Claim(said[point.item_id].value).label),
            "claim_text": said[point.item_id].text,
            "question": point.question,
            **_added(added.get(point.item.point.ref, ())),
        }
        for point in points
    ]


def _added(told: Sequence[str]) -> Plain:
    """Say what the buyer wrote in the text of a point before publication, where there is something."""
    return {"additions": list(told)} if told else {}


def _shown(data: Plain) -> Plain:
    """Return what a letter says with the scars of an extracted clausier mended, for the eye."""
    texts = ("title", "requirement")
    points = [point | {name: mended(point[name]) for name in texts} for point in data["points"]]
    return data | {"points": points}


def opening(data: Plain) -> list[str]:
    """Return the paragraphs before the points asked."""
    if data["kind"] == ExchangeKind.REGULARISATION:
        why = _(
            "L’examen de votre offre fait apparaître une irrégularité sur les points ci-dessous. "
            "Vous êtes autorisé à la régulariser, comme tous les candidats qui ont le même manque, "
            "%(basis)s."
        )
        how = _(
            "Complétez ou corrigez ces points, et eux seuls, par la voie prévue pour la "
            "consultation et avant la date ci-dessus, la même pour tous. La régularisation ne peut "
            "pas modifier une caractéristique substantielle de votre offre ; sans réponse, votre "
            "offre reste telle quelle."
        )
    else:
        why = _(
            "L’examen de votre offre appelle des précisions sur les points ci-dessous. Cette "
            "demande est faite %(basis)s."
        )
        how = _(
            "Votre réponse explique votre offre : elle ne peut ni la modifier ni la compléter. "
            "Répondez à chaque point, et à eux seuls, par la voie prévue pour la consultation et "
            "avant la date ci-dessus."
        )
    return [_("Madame, Monsieur,"), why % {"basis": data["basis"]}, how]


def closing(data: Plain) -> list[str]:
    """Return the paragraphs after them: the greeting, and who signs."""
    greeting = _(
        "Je vous prie d’agréer, Madame, Monsieur, l’expression de mes salutations distinguées."
    )
    return [greeting, f"{data['sent_by']}, {data['facility']['name']}"]


def docx(party: ExchangeParty) -> bytes:
    """Return the same letter for a word processor."""
    data = _shown(party.letter)
    tender, point_words = data["tender"], (_("Votre réponse dans l’offre"), _("Notre demande"))
    paper = word.Paper(
        title=_title(data),
        author=data["facility"]["name"],
        subject=f"{tender['reference']} – {tender['title']}",
        at=dt.datetime.fromisoformat(data["sent_at"]),
    )
    paper.text(", ".join(filter(None, (data["facility"]["name"], data["facility"]["city"]))))
    paper.title(
        _("%(kind)s n° %(number)d") % {"kind": data["kind_label"], "number": data["number"]}
    )
    paper.table((_("Cette lettre"), ""), _facts(data), widths=(55, 115))
    for sentence in opening(data):
        paper.text(sentence)
    paper.heading(_("Points demandés"))
    for point in data["points"]:
        paper.heading(f"{point['ref']} {point['title']}", 2)
        paper.text(point["requirement"])
        for addition in point.get("additions", ()):
            paper.text(addition)
        paper.strong(f"{point_words[0]} – {point['claim_label']}")
        paper.text(point["claim_text"])
        paper.strong(point_words[1])
        paper.text(point["question"])
    for sentence in closing(data):
        paper.text(sentence)
    return paper.written()


def _facts(data: Plain) -> list[tuple[str, str]]:
    tender, clausier = data["tender"], data["clausier"]
    lot = f", {_('lot')} {data['lot']['number']} – {data['lot']['title']}"
    return [
        (_("Candidat"), data["candidate"]),
        (
            _("Consultation"),
            f"{tender['reference']} – {tender['title']}" + (lot if tender["has_lots"] else ""),
        ),
        (_("Du"), dates.moment(data["sent_at"])),
        (_("Réponse attendue avant le"), dates.moment(data["deadline"])),
        (_("Clausier"), f"{clausier['title']}, {_('version')} {clausier['number']}"),
    ]


def html(party: ExchangeParty) -> str:
    """Return the letter as one HTML text that refers to nothing outside."""
    context = {
        "data": _shown(party.letter),
        "title": _title(party.letter),
        "foot": _title(party.letter),
        "opening": opening(party.letter),
        "closing": closing(party.letter),
        "content_sha256": party.letter_sha256,
    }
    return render_to_string("pdf/letter.html", context)


def sealed(party: ExchangeParty) -> bytes:
    """Return the sealed PDF. Raises RenderingFailed, SigningFailed or BadSeal."""
    data = party.letter
    return sealed_data.sealed(
        html(party),
        data,
        carried=Carried(
            canonical.canonical_json(data).encode(),
            "demande.json",
            _("Le contenu de la lettre (JSON canonique)"),
        ),
        named=Named(
            title=_title(data),
            created=dt.datetime.fromisoformat(data["sent_at"]),
            keywords=(data["kind_label"], data["candidate"]),
            reason=_("Scellement d’intégrité de la lettre"),
        ),
    )


def _title(data: Plain) -> str:
    return _("%(kind)s n° %(number)d – %(candidate)s – consultation %(reference)s") % {
        "kind": data["kind_label"],
        "number": data["number"],
        "candidate": clean_line(data["candidate"]),
        "reference": clean_line(data["tender"]["reference"]),
    }


def stored_name(party: ExchangeParty) -> str:
    """Return where the letter to one candidate is kept, under the hash of what it says."""
    owner = party.assessment
    return (
        f"letters/{owner.facility_id}/{owner.pk}/"
        f"{party.exchange.kind}-{party.pk}-{party.letter_sha256[:16]}.pdf"
    )


def download_name(party: ExchangeParty, kind: str = "pdf") -> str:
    """Return the name under which a person saves the letter."""
    data = party.letter
    names = f"{data['kind_label']} {data['number']} {data['candidate'][:60]}"
    return f"{slugify(names)}.{kind}"
