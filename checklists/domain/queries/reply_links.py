"""Reads behind the link of a letter: the points asked, what is prepared, the files joined."""

from typing import NamedTuple

from uniha_clausier.common.scanning import with_scan

from ...models import AnswerLink, LinkFile
from ..wording import mended
from . import exchanges


class Asked(NamedTuple):
    """A point that a letter asks: what the offer says, the question, what is prepared."""

    ref: str
    title: str
    requirement: str
    claim: str
    claim_label: str
    claim_text: str
    question: str
    answer_kind: str
    value: str
    text: str
    version: int
    additions: tuple[str, ...]

    @property
    def is_answered(self) -> bool:
        return bool(self.value or self.text)


def asked(link: AnswerLink) -> list[Asked]:
    """Return the points that the letter of a link asks, in official order."""
    assert link.party
    said = {point["ref"]: point for point in link.party.letter["points"]}
    prepared = {row.reply_id: row for row in link.prepared.all()}
    found = []
    for reply in exchanges.replies(link.party):
        point, row = reply.point.item.point, prepared.get(reply.pk)
        told = {name: said[point.ref][name] for name in Asked._fields[:7]}
        told |= {name: mended(told[name]) for name in ("title", "requirement")}
        found.append(
            Asked(
                **told,
                answer_kind=point.answer_kind,
                value=row.value if row else "",
                text=row.text if row else "",
                version=row.version if row else 0,
                additions=tuple(said[point.ref].get("additions", ())),
            )
        )
    return found


def files(link: AnswerLink) -> list[LinkFile]:
    """Return the files joined behind a link, each with the state of its scan."""
    return list(with_scan(link.files.all()).order_by("pk"))
