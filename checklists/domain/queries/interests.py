"""Reads of the declarations of interests."""

from django.db.models import OuterRef, QuerySet

from uniha_clausier.accounts.models import User

from ...enums import Interest
from ...models import InterestDeclaration


def withdrawals(tender: OuterRef | int, person: OuterRef | User) -> QuerySet[InterestDeclaration]:
    """Return the withdrawals of a person from a tender, also as part of another query."""
    return InterestDeclaration.objects.filter(
        tender=tender, person=person, value=Interest.WITHDRAWN
    )
