"""The messages about the opinions asked. Sent after the commit: a mail server undoes no act."""

from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from uniha_clausier.common import mail
from uniha_clausier.common.dates import date_format

from ..models import OpinionRequest
from .queries import opinions as queries


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
    return mail.send(EmailMessage(title, text, to=to), about=f"opinion request {asked.pk}")
