"""The opinions asked on an assessment, as plain JSON values: for the report, and for the dossier."""

from typing import Any

from uniha_clausier.common.canonical import iso

from ..models import OpinionRequest

Plain = dict[str, Any]


def opinion_data(asked: OpinionRequest) -> Plain:
    """Return one question, what it is on, and each answer."""
    return {
        "number": asked.number,
        "asked_of": asked.asked_of,
        "role": asked.role,
        "chapter": asked.chapter,
        "refs": asked.points,
        "question": asked.question,
        "due_on": asked.due_on.isoformat(),
        "asked_at": iso(asked.asked_at),
        "asked_by": str(asked.asked_by),
        "withdrawn_at": iso(asked.withdrawn_at),
        "withdrawn_by": str(asked.withdrawn_by or ""),
        "opinions": [
            {
                "number": one.number,
                "replaces": one.number - 1,
                "value": one.value,
                "label": str(one.get_value_display()),
                "text": one.text,
                "is_late": one.is_late,
                "at": iso(one.filed_at),
                "by": one.author,
            }
            for one in asked.opinions.all()
        ],
    }
