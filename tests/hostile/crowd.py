"""One row of what the world of the access tests holds none of, for texts to stand in.

The rows are laid as they are: what they say comes next (poison.py), the refusals of the database
being set aside.
"""

import datetime as dt
from typing import Any

from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from checklists import models
from checklists.domain import (
    answer_sets,
    certificates,
    editions,
    exchanges,
    regularisations,
)
from checklists.enums import DecisionValue, DerogationKind, FindingValue, Force, OpinionValue
from tests import factories
from tests.access.world import OBJECTS, World
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import HospitalGroup
from uniha_clausier.common.models import FileScan, ScheduledRun, WorkerSign
from vendors.models import Product

from .poison import set_triggers_aside

TEXT = "Un texte."
HASH = "0" * 64
REFERENCE = {
    "label": "Un référentiel",
    "status": "in_force",
    "checked_on": "2026-01-05",
    "note": "Une note de lecture",
}
PARAMETER = {"name": "delai", "label": "Un délai à tenir", "type": "cctp_text", "note": "Une note"}


def crowded_world() -> tuple[World, list[str]]:
    """Return a world with one of everything that somebody types, and more pages of it."""
    world = World()
    for build in OBJECTS.values():
        build(world)
    assert world.secret and world.letter_parts  # made now, behind their links
    factories.corrected(world.signed_assessment, world.buyer)
    more = [*regularised(world), *corrected(world)]
    set_triggers_aside()
    written(world.assessment, world)
    for letter in models.ExchangeParty.objects.exclude(letter={}):
        replied(letter, world)
    of_the_lot(world)
    of_the_facility(world)
    return world, more


def regularised(world: World) -> list[str]:
    """An answer that a regularisation changed; return the pages that tell it."""
    stopped = factories.assessment(world.buyer, world.facility)
    answer_sets.freeze(assessment=stopped, by=world.buyer)
    (party,) = factories.regularised(world.buyer, stopped.checklist, "O-7.1")
    reply = party.replies.get()
    exchanges.register(party=party, texts={reply.pk: TEXT}, by=world.buyer)
    changes = [answer_sets.Regularised(reply, "yes", TEXT)]
    regularisations.accept(party=party, changes=changes, reason=TEXT, by=world.buyer)
    return [
        reverse("checklists:regularisation_list", args=[stopped.checklist_id]),
        reverse("checklists:regularisation_decide", args=[party.pk]),
        reverse("checklists:exchange_detail", args=[party.exchange_id]),
        reverse("checklists:assessment_history", args=[stopped.pk, "O-7.1"]),
    ]


def corrected(world: World) -> list[str]:
    """A checklist that was published, then corrected; return the page of its next edition."""
    published = factories.published_checklist(world.buyer, world.facility)
    draft = editions.prepare_correction(checklist=published, reason=TEXT, by=world.buyer)
    return [reverse("checklists:checklist_publish", args=[draft.pk])]


def written(assessment: models.Assessment, world: World) -> None:
    """Everything that people write beside the points of an assessment."""
    now, by = timezone.now(), world.buyer
    ciso = world.people[Role.CISO]
    for answer in models.Answer.objects.all():
        answer.value, answer.text, answer.version = "yes", TEXT, answer.version + 1
        answer.updated_at, answer.updated_by = now, by
        answer.save()
    items = list(assessment.checklist.items.filter(is_applicable=True).order_by("position"))
    for score in assessment.scores.all():
        score.value, score.comment, score.version = "partial", TEXT, 1
        score.updated_at, score.updated_by = now, by
        score.save()
    for item in items:
        models.PointDecision.objects.create(
            assessment=assessment, item=item, value=DecisionValue.RESERVED, commitment=TEXT,
            owner=TEXT, due_on=now.date(), answer_version=1, score_version=1, version=1,
            decided_at=now, decided_by=by,
        )  # fmt: skip
        models.Finding.objects.create(
            assessment=assessment, item=item, role=Role.CISO, value=FindingValue.RESERVED,
            comment=TEXT, version=1, answer_version=1, updated_at=now, updated_by=ciso,
        )  # fmt: skip
    models.AssessmentDecision.objects.create(
        assessment=assessment, value=DecisionValue.REFUSED, reason=TEXT, version=1,
        decided_at=now, decided_by=by,
    )  # fmt: skip
    models.Opinion.objects.create(
        request=world.opinion, number=1, value=OpinionValue.RESERVED, text=TEXT,
        filed_at=now, filed_by=ciso,
    )  # fmt: skip
    models.OpinionRequest.objects.update(chapter=TEXT, refs="O-7.1")
    visas = models.VisaRound.objects.create(
        assessment=assessment, number=1, roles=["ciso"], content_sha256=HASH, requested_at=now,
        requested_by=by, state="refused", awaited_role="buyer",
    )  # fmt: skip
    models.Visa.objects.create(
        round=visas, role=Role.CISO, value="refused", remark=TEXT, person=ciso, at=now
    )
    models.JoinedCertificate.objects.create(
        assessment=assessment, point=items[0].point, certificate=world.certificate,
        data=certificates.snapshot(world.certificate, now.date()),
        joined_at=now, joined_by=by,
    )  # fmt: skip


def replied(party: models.ExchangeParty, world: World) -> None:
    """A word of the candidate on each point of a letter."""
    for link in party.links.all():
        for reply in party.replies.all():
            models.LinkReply.objects.create(
                link=link, reply=reply, text=TEXT, version=1, text_version=1,
                updated_at=timezone.now(),
            )  # fmt: skip
    for reply in party.replies.all():
        reply.text, reply.updated_at, reply.updated_by = TEXT, timezone.now(), world.buyer
        reply.save()


def of_the_lot(world: World) -> None:
    """What the buyer writes in a checklist."""
    now, by = timezone.now(), world.buyer
    for checklist in (world.draft, world.assessment.checklist, world.published):
        item = checklist.items.filter(is_applicable=True).order_by("position")[0]
        models.Derogation.objects.create(
            item=item, kind=DerogationKind.ADAPTED, wording=TEXT, reason=TEXT,
            decided_at=now, decided_by=by,
        )  # fmt: skip
        models.AnalysisText.objects.update_or_create(
            checklist=checklist, key="methode",
            defaults={"text": TEXT, "proposed_sha256": "0" * 64, "version": 1,
                      "updated_at": now, "updated_by": by},
        )  # fmt: skip
        models.Erratum.objects.create(
            version=checklist.version, point=item.point,
            number=checklist.version.errata.count() + 1,
            date=now.date(), text=TEXT, source=TEXT, recorded_at=now,
        )  # fmt: skip
    forced = world.draft.items.order_by("-position")[0]
    forced.is_applicable, forced.force, forced.force_reason = False, Force.OUT, TEXT
    forced.forced_at, forced.forced_by = now, by
    forced.save()
    models.ControlPoint.objects.update(references=[REFERENCE], parameters=[PARAMETER])
    models.CctpParameter.objects.create(
        checklist=world.draft, key="incident_notice", choice="other", detail=TEXT,
        set_at=now, set_by=by,
    )  # fmt: skip
    models.Reading.objects.create(
        checklist=world.draft, role=Role.DPO, question=TEXT, asked_at=now, asked_by=by,
        verdict="reserved", remark=TEXT, answered_at=now, answered_by=by, content_sha256=HASH,
    )  # fmt: skip
    models.Deposit.objects.create(
        checklist=world.deposit.checklist, received_at=now, received_by=by, sent_as=TEXT,
        file_sha256="9" * 64, file_size=9, refusal=TEXT,
    )  # fmt: skip
    models.LateFile.objects.update(
        decision="admitted", reason=TEXT, decided_at=now, decided_by=by
    )  # fmt: skip
    models.TakeOver.objects.create(
        reception=world.reception, at=now, by=by, changed=1,
        decisions=[{"ref": "O-7.1", "field": "claim_text", "value": "Un texte pris"}],
    )  # fmt: skip
    models.Deposit.objects.update(told={"company": "Une société"})


def of_the_facility(world: World) -> None:
    """What an administrator and an operator read."""
    now = timezone.now()
    world.facility.group = HospitalGroup.objects.create(name="Un groupement")
    world.facility.save()
    Product.objects.create(vendor=world.vendor, name=TEXT, version="1", kind="software")
    a_day = dt.timedelta(days=1)
    FileScan.objects.create(
        file_name="x", state="infected", signature=TEXT, scanned_at=now, due_at=now + a_day,
        tenant=world.facility.pk, subject="assessment:1",
    )  # fmt: skip
    ScheduledRun.objects.create(
        job="anchor", day=now.date() - a_day, queued_at=now - a_day, finished_at=now,
        is_good=False, result=TEXT,
    )  # fmt: skip
    WorkerSign.objects.create(worker="w", host=TEXT, started_at=now, seen_at=now)
    EmailAddress.objects.create(user=world.buyer, email=world.buyer.email)
    models.RetentionHold.objects.update(lifted_at=now, lifted_by=world.buyer, lift_reason=TEXT)
    models.ReviewRoute.objects.create(
        facility=world.facility, clausier=world.draft.version.clausier, chapter="Chapitre 7",
        roles="ciso", set_at=now, set_by=world.buyer,
    )  # fmt: skip
    seal = {"level": "pades-b", "signer": "CN=Un nom", "fingerprint": HASH,
            "certificate_ends": "2030-01-01T00:00:00+00:00", "timestamped_at": ""}  # fmt: skip
    models.Document.objects.filter(pk=world.document.pk).update(seal=seal)
    report: dict[str, Any] = {
        "base_sha256": world.document.file_sha256,
        "signatures": [],
        "reasons": ["Une raison du refus"],
    }
    models.SignedFile.objects.update(report=report)
