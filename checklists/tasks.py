"""What runs outside of the web requests. The queue is a table of the database (django-tasks)."""

import datetime as dt
import hashlib
import logging
from typing import Any, NamedTuple

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from uniha_clausier.accounts.models import User
from uniha_clausier.common import mail, queue, scanning, stopping, storage
from uniha_clausier.common.errors import TryAgain
from uniha_clausier.common.queue import Progress
from uniha_clausier.common.stopping import WorkerStopped
from vendors.models import Tender

from .documents import analysis as analysis_content
from .documents import (
    analysis_files,
    dce,
    dossier,
    eliminations,
    letters,
    long_term,
    production,
    receipt,
    report,
)
from .documents.eliminations import Visa as EliminationVisa
from .domain import (
    analysis,
    answer_links,
    answer_mails,
    documents,
    dossiers,
    exchanges,
    reply_links,
    retention,
    visa_mails,
    visas,
)
from .domain.queries import analysis as analysis_queries
from .domain.queries import answer_links as link_queries
from .domain.queries import exchanges as exchange_queries
from .domain.queries import retention as retention_queries
from .domain.queries import visas as visa_queries
from .domain.retention import RetentionRefused
from .domain.visas import VisaAnswer
from .enums import DocumentState
from .models import (
    AnalysisReport,
    AnswerLink,
    Assessment,
    Checklist,
    Document,
    Dossier,
    Elimination,
    Exchange,
    ExchangeParty,
    Visa,
    VisaRound,
)

logger = logging.getLogger(__name__)


@queue.policy(
    gettext_lazy("Document scellé d’une évaluation"),
    given_up=documents.give_up,
    relaunched=documents.requeue,
)
@task()
def produce_document(document_id: int) -> bool:
    """Make the file of a document that waits, or whose worker is gone; else do nothing.

    Raises the error of what is away: the document waits meanwhile.
    """
    document = None
    try:
        with stopping.uncut():
            document = documents.claim(document_id)
    except WorkerStopped:
        if document is not None:
            documents.hand_back(document)
        raise
    return production.produce(document) if document is not None else False


def request_document(*, assessment: Assessment, by: User) -> Document:
    """Freeze the data and queue the production, in one transaction: neither goes without the other.

    Raises AlreadyInProgress, or VisasMissing.
    """
    with transaction.atomic():
        visas.require_given(assessment=assessment, content_hash=report.visa_hash)
        document = documents.request_document(assessment=assessment, freeze=report.freeze, by=by)
        produce_document.enqueue(document.pk)
    return document


def retry_document(*, document: Document, by: User) -> Document:
    """Queue a failed document again. Raises NotFailed."""
    with transaction.atomic():
        document = documents.retry(document=document, by=by)
        produce_document.enqueue(document.pk)
    return document


def export_now(*, assessment: Assessment) -> Document:
    """Make a document in this process, without the queue: for the operator at a terminal.

    Claimed in the transaction that creates it, so that no worker takes it meanwhile. Raises
    VisasMissing.
    """
    with transaction.atomic():
        visas.require_given(assessment=assessment, content_hash=report.visa_hash)
        asked = documents.request_document(
            assessment=assessment, freeze=report.freeze, alone=False, by=None
        )
        document = documents.claim(asked.pk)
    assert document is not None
    production.produce(document)
    document.refresh_from_db()
    return document


# -- The annexes of a published checklist --------------------------------------------------------


class Annexes(NamedTuple):
    """Where the ZIP of the annexes stands: its name when it is ready, else what became of it."""

    name: str
    file: str = ""
    is_waiting: bool = False
    has_failed: bool = False
    progress: Progress | None = None


@queue.policy(gettext_lazy("Annexes du DCE"))
@task()
def produce_annexes(checklist_id: int) -> str:
    """Make the ZIP of a published checklist, unless these very data have theirs; return its name."""
    checklist = Checklist.objects.select_related(
        "version__clausier", "published_by", "lot__tender__facility"
    ).get(pk=checklist_id)
    data = dce.gather(checklist)
    name = dce.stored_name(checklist, data)
    if default_storage.exists(name):
        return name
    return storage.store(name, dce.archive(checklist, data))


def request_annexes(checklist: Checklist) -> None:
    """Queue the ZIP of the annexes, unless it is ready or on its way."""
    state = annexes_of(checklist)
    if not state.file and not state.is_waiting:
        produce_annexes.enqueue(checklist.pk)


def annexes_of(checklist: Checklist) -> Annexes:
    """Return where the ZIP of the annexes of a published checklist stands."""
    data = dce.gather(checklist)
    name, stored = dce.download_name(data), dce.stored_name(checklist, data)
    if default_storage.exists(stored):
        return Annexes(name, stored)
    return Annexes(name, "", *_last_try(produce_annexes.module_path, checklist.pk))


def last_row(task_path: str, pk: int) -> Any:
    """Return the last task about a row, if there is one."""
    rows = DBTaskResult.objects.filter(task_path=task_path, args_kwargs__args__0=pk)
    return rows.order_by("-enqueued_at").first()


def _last_try(task_path: str, pk: int) -> tuple[bool, bool, Progress | None]:
    """Return whether the last task about a row is waited for, whether it failed, and how far it is."""
    return how_it_went(last_row(task_path, pk))


def how_it_went(row: Any) -> tuple[bool, bool, Progress | None]:
    """Return whether a task is waited for, whether it failed, and how far it is."""
    if row is None:
        return False, False, None
    waits = row.status in {TaskResultStatus.READY, TaskResultStatus.RUNNING}
    progress = queue.progress_of(row.pk) if waits else None
    return waits, row.status == TaskResultStatus.FAILED, progress


# -- What a candidate submitted by a link --------------------------------------------------------


class Made(NamedTuple):
    """Where a file made for a candidate stands (a receipt, a letter): its name when it is ready."""

    name: str
    file: str = ""
    is_waiting: bool = False
    has_failed: bool = False
    progress: Progress | None = None


def submit_answers(*, link: AnswerLink) -> AnswerLink:
    """Freeze the answers of a candidate and queue the receipt, in one transaction.

    Raises LinkClosed.
    """
    with transaction.atomic():
        link = answer_links.submit(link=link)
        make_receipt.enqueue(link.pk)
    return link


def submit_reply(*, link: AnswerLink) -> AnswerLink:
    """Send what a candidate answers to a letter and queue the receipt, in one transaction.

    Raises LinkClosed or NotThisWay.
    """
    with transaction.atomic():
        link = reply_links.submit(link=link)
        make_receipt.enqueue(link.pk)
    return link


@queue.policy(gettext_lazy("Récépissé d’un candidat"))
@task()
def make_receipt(link_id: int) -> str:
    """Make the receipt of what was submitted, keep it, and send it; once."""
    link = link_queries.links().get(pk=link_id)
    name = receipt.stored_name(link)
    if not default_storage.exists(name):
        storage.store(name, receipt.sealed(link))
    sent = answer_mails.send_receipt(
        link=link, pdf=storage.read(name), file_name=receipt.download_name(link)
    )
    if link.email and not sent:
        raise TryAgain(mail.AWAY)
    return name


def request_receipt(link: AnswerLink) -> None:
    """Queue the receipt again, unless it is ready or on its way."""
    state = receipt_of(link)
    if not state.file and not state.is_waiting:
        make_receipt.enqueue(link.pk)


def receipt_of(link: AnswerLink) -> Made:
    """Return where the receipt of a submitted link stands."""
    name, stored = receipt.download_name(link), receipt.stored_name(link)
    if default_storage.exists(stored):
        return Made(name, stored)
    return Made(name, "", *_last_try(make_receipt.module_path, link.pk))


# -- The letters to candidates about their offers ------------------------------------------------


def send_exchange(*, exchange: Exchange, by: User) -> None:
    """Freeze what is asked and queue the letters, in one transaction. Raises NotThisWay."""
    with transaction.atomic():
        for party in exchanges.send(exchange=exchange, freeze=letters.freeze, by=by):
            make_letter.enqueue(party.pk)


@queue.policy(gettext_lazy("Lettre à un candidat"))
@task()
def make_letter(party_id: int) -> str:
    """Make the sealed letter to one candidate, once; return its name."""
    party = exchange_queries.parties().get(pk=party_id)
    name = letters.stored_name(party)
    return name if default_storage.exists(name) else storage.store(name, letters.sealed(party))


def request_letter(party: ExchangeParty) -> None:
    """Queue a letter again, unless it is ready or on its way."""
    state = letter_of(party)
    if not state.file and not state.is_waiting:
        make_letter.enqueue(party.pk)


def letter_of(party: ExchangeParty) -> Made:
    """Return where the letter to one candidate stands, once it is sent."""
    name, stored = letters.download_name(party), letters.stored_name(party)
    if default_storage.exists(stored):
        return Made(name, stored)
    return Made(name, "", *_last_try(make_letter.module_path, party.pk))


# -- The analysis report -----------------------------------------------------------------------


def freeze_analysis(*, checklist: Checklist, by: User) -> AnalysisReport:
    """Freeze the next edition of the analysis report and queue its PDF, in one transaction."""

    def content(number: int, at: str) -> dict[str, Any]:
        return analysis_content.freeze(checklist, number=number, at=at, by=by)

    with transaction.atomic():
        made = analysis.register(checklist=checklist, content=content, by=by)
        make_analysis.enqueue(made.pk)
    return made


@queue.policy(gettext_lazy("Rapport d’analyse"))
@task()
def make_analysis(report_id: int) -> str:
    """Make the sealed PDF of an edition, once; return its name."""
    found = analysis_queries.editions().get(pk=report_id)
    name = analysis_files.stored_name(found)
    is_made = default_storage.exists(name)
    return name if is_made else storage.store(name, analysis_files.sealed(found))


def request_analysis(found: AnalysisReport) -> None:
    """Queue the PDF of an edition again, unless it is ready or on its way."""
    state = analysis_of(found)
    if not state.file and not state.is_waiting:
        make_analysis.enqueue(found.pk)


def analysis_of(found: AnalysisReport) -> Made:
    """Return where the PDF of an edition stands."""
    name = analysis_files.download_name(found, "pdf")
    stored = analysis_files.stored_name(found)
    if default_storage.exists(stored):
        return Made(name, stored)
    return Made(name, "", *_last_try(make_analysis.module_path, found.pk))


# -- Visas -----------------------------------------------------------------------------------------


def request_visas(*, assessment: Assessment, address: str, by: User) -> VisaRound:
    """Ask the visas and queue the message to the first role, in one transaction.

    ``address`` is the page to read. Raises NotVisable.
    """
    with transaction.atomic():
        made = visas.request_visas(assessment=assessment, content_hash=report.visa_hash, by=by)
        tell_of_visas.enqueue(made.pk, address)
    return made


def answer_visa(
    *, assessment: Assessment, given: VisaAnswer, address: str, role: str, by: User
) -> Visa:
    """Keep the visa of a role, or its refusal, and queue the message to who comes next.

    Raises NotVisable or SignedForEver.
    """
    with transaction.atomic():
        visa = visas.answer(
            assessment=assessment,
            given=given,
            content_hash=report.visa_hash,
            role=role,
            by=by,
        )
        tell_of_visas.enqueue(visa.round_id, address)
    return visa


@queue.policy(gettext_lazy("Message sur un visa"))
@task()
def tell_of_visas(round_id: int, address: str) -> int:
    """Tell who comes next that a visa is awaited, or the buyer how it ended; return how many."""
    return visa_mails.tell(visa_queries.told().get(pk=round_id), address=address)


# -- The dossier of a tender -----------------------------------------------------------------------


class DossierState(NamedTuple):
    """Whether a dossier is on its way, and whether the last try failed."""

    is_waiting: bool = False
    has_failed: bool = False
    progress: Progress | None = None


def make_dossier(*, tender: Tender, by: User | None) -> Dossier:
    """Make and keep the next edition of the dossier of a tender.

    Raises RenderingFailed, SigningFailed, BadSeal, or FileNotFoundError for a kept file that is gone.
    """
    at = timezone.now()
    content, told = dossier.made(tender, at=at, by=str(by or ""))
    sha256 = hashlib.sha256(content).hexdigest()
    folder = f"dossiers/{tender.facility_id}/{tender.pk}"
    name = storage.store(f"{folder}/{sha256[:16]}.zip", content)
    return dossiers.register(
        tender=tender,
        file=documents.SealedFile(name=name, sha256=sha256, size=len(content), pages=0),
        file_count=told.file_count,
        manifest_sha256=told.manifest_sha256,
        at=at,
        by=by,
    )


@queue.policy(gettext_lazy("Dossier d’une consultation"))
@task()
def produce_dossier(tender_id: int, user_id: int, last: int) -> int:
    """Make the dossier that a buyer asked for when ``last`` was the newest; return its number."""
    tender = Tender.objects.select_related("facility", "opening__recorded_by").get(pk=tender_id)
    made = tender.dossiers.filter(number__gt=last, made_by=user_id).first()
    if made is not None:
        return made.number
    return make_dossier(tender=tender, by=User.objects.get(pk=user_id)).number


def request_dossier(*, tender: Tender, by: User) -> None:
    """Queue the dossier of a tender, unless it is on its way."""
    if not dossier_state(tender).is_waiting:
        produce_dossier.enqueue(tender.pk, by.pk, tender.dossiers.count())


def dossier_state(tender: Tender) -> DossierState:
    """Return where the last request of a dossier stands."""
    return DossierState(*_last_try(produce_dossier.module_path, tender.pk))


# -- The elimination of a part of a file -------------------------------------------------------------


class EliminationState(NamedTuple):
    """Whether files are on their way out, whether the last try failed, and why nothing went."""

    is_waiting: bool = False
    has_failed: bool = False
    progress: Progress | None = None
    refusal: str = ""


def request_elimination(*, elimination: Elimination, visa: EliminationVisa, by: User) -> None:
    """Queue what the approval of ``by`` removes, and write that it was given, in one transaction.

    Raises RetentionRefused, and asks once.
    """
    if eliminations.is_empty(elimination.tender, elimination.scope):
        raise RetentionRefused(_("Aucun fichier à éliminer."))
    with transaction.atomic():
        retention.announce(
            elimination=elimination,
            reason=visa.reason,
            visa=visa.reference,
            visa_on=visa.given_on,
            by=by,
        )
        require_no_elimination(elimination)
        day = visa.given_on.isoformat()
        eliminate_files.enqueue(elimination.pk, by.pk, visa.reference, day, visa.reason)


def require_no_elimination(elimination: Elimination) -> None:
    """Raise RetentionRefused while an approval of this proposal is being carried out."""
    if elimination_state(elimination).is_waiting:
        raise RetentionRefused(_("Cette élimination est déjà approuvée : elle est en cours."))


@queue.policy(gettext_lazy("Élimination des pièces d’une consultation"))
@task()
def eliminate_files(
    elimination_id: int, user_id: int, reference: str, given_on: str, reason: str
) -> str:
    """Seal the list of the files, approve, and remove them; end what was interrupted.

    Return why nothing may go any more, when something came between (a litigation): nothing is
    removed then, and it is for the people of the facility to read.
    """
    found = retention_queries.eliminations().get(pk=elimination_id)
    if found.is_approved:
        eliminations.carry_out(found)
        return ""
    visa = EliminationVisa(reference, dt.date.fromisoformat(given_on), reason)
    try:
        eliminations.eliminate(elimination=found, visa=visa, by=User.objects.get(pk=user_id))
    except RetentionRefused as error:
        return str(error)
    return ""


def elimination_state(elimination: Elimination) -> EliminationState:
    """Return where the last approval of a proposal stands."""
    row = last_row(eliminate_files.module_path, elimination.pk)
    done = row is not None and row.status == TaskResultStatus.SUCCESSFUL
    refusal = str(row.return_value or "") if done else ""
    return EliminationState(*how_it_went(row), refusal)


# -- Made to last ----------------------------------------------------------------------------------


@queue.policy(gettext_lazy("Prolongation des signatures"))
@task()
def extend_signatures() -> dict[str, int]:
    """Extend what waits for it; return how many files, and how many failed (both in the log)."""
    done = failed = 0
    for one in long_term.extend_all():
        done, failed = done + bool(one.copy), failed + bool(one.failure)
        if one.failure:
            logger.warning("document %s not extended: %s", one.of.document.pk, one.failure)
    logger.info("extended: %d, failed: %d", done, failed)
    return {"extended": done, "failed": failed}


# -- The reaper --------------------------------------------------------------------------------


def take_over() -> int:
    """Take back what dead workers left, and queue again what waits for nobody; return how many.

    Files that wait for the antivirus are queued too, when they are due. Called every few seconds by
    each worker; when two do it at once, the second task finds nothing to claim.
    """
    scanning.retry()
    queue.recover()
    documents.release_abandoned()
    waiting = Document.objects.filter(state=DocumentState.QUEUED)
    lost = sorted(set(waiting.values_list("pk", flat=True)) - _queued_ids())
    for document_id in lost:
        produce_document.enqueue(document_id)
    if lost:
        logger.warning("taken over: documents %s", lost)
    return len(lost)


def _queued_ids() -> set[int]:
    rows = DBTaskResult.objects.filter(
        task_path=produce_document.module_path,
        status__in=(TaskResultStatus.READY, TaskResultStatus.RUNNING),
    )
    return {int(row.args_kwargs["args"][0]) for row in rows}
