"""What the grid sends when it writes many values at once: one JSON text."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..domain.answering import Edit
from ..enums import BatchAct
from .grid import FIELDS_OF_A_SAVE

MAX_EDITS = 500
"""The largest clausier has 118 points of four fields: more than the whole grid."""


def cleaned_batch(body: bytes) -> tuple[str, list[Edit]]:
    """Return the act and its edits from ``{"act": …, "edits": [{ref, field, value, version}]}``.

    Raises ValidationError when the page could not have written this.
    """
    try:
        data = json.loads(body)
        act, rows = BatchAct(data["act"]), list(data["edits"])
        edits = [_edit(row) for row in rows]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValidationError(
            _("Cette modification est illisible\u00a0: rechargez la page.")
        ) from error
    if not edits:
        raise ValidationError(_("Il n’y a rien à modifier\u00a0: choisissez au moins un point."))
    if len(edits) > MAX_EDITS:
        raise ValidationError(
            _(
                "%(given)d valeurs d’un coup\u00a0: la limite est de %(limit)d. Sélectionnez moins de points."
            )
            % {"given": len(edits), "limit": MAX_EDITS}
        )
    if len({(edit.ref, edit.field) for edit in edits}) < len(edits):
        raise ValidationError(_("Le même champ est modifié deux fois\u00a0: rechargez la page."))
    return act.value, edits


def _edit(row: Any) -> Edit:
    for name in ("ref", "field", "value"):
        if not isinstance(row[name], str):
            raise TypeError
        row[name].encode()  # half a pair of surrogates is no text, and JSON can say it
    cleaned = {name: field.clean(row[name]) for name, field in FIELDS_OF_A_SAVE.items()}
    return Edit(row["ref"], cleaned["field"], cleaned["value"], cleaned["version"])
