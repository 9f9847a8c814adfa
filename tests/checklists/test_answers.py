"""The form of a candidate behind a personal link: what it shows, what it saves, what it hides."""

import datetime as dt
import re
from typing import Any
from unittest import mock

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from checklists.domain import answer_links, answering, assessments, checklists
from checklists.enums import AnswerKind, LegalEffect, ScoreValue
from checklists.models import Answer, AnswerLink
from tests import factories
from vendors.enums import Procedure
from vendors.models import Tender

from .checklist_site import text


@pytest.fixture
def assessment(buyer, facility):
    return factories.informal_assessment(buyer, facility)


@pytest.fixture
def given(assessment, buyer):
    return factories.answer_link(buyer, assessment)


@pytest.fixture
def token(given):
    return given[1]


def url(name: str, token: str, *parts: Any) -> str:
    return reverse(f"checklists:{name}", args=[token, *parts])


def save(client, token: str, ref: str = "O-7.1", **changes: Any):
    told = {"field": "claim", "value": "yes", "version": 0} | changes
    return client.post(
        url("answer_point", token, ref), told, headers={"Accept": "application/json"}
    )


def held(assessment, ref: str = "O-7.1") -> tuple[str, str]:
    row = Answer.objects.get(assessment=assessment, item__point__ref=ref)
    return row.value, row.text


# -- Pages ---------------------------------------------------------------------------------------


def test_the_first_page_says_what_is_asked_by_whom_and_until_when(client, assessment, given):
    link, token = given
    page = text(client.get(url("answers", token)))
    for told in (
        assessment.facility.name,
        assessment.candidacy.vendor.name,
        assessment.candidacy.lot.tender.reference,
        link.created_by.email,
        "Points répondus : 0 sur 4",
        "Il manque 4 réponses",
    ):
        assert told in page


def test_a_visit_alone_does_not_open_the_link(client, given):
    """A mail filter that follows the link is not the candidate."""
    link, token = given
    client.get(url("answers", token))
    client.get(url("answer_chapter", token, 1))
    assert AnswerLink.objects.get(pk=link.pk).opened_at is None
    answer = client.post(url("answers", token))
    assert answer["Location"] == url("answer_chapter", token, 1)
    assert AnswerLink.objects.get(pk=link.pk).opened_at


def test_each_point_has_its_text_and_the_answers_that_it_admits(client, token):
    page = text(client.get(url("answer_chapter", token, 4)))
    assert "Le titulaire respecte l’exigence O-7.1." in page
    assert "Un document à jour." in page
    assert re.findall(r'name="(O-7.\d).claim" value="(\w+)"', page) == [
        ("O-7.1", "yes"),
        ("O-7.1", "no"),
        ("O-7.2", "yes"),
        ("O-7.2", "no"),
        ("O-7.2", "not_concerned"),
    ]


def test_what_the_buyer_announced_of_a_point_is_said_beside_it(client, buyer, facility):
    """CCP, R2152-1 and R2152-2: an offer that lacks a required answer is irregular."""
    checklist = factories.draft_checklist(buyer, facility)
    checklists.set_knock_out(checklist=checklist, ref="O-7.1", is_knock_out=True, by=buyer)
    checklist.items.filter(point__ref="O-7.1").update(legal_effect=LegalEffect.REQUIRED)
    information = {"legal_effect": LegalEffect.INFORMATION, "weight": 0}
    checklist.items.filter(point__ref="O-7.2").update(**information)
    Tender.objects.filter(pk=checklist.lot.tender_id).update(procedure=Procedure.FRAMEWORK)
    made = factories.started(checklists.publish(checklist=checklist, by=buyer), buyer)
    _link, token = factories.answer_link(buyer, made)
    page = text(client.get(url("answer_chapter", token, 4)))
    for told in ("Point éliminatoire", "Réponse exigée", "Pour information"):
        assert page.count(told) == 1


def test_the_wordings_that_the_buyer_adapted_are_in_place(client, buyer, facility):
    wording = "Une astreinte le samedi suffit."
    checklist = factories.adapted_checklist(buyer, facility, wording=wording)
    candidacy = factories.candidacy(checklist.lot, buyer)
    assessment = assessments.start_assessment(candidacy=candidacy, checklist=checklist, by=buyer)
    _link, token = factories.answer_link(buyer, assessment)
    assert wording in text(client.get(url("answer_chapter", token, 4)))


def test_a_reminder_of_the_hospitals_own_duty_is_not_asked(client, token):
    assert "O-2.8" not in text(client.get(url("answer_chapter", token, 2)))


def test_nothing_of_what_the_buyer_decides_is_shown(client, assessment, buyer, given):
    _link, token = given
    edits = [
        answering.Edit("O-7.1", "score", ScoreValue.NON_COMPLIANT, 0),
        answering.Edit("O-7.1", "comment", "Commentaire confidentiel.", 0),
    ]
    answering.save_fields(assessment_id=assessment.pk, edits=edits, by=buyer)
    pages = [client.get(url("answers", token)), client.get(url("answer_chapter", token, 4))]
    answers = [*pages, save(client, token)]
    for answer in answers:
        shown = answer.content.decode()
        assert "confidentiel" not in shown
        assert "Non conforme" not in shown
        assert "scored" not in shown
    # Not even how often the buyer has written on the point.
    assert 'name="versions" value="O-7.1:0:0 O-7.2:0:0"' in text(pages[1])


def test_the_page_names_no_other_candidate_and_leads_nowhere_else(client, assessment, buyer, token):
    other = factories.candidacy(assessment.candidacy.lot, buyer)
    for page in (url("answers", token), url("answer_chapter", token, 1)):
        shown = text(client.get(page))
        assert other.vendor.name not in shown
        links = set(re.findall(r'href="(/[^"]*)"', shown))
        own = {link for link in links if link.startswith(("/repondre/", "/static/"))}
        assert links - own == {"/aide/", "/contact/", "/accessibilite/"}
    assert "ou envoyé votre lien" in text(client.get("/contact/"))


@pytest.mark.parametrize("page", ["answers", "answer_chapter"])
def test_the_address_is_told_to_no_other_site_and_to_no_search_engine(client, token, page):
    parts = [1] if page == "answer_chapter" else []
    answer = client.get(url(page, token, *parts))
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer["Cache-Control"]
    assert answer.cookies == {}


# -- A link that opens nothing -------------------------------------------------------------------


def test_an_unknown_link_is_a_page_that_does_not_exist(client, db):
    assert client.get(url("answers", "x" * 43)).status_code == 404


def test_whoever_tries_addresses_is_stopped(client, db, settings):
    cache.clear()
    tried = [client.get(url("answers", f"essai-{n}")).status_code for n in range(61)]
    assert tried == [404] * 60 + [429]


def test_an_expired_link_and_a_revoked_one_say_the_same(client, assessment, buyer, given):
    link, token = given
    answer_links.revoke_link(link=link, by=buyer)
    revoked = client.get(url("answers", token))
    _other, token = factories.answer_link(buyer, assessment)
    later = timezone.now() + dt.timedelta(days=40)
    with mock.patch.object(timezone, "now", return_value=later):
        expired = client.get(url("answers", token))
        saved = save(client, token)
    assert revoked.status_code == expired.status_code == saved.status_code == 410
    assert text(revoked) == text(expired)
    assert buyer.email in text(revoked)
    assert saved.json() == {"error": "Ce lien n’est plus valable\u00a0: rien n’a été enregistré."}
    assert held(assessment) == ("", "")


# -- Saving --------------------------------------------------------------------------------------


def test_a_script_saves_one_field_and_learns_how_far_the_form_is(client, assessment, token):
    answer = save(client, token).json()
    assert (answer["version"], answer["value"]) == (1, "yes")
    assert answer["counters"] == {"as_of": answer["counters"]["as_of"], "total": 4, "answered": 1}
    assert held(assessment) == ("yes", "")


def test_whoever_writes_too_often_is_slowed_down_and_reads_on(client, assessment, token, settings):
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"answer_writes": "1/m/key"}
    save(client, token)
    refused = save(client, token, value="no")
    assert refused.status_code == 429
    assert refused.json() == {"error": "Trop d’envois en peu de temps\u00a0: attendez une minute."}
    page = client.post(url("answer_chapter", token, 4), {"O-7.1.claim": "no"})
    assert (page.status_code, "Revenir aux consultations" in text(page)) == (429, False)
    assert client.get(url("answer_chapter", token, 4)).status_code == 200
    assert held(assessment) == ("yes", "")


def test_a_conflict_shows_both_values_and_names_nobody(client, buyer, assessment, token):
    save(client, token, field="claim_text", value="La première.")
    answer = save(client, token, field="claim_text", value="La seconde.")
    assert answer.status_code == 409
    assert (answer.json()["theirs"], answer.json()["author"]) == (
        "La première.",
        "Modifié ailleurs",
    )
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="claim_text",
        value="Saisi par l’acheteur.",
        base_version=1,
        by=buyer,
    )
    answer = save(client, token, field="claim_text", value="La troisième.", version=1)
    assert buyer.full_name not in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"value": "not_concerned"}, 422),
        ({"field": "score", "value": "compliant"}, 422),
        ({"field": "nothing"}, 422),
        ({"version": "x"}, 422),
        ({"ref": "O-99.1"}, 422),
        ({"field": "claim_text", "value": "x" * 10_001}, 422),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(client, assessment, token, changes, status):
    answer = save(client, token, **changes)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert held(assessment) == ("", "")


def post_chapter(client, token: str, chapter: Any = 4, **values: Any):
    told = {"versions": "O-7.1:0:0 O-7.2:0:0"} | values
    return client.post(url("answer_chapter", token, chapter), told)


def test_without_a_script_one_button_saves_the_page(client, assessment, token):
    values = {"O-7.1.claim": "yes", "O-7.1.claim_text": "Voir le PAS.", "O-7.2.claim": "no"}
    answer = post_chapter(client, token, **values)
    assert answer["Location"] == url("answer_chapter", token, 4) + "?enregistre=oui"
    assert "Vos réponses sont enregistrées." in text(client.get(answer["Location"]))
    assert held(assessment) == ("yes", "Voir le PAS.")
    assert held(assessment, "O-7.2") == ("no", "")


def test_saving_and_going_on_leads_to_the_next_chapter_then_to_what_is_missing(client, token):
    following = post_chapter(client, token, 1, versions="", suite="oui")
    assert following["Location"] == url("answer_chapter", token, 2)
    last = post_chapter(client, token, suite="oui")
    assert last["Location"] == url("answers", token) + "#manque"


def test_without_a_script_a_conflict_keeps_what_was_typed(client, assessment, token):
    save(client, token, field="claim_text", value="La première fenêtre.")
    page = post_chapter(client, token, **{"O-7.1.claim_text": "La seconde."})
    assert page.status_code == 409
    shown = text(page)
    assert "La première fenêtre." in shown
    assert re.search(r'name="O-7.1.claim_text"[^>]*> ?La seconde.</textarea>', shown)
    # The page has now read the other value: sent again, it is a choice.
    versions = re.search(r'name="versions" value="([^"]+)"', shown)
    assert versions
    post_chapter(client, token, **{"versions": versions[1], "O-7.1.claim_text": "La seconde."})
    assert held(assessment) == ("", "La seconde.")


def test_a_forged_form_never_scores(client, assessment, token):
    post_chapter(client, token, **{"O-7.1.score": "compliant", "O-7.1.comment": "Parfait."})
    score = assessment.scores.get(item__point__ref="O-7.1")
    assert (score.value, score.comment) == ("", "")


def test_what_is_missing_is_listed_with_a_way_to_each(client, token):
    save(client, token)
    page = text(client.get(url("answers", token)))
    assert f'<a href="{url("answer_chapter", token, 4)}#O-7.2">O-7.2</a>' in page
    assert "#O-7.1" not in page


@pytest.mark.parametrize("points", [3, 30])
def test_as_many_queries_whatever_is_asked(
    client, buyer, facility, points, django_assert_num_queries
):
    asked = [
        {"ref": f"O-1.{n}", "condition": "ALWAYS", "answer_kind": AnswerKind.YES_NO}
        for n in range(1, points + 1)
    ]
    version = factories.version(points=asked)
    assessment = factories.informal_assessment(buyer, facility, on=version)
    _link, token = factories.answer_link(buyer, assessment)
    client.get(url("answer_chapter", token, 1))  # the texts of the version come to memory
    with django_assert_num_queries(5):
        client.get(url("answer_chapter", token, 1))
    with django_assert_num_queries(4):
        client.get(url("answers", token))
