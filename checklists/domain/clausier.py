"""Loading a version of a clausier: as a draft, then published under the hash of its content.

A published version never changes (the database refuses it). To load the same content again does
nothing; to load another content under the same number is refused, the first difference named.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.canonical import sha256_of
from uniha_clausier.common.errors import DomainError

from ..enums import VersionState
from ..models import Chapter, Clausier, ClausierVersion, ControlPoint
from .clausier_schema import Data, content_of, proposal_mark

EXCERPT = 60


class AlteredVersion(DomainError):
    """The number is taken by another content: a corrected text needs a new number."""


def load(*, data: Any, by: User | None = None) -> ClausierVersion:
    """Load the plain ``data`` of a clausier and publish it; return the version, new or not.

    Raises InvalidClausier (the place is named) and AlteredVersion. All or nothing.
    """
    content = content_of(data)
    with transaction.atomic():
        clausier = _locked_clausier(content)
        known = ClausierVersion.objects.filter(clausier=clausier, number=content["version"]).first()
        if known is not None:
            return _same(known, content)
        version = _create(clausier, content)
        return _publish(version, content, by)


def canonical_content(version: ClausierVersion) -> Data:
    """Return what the hash of a version covers: its header, chapters and points, in order."""
    chapters = list(version.chapters.order_by("position"))
    positions = {chapter.pk: chapter.position for chapter in chapters}
    points = version.points.order_by("position")
    return {
        "code": version.clausier.code,
        "version": version.number,
        "title": version.title,
        "edition_date": version.edition_date.isoformat() if version.edition_date else None,
        "source": version.source,
        "licence_note": version.licence_note,
        "preamble": version.preamble,
        "is_official_text": version.is_official_text,
        **proposal_mark(is_proposal=version.is_proposal),
        "chapters": [_chapter_content(chapter, positions) for chapter in chapters],
        "points": [_point_content(point, positions) for point in points],
    }


def first_difference(before: Data, after: Data) -> str:
    """Name the first place where two contents differ, with both values, shortened; "" if none."""
    for place, one, two in _places(before, after):
        if one != two:
            return _("%(place)s : %(values)s") % {"place": place, "values": _both(one, two)}
    return ""


def _locked_clausier(content: Data) -> Clausier:
    """The family, created at its first version; its row orders the loads of its versions."""
    Clausier.objects.get_or_create(code=content["code"], defaults={"title": content["title"]})
    return Clausier.objects.select_for_update(no_key=True).get(code=content["code"])


def _same(version: ClausierVersion, content: Data) -> ClausierVersion:
    """Return the version that is there, if it says exactly ``content``. Raises AlteredVersion."""
    if version.content_sha256 == sha256_of(content):
        return version
    raise AlteredVersion(
        _(
            "La version %(number)s de « %(code)s » est déjà chargée, avec un autre contenu. "
            "Première différence : %(difference)s. Un texte corrigé se charge sous un nouveau "
            "numéro."
        )
        % {
            "number": version.number,
            "code": content["code"],
            "difference": first_difference(canonical_content(version), content),
        }
    )


def _create(clausier: Clausier, content: Data) -> ClausierVersion:
    version = ClausierVersion.objects.create(
        clausier=clausier,
        number=content["version"],
        title=content["title"],
        edition_date=_date(content["edition_date"]),
        source=content["source"],
        licence_note=content["licence_note"],
        preamble=content["preamble"],
        is_official_text=content["is_official_text"],
        is_proposal=content.get("is_proposal", False),
    )
    chapters = _create_chapters(version, content["chapters"])
    ControlPoint.objects.bulk_create(
        _new_point(version, chapters, position, point)
        for position, point in enumerate(content["points"], start=1)
    )
    return version


def _create_chapters(version: ClausierVersion, chapters: list[Data]) -> dict[int, Chapter]:
    created: dict[int, Chapter] = {}
    for chapter in chapters:
        fields = {**chapter, "parent": created.get(chapter["parent"])}
        created[chapter["position"]] = Chapter.objects.create(version=version, **fields)
    return created


def _new_point(
    version: ClausierVersion, chapters: dict[int, Chapter], position: int, point: Data
) -> ControlPoint:
    fields = {key: value for key, value in point.items() if key not in {"chapter", "guide"}}
    return ControlPoint(
        version=version,
        chapter=chapters[point["chapter"]],
        position=position,
        guide_compliant=point["guide"]["compliant"],
        guide_partial=point["guide"]["partial"],
        guide_non_compliant=point["guide"]["non_compliant"],
        **fields,
    )


def _publish(version: ClausierVersion, content: Data, by: User | None) -> ClausierVersion:
    now = timezone.now()
    version.state, version.published_at = VersionState.PUBLISHED, now
    version.content_sha256 = sha256_of(content)
    version.save(update_fields=["state", "published_at", "content_sha256"])
    journal.record(
        tenant=journal.NO_TENANT,
        action="clausier.published",
        subject=f"clausier/{content['code']}/{version.number}",
        data={"sha256": version.content_sha256, "points": len(content["points"])},
        at=now,
        by=by.pk if by else None,
    )
    return version


def _date(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


def _chapter_content(chapter: Chapter, positions: dict[int, int]) -> Data:
    return {
        "position": chapter.position,
        "parent": positions[chapter.parent_id] if chapter.parent_id else None,
        "ref": chapter.ref,
        "title": chapter.title,
        "note": chapter.note,
    }


def _point_content(point: ControlPoint, positions: dict[int, int]) -> Data:
    return {
        "ref": point.ref,
        "chapter": positions[point.chapter_id],
        "title": point.title,
        "requirement": point.requirement,
        "expected": point.expected,
        "answer_kind": point.answer_kind,
        "condition": point.condition,
        "reviewers": point.reviewers,
        "owner": point.owner,
        "kinds": point.kinds,
        "parameters": point.parameters,
        "guide": {
            "compliant": point.guide_compliant,
            "partial": point.guide_partial,
            "non_compliant": point.guide_non_compliant,
        },
        "references": point.references,
        "erratum": point.erratum,
    }


# The first difference, for a person


def _places(before: Data, after: Data) -> list[tuple[str, Any, Any]]:
    """List the pairs to compare, with their names: the header, the chapters, then the points."""
    header = [key for key in {**before, **after} if key not in {"chapters", "points"}]
    pairs = [(key, before.get(key), after.get(key)) for key in header]
    pairs += _rows(before["chapters"], after["chapters"], "chapters", "position")
    pairs += _rows(before["points"], after["points"], "points", "ref")
    return pairs


def _rows(before: list[Data], after: list[Data], name: str, key: str) -> list[tuple[str, Any, Any]]:
    """Compare two lists row by row: which rows, in which order, then field by field."""
    keys_before, keys_after = [row[key] for row in before], [row[key] for row in after]
    pairs: list[tuple[str, Any, Any]] = []
    for place, (one, two) in enumerate(zip(keys_before, keys_after, strict=False)):
        if one != two:
            return [(f"{name}[{place}].{key}", one, two)]
    if len(before) != len(after):
        return [(_("nombre de %(name)s") % {"name": name}, len(before), len(after))]
    for one, two in zip(before, after, strict=True):
        label = one[key] if key == "ref" else f"{name}[{one[key] - 1}]"
        pairs += [
            (
                _("%(row)s, champ « %(field)s »") % {"row": label, "field": field},
                one[field],
                two[field],
            )
            for field in one
        ]
    return pairs


def _both(before: Any, after: Any) -> str:
    """Quote both values around their first differing character."""
    one, two = str(before), str(after)
    start = next(
        (i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b),
        min(len(one), len(two)),
    )
    return _("« %(before)s » devient « %(after)s »") % {
        "before": _excerpt(one, start),
        "after": _excerpt(two, start),
    }


def _excerpt(text: str, start: int) -> str:
    first = max(0, start - EXCERPT // 3)
    last = first + EXCERPT
    return ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")
