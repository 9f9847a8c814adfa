"""The candidates of a checklist beside each other, and the same as a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from uniha_clausier.accounts.permissions import (
    Access,
    Action,
    action,
    require,
    signed_in,
)
from uniha_clausier.common.attachments import attachment
from uniha_clausier.common.replica import from_replica
from vendors import permissions as purchase_permissions

from .. import permissions
from ..documents import comparison as files
from ..documents.report import percent_text
from ..domain import weights
from ..domain.comparing import EMPTY, Candidate, Cell, Comparison, Filters, Group, Point
from ..domain.queries import comparison as queries
from ..enums import LegalEffect
from ..forms.comparison import ComparisonFilterForm
from ..models import Checklist
from ..templatetags.statuses import status_of, status_words


class Shown(NamedTuple):
    """A cell in words: the grid it leads to (nowhere for a guest), what is claimed, the score, its sign and its tone."""

    grid: str
    claim: str
    score: str
    css: str
    is_at_stake: bool


class Row(NamedTuple):
    """A point, what it weighs and does, and its cell of each candidate."""

    point: Point
    facts: str
    cells: list[Shown]


class Section(NamedTuple):
    """Points under one heading, with a figure of each candidate."""

    title: str
    figures: list[str]
    rows: list[Row]


class Head(NamedTuple):
    """What stands above the points of one candidate."""

    candidate: Candidate
    note: str
    rate: str
    missing: str
    scored: str
    at_stake: int


@dataclass(frozen=True)
class Obstacle:
    """Why there is nothing to compare, and what to do about it."""

    title: str
    text: str
    action: Action | None = None


@never_cache
@require_safe
@from_replica
def checklist_comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the points of a checklist by candidate: claims, scores, rates, what is at stake."""
    checklist, access = _published(request, pk)
    context: dict[str, Any] = {
        "checklist": checklist,
        "lot": checklist.lot,
        "tender": checklist.lot.tender,
        "facility": checklist.lot.tender.facility,
        "clausier_version": checklist.version,
        "is_guest": access.is_guest,
    }
    if not permissions.compare(checklist.lot.tender):
        return render(
            request,
            "checklists/comparison_nothing.html",
            context | {"obstacle": _closed(checklist, access)},
        )
    comparison = queries.comparison(checklist)
    if not comparison.candidates:
        return render(
            request,
            "checklists/comparison_nothing.html",
            context | {"obstacle": _nobody(checklist, comparison, access)},
        )
    form = ComparisonFilterForm(request.GET, comparison=comparison)
    return render(
        request, "checklists/comparison.html", context | _context(comparison, form, access)
    )


@never_cache
@require_safe
@from_replica
def comparison_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Give every point and every candidate of a comparison, whatever the page filters."""
    checklist, _access = _published(request, pk)
    require(permissions.compare(checklist.lot.tender))
    if kind not in files.TYPES:
        raise Http404
    comparison = queries.comparison(checklist)
    return attachment(
        files.written(checklist, comparison, kind),
        name=files.file_name(checklist, kind),
        content_type=files.TYPES[kind],
    )


def _published(request: HttpRequest, pk: int) -> tuple[Checklist, Access]:
    """Return a published checklist and the access of the person. Raises Http404 for a draft."""
    checklist = get_object_or_404(queries.checklists(), pk=pk)
    access = purchase_permissions.reader_or_404(signed_in(request), checklist.lot)
    if not checklist.is_published:
        raise Http404
    return checklist, access


# -- When there is nothing to show -----------------------------------------------------------------


def _closed(checklist: Checklist, access: Access) -> Obstacle:
    tender = checklist.lot.tender
    record = action(
        purchase_permissions.manage_purchases(access),
        key="ouverture",
        label=_("Enregistrer l’ouverture des plis"),
        url=reverse("vendors:opening_record", args=[tender.pk]),
    )
    return Obstacle(
        _("Les plis ne sont pas ouverts"),
        _(
            "Personne ne lit une réponse avant l’ouverture (CCP, art. R2132-9). La comparaison "
            "s’affichera dès qu’elle sera enregistrée."
        ),
        None if access.is_guest else record,
    )


def _nobody(checklist: Checklist, comparison: Comparison, access: Access) -> Obstacle:
    page = "group_purchase" if access.is_guest else "tender_detail"
    url = reverse(f"checklists:{page}", args=[checklist.lot.tender_id])
    back = Action("consultation", _("Aller à la consultation"), url)
    if comparison.late:
        names = ", ".join(comparison.late)
        text = _("Hors délai, donc hors de l’analyse : %(names)s.") % {"names": names}
        return Obstacle(_("Aucun candidat à comparer"), text, back)
    if comparison.waiting:
        names = ", ".join(comparison.waiting)
        text = _("Commencez l’évaluation des candidats : %(names)s.") % {"names": names}
        return Obstacle(_("Aucune évaluation commencée"), text, back)
    text = _("Ajoutez les candidats à la consultation : ils se comparent ici, point par point.")
    return Obstacle(_("Aucun candidat"), text, back)


# -- The table -------------------------------------------------------------------------------------


def _context(comparison: Comparison, form: ComparisonFilterForm, access: Access) -> dict[str, Any]:
    filters = form.filters()
    candidates = comparison.chosen(filters)
    groups = comparison.groups(filters)
    shown = sum(len(group.points) for group in groups)
    return {
        "form": form,
        "is_filtered": filters != Filters(),
        "heads": [_head(comparison, one) for one in candidates],
        "sections": _sections(comparison, groups, candidates, _grids(candidates, access)),
        "max_note": weights.written(comparison.max_note),
        "columns": len(candidates) + 1,
        "count_text": _count_text(shown, len(comparison.points)),
        "sentence": _sentence(comparison),
        "is_scored": comparison.is_scored,
        "waiting": ", ".join(comparison.waiting),
        "late": ", ".join(comparison.late),
        "several": len(comparison.candidates) > 1,
    }


def _grids(candidates: Sequence[Candidate], access: Access) -> dict[int, str]:
    """Return where each cell of a candidate leads: its grid, which a guest does not read."""
    if access.is_guest:
        return {one.assessment: "" for one in candidates}
    return {
        one.assessment: reverse("checklists:assessment_grid", args=[one.assessment])
        for one in candidates
    }


def _sections(
    comparison: Comparison,
    groups: Sequence[Group],
    candidates: Sequence[Candidate],
    grids: dict[int, str],
) -> list[Section]:
    # Most cells of a candidate say the same: each way to say it is written once.
    said: dict[tuple[int, Cell, bool], Shown] = {}
    cells, stakes = comparison.cells, comparison.stakes

    def shown(assessment: int, ref: str) -> Shown:
        place = assessment, ref
        key = assessment, cells.get(place, EMPTY), place in stakes
        if key not in said:
            said[key] = Shown(grids[assessment], *_words(key[1]), key[2])
        return said[key]

    def row(point: Point) -> Row:
        return Row(point, facts_of(point), [shown(one, point.ref) for one in grids])

    return [
        Section(
            title_of(group),
            [_figure(comparison, group, one) for one in candidates],
            [row(point) for point in group.points],
        )
        for group in groups
    ]


def _words(cell: Cell) -> tuple[str, str, str]:
    claim = str(status_of("claim", cell.claim).label)
    if not cell.claim and cell.has_text:
        claim = _("Texte")
    return claim, status_words("score", cell.score), status_of("score", cell.score).css


def facts_of(point: Point) -> str:
    """Say what a point weighs, and what its absence does to an offer."""
    facts = [_("Éliminatoire")] if point.is_knock_out else []
    if point.effect != LegalEffect.INFORMATION:
        facts.append(_("poids %(weight)s") % {"weight": weights.written(point.weight)})
    facts.append(str(LegalEffect(point.effect).label).lower())
    return " · ".join(facts)


def title_of(group: Group) -> str:
    """Name a group of points: its chapter, or the knock-outs of all of them."""
    if group.chapter is None:
        return _("Points éliminatoires")
    return f"{group.chapter.ref} {group.chapter.title}".strip()


def _figure(comparison: Comparison, group: Group, candidate: Candidate) -> str:
    """The rate of a chapter, every point of it counted; of the knock-outs, those at stake."""
    if group.chapter is not None:
        return percent_text(comparison.sums[candidate.assessment, group.chapter.position].rate)
    return _at_stake_text(sum(point.is_knock_out for point in comparison.at_stake(candidate)))


def _head(comparison: Comparison, candidate: Candidate) -> Head:
    sums = comparison.total(candidate)
    note = weights.note(sums.earned, sums.possible, comparison.max_note)
    missing = ngettext("%(n)d point sans note", "%(n)d points sans note", sums.missing)
    return Head(
        candidate=candidate,
        note=_("sans objet") if note is None else weights.written_note(note),
        rate=percent_text(sums.rate),
        missing=missing % {"n": sums.missing} if sums.missing else "",
        scored=f"{sums.scored} / {sums.total}",
        at_stake=len(comparison.at_stake(candidate)),
    )


def _at_stake_text(count: int) -> str:
    return _("%(n)d à qualifier") % {"n": count}


def _count_text(shown: int, total: int) -> str:
    sentence = ngettext("%(n)d point sur %(total)d", "%(n)d points sur %(total)d", shown)
    return sentence % {"n": shown, "total": total}


def _sentence(comparison: Comparison) -> str:
    candidates = len(comparison.candidates)
    sentence = ngettext("%(n)d candidat évalué", "%(n)d candidats évalués", candidates)
    points = ngettext("%(n)d point à noter", "%(n)d points à noter", len(comparison.points))
    return f"{sentence % {'n': candidates}} · {points % {'n': len(comparison.points)}}"
