"""Reads about who works where: the chapters of an assessment, and who may be given one."""

from collections.abc import Mapping
from typing import NamedTuple

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Membership

from ...enums import WorkState
from ...models import ChapterWork
from ..chapters import state_of
from .grid import Catalogue, ChapterText, Counts


class Work(NamedTuple):
    """One chapter of one assessment: how far it is, whose it is."""

    chapter: ChapterText
    counts: Counts
    state: WorkState
    is_finished: bool = False
    assignee_id: int | None = None
    assignee: str = ""
    version: int = 0


class Colleague(NamedTuple):
    """A person who may be given a chapter, with the roles held, in words."""

    pk: int
    label: str


class Declared(NamedTuple):
    """What people said of one chapter: finished or not, and whose it is."""

    position: int
    is_finished: bool
    assignee_id: int | None
    assignee: str
    version: int


def declared(assessment_id: int, texts: Catalogue) -> list[Declared]:
    """Return the chapters that somebody was given or declared finished: one query."""
    positions = {chapter.pk: chapter.position for chapter in texts.chapters.values()}
    rows = ChapterWork.objects.filter(assessment=assessment_id).values_list(
        "chapter_id", "finished_at", "assignee_id", "assignee__full_name", "version"
    )
    return [
        Declared(positions[chapter], finished_at is not None, assignee_id, name or "", version)
        for chapter, finished_at, assignee_id, name, version in rows
    ]


def works(assessment_id: int, texts: Catalogue, counts: Mapping[int, Counts]) -> dict[int, Work]:
    """Return the work on each chapter that asks something, by its position: one query."""
    said = {one.position: one for one in declared(assessment_id, texts)}
    found = {}
    for position, count in counts.items():
        own = said.get(position, Declared(position, False, None, "", 0))
        state = state_of(
            total=count.total,
            done=count.scored,
            started=count.answered > 0,
            is_finished=own.is_finished,
        )
        found[position] = Work(texts.chapters[position], count, state, *own[1:])
    return found


def colleagues(facility_id: int) -> list[Colleague]:
    """Return the members of a facility with an open account, by name: one query."""
    held = Membership.objects.filter(facility=facility_id, user__is_active=True)
    people: dict[int, tuple[str, list[str]]] = {}
    for pk, name, role in held.order_by("user__full_name", "user_id", "role").values_list(
        "user_id", "user__full_name", "role"
    ):
        people.setdefault(pk, (name, []))[1].append(str(Role(role).label))
    return [Colleague(pk, f"{name} ({', '.join(roles)})") for pk, (name, roles) in people.items()]
