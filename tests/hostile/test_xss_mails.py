"""What people typed is text in a message too, and never a line of its head (QUALITY 20)."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.test.signals import template_rendered

from checklists.domain import answer_mails, opinion_mails, visa_mails
from checklists.models import AnswerLink, OpinionRequest, VisaRound
from tests import factories
from tests.access.world import World
from uniha_clausier.accounts.domain import invitations, operators
from uniha_clausier.accounts.models import Invitation
from uniha_clausier.common.models import SentMail

from .crowd import crowded_world
from .payloads import CANARY, mangled, marks
from .poison import Poison

pytestmark = pytest.mark.long

ADDRESS = "https://clausier.example/une-page/"
HEADS = {
    *("Content-Type", "MIME-Version", "Content-Transfer-Encoding"),
    *("Subject", "From", "To", "Date", "Message-ID"),
}
ROUNDS = {"open": "ciso", "refused": "buyer", "granted": ""}
"""The states of visas that a message tells, and who is awaited then."""


@pytest.fixture
def world(db: None) -> World:
    made, _pages = crowded_world()
    factories.reply_link(made.buyer, made.letter, email="offres@ponant.example")
    Poison().everywhere()
    return made


@pytest.fixture
def rendered() -> Iterator[set[str]]:
    """The names of the templates that are rendered."""
    names: set[str] = set()

    def note(template: Any, **_: Any) -> None:
        names.add(template.name)

    template_rendered.connect(note)
    yield names
    template_rendered.disconnect(note)


def send_everything(world: World) -> list[EmailMessage]:
    """Send every message that tells what people typed."""
    mail.outbox.clear()
    for link in AnswerLink.objects.exclude(email=""):
        answer_mails.send_link(link=link, address=ADDRESS)
        answer_mails.send_reminder(link=link, days=3)
    sent = AnswerLink.objects.get(pk=world.sent_link.pk)
    answer_mails.send_receipt(link=sent, pdf=b"%PDF-1.7", file_name="recepisse.pdf")
    for asked in OpinionRequest.objects.all():
        opinion_mails.send_request(asked=asked, address=ADDRESS)
        opinion_mails.send_reminder(asked=asked)
    for state, awaited in ROUNDS.items():
        VisaRound.objects.update(state=state, awaited_role=awaited)
        for visas in VisaRound.objects.all():
            visa_mails.tell(visas, address=ADDRESS)
    for invitation in Invitation.objects.all():
        invitations.tell(invitation=invitation, address=ADDRESS)
    SentMail.objects.filter(key__startswith=operators.KEY).delete()
    assert operators.tell_of_given_up()
    return list(mail.outbox)


def test_a_message_says_what_was_typed_and_nothing_comes_of_it(
    world: World, rendered: set[str]
) -> None:
    messages = send_everything(world)
    folder = Path(settings.BASE_DIR) / "templates/emails"
    assert {f"emails/{file.name}" for file in folder.iterdir()} <= rendered
    assert len(messages) > 10
    for message in messages:
        read = message_from_bytes(message.message().as_bytes(), policy=policy.default)
        assert set(read.keys()) <= HEADS and len(read.keys()) == len(set(read.keys()))
        assert "\n" not in read["Subject"]
        kinds = [part.get_content_type() for part in read.walk() if not part.is_multipart()]
        assert kinds in (["text/plain"], ["text/plain", "application/pdf"])
        body = read.get_body(("plain",))
        assert body is not None
        text = body.get_content()
        assert mangled(text) == [] and mangled(read["Subject"]) == []
        assert marks(text) and CANARY in text


def test_a_message_that_escapes_its_texts_would_be_seen() -> None:
    assert mangled("p001:&lt;script&gt;canari(1)&lt;/script&gt;")
