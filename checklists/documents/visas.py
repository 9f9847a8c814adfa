"""What a document says of the visas, and the hash of what a visa is given on."""

from typing import Any

from uniha_clausier.accounts.enums import Role
from uniha_clausier.common import canonical

from ..domain.queries import visas as queries
from ..models import Assessment

Plain = dict[str, Any]

NOT_VISED = ("facility", "tender", "lot", "interests", "visas")
"""What names the purchase, or happens beside the evaluation: a change there leaves a visa standing."""


def hash_of(data: Plain) -> str:
    """Return the hash of what a visa is given on, from the gathered data of an assessment.

    Answers, scores, findings, opinions, evidence, decisions: a visa lapses when one changes.
    """
    kept = {name: value for name, value in data.items() if name not in NOT_VISED}
    kept["candidate"] = _without(kept["candidate"], "stage", "stage_label")
    kept["assessment"] = _without(kept["assessment"], "changed_at")
    return canonical.sha256_of(kept)


def _without(part: Plain, *names: str) -> Plain:
    return {name: value for name, value in part.items() if name not in names}


def of_assessment(assessment: Assessment, data: Plain) -> Plain:
    """Return the visas that stand for these data: nothing when there are none."""
    if not getattr(assessment, "has_visas", False):
        return {}
    told = [
        {
            "role": visa.role,
            "role_label": str(Role(visa.role).label),
            "by": visa.author,
            "at": canonical.iso(visa.at),
            "remark": visa.remark,
        }
        for visa in queries.given_on(assessment.pk, hash_of(data))
    ]
    return {"visas": told} if told else {}
