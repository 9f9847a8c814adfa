"""The note of one candidate, line by line: what somebody needs to compute it again by hand."""

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from uniha_clausier.accounts.permissions import access_or_404, signed_in

from ..documents.comparison import claim_text, stake_text
from ..documents.report import percent_text
from ..domain import weights
from ..domain.comparing import Candidate, Comparison, Filters, Point
from ..domain.queries import comparison as comparison_queries
from ..domain.queries import documents as queries
from ..domain.scoring import Line
from .comparison import facts_of, title_of


class Computed(NamedTuple):
    """A point, what the candidate claims, and its line of the calculation."""

    point: Point
    facts: str
    claim: str
    line: Line


class Part(NamedTuple):
    """The lines under one heading."""

    title: str
    rows: list[Computed]


@never_cache
@require_safe
def assessment_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how the note of a candidate is computed: values, weights, products, sums, ratio."""
    assessment = get_object_or_404(queries.assessments(), pk=pk)
    access_or_404(signed_in(request), assessment.facility_id)
    comparison = comparison_queries.comparison(assessment.checklist, only=assessment)
    [candidate] = comparison.candidates
    note = comparison.note(candidate)
    context = {
        "assessment": assessment,
        "facility": assessment.facility,
        "lot": assessment.candidacy.lot,
        "tender": assessment.candidacy.lot.tender,
        "vendor": candidate.name,
        "clausier_version": assessment.checklist.version,
        "parts": _parts(comparison, candidate),
        "stakes": [
            (point, facts_of(point), stake_text(comparison.stake(candidate, point)))
            for point in comparison.at_stake(candidate)
        ],
        "sums": note.tally,
        "rate": percent_text(note.tally.rate),
        "note": "" if note.value is None else weights.written_note(note.value),
        "max_note": note.max_note,
    }
    return render(request, "checklists/note.html", context)


def _parts(comparison: Comparison, candidate: Candidate) -> list[Part]:
    lines = {line.ref: line for line in comparison.note(candidate).lines}
    return [
        Part(
            title_of(group),
            [
                Computed(
                    point,
                    facts_of(point),
                    claim_text(comparison.cell(candidate, point)),
                    lines[point.ref],
                )
                for point in group.points
            ],
        )
        for group in comparison.groups(Filters())
    ]
