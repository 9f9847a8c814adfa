"""Reads of the certificates that stand beside the points of an assessment."""

from ...models import Assessment, JoinedCertificate


def of_point(assessment: Assessment, ref: str) -> list[JoinedCertificate]:
    """Return what was joined to one point, in order."""
    found = JoinedCertificate.objects.filter(assessment=assessment, point__ref=ref)
    return list(found.select_related("joined_by").order_by("joined_at", "pk"))


def by_point(assessment: Assessment) -> dict[str, list[JoinedCertificate]]:
    """Return what was joined to each point of an assessment."""
    rows = JoinedCertificate.objects.filter(assessment=assessment)
    found: dict[str, list[JoinedCertificate]] = {}
    for row in rows.select_related("joined_by", "point").order_by("joined_at", "pk"):
        found.setdefault(row.point.ref, []).append(row)
    return found
