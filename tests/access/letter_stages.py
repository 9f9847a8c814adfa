"""The stages of a letter and of the links of a candidate, in a purchase without a formal procedure."""

import datetime as dt

from django.utils import timezone

from checklists.documents import letters
from checklists.domain import answer_links, closing, exchanges, reply_links
from checklists.domain.answering import Edit
from checklists.models import AnswerLink, Assessment, ExchangeParty
from tests import factories
from tests.checklists import decision_site
from vendors.enums import Procedure
from vendors.models import Tender

from .states import Action, Body, Place
from .tender_stages import CHAPTER, REF, Step
from .tender_table import pdf, soon
from .world import World

GAP = "O-7.2"


# -- The stages ------------------------------------------------------------------------------------


def adapted(place: Place) -> None:
    """Offers were opened in a procedure whose letters may be answered by a link."""
    assessment = factories.assessment(place.world.buyer, place.world.facility)
    Tender.objects.filter(lots__checklists=assessment.checklist_id).update(
        procedure=Procedure.ADAPTED
    )
    _know(place, assessment)
    closing.close_reception(checklist=place["compared"], by=place.world.buyer)


def informal(place: Place) -> None:
    """Nothing waits for an opening: the questionnaire itself may be answered by a link."""
    _know(place, factories.informal_assessment(place.world.buyer, place.world.facility))


def _know(place: Place, assessment: Assessment) -> None:
    buyer = place.world.buyer
    decision_site.write(assessment, GAP, "claim", "no", buyer)
    place.objects |= {"assessment": assessment, "compared": assessment.checklist}
    place.parts |= {"ref": REF, "chapter": CHAPTER}


def drafted(place: Place) -> None:
    exchange = exchanges.ask_clarification(
        assessment=place["assessment"], questions={REF: "Laquelle ?"}, by=place.world.buyer
    )
    place.objects |= {"exchange": exchange, "party": exchange.parties.get()}


def sent(place: Place) -> None:
    exchanges.send(exchange=place["exchange"], freeze=letters.freeze, by=place.world.buyer)


def linked(place: Place) -> None:
    """A link was given, and an answer is prepared behind it."""
    link, token = factories.reply_link(place.world.buyer, place["party"])
    reply_links.save(link=link, edit=Edit(REF, "claim_text", "Celle-ci.", 0))
    place.objects["answer_link"] = link
    place.parts["token"] = token


def replied(place: Place) -> None:
    reply_links.submit(link=place["answer_link"])


def registered(place: Place) -> None:
    """The buyer registered what came by the buyer profile."""
    reply = place["party"].replies.get()
    exchanges.register(party=place["party"], texts={reply.pk: "Celle-là."}, by=place.world.buyer)


def closed(place: Place) -> None:
    exchanges.close(exchange=place["exchange"], by=place.world.buyer)


def regularising(place: Place) -> None:
    party: ExchangeParty = factories.regularised(place.world.buyer, place["compared"], GAP)[0]
    place.objects |= {"exchange": party.exchange, "party": party}


def given(place: Place) -> None:
    """A candidate got the link of the questionnaire."""
    link, token = factories.answer_link(place.world.buyer, place["assessment"])
    place.objects["answer_link"] = link
    place.parts["token"] = token


def begun(place: Place) -> None:
    """And joined a file."""
    place.parts["pk"] = factories.joined_file(place["answer_link"]).pk


def submitted(place: Place) -> None:
    answer_links.submit(link=place["answer_link"])


def revoked(place: Place) -> None:
    answer_links.revoke_link(link=place["answer_link"], by=place.world.buyer)


def expired(place: Place) -> None:
    link: AnswerLink = place["answer_link"]
    link.expires_at = link.created_at + dt.timedelta(milliseconds=1)
    link.save(update_fields=["expires_at"])


LETTER: dict[str, tuple[Step, ...]] = {
    "draft": (adapted, drafted),
    "sent": (adapted, drafted, sent),
    "linked": (adapted, drafted, sent, linked),
    "link revoked": (adapted, drafted, sent, linked, revoked),
    "link expired": (adapted, drafted, sent, linked, expired),
    "replied": (adapted, drafted, sent, linked, replied),
    "registered": (adapted, drafted, sent, registered),
    "closed": (adapted, drafted, sent, registered, closed),
    "regularising": (adapted, regularising),
    "regularised": (adapted, regularising, registered),
}
LINK: dict[str, tuple[Step, ...]] = {
    "given": (informal, given),
    "begun": (informal, given, begun),
    "submitted": (informal, given, begun, submitted),
    "revoked": (informal, given, begun, revoked),
    "expired": (informal, given, begun, expired),
}


def place_at(stage: str, world: World | None = None) -> Place:
    """Build what stands at a stage of a letter, or of a link."""
    place = Place(world or World(), stage)
    for step in (LETTER | LINK)[stage]:
        step(place)
        place.refresh()
    place.world.buy_for_the_beneficiary()
    return place


# -- The table -------------------------------------------------------------------------------------


def draft_of(place: Place) -> Body:
    points = place["exchange"].points.all()
    return {"deadline": soon() + "T12:00"} | {f"question-{one.pk}": "Autre ?" for one in points}


def reply_of(place: Place) -> Body:
    return {f"reponse-{one.pk}": "La dernière." for one in place["party"].replies.all()}


def decision_of(place: Place) -> Body:
    return {"decision": "refuser", "reason": "Trop tard."}


def end() -> str:
    return timezone.localtime(timezone.now() + dt.timedelta(days=40)).strftime("%Y-%m-%dT%H:%M")


C = "checklists:"
ONLY_DRAFT, LINKED = frozenset({"draft"}), frozenset({"linked"})
INVITED = frozenset({"given", "begun"})
LETTERS = frozenset(LETTER)
ASKED = LETTERS - {"draft"}
WAITING = frozenset({"sent", "linked", "link revoked", "link expired"})

LETTER_ACTIONS = [
    Action(f"{C}exchange_list", LETTERS, lambda _: {"points": [REF]}),
    Action(f"{C}exchange_detail", ONLY_DRAFT, draft_of),
    Action(f"{C}exchange_send", ONLY_DRAFT),
    Action(f"{C}exchange_discard", ONLY_DRAFT),
    Action(f"{C}exchange_close", frozenset({"replied", "registered"})),
    Action(
        f"{C}exchange_reply",
        WAITING | {"registered", "regularising", "regularised"},
        reply_of,
        quiet=True,
    ),
    Action(f"{C}exchange_letter", ASKED),
    Action(f"{C}regularisation_list", LETTERS, lambda _: {"points": [GAP]}),
    Action(f"{C}regularisation_decide", frozenset({"regularised"}), decision_of),
    Action(
        f"{C}reply_link",
        frozenset({"sent", "link revoked", "regularising"}),
        lambda _: {"email": ""},
    ),
    Action(f"{C}link_revoke", frozenset({"linked", "link expired"})),
    Action(
        f"{C}reply_home",
        LINKED,
        lambda _: {"versions": f"{REF}:1:0", f"{REF}.claim_text": "Une autre."},
        quiet=True,
    ),
    Action(
        f"{C}reply_point",
        LINKED,
        lambda _: {"field": "claim_text", "value": "Une autre.", "version": 1},
        quiet=True,
    ),
    Action(f"{C}reply_send", LINKED, lambda _: {"definitif": "on"}, quiet=True),
    Action(f"{C}reply_receipt", frozenset({"replied"}), quiet=True),
]

LINK_ACTIONS = [
    Action(
        f"{C}answer_link",
        frozenset({"revoked"}),
        lambda _: {"expires_at": end()},
    ),
    Action(f"{C}link_prolong", INVITED | {"expired"}, lambda _: {"expires_at": end()}),
    Action(f"{C}link_revoke", INVITED | {"expired"}),
    Action(f"{C}answers", frozenset({"given"}), quiet=True),
    Action(
        f"{C}answer_chapter",
        INVITED,
        lambda _: {"versions": f"{REF}:0:0", f"{REF}.claim": "yes"},
        quiet=True,
    ),
    Action(
        f"{C}answer_point",
        INVITED,
        lambda _: {"field": "claim", "value": "yes", "version": 0},
        quiet=True,
    ),
    Action(f"{C}answer_files", INVITED, lambda _: {f"{REF}.files": pdf("neuf")}, quiet=True),
    Action(
        f"{C}answer_replace", frozenset({"begun"}), lambda _: {"file": pdf("autre")}, quiet=True
    ),
    Action(f"{C}answer_submit", INVITED, lambda _: {"definitif": "on"}, quiet=True),
    Action(f"{C}answer_receipt", frozenset({"submitted"}), quiet=True),
]
