"""What a buyer types about the personal link of a candidate."""

from django import forms
from django.utils.translation import gettext_lazy as _

from uniha_clausier.common.date_fields import MomentField


class ExpiryField(MomentField):
    """The end of a link."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Valable jusqu’au"),
            help_text=_("Date et heure de Paris. Après, le candidat ne peut plus répondre."),
            error_messages={
                "required": _("Donnez la fin de validité du lien."),
                "invalid": _("Écrivez une date et une heure, par exemple 15/07/2026 12:00."),
            },
        )


class ReplyLinkForm(forms.Form):
    """To whom; until when is what the letter says."""

    email = forms.EmailField(
        label=_("Adresse électronique du contact"),
        required=False,
        help_text=_("Le lien lui est envoyé. Sans adresse, transmettez-le vous-même."),
        error_messages={
            "invalid": _("Écrivez une adresse entière, par exemple prenom.nom@societe.fr.")
        },
    )


class CreateLinkForm(ReplyLinkForm):
    """To whom, and until when."""

    expires_at = ExpiryField()


class ProlongLinkForm(forms.Form):
    """Until when, from now on."""

    expires_at = ExpiryField()
