"""What is typed on the pages of documents."""

from django import forms
from django.core.files import File
from django.utils.translation import gettext_lazy as _

from ..documents.verification import MAX_SIZE


class VerifyForm(forms.Form):
    """A PDF to verify."""

    file = forms.FileField(
        label=_("Fichier PDF"),
        help_text=_("50 Mo au plus. Le fichier est lu, puis oublié : rien n’est conservé."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
        error_messages={
            "required": _("Choisissez un fichier PDF."),
            "missing": _("Choisissez un fichier PDF."),
            "empty": _("Le fichier est vide : choisissez-en un autre."),
        },
    )

    def clean_file(self) -> File[bytes]:
        """Refuse what is too big, or no PDF at all, before it is examined."""
        file: File[bytes] = self.cleaned_data["file"]
        if file.size > MAX_SIZE:
            raise forms.ValidationError(
                _("Ce fichier dépasse 50 Mo : un document de Clausier en fait moins de 10."),
                code="too_big",
            )
        if file.read(5) != b"%PDF-":
            raise forms.ValidationError(
                _("Ce fichier n’est pas un PDF : déposez le document tel que vous l’avez reçu."),
                code="not_pdf",
            )
        file.seek(0)
        return file
