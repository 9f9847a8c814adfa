"""The checklist of a lot: version, profile, points, publication."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.accounts.permissions import Access, Permit, access_or_404, require, signed_in
from uniha_clausier.common.errors import DomainError, StaleVersion
from vendors.models import Lot

from .. import permissions, tasks
from ..domain import applicability, cctp, checklists, editions, profile, version_change
from ..domain.queries import checklists as queries
from ..domain.queries import editions as edition_queries
from ..domain.queries import parameters, readings, saved_profiles
from ..domain.queries.checklists import Row
from ..forms.checklists import ProfileForm, PublishForm, VersionForm
from ..models import Checklist, ClausierVersion

UNPROCESSABLE = 422
CONFLICT = 409


@dataclass(frozen=True)
class Place:
    """A checklist, its lot, and what the person may do there."""

    lot: Lot
    access: Access
    checklist: Checklist

    @property
    def prepare(self) -> Permit:
        return permissions.prepare(self.access, self.checklist)


@require_http_methods(["GET", "HEAD", "POST"])
def checklist_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Describe the purchase."""
    place, checklist = with_checklist(request, pk)
    if request.method == "POST":
        return _save_profile(request, place, checklist)
    return _profile_page(request, place, checklist, _flags_to_show(request, place, checklist))


@require_safe
def profile_effect(request: HttpRequest, pk: int) -> HttpResponse:
    """What the answers of the address would change, for the page that is being ticked."""
    place, checklist = with_checklist(request, pk)
    form = ProfileForm(request.GET)
    if not form.is_valid():
        return HttpResponse(status=UNPROCESSABLE)
    closed = applicability.closure(form.cleaned_data["flags"])
    context = _effect_context(queries.rows(checklist), checklist, closed)
    implied = {flag: profile.implied_by(flag, closed) for flag in profile.IMPLIED}
    context |= {"implied": implied, "prepare": place.prepare}
    return render(request, "checklists/checklist_effect_parts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def checklist_version(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a draft to another version, with what becomes of each decision in sight."""
    place, checklist = with_checklist(request, pk)
    require(permissions.prepare(place.access, None))
    form = VersionForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _versions_page(request, place, form)
    if not form.is_valid():
        return _versions_page(request, place, form, status=UNPROCESSABLE)
    version = form.cleaned_data["version"]
    plan = version_change.plan(checklist, version)
    if plan.asks and "confirm" not in request.POST and place.prepare:
        return page_of(request, "move", place, {"plan": plan, "version": version})
    try:
        version_change.change_version(
            checklist=checklist,
            version=version,
            keep=request.POST.getlist("keep"),
            by=place.access.user,
        )
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("La check-list est passée sur la version choisie."))
    return redirect("checklists:checklist_edit", pk=pk)


@require_POST
def checklist_version_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Go back to the version of before the last move, with the decisions of then."""
    place, checklist = with_checklist(request, pk)
    require(permissions.prepare(place.access, None))
    try:
        version_change.undo(checklist=checklist, by=place.access.user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Le changement de version est annulé."))
    return redirect("checklists:checklist_edit", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def checklist_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Read everything once more, then freeze it."""
    place, checklist = with_checklist(request, pk)
    if request.method == "POST":
        return _publish(request, place, checklist)
    return _publication_page(request, place, checklist)


# -- What a page shows ---------------------------------------------------------------------------


def with_checklist(request: HttpRequest, pk: int) -> tuple[Place, Checklist]:
    """Return a checklist and its place. Raises Http404 for a stranger."""
    checklist = get_object_or_404(queries.checklists(), pk=pk)
    access = access_or_404(signed_in(request), checklist.lot.tender.facility_id)
    return Place(checklist.lot, access, checklist), checklist


def page_of(
    request: HttpRequest, page: str, place: Place, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render one page of the checklist with what all of them show."""
    tender = place.lot.tender
    checklist = place.checklist
    shared = {
        "page": page,
        "lot": place.lot,
        "tender": tender,
        "facility": tender.facility,
        "checklist": checklist,
        "clausier_version": checklist.version,
        "prepare": place.prepare,
    }
    template = f"checklists/checklist_{page}.html"
    return render(request, template, shared | context, status=status)


def _versions_page(
    request: HttpRequest, place: Place, form: VersionForm, status: int = 200
) -> HttpResponse:
    versions = queries.versions_to_move_to(place.checklist)
    context = versions_context(form, versions)
    if place.prepare:
        context["undoable"] = version_change.undoable(place.checklist)
    return page_of(request, "version", place, context, status=status)


def versions_context(form: VersionForm, versions: Sequence[ClausierVersion]) -> dict[str, Any]:
    """Return what the choice of a version shows: the first is chosen until a person chooses."""
    chosen = form["version"].value() or (versions[0].pk if versions else "")
    return {"form": form, "versions": versions, "chosen": str(chosen)}


def _profile_page(
    request: HttpRequest,
    place: Place,
    checklist: Checklist,
    flags: list[str],
    *,
    error: str = "",
    seen: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = queries.rows(checklist)
    closed = applicability.closure(flags)
    context = _effect_context(rows, checklist, closed) | {
        "groups": queries.questions(rows, closed),
        "answers": profile.in_words(closed),
        "seen": checklist.profile if seen is None else seen,
        "error": error,
        "kept": saved_profiles.profiles_of(place.access.facility_id),
        "chosen": request.GET.get("profil", ""),
    }
    return page_of(request, "profile", place, context, status=status)


def _effect_context(
    rows: list[Row], checklist: Checklist, closed: frozenset[str]
) -> dict[str, Any]:
    """What the page says of answers that are perhaps not saved yet."""
    asked = queries.asked_under(rows, closed)
    return {
        "checklist": checklist,
        "asked": len(asked),
        "summary": queries.summary(rows),
        "counts": queries.counts(rows, asked),
        "change": queries.change(rows, asked),
        "effect": queries.effect(rows, closed),
        "unsaved": sorted(closed) != checklist.profile,
    }


def _flags_to_show(request: HttpRequest, place: Place, checklist: Checklist) -> list[str]:
    """The profile of the checklist, or a kept one (``?profil=``) that the buyer has yet to save."""
    asked = request.GET.get("profil", "")
    kept = saved_profiles.profiles_of(place.access.facility_id) if asked and place.prepare else []
    found = next((saved.flags for saved in kept if str(saved.pk) == asked), checklist.profile)
    return list(found)


def _save_profile(request: HttpRequest, place: Place, checklist: Checklist) -> HttpResponse:
    require(permissions.prepare(place.access, None))
    form = ProfileForm(request.POST)
    if not form.is_valid():
        error = _("Une réponse n’est pas reconnue : rechargez la page.")
        return _profile_page(
            request, place, checklist, checklist.profile, error=error, status=UNPROCESSABLE
        )
    flags, seen = form.cleaned_data["flags"], form.cleaned_data["seen"]
    if "preview" in request.POST and place.prepare:
        return _profile_page(request, place, checklist, flags, seen=seen)
    try:
        saved = checklists.set_profile(
            checklist=checklist, flags=flags, seen=seen, by=place.access.user
        )
    except StaleVersion as error:
        return _profile_page(request, place, checklist, flags, error=str(error), status=CONFLICT)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("checklists:checklist_edit", pk=checklist.pk)
    messages.success(request, _saved(saved, flags))
    page = "checklist_points" if "review" in request.POST else "checklist_edit"
    return redirect(f"checklists:{page}", pk=checklist.pk)


def _saved(checklist: Checklist, typed: list[str]) -> str:
    """Say that the profile is saved, and what was ticked of its own accord."""
    words = [_("Le profil est enregistré.")]
    for flag in checklist.profile:
        if flag not in typed:
            question = profile.QUESTIONS[flag]
            reason = profile.implied_by(flag, checklist.profile)
            words.append(
                _("« %(label)s » est coché d’office, parce que %(reason)s.")
                % {"label": question.label, "reason": reason}
            )
    return " ".join(words)


def _publish(request: HttpRequest, place: Place, checklist: Checklist) -> HttpResponse:
    require(permissions.prepare(place.access, None))
    form = PublishForm(request.POST)
    seen = form.cleaned_data["content"] if form.is_valid() else ""
    try:
        with transaction.atomic():  # neither goes without the other
            published = editions.publish(checklist=checklist, seen=seen, by=place.access.user)
            tasks.request_annexes(published)
    except checklists.ChecklistFrozen:
        messages.info(request, _("Cette check-list était déjà publiée : rien n’a changé."))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("La check-list est publiée : elle ne changera plus."))
    return redirect("checklists:checklist_publish", pk=checklist.pk)


def _publication_page(request: HttpRequest, place: Place, checklist: Checklist) -> HttpResponse:
    rows = queries.rows(checklist)
    blockers = [] if checklist.is_published else checklists.blockers(checklist)
    current = checklists.known_fingerprint(checklist)
    context = {
        "content": current,
        "readings": readings.readings_of(checklist, current),
        "summary": queries.summary(rows),
        "weighting": queries.weighting(rows),
        "parameters": [
            {"label": one.label, "value": cctp.in_words(one, value), "refs": refs}
            for one, refs, value in parameters.added(checklist)
        ],
        "answers": profile.in_words(checklist.profile),
        "sections": queries.sections(rows),
        "forced": queries.filtered(rows, shown="forces"),
        "derogations": queries.filtered(rows, shown="derogations"),
        "knock_outs": queries.filtered(rows, shown="eliminatoires"),
        "blockers": blockers,
        "changes": editions.changes_of(checklist),
        "publish": permissions.publish(
            place.access, checklist, [blocker.sentence for blocker in blockers]
        ),
    }
    if checklist.is_published:
        context |= {
            "annexes": tasks.annexes_of(checklist),
            "may_produce": permissions.produce_document(place.access),
            "editions": edition_queries.editions_of(checklist),
            "correct": permissions.correct(place.access, editions.obstacle(checklist)),
        }
        return page_of(request, "published", place, context)
    return page_of(request, "publish", place, context)
