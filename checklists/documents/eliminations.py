"""The files of a tender that an elimination removes, the sealed list of them, and their removal.

A file goes with the candidate whose it is: what the holders of the contract sent is kept the
longest, and so is what names nobody. The editions of the dossier hold the offers that lost: they go
with them, and the next edition is made of what is left.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical, queue, storage
from uniha_clausier.common.pdf_text import clean_line
from vendors.models import Tender

from ..domain import retention
from ..domain.retention import Approval, Listed, RetentionRefused
from ..enums import EliminationDecision, RetentionScope
from ..models import (
    Assessment,
    Checklist,
    Deposit,
    Document,
    Dossier,
    Elimination,
    Evidence,
    ExchangeFile,
    LinkFile,
    LongTermCopy,
    Reception,
    SignedFile,
)
from . import report, sealed_lists

FORMAT = "clausier/elimination"
FORMAT_VERSION = 1
MANIFEST = "elimination.json"

Plain = dict[str, Any]


class Source(NamedTuple):
    """A kind of row that keeps a file of a candidate: its model, the way to the candidacy, its name."""

    model: Any
    candidacy: str
    label: Any


OF_CANDIDATES = (
    Source(Reception, "assessment__candidacy", gettext_lazy("classeur reçu")),
    Source(Evidence, "assessment__candidacy", gettext_lazy("document joint")),
    Source(Document, "assessment__candidacy", gettext_lazy("évaluation scellée")),
    Source(SignedFile, "document__assessment__candidacy", gettext_lazy("évaluation signée")),
    Source(
        LongTermCopy, "document__assessment__candidacy", gettext_lazy("évaluation, copie prolongée")
    ),
    Source(ExchangeFile, "party__assessment__candidacy", gettext_lazy("fichier reçu en réponse")),
    Source(LinkFile, "link__assessment__candidacy", gettext_lazy("fichier préparé en réponse")),
)
FOLDERS_OF_CANDIDATES = {
    "letters": gettext_lazy("lettre"),
    "receipts": gettext_lazy("récépissé"),
}
"""Files that no row names: each lies in the folder of its assessment."""


class Held(NamedTuple):
    """A kept file of a tender, and with which part it goes."""

    name: str
    title: str
    scope: RetentionScope


def held(tender: Tender) -> list[Held]:
    """Return every kept file of a tender, once, with the part that keeps it the longest.

    What was made after the elimination of what lost goes with the contract.
    """
    found: dict[str, Held] = {}
    is_late = tender.eliminations.filter(
        scope=RetentionScope.PROCEDURE, decision=EliminationDecision.APPROVED
    ).exists()
    for each in _every_file(tender):
        one = each._replace(scope=RetentionScope.CONTRACT) if is_late else each
        known = found.get(one.name)
        if known is None or one.scope == RetentionScope.CONTRACT:
            found[one.name] = one
    return sorted(found.values())


def _every_file(tender: Tender) -> Iterator[Held]:
    dates = getattr(tender, "retention", None)
    holders = frozenset(dates.holders.values_list("pk", flat=True)) if dates else frozenset()

    def scope(candidacy: int) -> RetentionScope:
        is_holder = candidacy in holders or not holders
        return RetentionScope.CONTRACT if is_holder else RetentionScope.PROCEDURE

    for source in OF_CANDIDATES:
        way = source.candidacy
        rows = source.model.objects.filter(**{f"{way}__lot__tender": tender})
        for name, candidacy, vendor in rows.exclude(file_name="").values_list(
            "file_name", way, f"{way}__vendor__name"
        ):
            yield Held(name, f"{vendor} – {source.label}", scope(candidacy))
    assessments = Assessment.objects.filter(candidacy__lot__tender=tender)
    for pk, candidacy, vendor in assessments.values_list(
        "pk", "candidacy", "candidacy__vendor__name"
    ):
        for folder, label in FOLDERS_OF_CANDIDATES.items():
            for name in _names(f"{folder}/{tender.facility_id}/{pk}"):
                yield Held(name, f"{vendor} – {label}", scope(candidacy))
    yield from _of_nobody(tender)


def _of_nobody(tender: Tender) -> Iterator[Held]:
    for dossier in Dossier.objects.filter(tender=tender):
        title = _("Dossier de la consultation, édition %(n)d") % {"n": dossier.number}
        yield Held(dossier.file_name, title, RetentionScope.PROCEDURE)
    waiting = Deposit.objects.filter(checklist__lot__tender=tender, refusal="", reception=None)
    for deposit in waiting:
        title = _("%(name)s – reçu, sans candidat") % {"name": deposit.sent_as}
        yield Held(deposit.file_name, title, RetentionScope.CONTRACT)
    for pk in Checklist.objects.filter(lot__tender=tender).values_list("pk", flat=True):
        for name in _names(f"annexes/{tender.facility_id}/{pk}"):
            yield Held(name, _("Annexes du DCE"), RetentionScope.CONTRACT)
        for name in _names(f"reports/{tender.facility_id}/{pk}"):
            yield Held(name, _("Rapport d’analyse"), RetentionScope.CONTRACT)


def _names(folder: str) -> list[str]:
    try:
        _folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return []
    return [f"{folder}/{file}" for file in files]


def listed(tender: Tender, scope: str) -> list[Listed]:
    """Return the files that an elimination would remove, as they are kept now, with their hash."""
    kept = [one for one in held(tender) if one.scope == scope]
    found = []
    for number, one in enumerate(kept):
        queue.say(_("Empreintes des pièces"), number, len(kept))
        if default_storage.exists(one.name):
            found.append(_listed(one))
    return found


def is_empty(tender: Tender, scope: str) -> bool:
    """Whether no file of a part is kept any more; reads none of them."""
    return not any(one.scope == scope and default_storage.exists(one.name) for one in held(tender))


def _listed(one: Held) -> Listed:
    content = storage.read(one.name)
    sha256 = hashlib.sha256(content).hexdigest()
    return Listed(one.name, clean_line(one.title)[:400], sha256, len(content))


# -- The elimination -----------------------------------------------------------------------------


class Visa(NamedTuple):
    """What the archives gave, and why the elimination is approved."""

    reference: str
    given_on: dt.date
    reason: str


def eliminate(*, elimination: Elimination, visa: Visa, by: User) -> Elimination:
    """Approve an elimination, keep its sealed list, then remove its files.

    Raises RetentionRefused, RenderingFailed, SigningFailed or BadSeal: nothing is removed then.
    """
    sentence = retention.why_not_decided_by(elimination, by) or retention.obstacle(
        elimination.tender, elimination.scope
    )
    if sentence:
        raise RetentionRefused(sentence)
    files = listed(elimination.tender, elimination.scope)
    if not files:
        raise RetentionRefused(_("Aucun fichier à éliminer."))
    queue.say(_("Scellement du bordereau"), len(files), len(files))
    sealed = _certificate(elimination, visa, files, by)
    sha256 = hashlib.sha256(sealed).hexdigest()
    folder = f"eliminations/{elimination.tender.facility_id}/{elimination.tender_id}"
    name = storage.store(f"{folder}/{elimination.pk}-{sha256[:16]}.pdf", sealed)
    approval = Approval(
        reason=visa.reason,
        visa=visa.reference,
        visa_on=visa.given_on,
        files=files,
        certificate_name=name,
        certificate_sha256=sha256,
    )
    done = retention.approve(elimination=elimination, approval=approval, by=by)
    carry_out(done)
    return done


def carry_out(elimination: Elimination) -> None:
    """Remove the files of an approved elimination; again when it was interrupted."""
    if not elimination.is_approved:
        return
    names = list(elimination.files.order_by("pk").values_list("file_name", flat=True))
    for number, name in enumerate(names):
        queue.say(_("Suppression des fichiers"), number, len(names))
        storage.discard(name)
    retention.carried_out(elimination=elimination)


def manifest(elimination: Elimination, visa: Visa, files: list[Listed], by: User) -> Plain:
    """Return what the sealed list says, as plain JSON values."""
    tender = elimination.tender
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "facility": report.facility_data(tender.facility),
        "tender": report.tender_data(tender),
        "scope": elimination.scope,
        "scope_label": str(RetentionScope(elimination.scope).label),
        "due_on": elimination.due_on.isoformat(),
        "reason": elimination.reason,
        "proposed_at": canonical.iso(elimination.proposed_at),
        "proposed_by": str(elimination.proposed_by),
        "decision_reason": visa.reason,
        "decided_at": canonical.iso(timezone.now()),
        "decided_by": str(by),
        "visa": visa.reference,
        "visa_on": visa.given_on.isoformat(),
        "files": [
            {"path": one.name, "title": one.title, "sha256": one.sha256, "size": one.size}
            for one in files
        ],
    }


def _certificate(elimination: Elimination, visa: Visa, files: list[Listed], by: User) -> bytes:
    data = manifest(elimination, visa, files, by)
    kind = sealed_lists.Kind(
        template="pdf/elimination.html",
        name=_("Bordereau d’élimination"),
        attached=MANIFEST,
        description=_("La liste des pièces éliminées et leurs empreintes (JSON canonique)"),
        reason=_("Scellement d’intégrité du bordereau d’élimination"),
    )
    text = canonical.canonical_json(data).encode()
    return sealed_lists.sealed(kind, data, text=text, made_at=data["decided_at"])
