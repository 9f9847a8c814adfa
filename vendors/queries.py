"""Who reads a purchase besides the members of the facility that buys: its beneficiaries."""

from django.db.models import Exists, F, OuterRef, QuerySet

from uniha_clausier.accounts.models import Membership, User

from .models import LotBeneficiary


def benefits_of(user: User) -> QuerySet[LotBeneficiary]:
    """Return what names the facilities of ``user``, each row once, whatever the roles held there.

    A facility that left the group of the buyer reads nothing more (decision 0036).
    """
    mine = Membership.objects.filter(user=user, facility=OuterRef("facility"))
    same_group = F("facility__group")
    return LotBeneficiary.objects.filter(
        Exists(mine), lot__tender__facility__group=same_group
    ).exclude(facility__group=None)
