"""The pages of what is refused: by the role, by the state of the thing, by the method."""

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
WITHOUT_PAGE = "Cette adresse n’ouvre aucune page"


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


class TestAnAddressThatOnlyAButtonCalls:
    @pytest.fixture
    def address(self, facility: Facility, db: None) -> str:
        return reverse("member_role_add", args=[facility.pk, 1])

    @pytest.mark.parametrize("method", ["get", "head"])
    def test_has_a_page_that_leads_back(self, signed_in: Client, address: str, method: str) -> None:
        answer: Any = getattr(signed_in, method)(address)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
        assert answer["Content-Type"].startswith("text/html")
        if method == "get":
            page = answer.content.decode()
            assert heading(page) == WITHOUT_PAGE
            assert "Rien n’a été modifié." in page and BACK in page

    @pytest.mark.parametrize("headers", [{"Accept": "application/json"}, {"HX-Request": "true"}])
    def test_answers_a_script_as_before(
        self, signed_in: Client, address: str, headers: dict[str, str]
    ) -> None:
        answer: Any = signed_in.get(address, headers=headers)
        assert (answer.status_code, answer["Allow"], answer.content) == (405, "POST", b"")

    def test_answers_another_method_as_before(self, signed_in: Client, address: str) -> None:
        answer: Any = signed_in.put(address)
        assert (answer.status_code, answer["Allow"], answer.content) == (405, "POST", b"")


def test_the_api_says_which_methods_it_knows(buyer: User) -> None:
    program = Client(headers={"Authorization": f"Bearer {factories.api_token(buyer)[1]}"})
    answer: Any = program.delete(reverse("api:tender_list"))
    assert answer.status_code == 405
    assert answer["Content-Type"].startswith("application/problem+json")
    assert "Cette adresse répond à" in answer.json()["detail"]


def test_an_expired_form_leads_back(buyer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(buyer)
    answer: Any = client.post("/deconnexion/")
    assert answer.status_code == 403
    assert heading(answer.content.decode()) == "Ce formulaire a expiré"
    assert "Copiez ce que vous y aviez écrit" in answer.content.decode()
    assert BACK in answer.content.decode()
