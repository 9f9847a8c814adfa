"""The data of the browser tests about retention."""

from typing import TYPE_CHECKING

from tests.e2e import people

if TYPE_CHECKING:
    from uniha_clausier.accounts.models import Facility, User


def kept_tender(facility: "Facility", buyer: "User") -> dict[str, int]:
    """An old tender under a hold, of which a colleague proposed to eliminate what lost."""
    from checklists.domain import retention
    from checklists.enums import RetentionScope
    from tests import factories

    tender = factories.tender(
        facility, buyer, reference="2015-ANCIEN", title="Imagerie, premier marché"
    )
    factories.dated(tender, buyer, factories.candidacy(tender.lots.get(), buyer))
    colleague = facility.memberships.get(user__email=people.COLLEAGUE[0]).user
    proposed = retention.propose(
        tender=tender,
        scope=RetentionScope.PROCEDURE,
        reason="Cinq ans après la signature.",
        by=colleague,
    )
    retention.place_hold(tender=tender, reason="Recours du candidat évincé.", by=buyer)
    return {"kept_tender": tender.pk, "elimination": proposed.pk}
