"""What is typed on the pages of the clausiers."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.files import File
from django.utils.translation import gettext_lazy as _

from uniha_clausier.accounts.forms.search import SearchField

from ..documents import interchange
from ..domain.queries import clausiers as queries
from ..enums import Reviewer, VersionChange
from ..models import ClausierVersion


class SearchForm(forms.Form):
    """Words to find, and who reads the answer; both stand in the address."""

    q = SearchField(label=_("Rechercher"))
    relecteur = forms.ChoiceField(label=_("Relu par"), required=False)

    def __init__(self, *args: Any, reviewers: Collection[str], **kwargs: Any) -> None:
        """Offer only the reviewers that the version names, and no choice when it names none."""
        super().__init__(*args, **kwargs)
        choices = [choice for choice in Reviewer.choices if choice[0] in reviewers]
        field = self.fields["relecteur"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Tous")), *choices]
        if not choices:
            del self.fields["relecteur"]


class CompareForm(forms.Form):
    """Two versions, and what to show of their differences; all three stand in the address."""

    avant = forms.ModelChoiceField(
        label=_("De la version"),
        queryset=ClausierVersion.objects.none(),
        required=False,
        empty_label=_("Choisir"),
    )
    apres = forms.ModelChoiceField(
        label=_("À la version"),
        queryset=ClausierVersion.objects.none(),
        required=False,
        empty_label=_("Choisir"),
    )
    changement = forms.ChoiceField(
        label=_("Montrer"),
        required=False,
        choices=[
            ("", _("Tout ce qui change")),
            *(choice for choice in VersionChange.choices if choice[0] != VersionChange.UNCHANGED),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("avant", "apres"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = queries.versions()

    def clean(self) -> dict[str, Any]:
        """Ask for the version that is missing; « (obligatoire) » would crowd a line of filters."""
        data = super().clean() or self.cleaned_data
        for name in ("avant", "apres"):
            if not data.get(name) and not self.errors.get(name):
                self.add_error(name, _("Choisissez une version."))
        return data


class ErrataForm(forms.Form):
    """The file of errata."""

    file = forms.FileField(
        label=_("Fichier d’errata"),
        help_text=_("Fichier .json, 1 Mo au plus."),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
        error_messages={
            "required": _("Choisissez un fichier."),
            "empty": _("Le fichier est vide."),
            "missing": _("Choisissez un fichier."),
        },
    )


class ImportForm(forms.Form):
    """The file of an official text."""

    file = forms.FileField(
        label=_("Fichier du texte officiel"),
        help_text=_(
            "Bibliothèque au format CISO Assistant, .yaml ou .xlsx, 10 Mo au plus. "
            "Le texte est gardé mot pour mot."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(interchange.KINDS)}),
        error_messages={
            "required": _("Choisissez un fichier."),
            "empty": _("Le fichier est vide."),
            "missing": _("Choisissez un fichier."),
        },
    )

    def clean_file(self) -> File[bytes]:
        """Refuse a file that is too big before it is read."""
        file: File[bytes] = self.cleaned_data["file"]
        if file.size > interchange.MAX_BYTES:
            raise forms.ValidationError(interchange.too_big(file.size), code="too_big")
        return file
