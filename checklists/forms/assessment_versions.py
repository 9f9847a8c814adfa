"""Why a signed assessment is corrected."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models.decision import REASON_MAX_LENGTH


class NewVersionForm(forms.Form):
    """The reason of a new version."""

    reason = forms.CharField(
        label=_("Motif de la correction"),
        max_length=REASON_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Il figure dans le PDF de la nouvelle version, au dossier et au journal."),
        error_messages={
            "required": _("Donnez le motif de la correction."),
            "max_length": _("Raccourcissez le motif : %(limit_value)d caractères au plus."),
        },
    )
