"""The section for the rapport d'analyse des offres, as plain JSON values: its tables and its texts.

Each text is proposed from the data; the buyer's own words replace it. Comments that stay internal
are not in it: those of the buyer beside a score, and of the findings that may be shared, are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, dates

from ..domain import weights
from ..domain.comparing import Candidate, Comparison, Point
from ..domain.queries import analysis as queries
from ..domain.queries import comparison as comparison_queries
from ..domain.queries.analysis import Remark
from ..enums import DecisionValue, FindingValue, ScoreValue
from ..models import AnalysisText, Checklist, Exchange, ExchangeParty
from . import report
from .comparison import decision_text

Plain = dict[str, Any]

FORMAT = "clausier/rapport-analyse"
FORMAT_VERSION = 1

METHOD, EXCHANGES, CONCLUSION = "methode", "demandes", "conclusion"
WEAK = (ScoreValue.NON_COMPLIANT, ScoreValue.PARTIAL, ScoreValue.TO_CLARIFY)
BULLET = "• "


@dataclass(frozen=True)
class Part:
    """One text of the section: what the data propose, and what the buyer wrote in its place."""

    key: str
    title: str
    proposed: str
    written: AnalysisText | None = None

    @property
    def text(self) -> str:
        return self.written.text if self.written else self.proposed

    @property
    def version(self) -> int:
        return self.written.version if self.written else 0

    @property
    def mark(self) -> str:
        """The hash by which a proposal is told from the next one."""
        return canonical.sha256_of(self.proposed)

    @property
    def is_outdated(self) -> bool:
        """Whether the data propose something else since the buyer wrote it."""
        return self.written is not None and self.written.proposed_sha256 != self.mark


@dataclass(frozen=True)
class Section:
    """All of it: the texts in their order, the two tables, and what is still missing."""

    parts: list[Part]
    candidates: list[Plain]
    reservations: list[Plain]
    missing: list[str]

    def part(self, key: str) -> Part | None:
        return next((part for part in self.parts if part.key == key), None)


class _Source(NamedTuple):
    checklist: Checklist
    comparison: Comparison
    remarks: Sequence[Remark]
    exchanges: Sequence[Exchange]


def section(checklist: Checklist) -> Section:
    """Return the section of a published checklist as it stands, in as many queries whatever it holds."""
    comparison = comparison_queries.comparison(checklist)
    source = _Source(
        checklist,
        comparison,
        [*queries.comments(checklist), *queries.shared_findings(checklist)],
        queries.exchanges(checklist),
    )
    written = queries.texts(checklist)
    return Section(
        parts=[Part(key, title, text, written.get(key)) for key, title, text in _proposals(source)],
        candidates=[_candidate(comparison, one) for one in comparison.candidates],
        reservations=_reservations(checklist),
        missing=list(_missing(source)),
    )


def freeze(checklist: Checklist, *, number: int, at: str, by: User) -> Plain:
    """Return the content of one edition, from what stands now."""
    lot, made = checklist.lot, section(checklist)
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "number": number,
        "made_at": at,
        "made_by": str(by),
        "facility": report.facility_data(lot.tender.facility),
        "tender": report.tender_data(lot.tender),
        "lot": {"number": lot.number, "title": lot.title},
        "clausier": report.clausier_data(checklist),
        "checklist": {"sha256": checklist.content_sha256, "edition": checklist.edition},
        "max_note": report.decimal_text(checklist.max_note),
        "candidates": made.candidates,
        "reservations": made.reservations,
        "parts": [{"key": part.key, "title": part.title, "text": part.text} for part in made.parts],
    }


# -- The tables ------------------------------------------------------------------------------------


def _candidate(comparison: Comparison, candidate: Candidate) -> Plain:
    note, total = comparison.note(candidate), comparison.total(candidate)
    return {
        "assessment": candidate.assessment,
        "name": candidate.name,
        "product": candidate.product,
        "note": "" if note.value is None else weights.written(note.value),
        "rate": report.percent_text(total.rate),
        "missing": note.tally.missing,
        "at_stake": [point.ref for point in comparison.at_stake(candidate)],
        "decision": decision_text(candidate.decision),
    }


def _reservations(checklist: Checklist) -> list[Plain]:
    return [
        {
            "candidate": one.assessment.candidacy.vendor.name,
            "ref": one.item.point.ref,
            "commitment": one.commitment,
            "owner": one.owner,
            "due_on": one.due_on.isoformat() if one.due_on else "",
        }
        for one in queries.reservations(checklist)
    ]


# -- What is still missing -------------------------------------------------------------------------


def _missing(source: _Source) -> Iterator[str]:
    comparison = source.comparison
    for name in comparison.waiting:
        yield _("%(name)s : l’évaluation n’est pas commencée.") % {"name": name}
    for one in comparison.candidates:
        left = comparison.note(one).tally.missing
        if left:
            told = ngettext(
                "%(name)s : %(n)d point n’est pas noté.",
                "%(name)s : %(n)d points ne sont pas notés.",
                left,
            )
            yield told % {"name": one.name, "n": left}
        elif not one.decision:
            yield _("%(name)s : rien n’est décidé.") % {"name": one.name}
    for exchange in source.exchanges:
        if not exchange.closed_at:
            yield _("%(name)s : cette demande n’est pas close.") % {"name": exchange}


# -- The texts that the data propose -----------------------------------------------------------------


def _proposals(source: _Source) -> Iterator[tuple[str, str, str]]:
    """Yield the key, the title and the text of each part, in their order."""
    yield METHOD, _("Méthode"), "\n".join(_method(source))
    for one in source.comparison.candidates:
        title = f"{one.name} – {one.product}" if one.product else one.name
        yield f"candidat-{one.assessment}", title, "\n".join(_strengths(source, one))
    yield EXCHANGES, _("Précisions et régularisations"), "\n".join(_exchanges(source.exchanges))
    yield CONCLUSION, _("Appréciation d’ensemble"), "\n".join(_conclusion(source))


def _method(source: _Source) -> Iterator[str]:
    checklist, points = source.checklist, source.comparison.points
    told = {
        "clausier": checklist.version.title,
        "version": checklist.version.number,
        "edition": checklist.edition,
        "day": dates.day(canonical.iso(checklist.published_at)),
        "sha256": checklist.content_sha256,
        "scored": _counted(points),
        "most": weights.written(checklist.max_note),
    }
    yield (
        _(
            "Les offres sont jugées sur la check-list publiée le %(day)s (%(clausier)s, version "
            "%(version)s, édition %(edition)d), figée sous l’empreinte SHA-256 %(sha256)s. %(scored)s"
        )
        % told
    )
    yield _(
        "Chaque point est noté conforme (1), partiel (0,5), non conforme ou à préciser (0). Un "
        "point sans objet sort du calcul. Les poids et les effets sont ceux de l’annexe au "
        "règlement de la consultation."
    )
    yield (
        _(
            "La note du critère est la note maximale, %(most)s, multipliée par la somme des "
            "valeurs pondérées, divisée par la somme des poids comptés, arrondie au centième le "
            "plus proche. La comparaison jointe au dossier permet de la recalculer."
        )
        % told
    )
    if source.comparison.late:
        names = ", ".join(source.comparison.late)
        yield _("Arrivés après la date limite et non analysés : %(names)s.") % {"names": names}


def _counted(points: Sequence[Point]) -> str:
    """Say how many points are scored: a duty of the hospital is asked, and is none of them."""
    total, knock_outs = len(points), sum(point.is_knock_out for point in points)
    scored = ngettext("Elle fait noter %(n)d point", "Elle fait noter %(n)d points", total)
    end = ngettext("dont %(n)d éliminatoire", "dont %(n)d éliminatoires", knock_outs)
    if not knock_outs:
        end = _("aucun éliminatoire")
    return f"{scored % {'n': total}}, {end % {'n': knock_outs}}."


def _strengths(source: _Source, candidate: Candidate) -> Iterator[str]:
    """Strengths, then weaknesses, from the comments; a weak point stands even without one."""
    points = {point.ref: point for point in source.comparison.points}
    own = [one for one in source.remarks if one.assessment == candidate.assessment]
    strong = [_remark(one, points) for one in own if one.ref in points and _is_strong(one)]
    yield _("Points forts :")
    yield from strong or [_("• aucun commentaire n’en relève.")]
    yield _("Points faibles :")
    yield from _weaknesses(source.comparison, candidate, own) or [_("• aucun.")]


def _is_strong(remark: Remark) -> bool:
    if remark.role:
        return remark.value == FindingValue.FAVOURABLE
    return remark.value == ScoreValue.COMPLIANT


def _weaknesses(comparison: Comparison, candidate: Candidate, own: Sequence[Remark]) -> list[str]:
    """The weak points, knock-outs first, each with its comment, then what the roles share."""
    points = {point.ref: point for point in comparison.points}
    said = {one.ref: one.text for one in own if not one.role}
    weak = [point for point in comparison.points if _score(comparison, candidate, point) in WEAK]
    weak.sort(key=lambda point: not point.is_knock_out)
    lines = [_weak_line(comparison, candidate, point, said.get(point.ref, "")) for point in weak]
    shared = [one for one in own if one.role and one.ref in points and not _is_strong(one)]
    return lines + [_remark(one, points) for one in shared if one.value]


def _score(comparison: Comparison, candidate: Candidate, point: Point) -> str:
    return comparison.cell(candidate, point).score


def _weak_line(comparison: Comparison, candidate: Candidate, point: Point, comment: str) -> str:
    words = [str(ScoreValue(_score(comparison, candidate, point)).label).lower()]
    if point.is_knock_out:
        words.append(_("éliminatoire"))
    end = f"\u00a0: {_one_line(comment)}" if comment else "."
    return f"{BULLET}{point.ref} {point.title} ({', '.join(words)}){end}"


def _remark(remark: Remark, points: Mapping[str, Point]) -> str:
    who = f" ({Role(remark.role).label})" if remark.role else ""
    title = points[remark.ref].title
    return f"{BULLET}{remark.ref} {title}{who} : {_one_line(remark.text)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _exchanges(found: Sequence[Exchange]) -> Iterator[str]:
    if not found:
        yield _("Aucune précision n’a été demandée et aucune offre n’a été régularisée.")
    for one in found:
        parties = sorted(one.parties.all(), key=lambda party: party.pk)
        points = sorted(one.points.all(), key=lambda point: point.item.position)
        told = {
            "what": one,
            "day": dates.day(canonical.iso(one.sent_at)),
            "refs": ", ".join(point.item.point.ref for point in points),
            "names": ", ".join(party.assessment.candidacy.vendor.name for party in parties),
            "replied": ", ".join(
                party.assessment.candidacy.vendor.name for party in parties if party.replied_at
            ),
        }
        line = _("• %(what)s du %(day)s, à %(names)s, sur %(refs)s.") % told
        end = _("Réponse reçue : %(replied)s.") if told["replied"] else _("Sans réponse à ce jour.")
        decided = [_decided(party) for party in parties if hasattr(party, "regularisation")]
        yield " ".join([line, end % told, *decided])


def _decided(party: ExchangeParty) -> str:
    """What became of the regularisation of one candidate, with the reason."""
    decision = party.regularisation
    told = {
        "name": party.assessment.candidacy.vendor.name,
        "reason": _one_line(decision.reason).rstrip("."),
    }
    accepted = _("%(name)s : acceptée (%(reason)s).")
    return (accepted if decision.is_accepted else _("%(name)s : refusée (%(reason)s).")) % told


def _conclusion(source: _Source) -> Iterator[str]:
    comparison = source.comparison
    noted = [(comparison.note(one), one) for one in comparison.candidates]
    ranked = [(note.value, one) for note, one in noted if note.value is not None]
    ranked.sort(key=lambda pair: (-Decimal(pair[0]), pair[1].name))
    if not noted:
        yield _("Aucun candidat n’a encore de note.")
        return
    if ranked:
        most = weights.written(comparison.max_note)
        yield _("Notes sur ce critère, sur %(most)s, par ordre décroissant :") % {"most": most}
    for value, one in ranked:
        decided = f", {DecisionValue(one.decision).label.lower()}" if one.decision else ""
        yield f"{BULLET}{one.name} : {weights.written(value)}{decided}"
    out = [one.name for note, one in noted if note.value is None]
    if out:
        names = ", ".join(out)
        yield _("Sans note, parce qu’aucun point noté ne compte : %(names)s.") % {"names": names}
    partial = [one.name for note, one in noted if note.tally.missing]
    if partial:
        names = ", ".join(partial)
        yield _("Tous les points ne sont pas notés : %(names)s. Ces notes sont provisoires.") % {
            "names": names
        }
