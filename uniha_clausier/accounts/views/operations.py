"""The operator's page: the queue, what was given up, the daily work, and what is about to end."""

import datetime as dt
import platform
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import django
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from uniha_clausier.common import expiries, health, operations, queue, schedule
from uniha_clausier.common.dates import date_format
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.sizes import size_in_words

from ..forms.operations import AbandonForm
from ..permissions import operator_or_404

UNPROCESSABLE = 422
LATE_SECONDS = 300
CLOCK_SECONDS = 2.0


@never_cache
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show where everything stands; htmx asks for the queue again, every few seconds."""
    operator_or_404(request)
    state = _state()
    if request.headers.get("HX-Request"):
        return render(request, "operations/state.html", state)
    now = timezone.now()
    context = state | {
        "letters": queue.dead_letters(),
        "planned": schedule.planned(),
        "certificates": [(one, one.is_soon(now)) for one in expiries.expiries()],
        "machine": _machine(),
        "pending": health.pending_migrations(),
    }
    return render(request, "operations/overview.html", context)


def _state() -> dict[str, Any]:
    found = operations.queue_state()
    return {
        "queue": found,
        "is_late": found.oldest_seconds > LATE_SECONDS,
        "workers": operations.workers(),
        "running": operations.running(),
    }


def _machine() -> list[tuple[str, str]]:
    """What the operator is asked when something is wrong: versions, room, clock, last backup."""
    disk = shutil.disk_usage(health.existing(Path(settings.CLAUSIER_HOME)))
    room = _("%(free)s libres sur %(total)s") % {
        "free": size_in_words(disk.free),
        "total": size_in_words(disk.total),
    }
    backup = operations.last_backup()
    return [
        (_("Place"), room),
        (_("Fichiers"), _("service S3") if settings.STORAGE else _("dossier de la machine")),
        (_("Horloge"), _clock(health.clock_difference())),
        (_("Dernière sauvegarde"), _moment(backup) if backup else _("jamais")),
        (_("Versions"), f"Python {platform.python_version()}, Django {django.get_version()}"),
        (_("Base de données"), health.database_version()),
    ]


def _moment(at: dt.datetime) -> str:
    return date_format(timezone.localtime(at), "j F Y, H:i")


def _clock(seconds: float) -> str:
    if abs(seconds) < CLOCK_SECONDS:
        return _("la même que celle de la base")
    count = round(abs(seconds))
    words = (
        ngettext("%(n)d seconde d’avance", "%(n)d secondes d’avance", count)
        if seconds > 0
        else ngettext("%(n)d seconde de retard", "%(n)d secondes de retard", count)
    )
    return words % {"n": count}


@require_POST
def task_relaunch(request: HttpRequest, task: str) -> HttpResponse:
    """Queue again a task that was given up."""
    user = operator_or_404(request)
    try:
        queue.relaunch(task=_identifier(task), by=user.pk)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("La tâche est relancée."))
    return redirect("operations")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def task_abandon(request: HttpRequest, task: str) -> HttpResponse:
    """Ask why a task is abandoned, then settle it."""
    user = operator_or_404(request)
    letter = next((one for one in queue.dead_letters() if one.task == _identifier(task)), None)
    if letter is None:
        raise Http404
    form = AbandonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            queue.abandon(task=letter.task, reason=form.cleaned_data["reason"], by=user.pk)
        except DomainError as error:
            messages.warning(request, str(error))
        else:
            messages.success(request, _("La tâche est abandonnée."))
        return redirect("operations")
    status = UNPROCESSABLE if form.is_bound else 200
    context = {"form": form, "letter": letter}
    return render(request, "operations/abandon.html", context, status=status)


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
