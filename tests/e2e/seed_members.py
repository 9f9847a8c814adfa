"""The data of the browser tests about members."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uniha_clausier.accounts.models import Facility


def invited(facility: "Facility") -> dict[str, Any]:
    """Somebody who is invited; a member; and who administers the facility."""
    from tests import factories
    from tests.e2e import people
    from uniha_clausier.accounts.domain import invitations
    from uniha_clausier.accounts.enums import Role

    email, full_name = people.ADMINISTRATOR
    factories.member(
        facility,
        Role.FACILITY_ADMIN,
        email=email,
        full_name=full_name,
        password=people.PASSWORD,
    )
    _made, secret = invitations.invite(
        facility=facility,
        email="attendue@valmont.example",
        full_name="Alix Attendue",
        roles=[Role.DPO],
        by=None,
    )
    ciso = facility.memberships.get(user__email=people.READER[0]).user
    colleague = facility.memberships.get(user__email=people.COLLEAGUE[0]).user
    stand_in = facility.memberships.get(user__email=people.LOCKED_OUT[0]).user
    factories.delegation(ciso, stand_in, role=Role.CISO, days=300)
    return {"invitation_secret": secret, "colleague": colleague.pk}


def lost_password(facility: "Facility") -> dict[str, Any]:
    """The parts of the link that sets a new password."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    from tests.e2e import people

    person = facility.memberships.get(user__email=people.LOCKED_OUT[0]).user
    return {
        "reset_account": user_pk_to_url_str(person),
        "reset_key": default_token_generator.make_token(person),
    }


def onlookers(facility: "Facility") -> None:
    """Open those of the roles that only look at pages, last: nothing was asked of them."""
    from checklists.domain import interests
    from checklists.enums import Interest
    from tests import factories
    from tests.e2e import people
    from uniha_clausier.accounts.enums import Role
    from vendors.models import Tender

    for (email, full_name), role in (
        (people.DPO, Role.DPO),
        (people.ENGINEER, Role.BIOMEDICAL_ENGINEER),
        (people.ONLOOKER, Role.READER),
    ):
        person = factories.member(
            facility, role, email=email, full_name=full_name, password=people.PASSWORD
        )
        if role != Role.READER:
            for tender in Tender.objects.filter(facility=facility):
                interests.declare(tender=tender, value=Interest.CLEAR, reason="", by=person)
