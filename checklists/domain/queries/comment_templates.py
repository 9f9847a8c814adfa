"""Reads of the comments that a facility keeps ready."""

from django.db.models import QuerySet

from ...models import CommentTemplate


def templates_of(facility_id: int) -> list[CommentTemplate]:
    """Return the templates of a facility, in the order that it gave them."""
    found = CommentTemplate.objects.filter(facility=facility_id)
    return list(found.order_by("position", "pk"))


def templates() -> QuerySet[CommentTemplate]:
    """Templates with their facility, in one query."""
    return CommentTemplate.objects.select_related("facility")
