"""The pages by which a candidate answers, without an account: a guide, then a chapter a page."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from ..domain import answer_links, answering
from ..domain.queries import answers as queries
from ..domain.queries import evidence
from ..domain.queries.answers import Question, Questionnaire, Section
from ..enums import Claim
from ..forms import grid as forms
from ..models import Assessment, Evidence
from . import answer_files
from .answer_doors import Bearer, behind_link
from .grid_json import conflict_data, refusal
from .grid_pages import in_words, with_typed

CONFLICT, UNPROCESSABLE = 409, 422
FIELDS = {"claim": gettext_lazy("Réponse"), "claim_text": gettext_lazy("Précisions")}
"""The two fields of a candidate, as their pages name them."""


# -- Pages ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def answers(request: HttpRequest, bearer: Bearer) -> HttpResponse:
    """What is asked, by whom, until when, and how; then begin, or go on."""
    form = questionnaire_of(bearer)
    if request.method == "POST":
        answer_links.open_link(link=bearer.link)
        first = form.first_to_fill
        return redirect(
            bearer.url("answer_chapter", first.chapter.position) if first else bearer.url("answers")
        )
    context = names_of(bearer, form) | {
        "chapters": chapters_of(bearer, form),
        "url": bearer.url("answers"),
        "submit_url": bearer.url("answer_submit"),
    }
    return render(request, "answers/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def answer_chapter(request: HttpRequest, bearer: Bearer, chapter: int) -> HttpResponse:
    """The points of one chapter, to fill in; without a script, one button saves them."""
    if request.method != "POST":
        return _chapter_page(request, bearer, questionnaire_of(bearer), chapter)
    edits = [edit for edit in forms.edits_from(request.POST) if edit.field in FIELDS]
    outcome = answer_links.save_answers(link=bearer.link, edits=edits)
    problems = problems_of(outcome, answer_files.from_form(request, bearer))
    if problems:
        states = with_typed(queries.states(bearer.assessment), outcome)
        form = queries.questionnaire(bearer.assessment, states)
        return _chapter_page(request, bearer, form, chapter, problems)
    if "suite" in request.POST:
        return redirect(_url(bearer, _neighbours(questionnaire_of(bearer), chapter)[1]))
    return redirect(bearer.url("answer_chapter", chapter) + "?enregistre=oui")


@require_POST
@behind_link
def answer_point(request: HttpRequest, bearer: Bearer, ref: str) -> JsonResponse:
    """Write one field, for the script of the page: the same words as for the grid."""
    try:
        edit = forms.cleaned_save(request.POST)
        saved = answer_links.save_answer(link=bearer.link, ref=ref, **edit)
    except ValidationError as error:
        return refusal(UNPROCESSABLE, error.messages[0])
    except answering.Conflict as conflict:
        told = conflict_data(conflict) | {"author": _("Modifié ailleurs")}
        return JsonResponse(told, status=CONFLICT)
    except (answering.NotAllowedHere, answering.UnknownPoint) as error:
        return refusal(UNPROCESSABLE, str(error))
    return JsonResponse(
        {
            "field": saved.field,
            "value": saved.value,
            "version": saved.version,
            "saved_at": saved.at or timezone.now(),
            "counters": _counters(saved.assessment),
        }
    )


def _counters(assessment: Assessment) -> dict[str, int]:
    """How far the answers are, and as of when: nothing of what the buyer does."""
    return {
        "as_of": int(assessment.changed_at.timestamp() * 1_000_000),
        "total": assessment.total,
        "answered": assessment.answered,
    }


# -- What they show ------------------------------------------------------------------------------


def questionnaire_of(bearer: Bearer) -> Questionnaire:
    """Return what is asked of a candidate, as their answers stand."""
    return queries.questionnaire(bearer.assessment, queries.states(bearer.assessment))


def chapters_of(bearer: Bearer, form: Questionnaire) -> list[dict[str, Any]]:
    """Return the chapters of a form, each with its address."""
    return [{"section": one, "url": _url(bearer, one)} for one in form.sections]


def names_of(bearer: Bearer, form: Questionnaire) -> dict[str, Any]:
    """Return what the head of each page names: the purchase, the candidate, and nobody else."""
    lot = bearer.assessment.candidacy.lot
    return {
        "bearer": bearer,
        "link": bearer.link,
        "facility": bearer.assessment.facility,
        "tender": lot.tender,
        "lot": lot,
        "vendor": bearer.assessment.candidacy.vendor,
        "product": bearer.assessment.candidacy.product,
        "clausier_version": bearer.assessment.checklist.version,
        "form": form,
    }


def _chapter_page(
    request: HttpRequest,
    bearer: Bearer,
    form: Questionnaire,
    chapter: int,
    problems: Sequence[dict[str, Any]] = (),
) -> HttpResponse:
    section = next((one for one in form.sections if one.chapter.position == chapter), None)
    if section is None:
        raise Http404
    before, after = _neighbours(form, chapter)
    files = evidence.by_point(bearer.assessment)
    context = names_of(bearer, form) | {
        "section": section,
        "rows": [_row(bearer, question, files, problems) for question in section.questions],
        "after": after,
        "urls": {
            "home": bearer.url("answers"),
            "chapter": bearer.url("answer_chapter", chapter),
            "points": bearer.url("answers") + "points/",
            "next": _url(bearer, after),
            "before": _url(bearer, before) if before else "",
        },
        "versions": forms.versions_text(question.state for question in section.questions),
        "problems": problems,
        "is_saved": "enregistre" in request.GET,
    }
    has_conflict = any(problem["is_conflict"] for problem in problems)
    status = CONFLICT if has_conflict else UNPROCESSABLE if problems else 200
    return render(request, "answers/chapter.html", context, status=status)


def _url(bearer: Bearer, section: Section | None) -> str:
    """Return the address of a chapter; without one, of the list of what is missing."""
    if section is None:
        return bearer.url("answers") + "#manque"
    return bearer.url("answer_chapter", section.chapter.position)


def _neighbours(form: Questionnaire, chapter: int) -> tuple[Section | None, Section | None]:
    """Return the chapters that come before and after one of them."""
    places = [section.chapter.position for section in form.sections]
    at = places.index(chapter) if chapter in places else 0
    before = form.sections[at - 1] if at else None
    return before, next(iter(form.sections[at + 1 :]), None)


def _row(
    bearer: Bearer,
    question: Question,
    files: Mapping[str, Sequence[Evidence]],
    problems: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "question": question,
        "text": question.text,
        "claims": [
            (claim, Claim(claim).label, claim == question.state.claim) for claim in question.claims
        ],
        "files": answer_files.shown(bearer, question.ref, files),
        "problems": [problem for problem in problems if problem["ref"] == question.ref],
    }


# -- Without JavaScript --------------------------------------------------------------------------


def problems_of(
    outcome: answering.Outcome, of_files: Sequence[tuple[str, str]]
) -> list[dict[str, Any]]:
    """What was not written, in words; whoever wrote the other value is not named."""
    elsewhere = _("Ce champ a été modifié ailleurs, dans une autre fenêtre peut-être.")
    conflicts = [
        _problem(edit.ref, FIELDS[edit.field], elsewhere)
        | {"theirs": in_words(edit.field, error.theirs) or _("(vide)"), "is_conflict": True}
        for edit, error in outcome.conflicts
    ]
    refused = [
        _problem(edit.ref, FIELDS[edit.field], str(error)) for edit, error in outcome.refused
    ]
    files = [_problem(ref, _("Document joint"), sentence) for ref, sentence in of_files]
    return [*conflicts, *refused, *files]


def _problem(ref: str, label: Any, sentence: str) -> dict[str, Any]:
    return {"ref": ref, "label": label, "sentence": sentence, "theirs": "", "is_conflict": False}
