"""What a buyer types about an exchange with candidates."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files import File
from django.utils.translation import gettext_lazy as _

from uniha_clausier.common import file_kinds
from uniha_clausier.common.date_fields import MomentField
from uniha_clausier.common.file_kinds import ACCEPTED, UnfitFile

from ..domain import answering
from ..domain.answer_sets import Regularised
from ..domain.exchanges import Sent, Wording
from ..enums import Claim
from ..models import Exchange, ExchangeParty, ExchangePoint, ExchangeReply
from ..models.assessment import TEXT_MAX_LENGTH
from ..models.exchange import QUESTION_MAX_LENGTH


class DraftForm(forms.Form):
    """The question on each point of a draft, those to take out, and the deadline."""

    deadline = MomentField(
        label=_("Réponse attendue avant le"),
        help_text=_("Date et heure de Paris, les mêmes pour chaque destinataire."),
        error_messages={
            "required": _("Donnez la date limite de réponse."),
            "invalid": _("Écrivez une date et une heure, par exemple 15/07/2026 12:00."),
        },
    )

    def __init__(
        self, data: Any = None, *, exchange: Exchange, points: Sequence[ExchangePoint]
    ) -> None:
        super().__init__(data, initial={"deadline": exchange.deadline})
        self.points = points
        for point in points:
            ref = point.item.point.ref
            self.fields[f"question-{point.pk}"] = forms.CharField(
                label=_("Question sur %(ref)s – %(title)s")
                % {"ref": ref, "title": point.item.point.title},
                required=False,
                initial=point.question,
                max_length=QUESTION_MAX_LENGTH,
                widget=forms.Textarea(attrs={"rows": 4}),
            )
            self.fields[f"retirer-{point.pk}"] = forms.BooleanField(
                label=_("Retirer %(ref)s de la demande") % {"ref": ref}, required=False
            )

    def wording(self) -> Wording:
        """Return what was typed."""
        data = self.cleaned_data
        return Wording(
            {point.pk: data[f"question-{point.pk}"] for point in self.points},
            frozenset(point.pk for point in self.points if data[f"retirer-{point.pk}"]),
            data["deadline"],
        )


class ReplyForm(forms.Form):
    """What a candidate answers: the file as it came, and the text on each point asked."""

    def __init__(
        self, data: Any = None, files: Any = None, *, replies: Sequence[ExchangeReply]
    ) -> None:
        super().__init__(data, files)
        self.replies = replies
        self.fields["file"] = forms.FileField(
            label=_("Fichier reçu"),
            required=False,
            help_text=_(
                "PDF, image ou document bureautique, 20 Mo au plus. Il est gardé tel quel."
            ),
            widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
            error_messages={"empty": _("Ce fichier est vide.")},
        )
        for reply in replies:
            point = reply.point.item.point
            self.fields[f"reponse-{reply.pk}"] = forms.CharField(
                label=_("Réponse sur %(ref)s – %(title)s")
                % {"ref": point.ref, "title": point.title},
                required=False,
                initial=reply.text,
                max_length=TEXT_MAX_LENGTH,
                help_text=reply.point.question,
                widget=forms.Textarea(attrs={"rows": 5}),
            )

    def clean_file(self) -> Sent | None:
        """Know a file by its content."""
        file: File[bytes] | None = self.cleaned_data["file"]
        if not file:
            return None
        try:
            return Sent(*file_kinds.read(file), str(file.name))
        except UnfitFile as error:
            raise forms.ValidationError(str(error), code="unfit") from None

    def texts(self) -> dict[int, str]:
        """Return what was typed, by the key of each reply."""
        return {reply.pk: self.cleaned_data[f"reponse-{reply.pk}"] for reply in self.replies}


class DecisionForm(forms.Form):
    """What is decided of a regularisation, and what the offer becomes on the points asked."""

    ACCEPT, REFUSE = "accepter", "refuser"

    decision = forms.ChoiceField(
        label=_("Décision"),
        choices=[
            (ACCEPT, _("Accepter : l’offre change sur les points ci-dessous")),
            (REFUSE, _("Refuser : l’offre reste telle quelle")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une décision.")},
    )
    reason = forms.CharField(
        label=_("Motif"),
        max_length=2_000,
        help_text=_(
            "Par exemple : la pièce manquante est produite, aucune caractéristique substantielle "
            "ne change."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Donnez le motif de la décision.")},
    )

    def __init__(
        self, data: Any = None, *, party: ExchangeParty, replies: Sequence[ExchangeReply]
    ) -> None:
        super().__init__(data)
        self.replies = replies
        said = {point["ref"]: point for point in party.letter.get("points", ())}
        for reply in replies:
            point = reply.point.item.point
            before = said[point.ref]
            claims = ("", *answering.CLAIMS_OF_KIND[point.answer_kind])
            self.fields[f"valeur-{reply.pk}"] = forms.ChoiceField(
                label=_("%(ref)s – réponse du candidat") % {"ref": point.ref},
                choices=[(claim, Claim(claim).label) for claim in claims],
                required=False,
                initial=reply.value or before["claim"],
                help_text=_("Dans l’offre : %(claim)s") % {"claim": before["claim_label"]},
            )
            self.fields[f"texte-{reply.pk}"] = forms.CharField(
                label=_("%(ref)s – texte de la réponse") % {"ref": point.ref},
                required=False,
                initial=reply.text or before["claim_text"],
                max_length=TEXT_MAX_LENGTH,
                help_text=before["claim_text"],
                widget=forms.Textarea(attrs={"rows": 4}),
            )

    def is_acceptance(self) -> bool:
        """Whether the offer changes."""
        return bool(self.cleaned_data["decision"] == self.ACCEPT)

    def changes(self) -> list[Regularised]:
        """Return what the offer becomes, point by point."""
        data = self.cleaned_data
        return [
            Regularised(reply, data[f"valeur-{reply.pk}"], data[f"texte-{reply.pk}"])
            for reply in self.replies
        ]
