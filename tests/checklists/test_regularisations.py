"""A regularisation: the same for all candidates concerned, and the only door of a frozen answer."""

from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from checklists.domain import (
    answer_sets,
    answering,
    exchange_rules,
    exchanges,
    regularisations,
)
from checklists.domain.answer_sets import Regularised
from checklists.domain.exchanges import NotThisWay
from checklists.models import (
    Answer,
    Assessment,
    Exchange,
    ExchangeParty,
    Regularisation,
    RegularisedAnswer,
)
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.models import AuditEvent
from vendors.enums import WITHOUT_OPENING, Procedure

from .checklist_site import text

REFS = ("O-1.1", "O-2.1", "O-7.1", "O-7.2")


def write(assessment: Assessment, by: User, **claims: str) -> None:
    for ref, value in claims.items():
        answering.save_field(
            assessment_id=assessment.pk,
            ref=ref,
            field="claim",
            value=value,
            base_version=99,
            by=by,
        )


@pytest.fixture
def candidates(buyer: User, facility: Facility) -> list[Assessment]:
    """Three candidates, answers stopped: gaps on O-7.1 and O-7.2, on O-7.2, and none."""
    first = factories.assessment(buyer, facility)
    others = [factories.started(first.checklist, buyer) for _ in range(2)]
    made = [first, *others]
    gaps: list[dict[str, str]] = [{"O-7.1": "", "O-7.2": "no"}, {"O-7.2": "no"}, {}]
    for one, own in zip(made, gaps, strict=True):
        write(one, buyer, **dict.fromkeys(REFS, "yes") | own)
        answer_sets.freeze(assessment=one, by=buyer)
    return made


def answered(buyer: User, checklist: Any, *refs: str) -> list[ExchangeParty]:
    parties = factories.regularised(buyer, checklist, *refs)
    for party in parties:
        texts = {reply.pk: "OUI." for reply in party.replies.all()}
        exchanges.register(party=party, texts=texts, by=buyer)
    return parties


def changes(party: ExchangeParty, value: str = "yes", said: str = "Fourni.") -> list[Regularised]:
    replies = party.replies.select_related("point__item__point").order_by("pk")
    return [Regularised(reply, value, said) for reply in replies]


# -- The rules ---------------------------------------------------------------------------------


@given(st.sampled_from(Procedure.values))
def test_the_law_allows_it_where_offers_are_awaited(procedure: str) -> None:
    assert bool(exchange_rules.why_not_regularised(procedure)) == (procedure in WITHOUT_OPENING)


@given(
    st.dictionaries(st.integers(1, 9), st.sets(st.sampled_from(REFS))),
    st.lists(st.sampled_from(REFS), unique=True),
)
def test_all_who_have_a_gap_are_asked_and_on_their_gaps_only(
    gaps: dict[int, set[str]], asked: list[str]
) -> None:
    found = exchange_rules.concerned(gaps, asked)
    assert set(found) == {one for one, own in gaps.items() if own & set(asked)}
    assert all(set(refs) == gaps[one] & set(asked) for one, refs in found.items())


@given(
    st.sampled_from(["", "yes", "no", "not_concerned"]),
    st.sampled_from(["", "Voir."]),
    st.sampled_from(["", "compliant", "partial", "non_compliant", "to_clarify"]),
)
def test_an_answer_that_is_there_and_holds_has_no_gap(claim: str, said: str, score: str) -> None:
    holds = bool(claim or said) and claim != "no" and score != "non_compliant"
    assert exchange_rules.has_gap(claim, said, score) != holds


# -- The letters -------------------------------------------------------------------------------


def test_nobody_concerned_is_left_out_and_nobody_is_asked_more(candidates, buyer):
    first, second, _third = candidates
    parties = factories.regularised(buyer, first.checklist, "O-7.1", "O-7.2")
    asked = {
        party.assessment_id: [(one["ref"], one["question"]) for one in party.letter["points"]]
        for party in parties
    }
    assert asked == {
        first.pk: [("O-7.1", "Complétez O-7.1."), ("O-7.2", "Complétez O-7.2.")],
        second.pk: [("O-7.2", "Complétez O-7.2.")],
    }
    assert len({party.letter["deadline"] for party in parties}) == 1
    assert "R2152-2" in parties[0].letter["basis"]


def test_it_waits_for_stopped_answers_and_a_gap(candidates, buyer, facility):
    with pytest.raises(NotThisWay, match="Aucun candidat"):
        factories.regularised(buyer, candidates[0].checklist, "O-1.1")
    with pytest.raises(NotThisWay, match="Arrêtez d’abord"):
        factories.regularised(buyer, factories.assessment(buyer, facility).checklist, "O-7.1")
    informal = factories.informal_assessment(buyer, facility)
    with pytest.raises(NotThisWay, match="mise en concurrence"):
        factories.regularised(buyer, informal.checklist, "O-7.1")
    assert not Exchange.objects.exists()


# -- The decision ------------------------------------------------------------------------------


def test_accepted_it_changes_exactly_the_points_asked(candidates, buyer):
    first, second, _third = candidates
    before = {one.pk: answer_sets.content(one) for one in candidates}
    party, _other = answered(buyer, first.checklist, "O-7.2")
    decided = regularisations.accept(
        party=party, changes=changes(party), reason="Pièce produite.", by=buyer
    )
    first.refresh_from_db()
    after = answer_sets.content(first)["answers"]
    differing = [
        (old["ref"], old["value"], new["value"], new["text"])
        for old, new in zip(before[first.pk]["answers"], after, strict=True)
        if old != new
    ]
    assert differing == [("O-7.2", "no", "yes", "Fourni.")]
    assert first.answers_sha256 == answer_sets.hash_of(first) == decided.sha256_after
    assert decided.sha256_before != decided.sha256_after
    assert answer_sets.content(second) == before[second.pk]
    kept = RegularisedAnswer.objects.get()
    assert (kept.value_before, kept.value_after) == ("no", "yes")
    told = AuditEvent.objects.filter(action="claim.changed").order_by("seq").last()
    assert told and told.data["regularisation"] == 1
    assert AuditEvent.objects.filter(action="regularisation.accepted").count() == 1
    with pytest.raises(answering.AnswersFrozen):
        write(first, buyer, **{"O-7.2": "no"})


def test_refused_it_changes_nothing_and_is_final(candidates, buyer):
    first = candidates[0]
    before = answer_sets.hash_of(first)
    party = answered(buyer, first.checklist, "O-7.1")[0]
    regularisations.refuse(party=party, reason="Elle modifie l’offre.", by=buyer)
    assert answer_sets.hash_of(first) == before
    with pytest.raises(NotThisWay):
        regularisations.accept(party=party, changes=changes(party), reason="Si.", by=buyer)
    with pytest.raises(NotThisWay):
        exchanges.register(party=party, texts={}, by=buyer)


def test_it_is_not_decided_before_its_answer_nor_closed_before_its_decision(candidates, buyer):
    parties = factories.regularised(buyer, candidates[0].checklist, "O-7.2")
    with pytest.raises(NotThisWay):
        regularisations.refuse(party=parties[0], reason="Trop tôt.", by=buyer)
    texts = {parties[0].replies.get().pk: "OUI."}
    exchanges.register(party=parties[0], texts=texts, by=buyer)
    with pytest.raises(NotThisWay, match="Décidez"):
        exchanges.close(exchange=parties[0].exchange, by=buyer)
    regularisations.refuse(party=parties[0], reason="Non.", by=buyer)
    exchange = parties[0].exchange
    with mock.patch.object(timezone, "now", return_value=exchange.deadline):
        exchanges.close(exchange=exchange, by=buyer)


def test_an_acceptance_that_changes_nothing_is_refused(candidates, buyer):
    party = answered(buyer, candidates[0].checklist, "O-7.2")[0]
    with pytest.raises(NotThisWay, match="Rien ne change"):
        regularisations.accept(party=party, changes=changes(party, "no", ""), reason="?", by=buyer)
    assert not Regularisation.objects.exists()


def test_the_points_of_another_candidate_stay_shut(candidates, buyer):
    party, other = answered(buyer, candidates[0].checklist, "O-7.2")
    with pytest.raises(NotThisWay, match="pas demandé"):
        regularisations.accept(party=party, changes=changes(other), reason="?", by=buyer)


# -- What the database refuses -----------------------------------------------------------------


def test_the_door_lets_one_change_through_and_no_other(candidates, buyer):
    first = candidates[0]
    party = answered(buyer, first.checklist, "O-7.2")[0]
    answer = Answer.objects.get(assessment=first, item__point__ref="O-7.2")
    elsewhere = Answer.objects.get(assessment=first, item__point__ref="O-1.1")

    def opened(reply: Any, of: Answer, **changed: Any) -> RegularisedAnswer:
        told = {
            "version_before": of.version,
            "value_before": of.value,
            "text_before": of.text,
            "value_after": "yes",
            "text_after": "Fourni.",
        }
        return RegularisedAnswer.objects.create(reply=reply, answer=of, **told | changed)

    reply = party.replies.get()
    for refused in ((reply, elsewhere, {}), (reply, answer, {"value_before": "yes"})):
        with pytest.raises(IntegrityError), transaction.atomic():
            opened(refused[0], refused[1], **refused[2])
    opened(reply, answer)
    row = Answer.objects.filter(pk=answer.pk)
    for changed in (
        {"value": "yes", "text": "Autre chose.", "version": answer.version + 1},
        {"value": "yes", "text": "Fourni.", "version": answer.version},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.update(**changed)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.filter(pk=first.pk).update(answers_sha256="0" * 64)
    row.update(value="yes", text="Fourni.", version=answer.version + 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.update(value="no", text="", version=answer.version + 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        RegularisedAnswer.objects.update(value_after="no")


def test_a_clarification_opens_no_door(candidates, buyer):
    first = candidates[0]
    party = factories.asked(buyer, first, "O-7.2")
    exchanges.register(party=party, texts={party.replies.get().pk: "OUI."}, by=buyer)
    with pytest.raises(NotThisWay):
        regularisations.accept(party=party, changes=changes(party), reason="Non.", by=buyer)
    answer = Answer.objects.get(assessment=first, item__point__ref="O-7.2")
    with pytest.raises(IntegrityError), transaction.atomic():
        RegularisedAnswer.objects.create(
            reply=party.replies.get(),
            answer=answer,
            version_before=answer.version,
            value_before=answer.value,
            text_before=answer.text,
            value_after="yes",
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Regularisation.objects.create(
            party=party,
            is_accepted=False,
            reason="Non.",
            decided_at=first.created_at,
            decided_by=buyer,
            sha256_before=first.answers_sha256,
            sha256_after=first.answers_sha256,
        )


# -- The pages ---------------------------------------------------------------------------------


def test_the_journey_of_a_regularisation(signed_in: Client, candidates: list[Assessment]) -> None:
    first = candidates[0]
    page = reverse("checklists:regularisation_list", args=[first.checklist_id])
    html = text(signed_in.get(page))
    assert 'value="O-7.2"' in html and 'value="O-1.1"' not in html
    assert text(signed_in.post(page)).count("Cochez au moins un point.") == 1
    response = signed_in.post(page, {"points": ["O-7.2"]})
    exchange = Exchange.objects.get()
    assert response["Location"] == reverse("checklists:exchange_detail", args=[exchange.pk])
    send = reverse("checklists:exchange_send", args=[exchange.pk])
    assert "caractéristique substantielle" in text(signed_in.get(send))
    signed_in.post(send)
    party = exchange.parties.get(assessment=first)
    reply = party.replies.get()
    signed_in.post(
        reverse("checklists:exchange_reply", args=[party.pk]), {f"reponse-{reply.pk}": "OUI."}
    )
    decide = reverse("checklists:regularisation_decide", args=[party.pk])
    sent = {f"valeur-{reply.pk}": "yes", f"texte-{reply.pk}": "Fourni le 3 mars."}
    refused = signed_in.post(decide, sent | {"decision": "accepter"})
    assert refused.status_code == 422 and "Fourni le 3 mars." in text(refused)
    signed_in.post(decide, sent | {"decision": "accepter", "reason": "Pièce produite."})
    html = text(signed_in.get(reverse("checklists:exchange_detail", args=[exchange.pk])))
    assert "Régularisation acceptée" in html and "Fourni le 3 mars." in html
    answer = Answer.objects.get(assessment=first, item__point__ref="O-7.2")
    assert (answer.value, answer.text) == ("yes", "Fourni le 3 mars.")


def test_where_the_law_does_not_allow_it_the_page_says_why(
    signed_in: Client, buyer: User, facility: Facility
) -> None:
    informal = factories.informal_assessment(buyer, facility)
    page = reverse("checklists:regularisation_list", args=[informal.checklist_id])
    html = text(signed_in.get(page))
    assert "négociez librement" in html and "Préparer la régularisation" not in html
