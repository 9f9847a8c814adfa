"""The data of the browser tests about visas."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uniha_clausier.accounts.models import Facility, User


def asked_visas(facility: "Facility", buyer: "User") -> dict[str, int]:
    """Visas that were asked, then an order that asks none any more: nothing else waits for it."""
    from checklists.documents import report
    from checklists.domain import visas
    from checklists.models import Document
    from uniha_clausier.accounts.enums import Role

    done = Document.objects.order_by("pk").first()
    assert done is not None
    visas.set_order(facility=facility, roles=[Role.CISO, Role.BUYER], by=buyer)
    visas.request_visas(assessment=done.assessment, content_hash=report.visa_hash, by=buyer)
    visas.set_order(facility=facility, roles=[], by=buyer)
    return {}
