"""The section for the rapport d'analyse des offres: what the buyer writes, and its editions.

The texts are proposed from the data and the buyer's from the first word changed: the buyer signs
the report. An edition is frozen whole, texts and tables, under one hash.
"""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, journal
from uniha_clausier.common.errors import DomainError

from ..models import AnalysisReport, AnalysisText, Checklist
from ..models.analysis import TEXT_MAX_LENGTH

Plain = dict[str, Any]


class TextChanged(DomainError):
    """Somebody else wrote this part since it was read; ``current`` is what stands now."""

    def __init__(self, current: AnalysisText | None) -> None:
        super().__init__(_("Quelqu’un a modifié cette partie depuis que vous l’avez ouverte."))
        self.current = current


class NotWritable(DomainError):
    """The text cannot be kept; the sentence says why."""


def normalised(text: str) -> str:
    """Return a text as it is kept: one line end, « • » before each line of a list."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = [f"• {line[2:].lstrip()}" if line[:2] in ("- ", "* ", "– ") else line for line in lines]
    return "\n".join(kept).strip("\n")


def write(
    *, checklist: Checklist, key: str, text: str, proposed_sha256: str, base_version: int, by: User
) -> AnalysisText:
    """Keep the text of one part. ``proposed_sha256`` is the hash of the proposal that was read.

    Raises TextChanged or NotWritable.
    """
    text = normalised(text)
    if len(text) > TEXT_MAX_LENGTH:
        raise NotWritable(
            _("Ce texte est trop long : %(most)d caractères au plus.") % {"most": TEXT_MAX_LENGTH}
        )
    with transaction.atomic():
        found = _read(checklist, key, base_version)
        made, _is_new = AnalysisText.objects.update_or_create(
            checklist=checklist,
            key=key,
            defaults={
                "text": text,
                "proposed_sha256": proposed_sha256,
                "version": (found.version if found else 0) + 1,
                "updated_at": timezone.now(),
                "updated_by": by,
            },
        )
        data = {"key": key, "text_sha256": canonical.sha256_of(text)}
        if found:
            data["before"] = found.text  # what is replaced stays in the journal
        _record(checklist, "analysis.written", data, by)
    return made


def reset(*, checklist: Checklist, key: str, base_version: int, by: User) -> None:
    """Go back to the proposed text of one part. Raises TextChanged."""
    with transaction.atomic():
        found = _read(checklist, key, base_version)
        if found is None:
            return
        data = {"key": key, "text": found.text}  # what is dropped stays in the journal
        found.delete()
        _record(checklist, "analysis.reset", data, by)


def register(
    *, checklist: Checklist, content: Callable[[int, str], Plain], by: User
) -> AnalysisReport:
    """Freeze the next edition; ``content(number, at)`` is what it says, ``at`` in ISO 8601."""
    with transaction.atomic():
        locked = _locked(checklist)
        number, at = locked.analysis_reports.count() + 1, timezone.now()
        told = content(number, canonical.iso(at))
        made = AnalysisReport.objects.create(
            checklist=locked,
            number=number,
            content=told,
            content_sha256=canonical.sha256_of(told),
            made_at=at,
            made_by=by,
        )
        data = {"number": number, "content_sha256": made.content_sha256}
        _record(checklist, "analysis.made", data, by)
    return made


def _read(checklist: Checklist, key: str, base_version: int) -> AnalysisText | None:
    _locked(checklist)
    found = AnalysisText.objects.filter(checklist=checklist, key=key).first()
    if (found.version if found else 0) != base_version:
        raise TextChanged(found)
    return found


def _locked(checklist: Checklist) -> Checklist:
    return Checklist.objects.select_for_update(of=("self",), no_key=True).get(pk=checklist.pk)


def _record(checklist: Checklist, action: str, data: Plain, by: User) -> None:
    journal.record(
        tenant=checklist.lot.tender.facility_id,
        action=action,
        subject=f"checklist/{checklist.pk}",
        data=data,
        by=by.pk,
    )
