"""The messages about the opinions asked. Sent after the commit: a mail server undoes no act."""

import logging
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ..models import OpinionRequest
from .queries import opinions as queries

logger = logging.getLogger(__name__)


def send_request(*, asked: OpinionRequest, address: str) -> bool:
    """Tell those who may answer that an opinion is asked; return whether the message has left."""
    subject = _("Avis demandé – consultation %(reference)s")
    return _send(asked, subject, {"address": address, "is_reminder": False})


def send_reminder(*, asked: OpinionRequest) -> bool:
    """Remind that an opinion is awaited; return whether the message has left."""
    subject = _("Avis attendu pour le %(date)s – consultation %(reference)s")
    return _send(asked, subject, {"address": "", "is_reminder": True})


def _send(asked: OpinionRequest, subject: str, told: dict[str, Any]) -> bool:
    to = queries.recipients(asked)
    if not to:
        return False
    assessment = asked.assessment
    tender = assessment.candidacy.lot.tender
    context = {
        "asked": asked,
        "facility": assessment.facility,
        "tender": tender,
        "vendor": assessment.candidacy.vendor,
        "buyer": asked.asked_by,
    } | told
    date = date_format(asked.due_on, "j F Y")
    title = subject % {"reference": tender.reference, "date": date}
    text = render_to_string("emails/opinion.txt", context)
    try:
        EmailMessage(" ".join(title.split()), text, to=to).send()
    except OSError:  # of which SMTPException is one
        logger.exception("the message of opinion request %s could not be sent", asked.pk)
        return False
    return True
