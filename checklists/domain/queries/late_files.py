"""Which candidates are out, because all that they sent came after the deadline."""

from django.db.models import Exists, OuterRef, Q

from ...enums import LateDecision
from ...models import Reception

# Every version of an assessment is about the same files.
_SENT = Reception.objects.filter(
    assessment__candidacy=OuterRef("candidacy"), assessment__checklist=OuterRef("checklist")
)
_COUNTS = Q(late=None) | Q(late__decision=LateDecision.ADMITTED)

OUT_OF_TIME = Exists(_SENT) & ~Exists(_SENT.filter(_COUNTS))
"""An assessment whose every file is late and not admitted: nothing of it is analysed."""
