"""Many values written as one act from the grid: a selection, a paste, an undo."""

import json
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from checklists.domain import answering
from checklists.enums import BatchAct
from checklists.forms.grid_batches import MAX_EDITS
from checklists.models import Answer, Assessment, Score
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def colleague(facility: Facility) -> User:
    return factories.member(facility, full_name="Paul Durand")


def edit(ref: str, value: str = "partial", field: str = "score", version: Any = 0) -> Any:
    return {"ref": ref, "field": field, "value": value, "version": version}


def send(client: Client, assessment: Assessment, *edits: Any, act: str = "bulk") -> Any:
    return send_text(client, assessment, json.dumps({"act": act, "edits": edits}))


def send_text(client: Client, assessment: Assessment, text: str) -> Any:
    url = reverse("checklists:assessment_together", args=[assessment.pk])
    return client.post(url, text, content_type="application/json")


def written() -> list[AuditEvent]:
    return list(
        AuditEvent.objects.filter(action__endswith=".changed", subject__contains="/O-").order_by(
            "seq"
        )
    )


def test_many_values_are_one_batch_of_the_journal(
    signed_in: Client, assessment: Assessment
) -> None:
    response = send(
        signed_in,
        assessment,
        edit("O-7.1"),
        edit("O-7.1", "Vu.", "comment"),
        edit("O-7.2", "yes", "claim"),
    )
    body = response.json()
    assert response.status_code == 200
    assert body["saved_at"]
    assert body["counters"].items() >= {"total": 4, "answered": 1, "scored": 1}.items()
    assert body["outcomes"] == [
        {"kind": "saved", "version": 1},
        {"kind": "saved", "version": 2},
        {"kind": "saved", "version": 1},
    ]
    row = Score.objects.get(assessment=assessment, item__point__ref="O-7.1")
    assert (row.value, row.comment) == ("partial", "Vu.")
    assert Answer.objects.get(assessment=assessment, item__point__ref="O-7.2").value == "yes"
    assert [event.data["act"] for event in written()] == ["bulk"] * 3
    assert len({event.data["batch"] for event in written()}) == 1


@pytest.mark.parametrize("act", BatchAct.values)
def test_the_journal_keeps_the_name_of_the_act(
    signed_in: Client, assessment: Assessment, act: str
) -> None:
    assert send(signed_in, assessment, edit("O-7.1"), act=act).status_code == 200
    assert [event.data["act"] for event in written()] == [act]
    url = reverse("checklists:assessment_history", args=[assessment.pk, "O-7.1"])
    assert str(BatchAct(act).label) in signed_in.get(url).content.decode()


def test_sent_twice_it_is_written_once(signed_in: Client, assessment: Assessment) -> None:
    first, second = (send(signed_in, assessment, edit("O-7.1"), edit("O-7.2")) for _ in range(2))
    assert first.json()["outcomes"] == second.json()["outcomes"]
    assert len(written()) == 2


def test_one_conflict_and_one_refusal_do_not_stop_the_rest(
    signed_in: Client, assessment: Assessment, colleague: User
) -> None:
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="score",
        value="compliant",
        base_version=0,
        by=colleague,
    )
    body = send(
        signed_in,
        assessment,
        edit("O-7.1"),
        edit("O-99"),
        edit("O-2.1", "not_concerned", "claim"),
        edit("O-7.2"),
    ).json()
    conflict, unknown, refused, saved = body["outcomes"]
    assert (conflict["kind"], conflict["theirs"], conflict["author"], conflict["version"]) == (
        "conflict",
        "compliant",
        "Paul Durand",
        1,
    )
    assert unknown["kind"] == refused["kind"] == "refused"
    assert "O-99" in unknown["error"] and "n’est pas prévue" in refused["error"]
    assert saved == {"kind": "saved", "version": 1}
    scores = dict(Score.objects.values_list("item__point__ref", "value"))
    assert (scores["O-7.1"], scores["O-7.2"]) == ("compliant", "partial")
    lost = AuditEvent.objects.get(action="score.conflict")
    assert (lost.data["refused"], lost.data["kept"]) == ("partial", "compliant")


def test_an_undo_never_overwrites_what_somebody_wrote_since(
    signed_in: Client, assessment: Assessment, colleague: User
) -> None:
    """Even when it brings back the very value that this person had read."""
    send(signed_in, assessment, edit("O-7.1", "compliant"))
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="score",
        value="non_compliant",
        base_version=1,
        by=colleague,
    )
    undo = edit("O-7.1", "compliant", version=1)
    (outcome,) = send(signed_in, assessment, undo, act="undo").json()["outcomes"]
    assert outcome["kind"] == "conflict" and outcome["theirs"] == "non_compliant"
    row = Score.objects.get(assessment=assessment, item__point__ref="O-7.1")
    assert row.value == "non_compliant"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "illisible"),
        ("[]", "illisible"),
        ("[" * 100_000, "illisible"),
        ('{"act": "bulk"}', "illisible"),
        ('{"act": "rename", "edits": []}', "illisible"),
        ('{"act": "bulk", "edits": 3}', "illisible"),
        ('{"act": "bulk", "edits": [3]}', "illisible"),
        ('{"act": "bulk", "edits": [{"ref": "O-7.1"}]}', "illisible"),
        ('{"act": "bulk", "edits": []}', "rien à modifier"),
        (json.dumps({"act": "bulk", "edits": [edit("O-7.1", 3)]}), "illisible"),  # type: ignore[arg-type]
        (json.dumps({"act": "bulk", "edits": [edit("O-7.1", field="version")]}), "n’existe pas"),
        (json.dumps({"act": "bulk", "edits": [edit("O-7.1", version=-1)]}), "supérieure ou égale"),
        (json.dumps({"act": "bulk", "edits": [edit("O-7.1")] * 2}), "deux fois"),
        (
            json.dumps({"act": "bulk", "edits": [edit(f"O-{n}") for n in range(MAX_EDITS + 1)]}),
            "la limite est de 500",
        ),
    ],
)
def test_what_the_page_cannot_have_sent_is_refused_whole(
    signed_in: Client, assessment: Assessment, text: str, sentence: str
) -> None:
    response = send_text(signed_in, assessment, text)
    assert response.status_code == 422
    assert sentence in response.json()["error"]
    assert not written()


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100)
def test_texts_too_long_together_are_told_to_go_one_by_one(
    signed_in: Client, assessment: Assessment
) -> None:
    response = send(signed_in, assessment, edit("O-7.1", "a" * 200, "comment"))
    assert response.status_code == 413
    assert "trop longs" in response.json()["error"]
    assert not written()


def test_signed_out_is_told_without_a_page(client: Client, assessment: Assessment) -> None:
    response = send(client, assessment, edit("O-7.1"))
    assert response.status_code == 401
    assert "session a expiré" in response.json()["error"]


def test_the_cost_of_a_value_does_not_grow_with_their_number(
    signed_in: Client, assessment: Assessment, django_assert_max_num_queries: Any
) -> None:
    """Session, person, access, rows; then for each value its update, head, event, head."""
    with django_assert_max_num_queries(12 + 4):
        send(signed_in, assessment, edit("O-7.1"))
    with django_assert_max_num_queries(12 + 3 * 4):
        send(
            signed_in,
            assessment,
            edit("O-7.1", "compliant", version=1),
            edit("O-7.2"),
            edit("O-1.1"),
        )
