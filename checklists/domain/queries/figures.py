"""What Prometheus reads of the documents."""

from collections.abc import Iterator

from django.db.models import Count

from uniha_clausier.common.metrics import Sample, gauge

from ...enums import DocumentState
from ...models import Document


@gauge("clausier_documents", "Documents qui attendent ou qui ont échoué, par état", ("state",))
def documents() -> Iterator[Sample]:
    """Every state but the one of all the past: counting what is ready would read the table whole."""
    counts = {state: 0 for state in DocumentState.values if state != DocumentState.READY}
    found = Document.objects.filter(state__in=list(counts)).order_by()
    counts |= dict(found.values_list("state").annotate(Count("pk")))
    yield from (((state,), count) for state, count in counts.items())
