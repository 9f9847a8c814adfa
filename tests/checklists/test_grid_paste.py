"""Pasting into an assessment: nothing is written before it was shown, then all as one act."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from checklists.domain import answering
from checklists.models import Answer, Assessment, Score
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent

TABLE = (
    "Point\tRéponse\tTexte\tNote\tCommentaire\n"
    "7.2\tNC\t\tSans objet\t\n"
    'O-7.1\tOUI\t"PAS § 4\n(annexe)"\tConforme\t=1+1\n'
)


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def colleague(facility: Facility) -> User:
    return factories.member(facility, full_name="Paul Durand")


def url(assessment: Assessment) -> str:
    return reverse("checklists:assessment_paste", args=[assessment.pk])


def show(client: Client, assessment: Assessment, text: str, **data: str) -> Any:
    return client.post(url(assessment), {"texte": text} | data)


def counts(response: Any) -> list[int]:
    """Changed, unchanged, invalid, conflicts."""
    return [number for number, _ in response.context["preview"].counts]


def apply(client: Client, assessment: Assessment, shown: Any) -> Any:
    return client.post(url(assessment), {"valeurs": shown.context["preview"].values})


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def score_of(assessment: Assessment, ref: str) -> tuple[str, str]:
    row = Score.objects.get(assessment=assessment, item__point__ref=ref)
    return row.value, row.comment


def write(assessment: Assessment, by: User, ref: str, field: str, value: str) -> None:
    answering.save_field(
        assessment_id=assessment.pk, ref=ref, field=field, value=value, base_version=99, by=by
    )


def changes() -> list[AuditEvent]:
    found = AuditEvent.objects.filter(action__endswith=".changed", subject__contains="/O-")
    return list(found.order_by("seq"))


def test_nothing_is_written_before_it_was_shown(signed_in: Client, assessment: Assessment) -> None:
    response = show(signed_in, assessment, TABLE)
    assert response.status_code == 200
    assert counts(response) == [6, 0, 0, 0]
    assert "Appliquer les 6 modifications" in words(response)
    assert changes() == []
    assert score_of(assessment, "O-7.1") == ("", "")


def test_what_was_shown_is_written_as_one_act(signed_in: Client, assessment: Assessment) -> None:
    response = apply(signed_in, assessment, show(signed_in, assessment, TABLE))
    assert response["Location"] == f"/evaluations/{assessment.pk}/"
    assert score_of(assessment, "O-7.1") == ("compliant", "=1+1")
    assert score_of(assessment, "O-7.2") == ("not_applicable", "")
    answer = Answer.objects.get(assessment=assessment, item__point__ref="O-7.1")
    assert (answer.value, answer.text) == ("yes", "PAS § 4\n(annexe)")
    assert len({event.data["batch"] for event in changes()}) == 1
    assert {event.data["act"] for event in changes()} == {"paste"}
    assessment.refresh_from_db()
    assert (assessment.answered, assessment.scored) == (2, 2)
    assert "6 valeurs collées." in words(signed_in.get(response["Location"]))


def test_the_same_table_again_changes_nothing_and_one_cell_changes_one_value(
    signed_in: Client, assessment: Assessment
) -> None:
    apply(signed_in, assessment, show(signed_in, assessment, TABLE))
    assert counts(show(signed_in, assessment, TABLE)) == [0, 6, 0, 0]
    response = show(signed_in, assessment, TABLE.replace("Conforme", "Partiel"))
    assert counts(response) == [1, 5, 0, 0]
    (line,) = response.context["preview"].changed
    assert (line.ref, line.before, line.after) == ("O-7.1", "Conforme", "Partiel")


def test_what_is_invalid_is_told_and_the_rest_is_kept(
    signed_in: Client, assessment: Assessment
) -> None:
    text = (
        "Point\tRéponse\tCommentaire\n2.1\tNC\tVu.\n7.1\tpeut-être\t\n9.9\tOUI\t\n"
        f"7.2\tOUI\t{'a' * 10_001}\n"
    )
    response = show(signed_in, assessment, text)
    assert counts(response) == [2, 0, 4, 0]
    told = [(problem.line, problem.ref) for problem in response.context["preview"].invalid]
    assert told == [(2, "O-2.1"), (3, "O-7.1"), (4, ""), (5, "O-7.2")]
    assert "n’est pas prévue pour ce point" in words(response)


def test_what_a_colleague_wrote_since_the_grid_was_opened_is_not_replaced(
    signed_in: Client, assessment: Assessment, colleague: User
) -> None:
    write(assessment, colleague, "O-7.1", "score", "partial")
    response = show(signed_in, assessment, TABLE, versions="O-7.1:0:0 O-7.2:0:0")
    assert counts(response) == [5, 0, 0, 1]
    assert "Paul Durand" in words(response)
    apply(signed_in, assessment, response)
    assert score_of(assessment, "O-7.1") == ("partial", "=1+1")


def test_what_a_colleague_writes_between_the_preview_and_the_act_is_not_replaced(
    signed_in: Client, assessment: Assessment, colleague: User
) -> None:
    shown = show(signed_in, assessment, TABLE)
    write(assessment, colleague, "O-7.1", "comment", "Vu avec l’éditeur.")
    response = apply(signed_in, assessment, shown)
    assert response.status_code == 409
    assert "1 valeur n’est pas collée" in words(response)
    assert "Paul Durand a écrit" in words(response)
    assert score_of(assessment, "O-7.1") == ("compliant", "Vu avec l’éditeur.")
    # What lost is in the history of the point.
    lost = AuditEvent.objects.get(action="comment.conflict")
    assert lost.data["refused"] == "=1+1"


def test_rows_without_numbers_follow_the_grid_as_it_shows_them(
    signed_in: Client, assessment: Assessment
) -> None:
    data = {"depuis": "O-7.1", "ordre": "O-7.2 O-7.1 O-1.1"}
    response = show(signed_in, assessment, "C\nP\n", **data)
    lines = [(line.ref, line.after) for line in response.context["preview"].changed]
    assert lines == [("O-7.1", "Conforme"), ("O-1.1", "Partiel")]


def test_the_columns_can_be_corrected(signed_in: Client, assessment: Assessment) -> None:
    text = "7.1\tChiffrer\n"
    data = {"colonne-0": "ref", "colonne-1": "claim_text"}
    (line,) = show(signed_in, assessment, text, **data).context["preview"].changed
    assert line.label == "Texte de la réponse"


@pytest.mark.parametrize("text", ["", " \n", "C\n" * 501])
def test_what_cannot_be_read_is_refused_with_a_sentence(
    signed_in: Client, assessment: Assessment, text: str
) -> None:
    response = show(signed_in, assessment, text)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()


@pytest.mark.parametrize(
    "values",
    ["", "{", '{"act": "paste"}', '{"act": "paste", "edits": [{"ref": "O-7.1"}]}'],
)
def test_values_that_the_page_did_not_write_are_refused(
    signed_in: Client, assessment: Assessment, values: str
) -> None:
    response = signed_in.post(url(assessment), {"valeurs": values})
    assert response.status_code == 422
    assert changes() == []


def test_values_of_another_assessment_or_field_are_not_written(
    signed_in: Client, assessment: Assessment
) -> None:
    edits = [{"ref": "O-99", "field": "score", "value": "compliant", "version": 0}]
    values = json.dumps({"act": "paste", "edits": edits})
    response = signed_in.post(url(assessment), {"valeurs": values})
    assert response.status_code == 409
    assert "O-99" in words(response)


def test_the_dialog_gets_the_middle_of_the_page_alone(
    signed_in: Client, assessment: Assessment
) -> None:
    html = signed_in.get(url(assessment), headers={"HX-Request": "true"}).content.decode()
    assert "data-paste" in html and "<html" not in html


def test_pasting_is_for_the_buyer(
    client: Client, assessment: Assessment, facility: Facility
) -> None:
    client.force_login(factories.member(facility, Role.READER))
    assert client.get(url(assessment)).status_code == 403
    assert show(client, assessment, TABLE).status_code == 403


def test_markup_in_a_cell_stays_text(signed_in: Client, assessment: Assessment) -> None:
    response = show(signed_in, assessment, 'Point\tCommentaire\n7.1\t<b>"x"</b>\n')
    assert "<b>" not in response.content.decode()
    apply(signed_in, assessment, response)
    assert score_of(assessment, "O-7.1")[1] == '<b>"x"</b>'
