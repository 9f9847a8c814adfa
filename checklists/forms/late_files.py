"""When a file reached the buyer profile, and what is decided of one that came too late."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from uniha_clausier.common.date_fields import MomentField
from uniha_clausier.common.dates import date_format

from ..enums import LateDecision

IN_TIME, LATE = "in_time", "late"


class DepositTimeForm(forms.Form):
    """When files reached the buyer profile: asked of a tender that has a deadline."""

    when = forms.ChoiceField(
        label=gettext_lazy("Dépôt sur le profil d’acheteur"),
        required=False,
        widget=forms.RadioSelect,
        initial=IN_TIME,
    )
    deposited_at = MomentField(
        label=gettext_lazy("Déposé le"),
        required=False,
        help_text=gettext_lazy(
            "Date et heure de Paris, telles que le profil d’acheteur les donne."
        ),
        error_messages={
            "invalid": gettext_lazy("Écrivez une date et une heure, par exemple 15/07/2026 12:00.")
        },
    )

    def __init__(self, *args: Any, deadline: dt.datetime | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deadline = deadline
        if deadline is None:
            del self.fields["when"], self.fields["deposited_at"]
            return
        moment = date_format(timezone.localtime(deadline), "j\u00a0N\u00a0Y, H:i")
        field = self.fields["when"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (IN_TIME, _("Avant la date limite (%(moment)s)") % {"moment": moment}),
            (LATE, _("Hors délai")),
        ]

    def clean(self) -> dict[str, Any]:
        """Ask of a late file when it came; what came in time has no date to give."""
        data = super().clean() or self.cleaned_data
        if data.get("when") != LATE or self.deadline is None:
            data["deposited_at"] = None
        elif "deposited_at" in data:
            self._check(data["deposited_at"], self.deadline)
        return data

    def _check(self, moment: dt.datetime | None, deadline: dt.datetime) -> None:
        if moment is None:
            self.add_error("deposited_at", _("Donnez la date et l’heure du dépôt."))
        elif moment <= deadline:
            self.add_error("deposited_at", _("Cette date n’est pas après la date limite."))
        elif moment > timezone.now():
            self.add_error("deposited_at", _("Cette date est à venir."))

    def deposited_late_at(self) -> dt.datetime | None:
        """Return when the files came, if that was after the deadline."""
        moment: dt.datetime | None = self.cleaned_data.get("deposited_at")
        return moment


class LateDecisionForm(forms.Form):
    """What is decided of a late file, and why."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Décision"),
        choices=[
            (LateDecision.KEPT_OUT, gettext_lazy("L’écarter : il a été déposé hors délai")),
            (
                LateDecision.ADMITTED,
                gettext_lazy("L’admettre : le dépôt a eu lieu à temps, la preuve est au dossier"),
            ),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choisissez une décision.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Motif"),
        max_length=2_000,
        help_text=gettext_lazy(
            "Par exemple : copie de sauvegarde reçue à temps, panne du profil d’acheteur attestée."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Donnez le motif de la décision.")},
    )
