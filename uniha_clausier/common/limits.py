"""The limits of attempts, kept in the table of the cache: each row holds until its time is over.

Django empties a cache that is full by the order of its keys, whatever they say: anybody could fill
it with the counters of invented addresses until theirs was gone. This one is never full
(``CACHES``), and the rows whose time is over leave at night.
"""

from django.conf import settings
from django.db import connection
from django.utils import timezone


def forget_over() -> int:
    """Remove the rows whose time is over; return how many."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    now = timezone.now().replace(microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE expires < %s",  # nosec B608
            [connection.ops.adapt_datetimefield_value(now)],
        )
        return int(cursor.rowcount)
