"""The weights and legal effects of a checklist: by chapter or by point, before publication."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.permissions import require
from uniha_clausier.common.errors import DomainError, StaleVersion

from .. import permissions
from ..domain import weighting, weights
from ..domain.queries import checklists as queries
from ..domain.queries.checklists import ASKED, Section
from ..domain.weighting import Setting, Weighting
from ..enums import LegalEffect
from ..forms.weighting import WeightingForm
from ..models import Checklist
from .checklists import CONFLICT, UNPROCESSABLE, Place, page_of, with_checklist


@require_http_methods(["GET", "HEAD", "POST"])
def checklist_weights(request: HttpRequest, pk: int) -> HttpResponse:
    """Set what each point weighs and what its absence does, chapter by chapter."""
    place, checklist = with_checklist(request, pk)
    if request.method == "POST":
        return _save(request, place, checklist)
    now = weighting.current(checklist)
    return _page(request, place, checklist, now, seen=now.fingerprint)


def _save(request: HttpRequest, place: Place, checklist: Checklist) -> HttpResponse:
    require(permissions.prepare(place.access, None))
    now = weighting.current(checklist)
    seen = request.POST.get("seen", "")[:64]
    if "equal" in request.POST and place.prepare:
        return _page(request, place, checklist, weighting.equal(checklist), seen=seen)
    sections = _sections(queries.rows(checklist))
    form = WeightingForm(request.POST, sections=sections, weighting=now, seen=seen)
    if not form.is_valid():
        return _page(request, place, checklist, now, form=form, seen=seen, status=UNPROCESSABLE)
    asked = form.weighting
    if "preview" in request.POST and place.prepare:
        return _page(request, place, checklist, asked, seen=seen)
    try:
        weighting.set_weighting(
            checklist=checklist, weighting=asked, seen=seen, by=place.access.user
        )
    except StaleVersion as error:
        messages.error(request, str(error))
        fresh = now.fingerprint
        return _page(request, place, checklist, asked, seen=fresh, status=CONFLICT)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("La pondération et les effets sont enregistrés."))
    return redirect("checklists:checklist_weights", pk=checklist.pk)


def _page(
    request: HttpRequest,
    place: Place,
    checklist: Checklist,
    shown: Weighting,
    *,
    seen: str,
    form: WeightingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = queries.rows(checklist)
    sections = _sections(rows)
    settings = {**weighting.current(checklist).settings, **shown.settings}
    shown = Weighting(shown.max_note, shown.total, settings)
    form = form or WeightingForm(sections=sections, weighting=shown, seen=seen)
    total = _total(sections, shown)
    context = {
        "form": form,
        "sections": [_section(section, shown, total, form) for section in sections],
        "summary": queries.summary(rows),
        "total": weights.written(total),
        "complaint": weights.complaint(total, shown.total),
        "max_note": weights.written(shown.max_note),
        "announced": weights.written(shown.total) if shown.total is not None else "",
        "unsaved": form.is_bound or shown != weighting.current(checklist),
        "effects": LegalEffect.choices,
    }
    return page_of(request, "weights", place, context, status=status)


def _sections(rows: Sequence[queries.Row]) -> list[Section]:
    return queries.sections(row for row in rows if row.status == ASKED)


def _total(sections: Sequence[Section], shown: Weighting) -> Decimal:
    refs = (row.point.ref for section in sections for row in section.rows)
    return sum((shown.settings[ref].weight for ref in refs), Decimal(0))


def _section(
    section: Section, shown: Weighting, total: Decimal, form: WeightingForm
) -> dict[str, Any]:
    held = _total([section], shown)
    return {
        "chapter": section.chapter,
        "fields": form.of_chapter(section),
        "total": weights.written(held),
        **_worth(held, total, shown),
        "rows": [
            {
                "row": row,
                "fields": form.of(row.point.ref),
                **_told(shown.settings[row.point.ref]),
                **_worth(shown.settings[row.point.ref].weight, total, shown),
            }
            for row in section.rows
        ],
    }


def _told(setting: Setting) -> dict[str, str]:
    return {
        "effect": str(LegalEffect(setting.effect).label),
        "weight": weights.written(setting.weight),
    }


def _worth(weight: Decimal, total: Decimal, shown: Weighting) -> dict[str, str]:
    return {
        "share": weights.written(weights.share(weight, total)),
        "part": weights.written(weights.part_of_note(weight, total, shown.max_note)),
    }
