"""Conflicts of interest: each reviewer declares once a tender that there is none, or withdraws.

A buyer takes measures against conflicts of interest (directive 2014/24/UE, art. 24 ; CCP,
art. L2141-10). A declaration is never rewritten: a withdrawal comes after it, and is final.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.rows import ANOTHER_NUMBER, SOME_NUMBER, PreparedRows
from vendors.models import Tender

from ..enums import Interest
from ..models import InterestDeclaration


class AlreadyDeclared(DomainError):
    """The declaration is made; the sentence says which."""


def interest_of(tender: Tender, person: User) -> Interest:
    """Return what a person declared last: a withdrawal comes after everything."""
    values = {value for (value,) in _DECLARED(tender.pk, person.pk)}
    order = (Interest.WITHDRAWN, Interest.CLEAR)
    return next((value for value in order if value in values), Interest.UNDECLARED)


_DECLARED = PreparedRows(
    lambda tender, person: InterestDeclaration.objects.filter(
        tender=tender, person=person
    ).values_list("value"),
    SOME_NUMBER,
    ANOTHER_NUMBER,
)
"""What each finding that is saved asks for."""


def declare(*, tender: Tender, value: str, reason: str, by: User) -> InterestDeclaration:
    """Keep the declaration of a person on a tender. Raises AlreadyDeclared."""
    with transaction.atomic():
        tender = Tender.objects.select_for_update(of=("self",), no_key=True).get(pk=tender.pk)
        known = interest_of(tender, by)
        if known == Interest.WITHDRAWN or known == value:
            raise AlreadyDeclared(
                _("Vous avez déjà déclaré : %(label)s.") % {"label": known.label.lower()}
            )
        made = InterestDeclaration.objects.create(
            tender=tender,
            person=by,
            value=value,
            reason=reason,
            declared_at=timezone.now(),
        )
        journal.record(
            tenant=tender.facility_id,
            action="interest.declared",
            subject=f"tender/{tender.pk}",
            data={"value": value, "reason": reason},
            at=made.declared_at,
            by=by.pk,
        )
    return made
