"""Giving, before publication, the values that the clausier leaves to the CCTP."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import User
from uniha_clausier.common import canonical

from ..models import CctpParameter, Checklist
from . import cctp
from .cctp import EMPTY, Value
from .checklists import NotReady, StaleChecklist, locked_draft, record
from .queries import parameters as queries


def fingerprint(values: Mapping[str, Value]) -> str:
    """Return what tells whether somebody else has changed the values."""
    return canonical.sha256_of(_plain(values))


def set_parameters(
    *, checklist: Checklist, values: Mapping[str, Value], seen: str | None = None, by: User
) -> None:
    """Write the values given by key of their question; an empty one takes the old one away.

    ``seen`` is the fingerprint of the values that the person had before them. Raises
    ChecklistFrozen after publication, NotReady for a value that is not of its type or that no
    point asks, StaleChecklist when somebody else changed the values since.
    """
    with transaction.atomic():
        checklist = locked_draft(checklist)
        before = queries.values(checklist)
        changed = {key: it for key, it in values.items() if it != before.get(key, EMPTY)}
        if not changed:
            return
        if seen is not None and seen != fingerprint(before):
            raise StaleChecklist(
                _(
                    "Une autre personne vient de changer ces valeurs. Votre saisie est gardée "
                    "ci-dessous : relisez-la, puis enregistrez à nouveau."
                )
            )
        _check(checklist, changed)
        _write(checklist, changed, by)
        data = {
            "before": _plain({key: before.get(key, EMPTY) for key in changed}),
            "after": _plain(changed),
        }
        record(checklist, "checklist.parameters_changed", data, by=by)


def _check(checklist: Checklist, values: Mapping[str, Value]) -> None:
    asked = {question.key: question for question in queries.questions(checklist)}
    for key, value in values.items():
        if key not in asked:
            raise NotReady(_("Aucun point demandé n’attend cette valeur : rechargez la page."))
        _field, sentence = cctp.problem(asked[key], value)
        if sentence:
            raise NotReady(f"{asked[key].label} : {sentence}")


def _write(checklist: Checklist, values: Mapping[str, Value], by: User) -> None:
    now = timezone.now()
    for key, value in values.items():
        if not value:
            CctpParameter.objects.filter(checklist=checklist, key=key).delete()
            continue
        given = {
            "amount": value.amount,
            "unit": value.unit,
            "choice": value.choice,
            "detail": value.detail,
        }
        CctpParameter.objects.update_or_create(
            checklist=checklist, key=key, defaults=given | {"set_at": now, "set_by": by}
        )


def _plain(values: Mapping[str, Value]) -> dict[str, Any]:
    return {key: value.plain() for key, value in sorted(values.items())}
