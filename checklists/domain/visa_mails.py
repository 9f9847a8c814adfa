"""The messages about visas: to the role whose turn it is, then to the buyer who asked.

Sent by a task, after the commit. A mail server that does not answer never undoes a visa: « Mes
points » says the same.
"""

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User
from uniha_clausier.common import mail
from uniha_clausier.common.errors import TryAgain

from ..enums import VisaRoundState
from ..models import VisaRound
from .queries import visas as queries

SUBJECTS = {
    VisaRoundState.OPEN: gettext_lazy("Visa attendu – %(vendor)s, consultation %(reference)s"),
    VisaRoundState.REFUSED: gettext_lazy("Visa refusé – %(vendor)s, consultation %(reference)s"),
    VisaRoundState.GRANTED: gettext_lazy("Visas donnés – %(vendor)s, consultation %(reference)s"),
}


def tell(current: VisaRound, *, address: str) -> int:
    """Send the message that the state of a round calls for, once each; return how many have left.

    Raises TryAgain when one could not leave.
    """
    if current.state not in SUBJECTS:
        return 0
    candidacy = current.assessment.candidacy
    told = {"vendor": candidacy.vendor.name, "reference": candidacy.lot.tender.reference}
    subject = " ".join((SUBJECTS[VisaRoundState(current.state)] % told).split())
    people = _people(current)
    left = sum(_send(current, person, subject, address) for person in people)
    if left < len(people):
        raise TryAgain(mail.AWAY)
    return left


def _people(current: VisaRound) -> list[User]:
    if current.state == VisaRoundState.OPEN:
        return queries.holders(current.assessment.facility_id, current.awaited_role)
    return [current.requested_by]


def _send(current: VisaRound, person: User, subject: str, address: str) -> bool:
    context = {
        "round": current,
        "role": Role(current.awaited_role).label if current.awaited_role else "",
        "last": current.visas.select_related("person", "in_place_of")
        .order_by("-at", "-pk")
        .first(),
        "facility": current.assessment.facility,
        "tender": current.assessment.candidacy.lot.tender,
        "lot": current.assessment.candidacy.lot,
        "vendor": current.assessment.candidacy.vendor,
        "address": address,
    }
    text = render_to_string("emails/visas.txt", context)
    return mail.send_once(
        EmailMessage(subject, text, to=[person.email]),
        key=f"visas/{current.pk}/{current.visas.count()}/{person.pk}",
        about=f"visas {current.pk}",
    )
