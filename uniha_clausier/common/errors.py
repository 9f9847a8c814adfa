"""The root of the errors that a user may read."""


class DomainError(Exception):
    """A refusal by a rule of the domain, with a French sentence fit for the user.

    ``str(error)`` is shown as it is: it says what is wrong, where, and what to do.
    """


class FieldRefused(DomainError):
    """A refusal that is about one value; ``field`` names it, empty when it is about none."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class StaleVersion(DomainError):
    """Somebody else changed the same field since the caller read it (optimistic locking)."""


class SigningFailed(RuntimeError):
    """A document could not be sealed or extended; the message is a French sentence."""


class RenderingFailed(RuntimeError):
    """The document could not be made; the message is a French sentence for the user."""


class StorageAway(OSError):
    """The service that keeps the files does not answer, refuses us, or gives back another file."""


class TimestampAway(SigningFailed):
    """The time-stamp server does not answer: the same act may succeed a little later."""


class TryAgain(Exception):
    """Raised by a task when what it needs is away; the message is a French sentence."""
