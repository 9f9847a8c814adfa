"""The profiles that a facility keeps: « SaaS avec données de santé », reused at each purchase."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal
from uniha_clausier.common.errors import DomainError
from uniha_clausier.common.search import fold

from ..models import Checklist, SavedProfile

MOST = 50
"""Profiles of one facility: a longer list is no longer found by eye."""


class NameTaken(DomainError):
    """The facility keeps another profile under this name."""


class NothingToKeep(DomainError):
    """The checklist has no profile yet, or the facility keeps as many as it may."""


def keep_profile(*, checklist: Checklist, name: str, by: User) -> SavedProfile:
    """Keep the profile of a checklist under ``name``, for its facility.

    Raises NothingToKeep or NameTaken.
    """
    facility_id = checklist.lot.tender.facility_id
    if not checklist.profile:
        raise NothingToKeep(_("Enregistrez d’abord une réponse du profil."))
    with transaction.atomic():
        Facility.objects.select_for_update(no_key=True).get(pk=facility_id)
        others = list(SavedProfile.objects.filter(facility=facility_id))
        if len(others) >= MOST:
            raise NothingToKeep(
                _("Un établissement garde %(n)d profils au plus : supprimez-en un d’abord.")
                % {"n": MOST}
            )
        if any(fold(other.name) == fold(name) for other in others):
            raise NameTaken(
                _("Un profil s’appelle déjà « %(name)s » : donnez un autre nom.") % {"name": name}
            )
        saved = SavedProfile.objects.create(
            facility_id=facility_id, name=name, flags=checklist.profile
        )
        _record("created", saved, {"after": _plain(saved)}, by)
    return saved


def forget_profile(*, saved: SavedProfile, by: User) -> None:
    """Delete a kept profile; the checklists made with it stay as they are."""
    with transaction.atomic():
        for current in SavedProfile.objects.select_for_update().filter(pk=saved.pk):
            _record("deleted", current, {"before": _plain(current)}, by)
            current.delete()


def _plain(saved: SavedProfile) -> dict[str, Any]:
    return {"name": saved.name, "flags": saved.flags}


def _record(act: str, saved: SavedProfile, data: dict[str, Any], by: User) -> None:
    journal.record(
        tenant=saved.facility_id,
        action=f"saved_profile.{act}",
        subject=f"saved_profile/{saved.pk}",
        data=data,
        by=by.pk,
    )
