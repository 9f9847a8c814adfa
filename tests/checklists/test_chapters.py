"""Points are grouped as a reader of the clausier expects."""

from checklists.domain.chapters import groups
from checklists.models import Chapter


def chapter(key: int, parent: int | None = None) -> Chapter:
    return Chapter(pk=key, parent_id=parent, position=key)


def shown(chapters: list[Chapter], holding: set[int]) -> dict[int, int]:
    return {key: group.pk for key, group in groups(chapters, holding).items()}


def test_a_sub_chapter_is_read_in_the_chapter_that_has_points() -> None:
    nine = [chapter(9), chapter(91, parent=9)]
    assert shown(nine, {9, 91}) == {9: 9, 91: 9}


def test_a_chapter_without_points_of_its_own_gives_way_to_its_parts() -> None:
    twelve = [
        chapter(12),
        chapter(122, parent=12),
        chapter(1221, parent=122),
        chapter(123, parent=12),
    ]
    assert shown(twelve, {1221, 123}) == {12: 12, 122: 122, 1221: 122, 123: 123}
