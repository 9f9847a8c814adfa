"""The page where the day is spent: what each candidate claims, what the buyer decides."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import get_template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from uniha_clausier.accounts.permissions import require, signed_in
from uniha_clausier.common.errors import DomainError

from .. import permissions
from ..domain import answering, filtering, weights
from ..domain.queries import additions, changes, findings, work
from ..domain.queries import grid as queries
from ..domain.queries.findings import Given
from ..domain.queries.grid import Catalogue, PointState, VersionKey
from ..enums import Claim, LegalEffect, ScoreValue
from ..forms import grid as forms
from ..models import Assessment
from .grid_json import conflict_data, counters_data, door_to_write, refusal
from .grid_look import Look, address_after, count_in_words, is_work_over, look_of, remember
from .grid_pages import (
    FIELD_NAMES,
    door_or_404,
    found_on,
    in_words,
    names,
    saved_in_words,
    with_typed,
)


class Card(NamedTuple):
    """The part of a row that depends only on the published version, rendered once."""

    head: str
    requirement: str


class Problem(NamedTuple):
    """Why one field of a row was not saved, for the page without JavaScript."""

    ref: str
    label: str
    mine: str
    sentence: str
    conflict: answering.Conflict | None = None


# -- Pages -------------------------------------------------------------------------------------


@require_safe
def assessment_grid(request: HttpRequest, pk: int) -> HttpResponse:
    """The points by chapter: to fill for the buyer, to read for the other members."""
    door = door_or_404(request.user, pk)
    assessment = queries.assessments().get(pk=pk)
    since = changes.bookmark(assessment.facility_id)
    page = _grid(request, door, assessment, queries.states(assessment), since=since)
    return remember(request, page)


@require_safe
def guides(request: HttpRequest, pk: int) -> HttpResponse:
    """The scoring guides and references of the version, for the rows that are unfolded."""
    door = door_or_404(request.user, pk)
    points = queries.catalogue(door.version).points.values()
    response = render(request, "checklists/grid_guides.html", {"points": points})
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@require_POST
def save_chapter(request: HttpRequest, pk: int, chapter: int) -> HttpResponse:
    """Write all that the form of the page holds: how the page saves without JavaScript."""
    door = door_or_404(request.user, pk)
    require(permissions.assess(door.access))
    edits = forms.edits_from(request.POST)
    outcome = answering.save_fields(assessment_id=pk, edits=edits, by=signed_in(request))
    if outcome.is_clean:
        messages.success(request, saved_in_words(len(outcome.saved)))
        return redirect(address_after(request, pk, chapter))
    assessment = queries.assessments().get(pk=pk)
    since = changes.bookmark(assessment.facility_id)
    return _grid(
        request,
        door,
        assessment,
        with_typed(queries.states(assessment), outcome),
        since=since,
        problems=_problems(outcome),
        prefix="../../",
    )


@require_POST
@login_not_required
def save_point(request: HttpRequest, pk: int, ref: str) -> JsonResponse:
    """Write one field; answer its version, the time and the counters.

    Signed out, it answers 401 itself: a script is never sent to the sign-in page.
    """
    door = door_to_write(request, pk)
    if isinstance(door, JsonResponse):
        return door
    try:
        edit = forms.cleaned_save(request.POST)
        saved = answering.save_field(assessment_id=pk, ref=ref, by=signed_in(request), **edit)
    except ValidationError as error:
        return refusal(422, error.messages[0])
    except answering.Conflict as conflict:
        return JsonResponse(conflict_data(conflict), status=409)
    except answering.UnknownPoint as error:
        return refusal(404, str(error))
    except DomainError as error:
        return refusal(422, str(error))
    return _saved(saved)


# -- Answers to the script ---------------------------------------------------------------------


def _saved(saved: answering.Saved) -> JsonResponse:
    return JsonResponse(
        {
            "field": saved.field,
            "value": saved.value,
            "version": saved.version,
            "saved_at": saved.at or timezone.now(),
            "counters": counters_data(saved.assessment),
        }
    )


# -- The page ----------------------------------------------------------------------------------


def _grid(
    request: HttpRequest,
    door: queries.Door,
    assessment: Assessment,
    states: list[PointState],
    *,
    since: int,
    problems: Iterable[Problem] = (),
    prefix: str = "",
) -> HttpResponse:
    """``since`` is the place of the journal at which ``states`` were read, or before."""
    permit = permissions.unless_signed(
        permissions.assess(door.access), answering.signed_sentence(assessment)
    )
    texts = queries.catalogue(door.version)
    problems = list(problems)
    counts = queries.counts_by_chapter(texts, states)
    look = look_of(request, assessment.pk, [texts.chapters[root] for root in counts])
    user_id = signed_in(request).pk
    marks = _Marks(
        new=filtering.written_since(states, user_id),
        works=work.works(assessment.pk, texts, counts),
        user_id=user_id,
        problems=problems,
        is_frozen=assessment.answers_frozen_at is not None,
        prefix=prefix,
    )
    added = additions.additions(assessment.checklist)
    cards = _cards(door.version, look.with_guides, prefix, added)
    found = findings.by_point(assessment, texts)
    chapters = _chapters(look, texts, states, counts, marks, cards, found)
    shown = [row for chapter in chapters for row in chapter["rows"] if not row["is_hidden"]]
    if look.by_point:
        _open_one(shown, look, _cards(door.version, True, prefix, added))
    context = names(assessment) | {
        "may_assess": permit.allowed,
        "reason": permit.reason,
        "look": look,
        "boxes": look.form.boxes(has_new=bool(marks.new), has_mine=bool(marks.mine)),
        "chapters": chapters,
        "versions": forms.versions_text(states),
        "since": since,
        # The guides are kept for an hour by the browser: one more erratum, and they are others.
        "errata_count": door.version.errata,
        "problems": problems,
        "next_ref": next((r["ref"] for r in shown if not r["score"] and not r["is_reminder"]), ""),
        "resume_ref": filtering.last_worked_on(states, user_id),
        "shown": len(shown),
        "shown_text": count_in_words(len(shown), len(states)),
        "is_work_over": is_work_over(look.filters, assessment.missing),
    }
    status = 409 if any(problem.conflict for problem in problems) else 422 if problems else 200
    return render(request, "checklists/grid.html", context, status=status)


class _Marks(NamedTuple):
    """What sets some rows apart: changed by others, given to the person, or not saved."""

    new: set[str]
    works: dict[int, work.Work]
    user_id: int
    problems: list[Problem]
    is_frozen: bool
    """The answers of the candidate are stopped: only scores are written."""
    prefix: str

    @property
    def mine(self) -> set[int]:
        works = self.works.items()
        return {position for position, one in works if one.assignee_id == self.user_id}

    def problems_of(self, ref: str) -> list[Problem]:
        return [problem for problem in self.problems if problem.ref == ref]


def _chapters(
    look: Look,
    texts: Catalogue,
    states: list[PointState],
    counts: dict[int, queries.Counts],
    marks: _Marks,
    cards: dict[str, Card],
    found: Mapping[str, list[Given]],
) -> list[dict[str, Any]]:
    """The chapters that ask something, each with its rows; those not asked for are hidden."""
    mine = marks.mine
    chapters: dict[int, dict[str, Any]] = {
        root: {
            "text": texts.chapters[root],
            "counts": count,
            "rows": [],
            "is_hidden": True,
            "work": marks.works[root],
            "is_mine": root in mine,
        }
        for root, count in counts.items()
    }
    own, heading = 0, None
    for state in states:
        point = texts.points[state.ref]
        root = texts.root_of(state.ref)
        row = _row(state, texts, cards[state.ref])
        row["is_new"], row["is_frozen"] = state.ref in marks.new, marks.is_frozen
        row["found"] = found_on(state, found.get(state.ref, ()))
        row["problems"] = marks.problems_of(state.ref)
        row["point_url"] = f"{marks.prefix}points/{state.ref}/historique/"
        row["files_url"] = f"{row['point_url']}#pieces"
        asked = filtering.Row(state, point, root, row["is_new"], root in mine)
        row["is_hidden"] = not row["problems"] and not filtering.keeps(look.filters, asked)
        if point.chapter != own:
            own = point.chapter
            title = texts.chapters[own] if own != root else None
            heading = row["heading"] = {"text": title, "is_hidden": True} if title else None
        if not row["is_hidden"]:
            chapters[root]["is_hidden"] = False
            if heading:
                heading["is_hidden"] = False
        chapters[root]["rows"].append(row)
    return list(chapters.values())


def _open_one(rows: list[dict[str, Any]], look: Look, cards: dict[str, Card]) -> None:
    """Choose the point of the view by point: the one asked, else the first; unfold its guide."""
    at = next((n for n, row in enumerate(rows) if row["ref"] == look.point), 0)
    for row in rows[at : at + 1]:
        row["card"] = row["card"]._replace(requirement=cards[row["ref"]].requirement)
        before, after = rows[max(at - 1, 0) : at], rows[at + 1 : at + 2]
        row["way"] = {
            "place": f"{row['ref']} – {_('%(n)d sur %(total)d') % {'n': at + 1, 'total': len(rows)}}",
            "before": look.at(before[0]["ref"]) if before else "",
            "after": look.at(after[0]["ref"]) if after else "",
            "after_ref": after[0]["ref"] if after else "",
        }


def _row(state: PointState, texts: Catalogue, card: Card) -> dict[str, Any]:
    point = texts.points[state.ref]
    return {
        "ref": state.ref,
        "title": point.title,
        "heading": None,
        "way": None,
        "card": card,
        "is_knock_out": state.is_knock_out,
        "weight": weights.written(state.weight) if state.weight not in (0, 1) else "",
        "effect": _EFFECTS.get(state.legal_effect, ""),
        "is_reminder": state.is_reminder,
        "claims": _claims(point.answer_kind, state.claim),
        "claim": state.claim,
        "claim_text": state.claim_text,
        "files": state.files,
        "scores": _scores(state.score),
        "score": state.score,
        "is_outdated": state.is_outdated,
        "comment": state.comment,
    }


_EFFECTS = {
    LegalEffect.REQUIRED.value: str(LegalEffect.REQUIRED.label).lower(),
    LegalEffect.INFORMATION.value: str(LegalEffect.INFORMATION.label).lower(),
}
"""What a row says of its legal effect; the usual one says nothing."""

Choice = tuple[str, str, bool]


@lru_cache(maxsize=64)
def _claims(kind: str, value: str) -> list[Choice]:
    allowed = answering.CLAIMS_OF_KIND[kind]
    return [(str(claim), str(Claim(claim).label), claim == value) for claim in allowed]


@lru_cache(maxsize=16)
def _scores(value: str) -> list[Choice]:
    return [(s.value, str(s.label), s == value) for s in ScoreValue if s != ScoreValue.NONE]


def _cards(
    key: VersionKey, with_guides: bool, prefix: str, added: Mapping[str, tuple[str, ...]]
) -> dict[str, Card]:
    """The texts of the points; only those to which the buyer added something are of one checklist."""
    more = {ref: _card(key, ref, with_guides, prefix, texts) for ref, texts in added.items()}
    return _plain_cards(key, with_guides, prefix) | more


@lru_cache(maxsize=16)
def _plain_cards(key: VersionKey, with_guides: bool, prefix: str) -> dict[str, Card]:
    """Render what never changes once a process: the texts are those of a frozen version."""
    points = queries.catalogue(key).points
    return {ref: _card(key, ref, with_guides, prefix, ()) for ref in points}


@lru_cache(maxsize=4096)
def _card(
    key: VersionKey, ref: str, with_guides: bool, prefix: str, added: tuple[str, ...]
) -> Card:
    context = {
        "point": queries.catalogue(key).points[ref],
        "additions": added,
        "with_guides": with_guides,
        "prefix": prefix,
    }
    head = get_template("checklists/grid_card_head.html")
    body = get_template("checklists/grid_card.html")
    return Card(head.render(context), body.render(context))


# -- Without JavaScript ------------------------------------------------------------------------


def _problems(outcome: answering.Outcome) -> list[Problem]:
    conflicts = [
        Problem(
            edit.ref,
            str(FIELD_NAMES[edit.field]),
            in_words(edit.field, edit.value),
            str(error),
            error,
        )
        for edit, error in outcome.conflicts
    ]
    return conflicts + [
        Problem(edit.ref, str(FIELD_NAMES[edit.field]), "", str(error))
        for edit, error in outcome.refused
    ]
