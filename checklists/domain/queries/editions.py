"""Which edition of a checklist stands, and until when it may be corrected."""

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ...enums import VersionState
from ...models import Checklist

_LATER = Checklist.objects.filter(replaces=OuterRef("pk"), state=VersionState.PUBLISHED)

STANDING = Q(state=VersionState.PUBLISHED) & ~Q(Exists(_LATER))
"""A published checklist that no published correction replaces: what candidates answer."""


def editions_of(checklist: Checklist) -> list[Checklist]:
    """Return the published editions of the same clausier on the same lot, the last one first."""
    found = Checklist.objects.filter(
        lot=checklist.lot_id,
        version__clausier=checklist.version.clausier_id,
        state=VersionState.PUBLISHED,
    )
    return list(found.select_related("published_by").order_by("-edition"))


def closed(published: Checklist) -> str:
    """Say why what is published can no longer be corrected; empty when it can.

    The requirements of an open tender may be made precise in time for the candidates, never after
    they have answered (CCP art. L3, R2132-6).
    """
    tender = published.lot.tender
    if tender.is_opened:
        return _("Les plis sont ouverts : la check-list publiée ne se corrige plus.")
    if tender.deadline is not None and tender.deadline <= timezone.now():
        return _(
            "La date limite de remise des offres est passée : la check-list publiée ne se "
            "corrige plus."
        )
    if published.assessments.filter(answers_frozen_at__isnull=False).exists():
        return _(
            "Les réponses d’un candidat sont déjà arrêtées : la check-list publiée ne se "
            "corrige plus."
        )
    if published.assessments.filter(signed_at__isnull=False).exists():
        return _("Une évaluation est déjà signée : la check-list publiée ne se corrige plus.")
    return ""
