"""The summary of an assessment: what matters first, the rates, what is missing."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from uniha_clausier.accounts.permissions import YES, Access, Action, action, require, signed_in
from uniha_clausier.common.replica import from_replica
from vendors.permissions import reader_or_404

from .. import permissions
from ..documents import charts, report
from ..domain.queries import documents as queries
from ..domain.queries import evidence as evidence_queries
from ..domain.queries import exchanges as exchange_queries
from ..enums import ScoreValue
from ..models import Assessment

Plain = dict[str, Any]

NO_CONTENT = 204


@dataclass(frozen=True)
class Group:
    """A list of points to read, with the sentence that says why they stand here."""

    anchor: str
    title: str
    sentence: str
    points: list[Plain]


@never_cache
@require_safe
@from_replica
def assessment_summary(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the rates by chapter, and first the points that decide.

    The open page asks again: it gets its figures alone, or 204 when nothing was saved since.
    """
    assessment = get_object_or_404(queries.assessments(), pk=pk)
    access = reader_or_404(signed_in(request), assessment.candidacy.lot)
    if access.is_guest:
        require(permissions.compare(assessment.candidacy.lot.tender))
    is_fragment = bool(request.headers.get("HX-Request"))
    mark = assessment.changed_at.isoformat()
    if is_fragment and request.GET.get("vu") == mark:
        return HttpResponse(status=NO_CONTENT)
    data = report.shown(report.gather(assessment.pk))
    chapters = _chapters(data)
    context = {
        "assessment": assessment,
        "facility": assessment.facility,
        "mark": mark,
        "is_fragment": is_fragment,
        "data": data,
        "groups": _groups(data),
        "chapters": chapters,
        "missing": _by_chapter(chapters, data),
        "settling": _settling(data),
        "counts": _counts(data["overall"]),
        **_charts(chapters),
        "sentence": _sentence(data["overall"]),
        "is_guest": access.is_guest,
        "action": None if access.is_guest else _next_action(assessment, data, access),
        **_beside(assessment, is_shown=not is_fragment and not access.is_guest),
    }
    page = "summary_figures" if is_fragment else "summary"
    return render(request, f"checklists/{page}.html", context)


def _groups(data: Plain) -> list[Group]:
    """The points to read first, each once: knock-outs, then by score, the worst first."""
    points = {point["ref"]: point for point in data["points"]}
    knock_outs = [points[ref] for ref in data["knock_outs"]]
    listed = {point["ref"] for point in knock_outs}

    def others(key: str, value: ScoreValue, title: str, other_title: str, text: str) -> Group:
        """What the knock-outs above don't show already; the title says so."""
        left = [points[ref] for ref in data[value.value] if ref not in listed]
        is_rest = len(left) < len(data[value.value])
        return Group(key, other_title if is_rest else title, text, left)

    return [
        Group(
            "eliminatoires",
            _("Points éliminatoires"),
            _("Ils n’éliminent jamais d’eux-mêmes : vous qualifiez l’offre en droit."),
            knock_outs,
        ),
        others(
            "non-conformites",
            ScoreValue.NON_COMPLIANT,
            _("Non-conformités"),
            _("Autres non-conformités"),
            _("L’exigence n’est pas tenue, ou rien ne la prouve."),
        ),
        others(
            "a-preciser",
            ScoreValue.TO_CLARIFY,
            _("À préciser"),
            _("Autres points à préciser"),
            _("Ils comptent 0 tant que le candidat n’a pas éclairci sa réponse."),
        ),
        others(
            "partiels",
            ScoreValue.PARTIAL,
            _("Partiels"),
            _("Autres points partiels"),
            _("Une partie seulement de l’exigence est tenue ou prouvée."),
        ),
    ]


def _chapters(data: Plain) -> list[Plain]:
    """The chapters to show: one that is only a heading (12) gives way to its sections."""
    return [
        part
        for chapter in data["chapters"]
        for part in (chapter["sections"] if _is_heading(chapter) else [chapter])
    ]


def _is_heading(chapter: Plain) -> bool:
    inside = [section["total"] for section in chapter["sections"]]
    return bool(inside) and sum(inside) == chapter["total"]


def _by_chapter(chapters: list[Plain], data: Plain) -> list[tuple[Plain, list[Plain]]]:
    """The points without a score, under the chapter that shows them."""
    missing = set(data["missing"])
    points = [point for point in data["points"] if point["ref"] in missing]
    grouped = [
        (chapter, [p for p in points if chapter["position"] in (p["chapter"], p["section"])])
        for chapter in chapters
    ]
    return [(chapter, found) for chapter, found in grouped if found]


def _settling(data: Plain) -> list[tuple[str, list[Plain]]]:
    """What the findings leave to settle: each sentence, with its points."""
    points = {point["ref"]: point for point in data["points"]}
    lists = [
        (_("La note s’écarte d’un constat, et le commentaire ne dit pas pourquoi"), "unexplained"),
        (_("Avis divergents entre les rôles"), "differing"),
        (_("À revoir : la réponse a changé après la note ou un constat"), "to_review"),
    ]
    return [(text, [points[ref] for ref in data[key]]) for text, key in lists if data[key]]


def _counts(overall: Plain) -> list[tuple[str, int]]:
    """How many points under each score, those without score last."""
    return [*overall["counts"].items(), (ScoreValue.NONE.value, overall["missing"])]


def _charts(chapters: list[Plain]) -> Plain:
    rates = [
        charts.Rate(
            label=f"{chapter['ref']} {chapter['title']}".strip(),
            share=Decimal(chapter["rate"]) if chapter["rate"] else None,
            text=chapter["display"],
            short=chapter["ref"],
        )
        for chapter in chapters
    ]
    title = charts.described(_("Taux par chapitre"), rates)
    return {"bars": charts.bars(title, rates), "radar": charts.radar(title, rates)}


def _sentence(overall: Plain) -> str:
    return ngettext(
        "%(scored)d point noté sur %(total)d · taux %(rate)s",
        "%(scored)d points notés sur %(total)d · taux %(rate)s",
        overall["scored"],
    ) % {
        "scored": overall["scored"],
        "total": overall["total"],
        "rate": overall["display"],
    }


def _beside(assessment: Assessment, *, is_shown: bool) -> Plain:
    """What the page of a member shows after the figures."""
    return {
        "to_watch": evidence_queries.to_watch(assessment, timezone.localdate()) if is_shown else [],
        "exchanges": exchange_queries.of_assessment(assessment) if is_shown else [],
    }


def _next_action(assessment: Assessment, data: Plain, access: Access) -> Action:
    """Go on scoring while something is missing, else produce the document."""
    missing = data["overall"]["missing"]
    grid = reverse("checklists:assessment_grid", args=[assessment.pk])
    if missing and permissions.assess(access):
        label = ngettext("Noter le point manquant", "Noter les %(n)d points manquants", missing)
        url = f"{grid}#{data['missing'][0]}"
        return action(YES, key="score", label=label % {"n": missing}, url=url)
    documents = reverse("checklists:assessment_documents", args=[assessment.pk])
    return action(YES, key="documents", label=_("Aller aux documents"), url=documents)
