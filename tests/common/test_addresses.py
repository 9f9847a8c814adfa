"""What names no row: answered at once, and never an error of the server."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from checklists.models import AnswerLink, Assessment
from tests import factories
from uniha_clausier.accounts.models import Facility, User

NUL = "O-7\0.1"
pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite holds a text with NUL, and finds nothing"
)


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.informal_assessment(buyer, facility)


@pytest.fixture
def token(buyer: User, assessment: Assessment) -> str:
    link, token = factories.answer_link(buyer, assessment)
    assert isinstance(link, AnswerLink)
    return token


def test_a_point_of_a_form_that_holds_nul_is_a_bad_request(
    signed_in: Client, assessment: Assessment
) -> None:
    address = reverse("checklists:assessment_chapter", args=[assessment.pk, 4])
    form = {"versions": f"{NUL}:0:0", f"{NUL}.comment": "Texte"}
    answer = signed_in.post(address, form)
    assert answer.status_code == 400
    assert "Rien n’a été enregistré" in answer.content.decode()


def test_a_button_or_a_file_that_holds_nul_is_a_bad_request(client: Client, token: str) -> None:
    address = client.post(reverse("checklists:answers", args=[token]))["Location"]
    file = SimpleUploadedFile("PAS.pdf", b"%PDF-1.7\n%%EOF\n")
    for form in ({"reprendre": NUL, f"{NUL}.reuse": "1"}, {f"{NUL}.files": file}):
        assert client.post(address, form).status_code in {400, 404, 422}
