"""Reads of the personal links of candidates."""

from django.db.models import QuerySet

from ...models import AnswerLink, Assessment


def links() -> QuerySet[AnswerLink]:
    """Links with all that the pages of a candidate name, in one query."""
    return AnswerLink.objects.select_related(
        "created_by",
        "assessment__facility",
        "assessment__candidacy__vendor",
        "assessment__candidacy__product",
        "assessment__candidacy__lot__tender",
        "assessment__checklist__version__clausier",
    )


def of_assessment(assessment: Assessment) -> list[AnswerLink]:
    """Return the links of one candidate, newest first."""
    found = links().filter(assessment=assessment).select_related("revoked_by")
    return list(found.order_by("-number"))


def of_secret(token_sha256: str) -> AnswerLink | None:
    """Return the link whose secret has this hash."""
    return links().filter(token_sha256=token_sha256).first()
