"""The form of a personal token of the API."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from uniha_clausier.common.date_fields import DayField


class TokenForm(forms.Form):
    """What a personal token is for, and the last day on which it opens anything."""

    name = forms.CharField(
        label=_("Nom du jeton"),
        max_length=80,
        help_text=_("Le programme qui s’en servira, par exemple « Tableau de bord du GHT »."),
        error_messages={"required": _("Donnez un nom : il dira plus tard à quoi sert ce jeton.")},
    )
    expires_on = DayField(
        label=_("Dernier jour de validité"),
        help_text=_("Un an au plus."),
        error_messages={
            "required": _("Donnez le dernier jour de validité."),
            "invalid": _("Écrivez une date, par exemple 15/07/2026."),
        },
    )

    def expiry(self) -> dt.datetime:
        """Return the end of the last day, in the time of Paris."""
        after = self.cleaned_data["expires_on"] + dt.timedelta(days=1)
        return timezone.make_aware(dt.datetime.combine(after, dt.time.min))
