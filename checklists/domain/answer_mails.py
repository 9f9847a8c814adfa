"""The messages to a candidate who answers by a personal link.

Sent after the commit. A mail server that does not answer never undoes an act: the caller is told,
and says so on screen.
"""

import logging
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from ..models import AnswerLink

logger = logging.getLogger(__name__)


def send_link(*, link: AnswerLink, address: str) -> bool:
    """Send its link to a candidate who has an address; return whether the message has left."""
    subject = _("Répondre au clausier – consultation %(reference)s") % {
        "reference": link.assessment.candidacy.lot.tender.reference
    }
    return send(link, subject, "emails/answer_link.txt", {"address": address})


def send(link: AnswerLink, subject: str, template: str, told: dict[str, Any]) -> bool:
    """Send a message of one link; return whether it has left."""
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
    message = EmailMessage(" ".join(subject.split()), text, to=[link.email])
    try:
        message.send()
    except OSError:  # of which SMTPException is one
        logger.exception("the message of link %s could not be sent", link.pk)
        return False
    return True
