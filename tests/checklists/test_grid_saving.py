"""Saving from the assessment page: one field by script, or the whole plain form."""

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


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def colleague(facility: Facility) -> User:
    return factories.member(facility, full_name="Paul Durand")


def point(assessment: Assessment, ref: str = "O-7.2") -> str:
    return reverse("checklists:assessment_point", args=[assessment.pk, ref])


def post(client: Client, assessment: Assessment, ref: str = "O-7.2", **data: Any) -> Any:
    values = {"field": "score", "value": "partial", "version": 0}
    return client.post(point(assessment, ref), values | data)


def write(assessment: Assessment, by: User, field: str, value: str, ref: str = "O-7.2") -> None:
    answering.save_field(
        assessment_id=assessment.pk, ref=ref, field=field, value=value, base_version=99, by=by
    )


def score_of(assessment: Assessment, ref: str = "O-7.2") -> Score:
    return Score.objects.get(assessment=assessment, item__point__ref=ref)


# -- One field ---------------------------------------------------------------------------------


def test_a_save_answers_its_version_and_the_counters(
    signed_in: Client, assessment: Assessment
) -> None:
    response = post(signed_in, assessment)
    body = response.json()
    assert response.status_code == 200
    assert body.pop("saved_at")
    assert body["counters"].pop("as_of")
    assert body == {
        "field": "score",
        "value": "partial",
        "version": 1,
        "counters": {"total": 4, "answered": 0, "scored": 1},
    }
    assert score_of(assessment).value == "partial"


def test_an_answer_counts_as_answered(signed_in: Client, assessment: Assessment) -> None:
    body = post(signed_in, assessment, field="claim_text", value="Voir page 12").json()
    assert body["counters"].items() >= {"total": 4, "answered": 1, "scored": 0}.items()


def test_later_counters_are_told_apart(signed_in: Client, assessment: Assessment) -> None:
    told = [post(signed_in, assessment, ref).json()["counters"] for ref in ("O-7.1", "O-7.2")]
    assert told[0]["as_of"] < told[1]["as_of"] and told[0]["scored"] < told[1]["scored"]


def test_a_request_sent_twice_is_one_event(signed_in: Client, assessment: Assessment) -> None:
    before = AuditEvent.objects.count()
    first, second = (post(signed_in, assessment) for _ in range(2))
    assert first.json()["version"] == second.json()["version"] == 1
    assert AuditEvent.objects.count() == before + 1


def test_a_conflict_shows_the_other_value_and_changes_nothing(
    signed_in: Client, assessment: Assessment, colleague: User
) -> None:
    write(assessment, colleague, "comment", "Vu avec l’éditeur.")
    response = post(signed_in, assessment, field="comment", value="À revoir.")
    body = response.json()
    assert response.status_code == 409
    assert body.pop("at")
    assert body == {
        "error": "Quelqu’un d’autre a modifié ce champ entre-temps.",
        "field": "comment",
        "theirs": "Vu avec l’éditeur.",
        "author": "Paul Durand",
        "version": 1,
    }
    assert score_of(assessment).comment == "Vu avec l’éditeur."


def test_the_value_that_lost_is_in_the_history_once(
    signed_in: Client, assessment: Assessment, colleague: User
) -> None:
    write(assessment, colleague, "comment", "Vu avec l’éditeur.")
    for _ in range(2):
        post(signed_in, assessment, field="comment", value="Mon long texte.")
    events = AuditEvent.objects.filter(action="comment.conflict")
    assert [event.data["refused"] for event in events] == ["Mon long texte."]
    url = reverse("checklists:assessment_history", args=[assessment.pk, "O-7.2"])
    html = signed_in.get(url).content.decode()
    assert "Mon long texte." in html and "non retenu : conflit" in html


def test_signed_out_is_told_without_a_page(client: Client, assessment: Assessment) -> None:
    response = post(client, assessment)
    assert response.status_code == 401
    assert response.json() == {"error": "Votre session a expiré. Reconnectez-vous pour continuer."}


def test_a_stranger_gets_the_answer_of_a_number_that_is_not(
    client: Client, assessment: Assessment, stranger: User
) -> None:
    client.force_login(stranger)
    real = post(client, assessment)
    assessment.pk += 1000
    none = post(client, assessment)
    assert real.status_code == none.status_code == 404
    assert real.content == none.content


@pytest.mark.parametrize("role", [r for r in Role.values if r != Role.BUYER])
def test_a_member_who_is_no_buyer_may_not_score(
    client: Client, assessment: Assessment, facility: Facility, role: str
) -> None:
    client.force_login(factories.member(facility, role))
    response = post(client, assessment)
    assert response.status_code == 403
    assert response.json() == {"error": "Réservé au rôle acheteur."}
    assert score_of(assessment).value == ""


@pytest.mark.parametrize("ref", ["O-2.8", "O-3.3", "O-99"])
def test_a_point_that_is_not_asked(signed_in: Client, assessment: Assessment, ref: str) -> None:
    response = post(signed_in, assessment, ref)
    assert response.status_code == 404
    assert ref in response.json()["error"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"field": "version"}, "Ce champ n’existe pas"),
        ({"field": ""}, "Le champ à enregistrer manque"),
        ({"version": ""}, "La version lue manque"),
        ({"version": "x"}, "n’est pas un nombre"),
        ({"version": str(2**40)}, "inférieure ou égale"),
        ({"value": "excellent"}, "Cette note n’existe pas."),
        ({"field": "claim", "value": "not_concerned", "ref": "O-2.1"}, "n’est pas prévue"),
        ({"field": "comment", "value": "a" * 10_001}, "la limite est de 10\u202f000"),
        ({"field": "comment", "value": "a\x00b"}, "caractère"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_a_sentence(
    signed_in: Client, assessment: Assessment, data: dict[str, Any], sentence: str
) -> None:
    response = post(signed_in, assessment, **data)
    assert response.status_code == 422
    assert sentence in response.json()["error"]
    assert not AuditEvent.objects.filter(action__endswith=".changed", subject__contains="/O-")


def test_a_get_writes_nothing(signed_in: Client, assessment: Assessment) -> None:
    assert signed_in.get(point(assessment)).status_code == 405


def test_the_cost_of_a_save(
    signed_in: Client, assessment: Assessment, django_assert_max_num_queries: Any
) -> None:
    post(signed_in, assessment, ref="O-7.1")
    # Session, person, access, row with its assessment, head, event, head, row, counters; and the two
    # statements of the savepoint that stands for the transaction in a test.
    with django_assert_max_num_queries(11):
        assert post(signed_in, assessment).status_code == 200


# -- The plain form ----------------------------------------------------------------------------


def submit(client: Client, assessment: Assessment, versions: str, **fields: str) -> Any:
    url = reverse("checklists:assessment_chapter", args=[assessment.pk, 4])
    data = {name.replace("__", "."): value for name, value in fields.items()}
    return client.post(url, {"versions": versions} | data)


def typed(ref: str, **fields: str) -> dict[str, str]:
    return {f"{ref}.{name}": value for name, value in fields.items()}


def test_the_form_saves_all_that_changed_as_one_act(
    signed_in: Client, assessment: Assessment
) -> None:
    fields = typed("O-7.1", claim="yes", claim_text="P. 3", score="compliant", comment="")
    fields |= typed("O-7.2", claim_text="", score="partial", comment="a\r\nb")
    response = submit(signed_in, assessment, "O-7.1:0:0 O-7.2:0:0", **fields)
    assert response.status_code == 302
    assert response["Location"] == f"/evaluations/{assessment.pk}/#chapitre-4"
    assert (score_of(assessment).value, score_of(assessment).comment) == ("partial", "a\nb")
    answer = Answer.objects.get(assessment=assessment, item__point__ref="O-7.1")
    assert (answer.value, answer.text) == ("yes", "P. 3")
    events = AuditEvent.objects.filter(action__endswith=".changed", subject__contains="/O-7")
    assert events.count() == 5 and len({event.data["batch"] for event in events}) == 1
    assessment.refresh_from_db()
    assert (assessment.answered, assessment.scored) == (1, 2)
    page = signed_in.get(response["Location"])
    assert "5 modifications enregistrées." in page.content.decode()


def test_the_form_sent_twice_changes_nothing_more(
    signed_in: Client, assessment: Assessment
) -> None:
    fields = typed("O-7.1", score="compliant")
    submit(signed_in, assessment, "O-7.1:0:0", **fields)
    before = AuditEvent.objects.count()
    response = submit(signed_in, assessment, "O-7.1:0:0", **fields)
    assert response.status_code == 302
    assert AuditEvent.objects.count() == before


def test_the_form_shows_both_values_and_saves_the_rest(
    signed_in: Client, assessment: Assessment, colleague: User
) -> None:
    write(assessment, colleague, "comment", "Vu avec l’éditeur.", "O-7.1")
    fields = typed("O-7.1", comment="Mon texte.", score="partial") | typed(
        "O-7.2", score="compliant"
    )
    response = submit(signed_in, assessment, "O-7.1:0:0 O-7.2:0:0", **fields)
    html = response.content.decode()
    assert response.status_code == 409
    assert (score_of(assessment).value, score_of(assessment, "O-7.1").value) == (
        "compliant",
        "partial",
    )
    assert score_of(assessment, "O-7.1").comment == "Vu avec l’éditeur."
    assert "Mon texte.</textarea>" in html
    assert "Vu avec l’éditeur." in html and "Paul Durand" in html
    assert "1 champ n’est pas enregistré" in html
    # Sent again, with the version now read, it replaces the other value: the person has seen it.
    kept = submit(signed_in, assessment, "O-7.1:0:2", **typed("O-7.1", comment="Mon texte."))
    assert kept.status_code == 302
    assert score_of(assessment, "O-7.1").comment == "Mon texte."


def test_what_the_reader_left_alone_is_no_conflict(
    signed_in: Client, assessment: Assessment, colleague: User
) -> None:
    write(assessment, colleague, "comment", "Vu avec l’éditeur.", "O-7.1")
    fields = typed("O-7.1", comment="", claim_text="", score="compliant")
    response = submit(signed_in, assessment, "O-7.1:0:0", **fields)
    assert response.status_code == 302
    row = score_of(assessment, "O-7.1")
    assert (row.value, row.comment) == ("compliant", "Vu avec l’éditeur.")


def test_a_text_too_long_stays_in_its_row(signed_in: Client, assessment: Assessment) -> None:
    fields = typed("O-7.1", comment="a" * 10_001, score="compliant")
    response = submit(signed_in, assessment, "O-7.1:0:0", **fields)
    assert response.status_code == 422
    assert "a" * 10_001 in response.content.decode()
    assert "la limite est de 10\u202f000" in response.content.decode()
    assert score_of(assessment, "O-7.1").value == "compliant"


def test_fields_that_the_page_did_not_write_are_ignored(
    signed_in: Client, assessment: Assessment
) -> None:
    fields = typed("O-7.1", version="9", updated_by="1") | typed("O-99", score="compliant")
    response = submit(signed_in, assessment, "O-7.1:0:0 x O-7.2:a:b", **fields)
    assert response.status_code == 302
    assert "Rien n’avait changé" in signed_in.get(response["Location"]).content.decode()


def test_the_form_is_for_the_buyer(
    client: Client, assessment: Assessment, facility: Facility
) -> None:
    client.force_login(factories.member(facility, Role.READER))
    response = submit(client, assessment, "O-7.1:0:0", **typed("O-7.1", score="compliant"))
    assert response.status_code == 403
    assert score_of(assessment, "O-7.1").value == ""
