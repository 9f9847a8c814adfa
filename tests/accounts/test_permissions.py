"""What an access is made of, and how a permit becomes a button or a refusal."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone

from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Delegation, Facility, User
from uniha_clausier.accounts.permissions import (
    YES,
    Access,
    Action,
    Permit,
    access_or_404,
    action,
    for_roles,
    require,
    signed_in,
    under,
    with_delegated,
)
from uniha_clausier.common import journal

ME = User(pk=1, full_name="Moi")


def test_who_holds_no_role_is_a_guest() -> None:
    assert Access(ME, 1, frozenset()).is_guest
    assert not Access(ME, 1, frozenset({Role.READER})).is_guest


def test_the_roles_make_the_access_whoever_they_come_from() -> None:
    roles = frozenset({Role.BUYER, Role.CISO})
    lent = Access(ME, 1, roles, {Role.CISO: Delegation()})
    assert lent == Access(ME, 1, roles)
    assert len({lent, Access(ME, 1, roles)}) == 1
    assert lent != Access(ME, 1, frozenset({Role.BUYER}))


def test_a_role_had_for_another_is_one_more_role(facility: Facility) -> None:
    of, to = factories.member(facility, Role.CISO), factories.member(facility, Role.BUYER)
    factories.delegation(of, to, role=Role.CISO)
    access = access_or_404(to, facility.pk)
    assert access.roles == frozenset({Role.BUYER, Role.CISO})
    assert set(access.delegated) == {Role.CISO}
    assert hash(access) == hash(Access(to, facility.pk, access.roles))
    own = Access(of, facility.pk, frozenset({Role.CISO}))
    assert (with_delegated(own), dict(with_delegated(own).delegated)) == (own, {})


def test_what_is_done_in_ones_own_role_is_done_in_nobodys_place(
    facility: Facility, buyer: User
) -> None:
    """Two acts of one request: the second, of the person's own role, is not told as the first."""
    lender = factories.member(facility, Role.CISO)
    lent = factories.delegation(lender, buyer, role=Role.CISO)
    access = access_or_404(buyer, facility.pk)
    told = []
    for role in (Role.CISO, Role.BUYER):
        require(for_roles(access, role))
        with transaction.atomic():
            event = journal.record(
                tenant=facility.pk, action="essai", subject="essai", at=timezone.now(), by=buyer.pk
            )
        told.append(event.data)
    by = {"delegation": lent.pk, "person": lender.pk, "role": Role.CISO}
    assert told == [{"by_delegation_of": by}, {}]


def test_a_right_that_is_only_looked_at_says_nothing_of_what_is_done(
    facility: Facility, buyer: User
) -> None:
    """A page asks for many rights, to show its buttons: the one that lets an act pass counts."""
    lender = factories.member(facility, Role.CISO)
    factories.delegation(lender, buyer, role=Role.CISO)
    access = access_or_404(buyer, facility.pk)
    lent, own = for_roles(access, Role.CISO), for_roles(access, Role.BUYER)
    assert lent.stand_in is not None and own.stand_in is None
    principal: dict[str, Any] = {"actor": buyer.pk, "tenant": facility.pk, "role": Role.CISO}
    require(own)
    assert journal.principal(**principal) is None
    require(lent)
    for_roles(access, Role.BUYER)
    assert journal.principal(**principal) == lender.pk
    assert not under(Permit(False, "Pas encore."))  # nothing is done under a refusal
    assert journal.principal(**principal) == lender.pk
    assert lent == own == YES  # who lends a right is no part of it


def test_a_page_for_people_refuses_whoever_has_not_signed_in() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    with pytest.raises(PermissionDenied):
        signed_in(request)
    request.user = ME
    assert signed_in(request) is ME


def test_a_refusal_is_raised_with_its_reason() -> None:
    require(YES)
    with pytest.raises(PermissionDenied, match="Pas encore"):
        require(Permit(False, "Pas encore."))


def test_a_button_is_open_or_says_why_not() -> None:
    told = {"key": "publish", "label": "Publier", "url": "/publier/"}
    assert action(YES, **told) == Action(
        "publish", "Publier", "/publier/", "get", visible=True, enabled=True, reason=""
    )
    assert action(Permit(False, "Pas encore."), **told, method="post") == Action(
        "publish", "Publier", "/publier/", "post", visible=True, enabled=False, reason="Pas encore."
    )
    assert Action("a", "A", "/") == Action("a", "A", "/", "get", True, True, "")
