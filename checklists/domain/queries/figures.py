"""What Prometheus reads of the documents."""

from collections.abc import Iterator

from django.db.models import Count

from uniha_clausier.common.metrics import Sample, gauge

from ...enums import DocumentState
from ...models import Document


@gauge("clausier_documents", "Documents scellés, par état", ("state",))
def documents() -> Iterator[Sample]:
    """Every state, those of no document too."""
    counts = dict.fromkeys(DocumentState.values, 0)
    counts |= dict(Document.objects.order_by().values_list("state").annotate(Count("pk")))
    yield from (((state,), count) for state, count in counts.items())
