"""What is typed about the opening of the offers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.common.date_fields import MomentField


class OpeningForm(forms.Form):
    """When, and before whom."""

    opened_at = MomentField(
        label=_("Date et heure d’ouverture"),
        help_text=_("Date et heure de Paris, après la date limite de remise des offres."),
        error_messages={
            "required": _("Donnez la date et l’heure de l’ouverture."),
            "invalid": _("Écrivez une date et une heure, par exemple 15/07/2026 12:00."),
        },
    )
    people = forms.CharField(
        label=_("Personnes présentes"),
        max_length=2_000,
        help_text=_("Une par ligne, avec sa fonction."),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Nommez au moins une personne présente.")},
    )

    def clean_people(self) -> list[str]:
        """Return the lines that name somebody."""
        lines = (" ".join(line.split()) for line in self.cleaned_data["people"].splitlines())
        return [line for line in lines if line]
