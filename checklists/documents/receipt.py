"""The receipt of a candidate who submitted by a link: what was sent, when, under which hash.

The answers themselves are attached as the very JSON that the hash covers.
"""

from typing import Any

from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from uniha_clausier.common import canonical
from uniha_clausier.common.pdf_text import clean_line

from ..domain import answer_sets, reply_links
from ..models import AnswerLink
from . import report, sealed_data
from .sealed_data import Carried, Named

Plain = dict[str, Any]


def gather(link: AnswerLink) -> Plain:
    """Return what the receipt says. The link is read with its assessment, and submitted."""
    assessment = link.assessment
    candidacy, lot = assessment.candidacy, assessment.candidacy.lot
    return {
        "facility": report.facility_data(assessment.facility),
        "tender": report.tender_data(lot.tender),
        "lot": {"number": lot.number, "title": lot.title},
        "clausier": report.clausier_data(assessment.checklist),
        "candidate": candidacy.vendor.name,
        "product": str(candidacy.product or ""),
        "link": link.number,
        "letter": str(link.party.exchange) if link.party else "",
        "submitted_at": canonical.iso(link.submitted_at),
        "answered": assessment.answered,
        "total": assessment.total,
        "sha256": link.content_sha256,
    } | _counted(link)


def _counted(link: AnswerLink) -> Plain:
    """Return how many of the points of a letter are answered, when it is one."""
    if not link.party:
        return {}
    answers = reply_links.content(link)["answers"]
    answered = sum(bool(one["value"] or one["text"]) for one in answers)
    return {"answered": answered, "total": len(answers)}


def content(link: AnswerLink) -> Plain:
    """Return what was sent, the very content that the hash of the link covers."""
    return reply_links.content(link) if link.party else answer_sets.content(link.assessment)


def html(data: Plain) -> str:
    """Return the receipt as one HTML text that refers to nothing outside."""
    title = _title(data)
    context = {
        "data": data,
        "title": title,
        "foot": _("%(title)s · lien %(number)d") % {"title": title, "number": data["link"]},
        "content_sha256": data["sha256"],
    }
    return render_to_string("pdf/receipt.html", context)


def sealed(link: AnswerLink) -> bytes:
    """Return the sealed PDF. Raises RenderingFailed, SigningFailed or BadSeal."""
    assert link.submitted_at
    data = gather(link)
    answers = canonical.canonical_json(content(link)).encode()
    return sealed_data.sealed(
        html(data),
        data,
        carried=Carried(answers, "reponses.json", _("Les réponses envoyées (JSON canonique)")),
        named=Named(
            title=_title(data),
            created=link.submitted_at,
            keywords=(data["clausier"]["title"], data["candidate"]),
            reason=_("Scellement d’intégrité du récépissé"),
        ),
    )


def _title(data: Plain) -> str:
    return _("Récépissé – %(candidate)s – consultation %(reference)s") % {
        "candidate": clean_line(data["candidate"]),
        "reference": clean_line(data["tender"]["reference"]),
    }


def stored_name(link: AnswerLink) -> str:
    """Return where the receipt of a link is kept."""
    folder = f"receipts/{link.assessment.facility_id}/{link.assessment_id}"
    return f"{folder}/{link.pk}-{link.content_sha256[:16]}.pdf"


def download_name(link: AnswerLink) -> str:
    """Return the name under which a person saves the receipt."""
    reference = slugify(link.assessment.candidacy.lot.tender.reference)[:80]
    return f"recepisse-{reference or 'clausier'}.pdf"
