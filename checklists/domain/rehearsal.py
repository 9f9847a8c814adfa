"""What a batch of edits would do, found by doing it and taking it all back."""

from collections.abc import Iterable

from django.db import transaction

from uniha_clausier.accounts.models import User

from . import answering


def rehearse(
    *, assessment_id: int, edits: Iterable[answering.Edit], act: str, by: User
) -> answering.Outcome:
    """Return what ``answering.save_fields`` would answer; nothing is written.

    The rules are those of the write itself: what is shown before is what happens after.
    """
    with transaction.atomic():
        outcome = answering.save_fields(
            assessment_id=assessment_id, edits=edits, act=act, is_whole_form=False, by=by
        )
        transaction.set_rollback(True)
    return outcome
