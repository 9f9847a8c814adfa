"""What the buyer adds to the text of the points: adapted wordings, then values of the CCTP."""

from django.utils.translation import gettext as _

from ...enums import DerogationKind
from ...models import Checklist, ChecklistItem, Derogation
from . import parameters


def derogation_of(item: ChecklistItem) -> Derogation | None:
    """Return the derogation of an item read with it (``select_related``), or None."""
    found: Derogation | None = getattr(item, "derogation", None)
    return found


def adapted(derogation: Derogation) -> str:
    """Return what an adapted wording adds to the text of its point."""
    return _("Rédaction adaptée par l’acheteur : %(wording)s") % {"wording": derogation.wording}


def additions(checklist: Checklist) -> dict[str, tuple[str, ...]]:
    """Return what the buyer adds to the text of each point, by its number."""
    found = dict(parameters.additions(checklist))
    derogations = Derogation.objects.filter(
        item__checklist=checklist, kind=DerogationKind.ADAPTED
    ).select_related("item__point")
    for one in derogations:
        ref = one.item.point.ref
        found[ref] = (adapted(one), *found.get(ref, ()))
    return found
