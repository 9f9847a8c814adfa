"""The daily work that watches over the installation itself: what ends soon, and the last backup."""

import datetime as dt

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import expiries, kept_files, operations
from .dates import date_format
from .expiries import SOON, Expiry
from .models import ScheduledRun
from .schedule import JobFailed, job

CERTIFICATES = "certificates"
STEPS = (SOON, *(dt.timedelta(days=days) for days in (30, 15, 7, 3, 1, 0)))
"""How long before its end a certificate is told of: not each day of two months."""
MOST_NAMED = 3


@job(key=CERTIFICATES, label=gettext_lazy("Échéances des certificats"), at=dt.time(7, 0))
def watch_certificates() -> str:
    """Tell of the certificates that come nearer to their end."""
    now = timezone.now()
    since = _last_watch()
    found = expiries.expiries()
    if due := [one for one in found if _is_due(one, since, now)]:
        which = [f"{one.use}, {one.name} ({_day(one.end)})" for one in due]
        raise JobFailed(
            _("Certificats à remplacer avant leur fin (%(count)d) : %(which)s.")
            % {"count": len(due), "which": kept_files.some(which, most=MOST_NAMED)}
        )
    told = {"count": len(found), "soon": sum(one.is_soon(now) for one in found)}
    return _("Certificats : %(count)d, dont à remplacer dans les deux mois : %(soon)d.") % told


def _last_watch() -> dt.datetime | None:
    runs = ScheduledRun.objects.filter(job=CERTIFICATES, day__lt=timezone.localdate())
    done = runs.filter(finished_at__isnull=False).order_by("-day")
    return done.values_list("queued_at", flat=True).first()


def _is_due(one: Expiry, since: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether a step was passed since the last time; the first time, all that ends soon is told."""
    if since is None:
        return one.is_soon(now)
    return any(since < one.end - step <= now for step in STEPS)


@job(key="backup", label=gettext_lazy("Âge de la sauvegarde"), at=dt.time(7, 15))
def watch_backup() -> str:
    """Tell when no backup was made for too long, or ever."""
    if settings.DEMO or not settings.BACKUP_DAYS:
        return _("Sans objet.")
    last = operations.last_backup()
    since = last or operations.began_at()
    if since and timezone.now() - since > dt.timedelta(days=settings.BACKUP_DAYS):
        raise JobFailed(_late(last))
    return _("Dernière sauvegarde : %(at)s.") % {"at": _day(last) if last else _("aucune encore")}


def _late(last: dt.datetime | None) -> str:
    told = (
        _("La dernière sauvegarde date du %(at)s.") % {"at": _day(last)}
        if last
        else _("Aucune sauvegarde n’a jamais été faite.")
    )
    return told + " " + _("Voyez pourquoi dans le journal de la sauvegarde, puis sauvegardez.")


def _day(moment: dt.datetime) -> str:
    return date_format(timezone.localtime(moment), "j F Y")
