"""Reads of the profiles that a facility keeps."""

from django.db.models import QuerySet

from ...models import SavedProfile


def profiles_of(facility_id: int) -> list[SavedProfile]:
    """Return the profiles of a facility, by name."""
    return list(SavedProfile.objects.filter(facility=facility_id).order_by("name", "pk"))


def profiles() -> QuerySet[SavedProfile]:
    """Kept profiles with their facility, in one query."""
    return SavedProfile.objects.select_related("facility")
