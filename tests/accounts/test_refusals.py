"""The pages of what is refused: by the role, or by the state of the thing."""

import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.accounts.permissions import Permit, RoleMissing, require, reserved

BACK = '<a href="/">Revenir aux consultations</a>'
OF_ROLE = "Pour changer de rôle"


def heading(page: str) -> str:
    found = re.search(r"<h1>\s*(.*?)\s*</h1>", page, re.DOTALL)
    assert found is not None
    return found[1]


def test_who_lacks_a_role_is_sent_to_the_administrator(
    signed_in: Client, facility: Facility
) -> None:
    answer: Any = signed_in.post(reverse("member_list", args=[facility.pk]))
    page = answer.content.decode()
    assert answer.status_code == 403
    assert heading(page) == "Votre rôle ne permet pas cette action"
    assert "Réservé au rôle administrateur d’établissement." in page
    assert "Action réservée" in page and OF_ROLE in page and BACK in page


def test_a_state_is_not_blamed_on_the_role(
    signed_in: Client, buyer: User, facility: Facility
) -> None:
    sealed = factories.published_checklist(buyer, facility)
    answer: Any = signed_in.post(reverse("checklists:deposit_list", args=[sealed.pk]))
    page = answer.content.decode()
    assert answer.status_code == 403
    assert heading(page) == "Cette action n’est pas possible"
    assert "Enregistrez d’abord l’ouverture des plis de la consultation." in page
    assert "Action impossible" in page and "Rien n’a été modifié." in page and BACK in page
    assert "rôle" not in page.partition("<main")[2].partition("</main>")[0]


def test_the_refusal_says_whether_a_role_is_missing() -> None:
    with pytest.raises(RoleMissing, match=r"Réservé au rôle RSSI ou DPO\."):
        require(reserved(Role.CISO, Role.DPO))
    with pytest.raises(PermissionDenied) as raised:
        require(Permit(False, "La check-list est publiée."))
    assert not isinstance(raised.value, RoleMissing)
