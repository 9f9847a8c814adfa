"""Which edition of a checklist stands."""

from django.db.models import Exists, OuterRef, Q

from ...enums import VersionState
from ...models import Checklist

_LATER = Checklist.objects.filter(replaces=OuterRef("pk"), state=VersionState.PUBLISHED)

STANDING = Q(state=VersionState.PUBLISHED) & ~Q(Exists(_LATER))
"""A published checklist that no published correction replaces: what candidates answer."""
