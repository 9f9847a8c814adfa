"""The messages to a candidate who answers by a personal link.

Sent after the commit. A mail server that does not answer never undoes an act: the caller is told,
and says so on screen.
"""

from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from uniha_clausier.common import mail

from ..models import AnswerLink

PDF = "application/pdf"


def send_link(*, link: AnswerLink, address: str) -> bool:
    """Send its link to a candidate who has an address; return whether the message has left."""
    subject = _("%(what)s – consultation %(reference)s") % {
        "what": link.party.exchange if link.party else _("Répondre au clausier"),
        "reference": link.assessment.candidacy.lot.tender.reference,
    }
    return send(link, subject, "emails/answer_link.txt", {"address": address})


def send_receipt(*, link: AnswerLink, pdf: bytes, file_name: str) -> bool:
    """Send the receipt of what was submitted, once; return whether the message has left."""
    subject = _("Récépissé de vos réponses – consultation %(reference)s") % {
        "reference": link.assessment.candidacy.lot.tender.reference
    }
    file = (file_name, pdf, PDF)
    return send(link, subject, "emails/answer_receipt.txt", {}, file, key=f"receipt/{link.pk}")


def send_reminder(*, link: AnswerLink, days: int) -> bool:
    """Remind that a link ends in ``days`` days; return whether the message has left."""
    subject = ngettext(
        "Plus que %(days)d jour pour répondre – consultation %(reference)s",
        "Plus que %(days)d jours pour répondre – consultation %(reference)s",
        days,
    ) % {"days": days, "reference": link.assessment.candidacy.lot.tender.reference}
    told = {"assessment": link.assessment}
    return send(link, subject, "emails/answer_reminder.txt", told)


def send(
    link: AnswerLink,
    subject: str,
    template: str,
    told: dict[str, Any],
    attached: tuple[str, bytes, str] | None = None,
    *,
    key: str = "",
) -> bool:
    """Send a message of one link, with a file perhaps; return whether it has left.

    ``key`` names a message that leaves once, however often it is asked for.
    """
    if not link.email:
        return False
    assessment = link.assessment
    context = {
        "link": link,
        "facility": assessment.facility,
        "tender": assessment.candidacy.lot.tender,
        "lot": assessment.candidacy.lot,
        "vendor": assessment.candidacy.vendor,
        "buyer": link.created_by,
    } | told
    text = render_to_string(template, context)
    message = EmailMessage(subject, text, to=[link.email])
    if attached:
        message.attach(*attached)
    if key:
        return mail.send_once(message, key=key, about=f"link {link.pk}")
    return mail.send(message, about=f"link {link.pk}")
