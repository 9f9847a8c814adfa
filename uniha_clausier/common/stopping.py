"""The order to stop, given to a worker in the middle of a task: what it holds goes back at once."""

from collections.abc import Iterator
from contextlib import contextmanager


class WorkerStopped(BaseException):
    """The worker is asked to stop in the middle of a task: what it holds goes back to the queue."""


class _Order:
    """The order of this process: signals come to its main thread, where its tasks run."""

    waits = False
    is_given = False


def stop() -> None:
    """Raise WorkerStopped, now or at the end of the block that must not be cut."""
    if not _Order.waits:
        raise WorkerStopped
    _Order.is_given = True


@contextmanager
def uncut() -> Iterator[None]:
    """Keep the order for the end of the block: what is taken there is known when it comes.

    Cut between the database and the name of what it took, a worker would leave it taken until its
    lease ends.
    """
    _Order.waits = True
    try:
        yield
    finally:
        _Order.waits, given, _Order.is_given = False, _Order.is_given, False
    if given:
        raise WorkerStopped
