"""Who works where in an assessment: the page of its chapters, and the sign of life of a page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from uniha_clausier.accounts.models import User
from uniha_clausier.accounts.permissions import require, signed_in
from uniha_clausier.accounts.sessions import seconds_left
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import answering, chapter_work, presence
from ..domain.queries import changes, work
from ..domain.queries import grid as queries
from ..forms import grid_work as forms
from ..models import Assessment, ChapterWork
from .grid_json import counters_data, refusal, stranger_to_page
from .grid_pages import door_or_404, names

# -- Chapters ----------------------------------------------------------------------------------


@require_safe
def chapters(request: HttpRequest, pk: int) -> HttpResponse:
    """The chapters as a list of tasks: how far each is, whose it is, declared finished or not."""
    door = door_or_404(request.user, pk)
    assessment = queries.assessments().get(pk=pk)
    texts = queries.catalogue(door.version)
    counts = queries.counts_by_chapter(texts, queries.states(assessment))
    context = names(assessment) | {
        "works": list(work.works(pk, texts, counts).values()),
        "permit": permissions.unless_signed(
            permissions.share_chapters(door.access), answering.signed_sentence(assessment)
        ),
        "colleagues": work.colleagues(assessment.facility_id),
    }
    return render(request, "checklists/chapters.html", context)


@require_POST
def declare(request: HttpRequest, pk: int, chapter: int) -> HttpResponse:
    """« J’ai terminé ce chapitre », and back."""
    door = door_or_404(request.user, pk)
    require(permissions.share_chapters(door.access))
    texts = queries.catalogue(door.version)
    is_finished = request.POST.get("finished") == "oui"
    act = chapter_work.finish_chapter if is_finished else chapter_work.reopen_chapter
    try:
        act(assessment_id=pk, position=chapter, texts=texts, by=signed_in(request))
    except DomainError as error:
        messages.warning(request, str(error))
        return _back(request, pk)
    if _is_script(request):
        return JsonResponse({"chapter": chapter, "finished": is_finished})
    messages.success(request, _declared_in_words(texts.chapters[chapter], is_finished))
    return _back(request, pk, f"#chapitre-{chapter}")


@require_POST
def assign(request: HttpRequest, pk: int, chapter: int) -> HttpResponse:
    """Give a chapter to a member, or to nobody."""
    door = door_or_404(request.user, pk)
    require(permissions.share_chapters(door.access))
    texts = queries.catalogue(door.version)
    try:
        wish = forms.read_assignment(request.POST)
        made = chapter_work.assign_chapter(
            assessment_id=pk,
            position=chapter,
            texts=texts,
            by=signed_in(request),
            **wish._asdict(),
        )
    except User.DoesNotExist:
        messages.warning(request, chapter_work.not_a_member())
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _assigned_in_words(texts.chapters[chapter], made))
        return _back(request, pk, f"#chapitre-{chapter}")
    return _back(request, pk)


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _back(request: HttpRequest, pk: int, place: str = "") -> HttpResponse:
    """Go back where the act was asked; without a ``place``, to the top, where a refusal is read."""
    name = "assessment_grid" if request.POST.get("back") == "grid" else "assessment_chapters"
    return redirect(reverse(f"checklists:{name}", args=[pk]) + place)


def _named(chapter: queries.ChapterText) -> str:
    return f"{chapter.ref}. {chapter.title}" if chapter.ref else chapter.title


def _declared_in_words(chapter: queries.ChapterText, is_finished: bool) -> str:
    words = (
        _("« %(chapter)s » est déclaré terminé.")
        if is_finished
        else _("« %(chapter)s » est rouvert.")
    )
    return words % {"chapter": _named(chapter)}


def _assigned_in_words(chapter: queries.ChapterText, made: ChapterWork) -> str:
    if made.assignee is None:
        return _("« %(chapter)s » n’est confié à personne.") % {"chapter": _named(chapter)}
    words = _("« %(chapter)s » est confié à %(name)s.")
    return words % {"chapter": _named(chapter), "name": made.assignee}


# -- Sign of life ------------------------------------------------------------------------------


@require_POST
@login_not_required
def sign_of_life(request: HttpRequest, pk: int) -> JsonResponse:
    """Say who else is here, what changed, and how long the session lasts.

    Each open page asks every 15 seconds: a constant number of queries, one write at most.
    """
    stranger = stranger_to_page(request)
    if stranger:
        return stranger
    user, sign = signed_in(request), forms.read_sign(request.POST)
    door = queries.door(user, pk)
    if door is None:
        return refusal(404, _("Cette évaluation n’existe pas, ou elle ne vous est pas ouverte."))
    texts = queries.catalogue(door.version)
    return JsonResponse(
        {
            "session": seconds_left(request),
            "others": _others(texts, pk, sign.chapter, user),
            "works": _works(texts, pk, user),
            **_changes(door.access.facility_id, pk, sign.since),
        }
    )


def _others(texts: queries.Catalogue, pk: int, position: int, user: User) -> list[dict[str, str]]:
    here = texts.chapters.get(position)
    present = presence.sign_of_life(
        assessment_id=pk, chapter_id=here.pk if here else None, now=timezone.now(), by=user
    )
    places = {chapter.pk: chapter for chapter in texts.chapters.values()}
    return [{"name": one.name, "place": _place(places.get(one.chapter_id or 0))} for one in present]


def _place(chapter: queries.ChapterText | None) -> str:
    if chapter is None:
        return ""
    if chapter.ref:
        return _("le chapitre %(ref)s") % {"ref": chapter.ref}
    return _("le chapitre « %(title)s »") % {"title": chapter.title}


def _works(texts: queries.Catalogue, pk: int, user: User) -> list[dict[str, Any]]:
    return [
        {
            "chapter": one.position,
            "finished": one.is_finished,
            "assignee": one.assignee,
            "mine": one.assignee_id == user.pk,
        }
        for one in work.declared(pk, texts)
    ]


def _changes(tenant: int, pk: int, since: int) -> dict[str, Any]:
    found = changes.changes_since(tenant=tenant, assessment_id=pk, since=since)
    told = {"since": found.until, "changes": [change._asdict() for change in found.items]}
    if not found.items:
        return told
    return told | {"counters": counters_data(Assessment.objects.get(pk=pk))}
