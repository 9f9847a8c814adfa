"""The values that the clausier leaves to the CCTP: asked once, checked, written into the points."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.utils import timezone

from checklists.documents import answer_form, report
from checklists.documents.interchange import fixture_files, read_fixture
from checklists.domain import assessments, cctp, checklists, parameters
from checklists.domain.cctp import EMPTY, QUESTIONS, Value
from checklists.domain.queries import parameters as queries
from checklists.models import CctpParameter, Checklist
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent

from .checklist_site import NB, said, text, url

BY_KEY = {question.key: question for question in QUESTIONS}
NOTICE = {"name": "incident_notice_delay", "set_by": "buyer"}
OURS = next(path for path in fixture_files() if path.name.startswith("securite-numerique"))
POINTS: list[dict[str, Any]] = [
    {"ref": "O-5.1", "parameters": [{"name": "cctp_exception", "set_by": "buyer"}]},
    {"ref": "O-7.1"},
    {"ref": "O-9.15", "parameters": [NOTICE, {"name": "fixed", "value": 3}]},
    {"ref": "O-12.2.8.3", "condition": "DM", "parameters": [NOTICE]},
]
ASKED = [{"condition": "ALWAYS", "answer_kind": "yes_no"} | point for point in POINTS]
FOUR_HOURS = Value(amount=4, unit="hour")


@pytest.fixture
def draft(facility: Facility, buyer: User) -> Checklist:
    """A checklist whose values are all to be given."""
    facility.single_sign_on, facility.endpoint_protection = "Fédération du GHT", "EDR du GHT"
    facility.save()
    version = factories.version(points=ASKED)
    lot = factories.lot(facility, buyer)
    checklist = checklists.start_checklist(lot=lot, version=version, by=buyer)
    return checklists.set_profile(checklist=checklist, flags=["DM"], by=buyer)


@pytest.fixture
def full(draft: Checklist, buyer: User) -> Checklist:
    give(draft, buyer, incident_notice=FOUR_HOURS, authentication=Value(choice="sso"))
    return draft


def give(checklist: Checklist, by: User, **values: Value) -> None:
    parameters.set_parameters(checklist=checklist, values=values, by=by)


def typed(checklist: Checklist, **changes: str) -> dict[str, str]:
    """Return what the form of the page holds when it is opened, with ``changes``."""
    found = queries.suggested(checklist)
    fields = {"seen": parameters.fingerprint(queries.values(checklist))}
    for question in queries.questions(checklist):
        value = found.get(question.key, EMPTY)
        fields |= {
            f"{question.key}.{name}": str(given or "") for name, given in vars(value).items()
        }
        if question.units:
            fields[f"{question.key}.unit"] = value.unit or question.units[0]
    return fields | changes


# -- What is asked ---------------------------------------------------------------------------------


def test_our_clausiers_wait_for_the_values_of_every_question() -> None:
    found: dict[str, list[str]] = {}
    for path in fixture_files():
        points = read_fixture(path)["points"]
        waiting = {point["ref"]: cctp.waits_for_buyer(point["parameters"]) for point in points}
        for question, refs in cctp.questions_of(waiting).items():
            found.setdefault(question.key, []).extend(refs)
    assert {key: set(refs) for key, refs in found.items()} == {
        question.key: set(question.points) for question in QUESTIONS
    }


def test_a_value_is_asked_once_for_all_its_points(draft: Checklist, buyer: User) -> None:
    found = {one.key: refs for one, refs in queries.questions(draft).items()}
    assert found == {
        "authentication": ["O-5.1"],
        "incident_notice": ["O-9.15", "O-12.2.8.3"],
        "endpoint_protection": ["O-7.1"],
    }
    checklists.set_profile(checklist=draft, flags=[], by=buyer)
    assert {one.key: refs for one, refs in queries.questions(draft).items()}["incident_notice"] == [
        "O-9.15"
    ]


def test_another_clausier_with_the_same_numbers_asks_nothing(
    facility: Facility, buyer: User
) -> None:
    other = factories.draft_checklist(buyer, facility)
    assert queries.questions(other) == {}


def test_what_is_missing_prevents_publication_and_says_where(draft: Checklist, buyer: User) -> None:
    assert [(one.sentence, one.place, one.anchor) for one in checklists.blockers(draft)] == [
        (
            f"Paramètre du CCTP à donner{NB}: Authentification des utilisateurs (O-5.1).",
            "parameters",
            "authentication",
        ),
        (
            (
                f"Paramètre du CCTP à donner{NB}: Délai pour signaler un incident de sécurité "
                "(O-9.15, O-12.2.8.3)."
            ),
            "parameters",
            "incident_notice",
        ),
    ]
    with pytest.raises(checklists.NotReady, match="CCTP"):
        checklists.publish(checklist=draft, by=buyer)
    give(draft, buyer, incident_notice=FOUR_HOURS, authentication=Value(choice="sso"))
    assert checklists.blockers(draft) == []


# -- What is checked -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("maximum_downtime", Value(amount=4), "unit"),
        ("maximum_downtime", Value(amount=4, unit="month"), "unit"),
        ("maximum_downtime", Value(unit="hour"), "amount"),
        ("maximum_downtime", Value(amount=0, unit="hour"), "amount"),
        ("maximum_downtime", Value(amount=10_000, unit="hour"), "amount"),
        ("breach_notice", Value(amount=73, unit="hour"), "amount"),
        ("authentication", Value(choice="other"), "choice"),
        ("authentication", Value(detail="Comptes locaux"), "choice"),
        ("authentication", Value(choice="both"), "detail"),
        ("destruction_terms", Value(detail="x" * 1001), "detail"),
        ("dpo_address", Value(detail="le DPO"), "detail"),
    ],
)
def test_a_value_of_another_type_is_refused(key: str, value: Value, field: str) -> None:
    found, sentence = cctp.problem(BY_KEY[key], value)
    assert (found, bool(sentence)) == (field, True)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("maximum_downtime", Value(amount=1, unit="hour"), "1 heure"),
        ("extraction_period", Value(amount=2, unit="day"), "2 jours"),
        ("breach_notice", Value(amount=72, unit="hour"), "72 heures"),
        ("authentication", Value(choice="local"), "Comptes locaux, sans SSO"),
        (
            "directory",
            Value(choice="exception", detail="Comptes du laboratoire"),
            "Avec une exception (Comptes du laboratoire)",
        ),
        ("dpo_address", Value(detail="dpo@ch.example"), "dpo@ch.example"),
    ],
)
def test_a_right_value_is_written_in_french(key: str, value: Value, words: str) -> None:
    assert cctp.problem(BY_KEY[key], value) == ("", "")
    assert cctp.in_words(BY_KEY[key], value) == words


def test_a_value_that_no_point_waits_for_is_refused(draft: Checklist, buyer: User) -> None:
    with pytest.raises(checklists.NotReady, match="Aucun point"):
        give(draft, buyer, maximum_downtime=FOUR_HOURS)


def test_a_change_is_journaled_with_before_and_after(full: Checklist, buyer: User) -> None:
    give(full, buyer, incident_notice=Value(amount=2, unit="day"))
    give(full, buyer, incident_notice=Value(amount=2, unit="day"))
    events = AuditEvent.objects.filter(action="checklist.parameters_changed").order_by("seq")
    assert [event.data for event in events][1:] == [
        {
            "before": {"incident_notice": {"amount": 4, "unit": "hour"}},
            "after": {"incident_notice": {"amount": 2, "unit": "day"}},
        }
    ]


def test_who_read_older_values_overwrites_nobody(full: Checklist, buyer: User) -> None:
    with pytest.raises(checklists.StaleChecklist):
        parameters.set_parameters(
            checklist=full,
            values={"incident_notice": Value(amount=9, unit="day")},
            seen=parameters.fingerprint({}),
            by=buyer,
        )
    assert queries.values(full)["incident_notice"] == FOUR_HOURS


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"amount": 3}, "cctp_parameter_amount_has_unit"),
        ({"unit": "hour", "choice": "x"}, "cctp_parameter_amount_has_unit"),
        ({"amount": 3, "unit": "year"}, "cctp_parameter_amount_has_unit"),
        ({}, "cctp_parameter_says_something"),
    ],
)
def test_the_database_holds_each_rule(
    draft: Checklist, buyer: User, fields: dict[str, Any], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        CctpParameter.objects.create(
            checklist=draft, key="x", set_at=timezone.now(), set_by=buyer, **fields
        )


# -- What publication freezes ----------------------------------------------------------------------


def test_the_hash_covers_the_values(full: Checklist, buyer: User) -> None:
    before = checklists.fingerprint(full)
    give(full, buyer, incident_notice=Value(amount=5, unit="hour"))
    assert checklists.fingerprint(full) != before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checklists_cctpparameter SET amount = 9 WHERE checklist_id = {pk} AND unit = 'hour'",
        "DELETE FROM checklists_cctpparameter WHERE checklist_id = {pk}",
    ],
)
def test_the_database_keeps_what_is_published(full: Checklist, buyer: User, statement: str) -> None:
    checklists.publish(checklist=full, by=buyer)
    refused = pytest.raises(DatabaseError, match="frozen")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(pk=full.pk))


def test_nothing_is_added_after_publication(full: Checklist, buyer: User) -> None:
    checklists.publish(checklist=full, by=buyer)
    with pytest.raises(checklists.ChecklistFrozen):
        give(full, buyer, endpoint_protection=Value(detail="EDR"))
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
        CctpParameter.objects.create(
            checklist=full, key="x", detail="x", set_at=timezone.now(), set_by=buyer
        )


# -- Where the value is read -----------------------------------------------------------------------

WRITTEN = "Valeur fixée par l’acheteur – Délai pour signaler un incident de sécurité"


def test_the_value_stands_in_every_text_of_the_point(
    signed_in: Client, full: Checklist, buyer: User
) -> None:
    published = checklists.publish(checklist=full, by=buyer)
    candidacy = factories.candidacy(published.lot, buyer)
    assessment = assessments.start_assessment(candidacy=candidacy, checklist=published, by=buyer)
    pages = [
        url("point", published.pk, "O-9.15"),
        url("points", published.pk),
        f"/evaluations/{assessment.pk}/",
        f"/evaluations/{assessment.pk}/points/O-9.15/historique/",
    ]
    line = f"{WRITTEN}{NB}: 4 heures"
    assert [line in text(signed_in.get(page)) for page in pages] == [True] * 4
    assert line in next(
        one.requirement for one in answer_form.blank(published).questions if one.ref == "O-9.15"
    )
    data = report.gather(assessment.pk)
    assert {point["ref"]: point["additions"] for point in data["points"]} == {
        "O-5.1": [
            (
                "Valeur fixée par l’acheteur – Authentification des utilisateurs"
                f"{NB}: SSO de l’établissement, sans compte local"
            )
        ],
        "O-7.1": [],
        "O-9.15": [line],
        "O-12.2.8.3": [line],
    }
    assert data["checklist"]["parameters"][1]["value"] == "4 heures"
    point = published.version.points.get(ref="O-9.15")
    assert point.requirement == "Le titulaire respecte l’exigence O-9.15."


def test_the_publication_lists_the_values(signed_in: Client, full: Checklist) -> None:
    html = text(signed_in.get(url("publish", full.pk)))
    assert f"Délai pour signaler un incident de sécurité{NB}: 4 heures (O-9.15, O-12.2.8.3)" in html


# -- On the page -----------------------------------------------------------------------------------


def test_what_the_facility_says_of_itself_is_offered(signed_in: Client, draft: Checklist) -> None:
    html = text(signed_in.get(url("parameters", draft.pk)))
    assert "EDR du GHT</textarea>" in html
    assert "Fédération du GHT</textarea>" in html
    assert "2 valeurs manquent encore pour publier." in html


def test_values_are_saved_together(signed_in: Client, draft: Checklist) -> None:
    changes = {"incident_notice.amount": "4", "authentication.choice": "sso"}
    response = signed_in.post(url("parameters", draft.pk), typed(draft, **changes))
    assert said(response) == [f"Les paramètres du CCTP sont enregistrés{NB}: aucun ne manque."]
    assert queries.values(draft) == {
        "incident_notice": FOUR_HOURS,
        "authentication": Value(choice="sso", detail="Fédération du GHT"),
        "endpoint_protection": Value(detail="EDR du GHT"),
    }


def test_a_part_may_be_saved_and_the_rest_later(signed_in: Client, draft: Checklist) -> None:
    response = signed_in.post(url("parameters", draft.pk), typed(draft))
    assert said(response) == ["Les paramètres du CCTP sont enregistrés. Il en manque encore 2."]
    assert list(queries.values(draft)) == ["endpoint_protection"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("incident_notice.amount", "vite"),
        ("incident_notice.amount", "0"),
        ("incident_notice.unit", "year"),
        ("authentication.choice", "other"),
        ("endpoint_protection.detail", "x" * 1001),
    ],
)
def test_a_bad_value_is_refused_beside_its_field_and_nothing_is_lost(
    signed_in: Client, draft: Checklist, field: str, value: str
) -> None:
    data = typed(draft, **{"incident_notice.amount": "7", "authentication.choice": "local"})
    response = signed_in.post(url("parameters", draft.pk), data | {field: value})
    html = text(response)
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in html
    assert 'value="local" selected' in html or field == "authentication.choice"
    assert queries.values(draft) == {}


def test_an_emptied_value_is_taken_away(signed_in: Client, full: Checklist) -> None:
    data = typed(full, **{"incident_notice.amount": ""})
    signed_in.post(url("parameters", full.pk), data)
    assert "incident_notice" not in queries.values(full)


def test_a_late_save_keeps_what_was_typed(signed_in: Client, draft, buyer) -> None:
    data = typed(draft, **{"incident_notice.amount": "7"})
    give(draft, buyer, incident_notice=FOUR_HOURS)
    response = signed_in.post(url("parameters", draft.pk), data)
    assert response.status_code == 409
    assert 'value="7"' in text(response)
    assert queries.values(draft)["incident_notice"] == FOUR_HOURS


def test_a_clausier_without_values_says_so(signed_in: Client, facility, buyer) -> None:
    other = factories.draft_checklist(buyer, facility)
    assert "Aucune valeur à donner" in text(signed_in.get(url("parameters", other.pk)))
