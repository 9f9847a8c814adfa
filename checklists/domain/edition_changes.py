"""What a correction changes, from what the two editions froze. Pure: no database here."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from ..enums import DerogationKind, LegalEffect
from ..models.checklist import DEFAULT_NOTE
from . import cctp, profile, weights
from .cctp import Value

Content = Mapping[str, Any]
"""What the hash of a checklist covers (``checklists.content``)."""


class Change(NamedTuple):
    """One thing that differs: of which point ("" for the whole checklist), before and after."""

    ref: str
    label: str
    before: str
    after: str


def changes(before: Content, after: Content) -> list[Change]:
    """Return what differs between two editions: the checklist first, then its points in order."""
    found = [*_whole(before, after)]
    former = {item["ref"]: item for item in before["items"]}
    for item in after["items"]:
        found += _point(item["ref"], former[item["ref"]], item)
    return found


def refs_of(found: list[Change]) -> list[str]:
    """Return the points that differ, each once, in order."""
    return list(dict.fromkeys(change.ref for change in found if change.ref))


def _whole(before: Content, after: Content) -> Iterator[Change]:
    yield from _told("", _("Profil de l’achat"), _profile(before), _profile(after))
    yield from _told("", _("Note maximale du critère"), _note(before), _note(after))
    yield from _told("", _("Total annoncé des poids"), _total(before), _total(after))
    one, other = before.get("parameters", {}), after.get("parameters", {})
    for question in cctp.QUESTIONS:
        label = str(question.label)
        yield from _told("", label, _value(question, one), _value(question, other))


def _point(ref: str, before: Content, after: Content) -> Iterator[Change]:
    yield from _told(ref, _("Demandé au candidat"), _asked(before), _asked(after))
    yield from _told(ref, _("Motif de l’acheteur"), before["reason"], after["reason"])
    if not (before["applicable"] or after["applicable"]):
        return
    yield from _told(ref, _("Point éliminatoire"), _yes(before), _yes(after))
    yield from _told(ref, _("Effet juridique"), _effect(before), _effect(after))
    yield from _told(ref, _("Poids"), _weight(before), _weight(after))
    yield from _told(ref, _("Dérogation"), _derogation(before), _derogation(after))


def _told(ref: str, label: str, before: str, after: str) -> Iterator[Change]:
    if before != after:
        yield Change(ref, label, before, after)


def _profile(content: Content) -> str:
    return "\n".join(profile.in_words(content["profile"]))


def _note(content: Content) -> str:
    return _figure(content.get("max_note", str(DEFAULT_NOTE)))


def _total(content: Content) -> str:
    return _figure(content["weight_total"]) if "weight_total" in content else ""


def _value(question: cctp.Question, given: Mapping[str, Any]) -> str:
    found = given.get(question.key)
    if found is None:
        return ""
    value = Value(**{name: it for name, it in found.items() if name != "refs"})
    return cctp.in_words(question, value)


def _asked(item: Content) -> str:
    return _("oui") if item["applicable"] else _("non")


def _yes(item: Content) -> str:
    return _("oui") if item["knock_out"] else _("non")


def _effect(item: Content) -> str:
    return str(LegalEffect(item.get("effect", LegalEffect.SCORED_ZERO)).label)


def _weight(item: Content) -> str:
    return _figure(item["weight"])


def _figure(text: str) -> str:
    return weights.written(Decimal(text))


def _derogation(item: Content) -> str:
    found = item.get("derogation")
    if found is None:
        return ""
    label = str(DerogationKind(found["kind"]).label)
    lines = [label, found["wording"], _("Motif : %(reason)s") % {"reason": found["reason"]}]
    return "\n".join(line for line in lines if line)
