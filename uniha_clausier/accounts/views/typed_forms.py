"""What a person had typed when their session ended: shown again, to be sent or given up."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ..domain import typed_forms
from ..permissions import signed_in

LABELS = {
    "claim_text": gettext_lazy("Réponse du candidat"),
    "comment": gettext_lazy("Commentaire"),
    "commentaire": gettext_lazy("Commentaire"),
    "comments": gettext_lazy("Commentaires à communiquer"),
    "commitment": gettext_lazy("Engagement du candidat"),
    "contact_email": gettext_lazy("Adresse électronique du contact"),
    "contact_name": gettext_lazy("Contact"),
    "content": gettext_lazy("Texte"),
    "email": gettext_lazy("Adresse électronique"),
    "first_title": gettext_lazy("Intitulé du lot 1"),
    "full_name": gettext_lazy("Nom et prénom"),
    "holders": gettext_lazy("Titulaires"),
    "issuer": gettext_lazy("Délivré par"),
    "lots": gettext_lazy("Intitulés des lots"),
    "name": gettext_lazy("Nom"),
    "note": gettext_lazy("Votre note"),
    "number": gettext_lazy("Numéro"),
    "owner": gettext_lazy("Responsable"),
    "people": gettext_lazy("Personnes présentes"),
    "product_name": gettext_lazy("Nom de la solution"),
    "question": gettext_lazy("Question"),
    "reason": gettext_lazy("Motif"),
    "reference": gettext_lazy("Référence"),
    "remark": gettext_lazy("Vos remarques"),
    "scope": gettext_lazy("Périmètre"),
    "text": gettext_lazy("Texte"),
    "title": gettext_lazy("Intitulé"),
    "wording": gettext_lazy("Rédaction adaptée"),
}
"""The fields in which people write, by the last part of their name (« O-7.1.comment »)."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def typed_form(request: HttpRequest) -> HttpResponse:
    """Show what was typed, ready to be sent again (GET); give it up (POST)."""
    if request.method == "POST":
        typed_forms.drop(request.session)
        messages.success(request, _("Ce que vous aviez écrit est oublié."))
        return redirect("home")
    form = typed_forms.of(request.session, person=signed_in(request).pk)
    context: dict[str, Any] = {"form": form, "shown": [], "rest": []}
    if form is not None:
        told = [(_label(name), name, text) for name, text in form.fields if text.strip()]
        context["shown"] = [(label, text) for label, _name, text in told if label]
        context["rest"] = [(name, text) for label, name, text in told if not label]
    return render(request, "account/typed_form.html", context)


def _label(name: str) -> str:
    """Return the name of a field as its page says it; empty for what nobody types."""
    where, _dot, last = name.rpartition(".")
    label = LABELS.get(last)
    if label is None:
        return ""
    return f"{where} – {label}" if where else str(label)
