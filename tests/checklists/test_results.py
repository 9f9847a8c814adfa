"""A candidate who was not chosen is told its own results, and nothing that is not its own."""

import hashlib
import io
import zipfile
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from checklists.domain import answering
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent

from .checklist_site import text

SHARED, INTERNAL, OTHERS = "Le délai manque.", "À garder entre nous.", "Secret de l’autre offre."


def score_all(assessment: Assessment, by: User, comments: dict[str, str]) -> None:
    edits = []
    for ref in ("O-1.1", "O-2.1", "O-7.1", "O-7.2"):
        edits.append(answering.Edit(ref, "claim", "yes", 0))
        edits.append(answering.Edit(ref, "score", "partial", 0))
        if ref in comments:
            edits.append(answering.Edit(ref, "comment", comments[ref], 0))
    assert answering.save_fields(assessment_id=assessment.pk, edits=edits, by=by).is_clean


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    """A candidate with two comments, beside another one with a secret."""
    made = factories.assessment(buyer, facility)
    score_all(made, buyer, {"O-2.1": SHARED, "O-7.1": INTERNAL})
    other = factories.started(made.checklist, buyer)
    score_all(other, buyer, {"O-2.1": OTHERS})
    return made


def url(assessment: Assessment) -> str:
    return reverse("checklists:assessment_result", args=[assessment.pk])


def ask(client: Client, assessment: Assessment, **data: Any) -> Any:
    return client.post(url(assessment), {"decided": "on", "kind": "xlsx"} | data)


def cells(content: bytes) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = (row for sheet in book for row in sheet.iter_rows(values_only=True))
    return [str(value) for row in rows for value in row if value is not None]


def test_the_file_holds_its_own_results_and_the_comments_that_are_shared(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    response = ask(signed_in, assessment, comments=["O-2.1"])
    assert response.status_code == 200 and "attachment" in response["Content-Disposition"]
    held = cells(response.content)
    assert assessment.candidacy.vendor.name in held
    assert held[held.index("Note du critère") + 1] == "10"
    assert held[held.index("Somme des produits") + 1] == "2"
    assert "◐ Partiel" in held and SHARED in held
    everything = "\n".join(held)
    for secret in (INTERNAL, OTHERS, buyer.full_name, *names_of_others(assessment)):
        assert secret not in everything


def names_of_others(assessment: Assessment) -> list[str]:
    others = assessment.candidacy.lot.candidacies.exclude(pk=assessment.candidacy_id)
    names = list(others.values_list("vendor__name", flat=True))
    assert names
    return names


def test_the_open_format_says_the_same(signed_in: Client, assessment: Assessment) -> None:
    response = ask(signed_in, assessment, kind="ods", comments=["O-2.1"])
    assert response["Content-Type"] == "application/vnd.oasis.opendocument.spreadsheet"
    content = zipfile.ZipFile(io.BytesIO(response.content)).read("content.xml").decode()
    assert SHARED in content and INTERNAL not in content and OTHERS not in content


def test_what_is_handed_over_is_journaled(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    response = ask(signed_in, assessment, comments=["O-7.1"])
    event = AuditEvent.objects.get(action="assessment.result_given")
    assert (event.actor, event.subject) == (buyer.pk, f"assessment/{assessment.pk}")
    sha256 = hashlib.sha256(response.content).hexdigest()
    assert event.data == {"kind": "xlsx", "sha256": sha256, "comments": ["O-7.1"]}


def test_nothing_goes_out_before_the_decision(signed_in: Client, assessment: Assessment) -> None:
    response = signed_in.post(url(assessment), {"comments": ["O-2.1"]})
    assert response.status_code == 422
    assert "Cochez cette case" in text(response)
    assert 'value="O-2.1" id="id_comments_0" checked' in text(response)
    assert not AuditEvent.objects.filter(action="assessment.result_given").exists()


def test_nothing_goes_out_while_a_score_is_missing(
    signed_in: Client, buyer: User, facility: Facility
) -> None:
    response = ask(signed_in, factories.assessment(buyer, facility))
    assert response.status_code == 422
    assert "4 points sont sans note" in text(response)


def test_a_comment_that_is_not_there_is_refused(signed_in: Client, assessment: Assessment) -> None:
    assert ask(signed_in, assessment, comments=["O-1.1"]).status_code == 422


def test_a_comment_never_becomes_a_formula(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    edit = answering.Edit("O-7.2", "comment", "=1+1", 1)
    answering.save_fields(assessment_id=assessment.pk, edits=[edit], by=buyer)
    assert "'=1+1" in cells(ask(signed_in, assessment, comments=["O-7.2"]).content)


def test_only_the_buyer_is_led_to_it(
    client: Client, assessment: Assessment, facility: Facility, buyer: User
) -> None:
    documents = reverse("checklists:assessment_documents", args=[assessment.pk])
    client.force_login(buyer)
    assert url(assessment) in text(client.get(documents))
    client.force_login(factories.member(facility, Role.READER))
    assert url(assessment) not in text(client.get(documents))
    assert client.get(url(assessment)).status_code == 403
