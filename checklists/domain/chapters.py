"""How a tree of chapters is shown as one flat list, the same in grid, summary and document."""

from collections.abc import Iterable

from ..models import Chapter


def groups(chapters: Iterable[Chapter], holding_points: Iterable[int]) -> dict[int, Chapter]:
    """Return, for each chapter's key, the chapter under which its points are grouped.

    ``holding_points`` are the keys of the chapters that have points of their own. A chapter at
    the top that has none is only a heading (12, « cas particuliers »): its children are the
    groups. Otherwise the group is the chapter at the top of the branch (9.1 is read in 9).
    """
    by_key = {chapter.pk: chapter for chapter in chapters}
    holding = set(holding_points)

    def group(chapter: Chapter) -> Chapter:
        parent = by_key.get(chapter.parent_id) if chapter.parent_id else None
        if parent is None or (parent.parent_id is None and parent.pk not in holding):
            return chapter
        return group(parent)

    return {key: group(chapter) for key, chapter in by_key.items()}
