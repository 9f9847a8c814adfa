"""The data of the browser tests about the versions of an assessment."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checklists.models import Checklist
    from uniha_clausier.accounts.models import User


def versions(checklist: "Checklist", buyer: "User") -> dict[str, int]:
    """A signed assessment that may be corrected, and one that was, with its new version."""
    from tests import factories

    signed = factories.signed(factories.started(checklist, buyer), buyer)
    replaced = factories.signed(factories.started(checklist, buyer), buyer)
    corrected = factories.corrected(replaced, buyer)
    return {
        "signed_assessment": signed.pk,
        "replaced_assessment": replaced.pk,
        "corrected_assessment": corrected.pk,
    }
