"""What the reviewers find: read, and written under the same rules as on their page."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Router

from uniha_clausier.accounts.permissions import Permit, require, signed_in

from .. import permissions
from ..domain import answering, findings, interests
from ..domain.findings import Edit, Outcome
from ..domain.queries import findings as queries
from ..domain.queries import grid as grid_queries
from ..domain.queries.grid import Door
from ..enums import Reviewer
from ..models import Assessment
from .schemas import FindingIn, FindingRefused, FindingSaved, FindingsOut, Id, Ref
from .site import REFUSALS, problem

router = Router(tags=["Constats"])

BODY = {400: FindingRefused, 409: FindingRefused}


@router.get(
    "/assessments/{pk}/findings/{role}",
    response={200: FindingsOut} | REFUSALS,
    summary="Lire les points à relire par un rôle",
)
def finding_list(request: HttpRequest, pk: Path[Id], role: Path[Reviewer]) -> dict[str, Any]:
    """Ce que le candidat déclare, le constat du rôle, et les versions à renvoyer pour écrire."""
    door, assessment = _opened(request, pk)
    require(permissions.compare(assessment.candidacy.lot.tender))
    permit = permissions.unless_signed(
        _permit(request, door, assessment, role), answering.signed_sentence(assessment)
    )
    lines = queries.lines(assessment, role, grid_queries.catalogue(door.version))
    return {
        "role": role.value,
        "may_write": permit.allowed,
        "reason": permit.reason,
        "left": queries.left(lines),
        "points": [line._asdict() | {"is_outdated": line.is_outdated} for line in lines],
    }


@router.patch(
    "/assessments/{pk}/findings/{role}/{ref}",
    response={200: FindingSaved} | REFUSALS | BODY,
    summary="Écrire un constat",
)
def finding_save(
    request: HttpRequest, pk: Path[Id], role: Path[Reviewer], ref: Path[Ref], sent: FindingIn
) -> Any:
    """Réservé à qui a ce rôle et a déclaré ses intérêts. Un champ que quelqu’un a modifié
    depuis la version lue n’est pas écrasé : 409, avec sa valeur. Écrire deux fois la même
    valeur ne change rien."""
    door, assessment = _opened(request, pk)
    require(_permit(request, door, assessment, role))
    asked = {line.ref: line for line in _lines(door, assessment, role)}
    if ref not in asked:
        raise Http404
    outcome = findings.save_findings(
        assessment_id=pk, role=role.value, edits=_edits(ref, sent), by=signed_in(request)
    )
    saved = [edit.field for edit in outcome.saved]
    if not outcome.is_clean:
        return _refused(outcome, saved)
    left = {line.ref: line for line in _lines(door, assessment, role)}
    return {"version": left[ref].version, "saved": saved}


def _opened(request: HttpRequest, pk: int) -> tuple[Door, Assessment]:
    door = grid_queries.door(signed_in(request), pk)
    if door is None:
        raise Http404
    return door, grid_queries.assessments().get(pk=pk)


def _permit(request: HttpRequest, door: Door, assessment: Assessment, role: str) -> Permit:
    tender = assessment.candidacy.lot.tender
    interest = interests.interest_of(tender, signed_in(request))
    return permissions.find(door.access, role, tender, interest)


def _lines(door: Door, assessment: Assessment, role: str) -> list[queries.Line]:
    return queries.lines(assessment, role, grid_queries.catalogue(door.version))


def _edits(ref: str, sent: FindingIn) -> list[Edit]:
    """Each value that is sent is meant: it confirms a finding whose claim was read again."""
    values = {"finding": sent.finding, "comment": sent.comment, "sharing": sent.sharing}
    return [
        Edit(ref, name, str(value), sent.version, sent.answer_version, confirms=True)
        for name, value in values.items()
        if value is not None
    ]


def _refused(outcome: Outcome, saved: list[str]) -> HttpResponse:
    conflicts = [
        {
            "field": edit.field,
            "theirs": error.theirs,
            "version": error.version,
            "author": error.author,
            "at": error.at,
        }
        for edit, error in outcome.conflicts
    ]
    reasons = [str(error) for _edit, error in [*outcome.conflicts, *outcome.refused]]
    return problem(409, " ".join(reasons), saved=saved, conflicts=conflicts)
