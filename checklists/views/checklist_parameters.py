"""The parameters of the CCTP: the values that the points asked wait for, before publication."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from uniha_clausier.accounts.permissions import require
from uniha_clausier.common.errors import DomainError, StaleVersion

from .. import permissions
from ..domain import cctp, parameters
from ..domain.queries import checklists as queries
from ..domain.queries import parameters as parameter_queries
from ..forms.parameters import ParametersForm
from ..models import Checklist
from .checklists import CONFLICT, UNPROCESSABLE, Place, page_of, with_checklist


@require_http_methods(["GET", "HEAD", "POST"])
def checklist_parameters(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the values that the points asked wait for, each once."""
    place, checklist = with_checklist(request, pk)
    if request.method == "POST":
        return _save(request, place, checklist)
    return _page(request, place, checklist, _form(checklist))


def _form(checklist: Checklist, data: object = None) -> ParametersForm:
    return ParametersForm(
        data,
        questions=parameter_queries.questions(checklist),
        values=parameter_queries.suggested(checklist),
        seen=parameters.fingerprint(parameter_queries.values(checklist)),
    )


def _save(request: HttpRequest, place: Place, checklist: Checklist) -> HttpResponse:
    require(permissions.prepare(place.access, None))
    form = _form(checklist, request.POST)
    if not form.is_valid():
        return _page(request, place, checklist, form, status=UNPROCESSABLE)
    seen = form.cleaned_data["seen"]
    try:
        parameters.set_parameters(
            checklist=checklist, values=form.values, seen=seen, by=place.access.user
        )
    except StaleVersion as error:
        messages.error(request, str(error))
        typed = request.POST.copy()
        typed["seen"] = parameters.fingerprint(parameter_queries.values(checklist))
        again = _form(checklist, typed)
        return _page(request, place, checklist, again, status=CONFLICT)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _saved(checklist))
    return redirect("checklists:checklist_parameters", pk=checklist.pk)


def _saved(checklist: Checklist) -> str:
    missing = len(parameter_queries.missing(checklist))
    if not missing:
        return _("Les paramètres du CCTP sont enregistrés : aucun ne manque.")
    return _("Les paramètres du CCTP sont enregistrés. Il en manque encore %(n)d.") % {"n": missing}


def _page(
    request: HttpRequest,
    place: Place,
    checklist: Checklist,
    form: ParametersForm,
    status: int = 200,
) -> HttpResponse:
    given = parameter_queries.values(checklist)
    context = {
        "form": form,
        "summary": queries.summary(queries.rows(checklist)),
        "missing": len(parameter_queries.missing(checklist)),
        "entries": [
            {
                "question": question,
                "refs": refs,
                "fields": form.of(question),
                "value": cctp.in_words(question, given[question.key])
                if question.key in given
                else "",
            }
            for question, refs in form.questions.items()
        ],
    }
    return page_of(request, "parameters", place, context, status=status)
