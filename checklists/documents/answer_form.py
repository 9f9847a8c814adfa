"""The questionnaire that a candidate fills in: what is asked in a lot, and by whom."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vendors.models import Candidacy

from ..domain import answer_words as words
from ..domain import weights
from ..domain.answering import CLAIMS_OF_KIND
from ..domain.queries import checklists as queries
from ..domain.queries import grid
from ..domain.queries.checklists import ASKED
from ..domain.wording import mended
from ..enums import Claim, LegalEffect
from ..models import Assessment, Checklist, ChecklistItem


@dataclass(frozen=True)
class Question:
    """A point to answer, with the words that may be chosen and what is answered already."""

    ref: str
    chapter: str
    title: str
    requirement: str
    expected: str
    choices: tuple[str, ...]
    stakes: tuple[str, ...] = ()
    """What an absence does to the offer, and what the point weighs, in words."""
    is_knock_out: bool = False
    claim: str = ""
    text: str = ""


@dataclass(frozen=True)
class Form:
    """The questions of a published checklist, in order, and who asks them."""

    facility: str
    tender: str
    lot: str
    clausier: str
    version: str
    sha256: str
    edition: int
    published_at: str
    questions: tuple[Question, ...]
    identity: Mapping[str, str]


def blank(checklist: Checklist) -> Form:
    """Return what every candidate of a lot is sent. The checklist is published."""
    return _form(checklist, {}, {})


def filled(assessment: Assessment) -> Form:
    """Return the same, with the answers that an assessment holds."""
    states = {state.ref: (state.claim, state.claim_text) for state in grid.states(assessment)}
    return _form(assessment.checklist, states, _identity(assessment.candidacy))


def _form(
    checklist: Checklist, answers: Mapping[str, tuple[str, str]], identity: Mapping[str, str]
) -> Form:
    version, lot = checklist.version, checklist.lot
    assert checklist.published_at
    rows = [row for row in queries.rows(checklist) if row.status == ASKED]
    total = sum((row.item.weight for row in rows), Decimal(0))
    return Form(
        facility=lot.tender.facility.name,
        tender=str(lot.tender),
        lot=str(lot) if lot.tender.has_lots else "",
        clausier=mended(version.title),
        version=version.number,
        sha256=checklist.content_sha256,
        edition=checklist.edition,
        published_at=checklist.published_at.isoformat(timespec="seconds"),
        questions=tuple(
            _question(row, total, *answers.get(row.point.ref, ("", ""))) for row in rows
        ),
        identity=identity,
    )


def _question(row: queries.Row, total: Decimal, claim: str, text: str) -> Question:
    point = row.point
    return Question(
        ref=point.ref,
        chapter=mended(str(row.section)),
        title=mended(point.title),
        requirement="\n".join((mended(point.requirement), *row.additions)),
        expected=mended(point.expected),
        choices=tuple(str(Claim(value).label) for value in CLAIMS_OF_KIND[point.answer_kind]),
        stakes=tuple(_stakes(row.item, total)),
        is_knock_out=row.item.is_knock_out,
        claim=str(Claim(claim).label) if claim else "",
        text=text,
    )


def _stakes(item: ChecklistItem, total: Decimal) -> Iterator[str]:
    if item.is_knock_out:
        yield _("Point éliminatoire")
    yield str(_EFFECTS[item.legal_effect])
    if item.weight:
        yield _("Poids %(weight)s sur %(total)s") % {
            "weight": weights.written(item.weight),
            "total": weights.written(total),
        }


_EFFECTS: dict[str, Promise] = {
    LegalEffect.REQUIRED: gettext_lazy("Exigé : une absence rend l’offre irrégulière"),
    LegalEffect.SCORED_ZERO: gettext_lazy("Compte 0 si absent"),
    LegalEffect.INFORMATION: gettext_lazy("Pour information, hors note"),
}


def _identity(candidacy: Candidacy) -> Mapping[str, str]:
    vendor = candidacy.vendor
    return {
        words.COMPANY: vendor.name,
        words.SIRET: vendor.siret or vendor.siren or vendor.foreign_id,
        words.PRODUCT: str(candidacy.product or ""),
        words.CONTACT: vendor.contact_name,
        words.EMAIL: vendor.contact_email,
    }
