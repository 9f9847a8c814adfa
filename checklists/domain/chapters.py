"""How a tree of chapters is shown as one flat list, the same in grid, summary and document.

And where the work on one of them stands.
"""

from collections.abc import Iterable

from ..enums import WorkState
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


def state_of(*, total: int, done: int, started: bool, is_finished: bool) -> WorkState:
    """Return where a chapter stands. Pure: ``done`` counts scores, ``started`` any entry.

    A chapter without a point to score (a duty of the facility) has nothing left to do.
    """
    if is_finished:
        return WorkState.DONE if done == total else WorkState.FIX
    if total == 0:
        return WorkState.DONE
    return WorkState.CURRENT if started or done else WorkState.TODO
