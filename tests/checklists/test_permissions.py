"""Every policy as a table: who may, what closes it for them, and the sentence beside the button.

The pages hold these rules elsewhere; here each is asked alone, on values in memory.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from checklists import permissions
from checklists.enums import Interest, VersionState
from checklists.models import (
    Assessment,
    Checklist,
    Elimination,
    Exchange,
    ExchangeParty,
    OpinionRequest,
    Reading,
)
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import User
from uniha_clausier.accounts.permissions import YES, Access, Permit
from vendors import permissions as purchases
from vendors.enums import FORMAL, WITHOUT_OPENING, Procedure
from vendors.models import Candidacy, Lot, Opening, Tender

ME, SOMEBODY = 1, 2
NOW = timezone.now()

UNOPENED = "Enregistrez d’abord l’ouverture des plis de la consultation."
STOPPED = "Les réponses de ce candidat sont arrêtées : ses documents le sont aussi."
SIGNED = "L’évaluation est signée : elle est en lecture seule."
UNDECLARED = "Déclarez d’abord si vous avez un conflit d’intérêts dans cette consultation."
WITHDRAWN = "Vous vous êtes retiré de cette consultation."

BUYER = {Role.BUYER}
KEEPERS = {Role.BUYER, Role.FACILITY_ADMIN}
REVIEWERS = {Role.CISO, Role.DPO, Role.BIOMEDICAL_ENGINEER, Role.BUYER}


def access(*roles: str) -> Access:
    return Access(User(pk=ME, full_name="Moi"), 1, frozenset(roles))


def tender(procedure: str = Procedure.OPEN, *, opened: bool = True) -> Tender:
    made = Tender(procedure=procedure)
    if opened:
        Opening(tender=made)
    return made


def assessment(of: Tender | None = None, **fields: Any) -> Assessment:
    return Assessment(candidacy=Candidacy(lot=Lot(tender=of or tender())), **fields)


def party(of: Tender, *, replied: bool = False, **fields: Any) -> ExchangeParty:
    return ExchangeParty(
        exchange=Exchange(**fields),
        assessment=assessment(of),
        replied_at=NOW if replied else None,
    )


def published() -> Checklist:
    return Checklist(state=VersionState.PUBLISHED)


def said(permit: Permit) -> tuple[bool, str]:
    """What a permit says, with its spaces made plain."""
    return permit.allowed, permit.reason.replace("\u00a0", " ")


INFORMAL = tender(Procedure.NO_PUBLICITY, opened=False)
LETTER = party(INFORMAL, sent_at=NOW)
OPEN_POLICIES: dict[str, tuple[Callable[[Access], Permit], set[Role]]] = {
    "manage_purchases": (purchases.manage_purchases, BUYER),
    "prepare nothing yet": (lambda a: permissions.prepare(a, None), BUYER),
    "prepare a draft": (lambda a: permissions.prepare(a, Checklist()), BUYER),
    "publish": (lambda a: permissions.publish(a, Checklist(), []), BUYER),
    "correct": (lambda a: permissions.correct(a, ""), BUYER),
    "answer_reading": (
        lambda a: permissions.answer_reading(a, Reading(role=Role.DPO)),
        {Role.DPO},
    ),
    "assess": (permissions.assess, BUYER),
    "receive": (lambda a: permissions.receive(a, tender()), BUYER),
    "give_link": (lambda a: permissions.give_link(a, assessment(INFORMAL)), BUYER),
    "give_reply_link": (lambda a: permissions.give_reply_link(a, LETTER), BUYER),
    "write_analysis": (lambda a: permissions.write_analysis(a, tender()), BUYER),
    "join_files": (lambda a: permissions.join_files(a, assessment()), BUYER),
    "join_certificates": (lambda a: permissions.join_certificates(a, assessment()), BUYER),
    "qualify_files": (permissions.qualify_files, {Role.BUYER, Role.CISO}),
    "find": (
        lambda a: permissions.find(a, Role.DPO, tender(), Interest.CLEAR),
        {Role.DPO},
    ),
    "ask_opinion": (lambda a: permissions.ask_opinion(a, tender()), BUYER),
    "give_opinion to a role": (
        lambda a: permissions.give_opinion(
            a, OpinionRequest(role=Role.CISO), tender(), Interest.CLEAR
        ),
        {Role.CISO},
    ),
    "decide": (lambda a: permissions.decide(a, tender()), BUYER),
    "ask_visas": (lambda a: permissions.ask_visas(a, []), BUYER),
    "give_visa": (
        lambda a: permissions.give_visa(a, Role.CISO, tender(), Interest.CLEAR),
        {Role.CISO},
    ),
    "order_visas": (permissions.order_visas, KEEPERS),
    "declare_interest": (permissions.declare_interest, REVIEWERS),
    "write_to_candidates": (lambda a: permissions.write_to_candidates(a, tender()), BUYER),
    "share_chapters": (permissions.share_chapters, BUYER),
    "produce_document": (permissions.produce_document, BUYER),
    "produce_edition": (lambda a: permissions.produce_edition(a, assessment(), ""), BUYER),
    "produce_dossier": (permissions.produce_dossier, BUYER),
    "manage_retention": (permissions.manage_retention, KEEPERS),
    "decide_elimination": (
        lambda a: permissions.decide_elimination(a, Elimination(proposed_by_id=SOMEBODY)),
        KEEPERS,
    ),
    "deposit_signed": (permissions.deposit_signed, BUYER),
    "manage_comment_templates": (permissions.manage_comment_templates, BUYER),
    "route_reviews": (permissions.route_reviews, KEEPERS),
    "keep_profiles": (permissions.keep_profiles, BUYER),
    "start": (lambda a: permissions.start(a, published()), BUYER),
}
"""Each act where nothing stands in its way: who may."""


@pytest.mark.parametrize("name", OPEN_POLICIES)
def test_who_may_when_nothing_stands_in_the_way(name: str) -> None:
    policy, who = OPEN_POLICIES[name]
    assert {role for role in Role if policy(access(role))} == who
    assert {policy(access(role)).reason for role in who} == {""}


def test_what_is_missing_is_told_to_who_may_publish_alone() -> None:
    permit = permissions.publish(access(Role.READER), Checklist(), ["Il manque le profil."])
    assert said(permit) == (False, "Réservé au rôle acheteur.")


@pytest.mark.parametrize("name", OPEN_POLICIES)
def test_a_refusal_names_the_roles_that_may(name: str) -> None:
    """To a reader, and to the people of a beneficiary, who hold no role here."""
    policy, who = OPEN_POLICIES[name]
    for permit in (policy(access(Role.READER)), policy(access())):
        allowed, reason = said(permit)
        assert not allowed
        assert reason.startswith("Réservé au rôle ")
        labels = {str(role.label) for role in who}
        named = reason.removeprefix("Réservé au rôle ").removesuffix(".").split(" ou ")
        assert {label if label.isupper() else label.capitalize() for label in named} == labels
        assert len(named) == len(who)


def buyer() -> Access:
    return access(Role.BUYER)


def closed_letter(**fields: Any) -> Callable[[], Permit]:
    return lambda: permissions.give_reply_link(buyer(), party(INFORMAL, **fields))


def opinion_of(person: int | None) -> OpinionRequest:
    asked = OpinionRequest(role="" if person else Role.CISO)
    if person:
        asked.person = User(pk=person, full_name="Claude Roux")
    return asked


CLOSED: dict[str, tuple[Callable[[], Permit], str]] = {
    "prepare what is published": (
        lambda: permissions.prepare(buyer(), published()),
        "La check-list est publiée : elle ne change plus.",
    ),
    "publish twice": (
        lambda: permissions.publish(buyer(), published(), []),
        "La check-list est publiée : elle ne change plus.",
    ),
    "publish what is not ready": (
        lambda: permissions.publish(buyer(), Checklist(), ["Il manque un poids.", "Et plus."]),
        "Il manque un poids.",
    ),
    "correct against an obstacle": (
        lambda: permissions.correct(buyer(), "Une autre version existe."),
        "Une autre version existe.",
    ),
    "write after the signature": (
        lambda: permissions.unless_signed(YES, "Signée le 3."),
        "Signée le 3.",
    ),
    "receive before the opening": (
        lambda: permissions.receive(buyer(), tender(opened=False)),
        UNOPENED,
    ),
    "compare before the opening": (
        lambda: permissions.compare(tender(opened=False)),
        UNOPENED,
    ),
    "analyse before the opening": (
        lambda: permissions.write_analysis(buyer(), tender(opened=False)),
        UNOPENED,
    ),
    "ask an opinion before the opening": (
        lambda: permissions.ask_opinion(buyer(), tender(opened=False)),
        UNOPENED,
    ),
    "decide before the opening": (
        lambda: permissions.decide(buyer(), tender(opened=False)),
        UNOPENED,
    ),
    "write before the opening": (
        lambda: permissions.write_to_candidates(buyer(), tender(opened=False)),
        UNOPENED,
    ),
    "join files before the opening": (
        lambda: permissions.join_files(buyer(), assessment(tender(opened=False))),
        UNOPENED,
    ),
    "join files once the answers are stopped": (
        lambda: permissions.join_files(buyer(), assessment(answers_frozen_at=NOW)),
        STOPPED,
    ),
    "join files once it is signed": (
        lambda: permissions.join_files(buyer(), assessment(signed_at=NOW)),
        STOPPED,
    ),
    "join certificates before the opening": (
        lambda: permissions.join_certificates(buyer(), assessment(tender(opened=False))),
        UNOPENED,
    ),
    "join certificates once it is signed": (
        lambda: permissions.join_certificates(buyer(), assessment(signed_at=NOW)),
        SIGNED,
    ),
    "find before the opening": (
        lambda: permissions.find(
            access(Role.CISO), Role.CISO, tender(opened=False), Interest.CLEAR
        ),
        UNOPENED,
    ),
    "find without a declaration": (
        lambda: permissions.find(access(Role.CISO), Role.CISO, tender(), Interest.UNDECLARED),
        UNDECLARED,
    ),
    "find after a withdrawal": (
        lambda: permissions.find(access(Role.CISO), Role.CISO, tender(), Interest.WITHDRAWN),
        WITHDRAWN,
    ),
    "give a visa without a declaration": (
        lambda: permissions.give_visa(access(Role.CISO), Role.CISO, tender(), Interest.UNDECLARED),
        UNDECLARED,
    ),
    "give the opinion asked to another": (
        lambda: permissions.give_opinion(
            access(Role.CISO), opinion_of(SOMEBODY), tender(), Interest.CLEAR
        ),
        "Cet avis est demandé à Claude Roux.",
    ),
    "give an opinion after a withdrawal": (
        lambda: permissions.give_opinion(
            access(Role.CISO), opinion_of(ME), tender(), Interest.WITHDRAWN
        ),
        WITHDRAWN,
    ),
    "ask visas too early": (
        lambda: permissions.ask_visas(buyer(), ["Il manque des notes."]),
        "Il manque des notes.",
    ),
    "produce the edition of what is replaced": (
        lambda: permissions.produce_edition(
            buyer(), assessment(replaced_at=NOW), "Une version la remplace."
        ),
        "Une version la remplace.",
    ),
    "decide of one's own proposal": (
        lambda: permissions.decide_elimination(buyer(), Elimination(proposed_by_id=ME)),
        "Une autre personne que celle qui propose décide de l’élimination.",
    ),
    "start without a checklist": (
        lambda: permissions.start(buyer(), None),
        "Publiez d’abord la check-list du lot.",
    ),
    "start on a draft": (
        lambda: permissions.start(buyer(), Checklist()),
        "Publiez d’abord la check-list du lot.",
    ),
    "link once the answers are stopped": (
        lambda: permissions.give_link(buyer(), assessment(INFORMAL, answers_frozen_at=NOW)),
        "Les réponses de ce candidat sont arrêtées : plus rien ne s’y écrit.",
    ),
    "link once it is signed": (
        lambda: permissions.give_link(buyer(), assessment(INFORMAL, signed_at=NOW)),
        "L’évaluation de ce candidat est signée : plus rien ne s’y écrit.",
    ),
    "reply before the letter": (
        closed_letter(),
        "Arrêtez d’abord la demande : le candidat répond à ce qu’elle demande.",
    ),
    "reply twice": (
        closed_letter(sent_at=NOW, replied=True),
        "La réponse de ce candidat est déjà enregistrée.",
    ),
    "reply to what is closed": (
        closed_letter(sent_at=NOW, closed_at=NOW),
        "La demande est close : plus rien ne s’y écrit.",
    ),
}
"""What stands in the way of those who may: the reason is the first thing to do."""


@pytest.mark.parametrize("name", CLOSED)
def test_what_closes_an_act_is_its_reason(name: str) -> None:
    policy, reason = CLOSED[name]
    assert said(policy()) == (False, reason)


READERS_OF_OBSTACLES = {
    "correct": lambda a: permissions.correct(a, "Un obstacle."),
    "find": lambda a: permissions.find(a, Role.CISO, tender(opened=False), Interest.WITHDRAWN),
    "find undeclared": lambda a: permissions.find(a, Role.CISO, tender(), Interest.UNDECLARED),
    "find withdrawn": lambda a: permissions.find(a, Role.CISO, tender(), Interest.WITHDRAWN),
    "receive": lambda a: permissions.receive(a, tender(opened=False)),
    "ask_visas": lambda a: permissions.ask_visas(a, ["Il manque des notes."]),
    "produce_edition": lambda a: permissions.produce_edition(
        a, assessment(replaced_at=NOW), "Remplacée."
    ),
    "decide_elimination": lambda a: permissions.decide_elimination(
        a, Elimination(proposed_by_id=ME)
    ),
}


@pytest.mark.parametrize("name", READERS_OF_OBSTACLES)
def test_who_may_not_anyway_is_told_so_first(name: str) -> None:
    """A reader is not sent to lift an obstacle behind which nothing waits for them."""
    allowed, reason = said(READERS_OF_OBSTACLES[name](access(Role.READER)))
    assert not allowed
    assert reason.startswith("Réservé au rôle ")


def test_a_refusal_stays_what_it_was_after_the_signature() -> None:
    refused = Permit(False, "Réservé.")
    assert permissions.unless_signed(refused, "Signée.") == refused
    assert permissions.unless_signed(refused, "") == refused
    assert permissions.unless_signed(YES, "") == YES


@pytest.mark.parametrize("procedure", Procedure)
def test_the_procedure_decides_of_the_opening_and_of_the_links(procedure: Procedure) -> None:
    waits = procedure not in WITHOUT_OPENING
    sealed = tender(procedure, opened=False)
    assert bool(permissions.compare(sealed)) is not waits
    assert permissions.compare(tender(procedure)) == YES
    link = permissions.give_link(buyer(), assessment(sealed))
    assert bool(link) is not waits
    if waits:
        assert str(procedure.label) in link.reason
        assert "profil d’acheteur" in link.reason
    reason = permissions.why_no_reply_link(party(sealed, sent_at=NOW))
    assert bool(reason) is (procedure in FORMAL)
    assert (str(procedure.label) in reason) is (procedure in FORMAL)


@pytest.mark.parametrize("role", REVIEWERS)
def test_the_person_asked_answers_in_the_role_that_they_hold(role: Role) -> None:
    asked = opinion_of(ME)
    assert permissions.give_opinion(access(role), asked, tender(), Interest.CLEAR) == YES


def test_the_person_asked_who_reviews_no_longer_is_refused() -> None:
    permit = permissions.give_opinion(access(Role.READER), opinion_of(ME), tender(), Interest.CLEAR)
    assert said(permit) == (False, "Réservé au rôle RSSI.")


def test_only_who_buys_somewhere_creates() -> None:
    assert purchases.create([]) == Permit(False, "Réservé au rôle acheteur.")
    assert purchases.create([object()]) == YES  # type: ignore[list-item]
