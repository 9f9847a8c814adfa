"""What the operator types on the page of the operations."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AbandonForm(forms.Form):
    """Why a task that was given up is not done."""

    reason = forms.CharField(
        label=_("Motif"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Gardé au journal, avec votre nom."),
        error_messages={"required": _("Dites pourquoi cette tâche est abandonnée.")},
    )
