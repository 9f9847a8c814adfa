"""The comments that a facility keeps ready: written by its buyers, read by its members."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError, StaleVersion
from uniha_clausier.common.search import fold

from ..models import CommentTemplate

MOST = 99
"""Templates of one facility: a longer list is no longer found by eye."""


class TitleTaken(DomainError):
    """The facility has another template of this title."""


class TooMany(DomainError):
    """The facility has as many templates as it may."""


@dataclass(frozen=True)
class Wording:
    """What a template says. ``place`` is its rank in the list, from 1; 0 puts a new one last."""

    title: str
    text: str
    score: str = ""
    place: int = 0


def add_template(*, facility: Facility, wording: Wording, by: User) -> CommentTemplate:
    """Keep one more comment ready. Raises TooMany or TitleTaken."""
    with transaction.atomic():
        others = _locked_list(facility.pk)
        if len(others) >= MOST:
            raise TooMany(
                _("Un établissement garde %(n)d modèles au plus : supprimez-en un d’abord.")
                % {"n": MOST}
            )
        _check_title(wording.title, others)
        template = CommentTemplate(facility=facility, position=len(others) + 1)
        _fill(template, wording)
        template.save(force_insert=True)
        _place(template, others, wording.place or len(others) + 1)
        _record("created", template, {"after": _plain(template)}, by)
        return template


def change_template(
    *, template: CommentTemplate, wording: Wording, base_version: int, by: User
) -> CommentTemplate:
    """Reword a template, or move it. ``base_version`` is the version that was read.

    Raises TitleTaken, or StaleVersion when somebody changed or deleted it since.
    """
    with transaction.atomic():
        current, others = _locked(template, base_version)
        _check_title(wording.title, others)
        before = _plain(current)
        _fill(current, wording)
        _place(current, others, wording.place or current.position)
        after = _plain(current)
        if after != before:
            current.version += 1
            current.save(update_fields=["title", "text", "score", "version"])
            _record("changed", current, {"before": before, "after": after}, by)
        return current


def delete_template(*, template: CommentTemplate, base_version: int, by: User) -> None:
    """Delete a template; the comments made with it stay. Raises StaleVersion."""
    with transaction.atomic():
        current, others = _locked(template, base_version)
        _record("deleted", current, {"before": _plain(current)}, by)
        current.delete()
        _renumber(others)


def _locked_list(facility_id: int) -> list[CommentTemplate]:
    """Take the lock under which the list of a facility is read, then written."""
    Facility.objects.select_for_update(no_key=True).get(pk=facility_id)
    return list(CommentTemplate.objects.filter(facility=facility_id).order_by("position", "pk"))


def _locked(
    template: CommentTemplate, base_version: int
) -> tuple[CommentTemplate, list[CommentTemplate]]:
    """Return the template as it stands, and the others of its facility, in order."""
    everything = _locked_list(template.facility_id)
    current = next((one for one in everything if one.pk == template.pk), None)
    if current is None or current.version != base_version:
        raise StaleVersion(
            _("Quelqu’un d’autre a changé ce modèle entre-temps : relisez-le avant de continuer.")
        )
    return current, [one for one in everything if one.pk != current.pk]


def _check_title(title: str, others: list[CommentTemplate]) -> None:
    if any(fold(one.title) == fold(title) for one in others):
        raise TitleTaken(
            _("Un modèle s’appelle déjà « %(title)s » : donnez un autre titre.") % {"title": title}
        )


def _fill(template: CommentTemplate, wording: Wording) -> None:
    template.title, template.text = wording.title, wording.text
    template.score = wording.score


def _place(template: CommentTemplate, others: list[CommentTemplate], place: int) -> None:
    """Put the template at ``place`` among the others, which move aside."""
    index = min(max(place, 1), len(others) + 1) - 1
    _renumber([*others[:index], template, *others[index:]])


def _renumber(templates: list[CommentTemplate]) -> None:
    for position, template in enumerate(templates, start=1):
        if template.position != position:
            template.position = position
            template.save(update_fields=["position"])


def _plain(template: CommentTemplate) -> dict[str, Any]:
    names = ("title", "text", "score", "position")
    return {name: getattr(template, name) for name in names}


def _record(act: str, template: CommentTemplate, data: dict[str, Any], by: User) -> None:
    journal.record(
        tenant=template.facility_id,
        action=f"comment_template.{act}",
        subject=f"comment_template/{template.pk}",
        data=data,
        by=by.pk,
    )
