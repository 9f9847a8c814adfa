"""What is done every day by itself, one function a job; the commands that do the same remain."""

import datetime as dt
import hashlib
import logging
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from uniha_clausier.accounts.domain import browser_sessions
from uniha_clausier.common import (
    anchors,
    journal,
    kept_files,
    limits,
    mail,
    queue,
    schedule,
    storage,
)
from uniha_clausier.common.dates import date_format
from uniha_clausier.common.errors import TryAgain
from uniha_clausier.common.models import AuditEvent, JournalHead
from uniha_clausier.common.schedule import JobFailed, job

from . import tasks
from .documents import eliminations
from .domain import reminders, retention
from .domain.assessments import recompute_counters
from .domain.queries import retention as retention_queries
from .enums import RetentionState
from .models import Assessment

DAYS_FOR_ALL_FILES = 7
"""Each file is read and compared with its hash once in so many days."""

anchor_log = logging.getLogger("clausier.anchor")


@job(key="forget", label=gettext_lazy("Ménage de la file et des sessions"), at=dt.time(1, 0))
def forget() -> str:
    """Remove the tasks and the runs of long ago, and the sessions and the limits that are over."""
    count = queue.forget_old() + schedule.forget_old()
    count += browser_sessions.forget_ended() + limits.forget_over()
    return _("Lignes anciennes retirées : %(count)d.") % {"count": count}


@job(key="signatures", label=gettext_lazy("Prolongation des signatures"), at=dt.time(2, 0))
def extend_signatures() -> str:
    """Extend what is sealed or signed, where a time-stamp server is configured."""
    if not settings.TSA_URL:
        return _("Sans objet : aucun serveur d’horodatage.")
    told: dict[str, int] = tasks.extend_signatures.call()
    if told["failed"]:
        raise JobFailed(
            _("Signatures à prolonger encore : %(failed)d, pour le motif écrit au journal.") % told
        )
    return _("Signatures prolongées : %(extended)d.") % told


@job(key="counters", label=gettext_lazy("Contrôle des compteurs"), at=dt.time(3, 0))
def check_counters() -> str:
    """Recompute the counters of every assessment, and compare."""
    wrong, count = [], 0
    total = Assessment.objects.count()
    for pk in Assessment.objects.order_by("pk").values_list("pk", flat=True).iterator():
        count += 1
        with transaction.atomic():
            if recompute_counters(Assessment.objects.select_for_update(no_key=True).get(pk=pk)):
                wrong.append(str(pk))
            transaction.set_rollback(True)
        if count % 200 == 0:
            queue.say(_("Contrôle des compteurs"), count, total)
    if wrong:
        raise JobFailed(
            _("Compteurs à corriger (check_counters --fix) : évaluations %(which)s.")
            % {"which": kept_files.some(wrong)}
        )
    return _("Compteurs justes, évaluations lues : %(count)d.") % {"count": count}


@job(key="journal", label=gettext_lazy("Vérification du journal"), at=dt.time(4, 0))
def verify_journal() -> str:
    """Verify every chain of the journal."""
    bad = list(journal.verify())
    if bad:
        told = {"tenant": bad[0].tenant, "seq": bad[0].seq, "reason": bad[0].reason}
        raise JobFailed(
            _("Journal faux : établissement %(tenant)d, événement %(seq)d, %(reason)s.") % told
        )
    told = {"chains": JournalHead.objects.count(), "events": AuditEvent.objects.count()}
    return _("Journal intact. Chaînes : %(chains)d, événements : %(events)d.") % told


@job(key="files", label=gettext_lazy("Contrôle des fichiers"), at=dt.time(5, 0))
def check_files() -> str:
    """Read the files whose turn it is, and compare each with its hash."""
    turn = timezone.localdate().toordinal() % DAYS_FOR_ALL_FILES
    count, wrong = 0, []
    for name, sha256 in kept_files.with_hashes():
        if int(sha256[:8], 16) % DAYS_FOR_ALL_FILES != turn:
            continue
        count += 1
        if not _is_whole(name, sha256):
            wrong.append(name)
        if count % 100 == 0:
            queue.say(_("Contrôle des fichiers"), count)
    if wrong:
        raise JobFailed(
            _("Fichiers absents ou changés (%(count)d) : %(which)s.")
            % {"count": len(wrong), "which": kept_files.some(wrong)}
        )
    return _("Tous intacts, fichiers lus : %(count)d.") % {"count": count}


def _is_whole(name: str, sha256: str) -> bool:
    try:
        return hashlib.sha256(storage.read(name)).hexdigest() == sha256
    except FileNotFoundError:
        return False


@job(key="retention", label=gettext_lazy("Durées de conservation"), at=dt.time(6, 0))
def list_retention() -> str:
    """Finish the eliminations that were interrupted, and count what may be eliminated."""
    unfinished = retention_queries.unfinished()
    for elimination in unfinished:
        eliminations.carry_out(elimination)
    today = retention.today()
    due = retention_queries.every_tender(today, RetentionState.DUE).count()
    told = {"due": due, "finished": len(unfinished)}
    return _("Dossiers éliminables : %(due)d, éliminations terminées : %(finished)d.") % told


@job(key="reminders", label=gettext_lazy("Rappels par courriel"), at=dt.time(8, 0))
def send_reminders() -> str:
    """Remind candidates whose link ends soon, and reviewers of an opinion."""
    sent, lost = reminders.send_due()
    if lost and not sent:
        raise TryAgain(mail.AWAY)
    return _("Rappels envoyés : %(sent)d, perdus : %(lost)d.") % {"sent": sent, "lost": lost}


@job(key="anchor", label=gettext_lazy("Ancre du journal"), at=dt.time(0, 5))
def anchor_journal() -> str:
    """Sign the heads of the journal, and put them out of reach: in the log, and by mail."""
    line = anchors.make(Path(settings.CLAUSIER_HOME))
    anchor_log.info("%s", line)
    if not settings.SUPPORT_EMAIL:
        return _("Ancre écrite au journal du serveur ; SUPPORT_EMAIL l’enverrait aussi.")
    day = timezone.localdate()
    message = EmailMessage(
        _("Ancre du journal du %(day)s") % {"day": date_format(day, "j F Y")},
        _(
            "La pièce jointe dit où en était chaque chaîne du journal, sous signature. Gardez ce "
            "message hors de l’installation : verify_journal --anchors compare le journal avec elle."
        ),
        to=[settings.SUPPORT_EMAIL],
    )
    message.attach(f"ancre-{day.isoformat()}.jsonl", f"{line}\n", "application/jsonl")
    if not mail.send_once(message, key=f"anchor/{day.isoformat()}", about="the anchor"):
        raise TryAgain(mail.AWAY)
    return _("Ancre envoyée à %(address)s.") % {"address": settings.SUPPORT_EMAIL}
