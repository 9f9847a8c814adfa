"""The name under which a profile is kept."""

from django import forms
from django.utils.translation import gettext_lazy as _

from vendors.forms.fields import LineField

from ..models.saved_profile import NAME_MAX_LENGTH


class KeepProfileForm(forms.Form):
    """A name that says what is bought."""

    name = LineField(
        label=_("Nom du profil"),
        max_length=NAME_MAX_LENGTH,
        help_text=_("Ce que vous achèterez encore : « SaaS avec données de santé »."),
        error_messages={"required": _("Donnez un nom au profil.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
