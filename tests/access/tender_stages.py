"""The stages of a tender in a formal procedure, each reached by the acts that people do."""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from checklists import tasks
from checklists.documents import report
from checklists.domain import (
    assessment_versions,
    assessments,
    checklists,
    closing,
    decisions,
    deposits,
    documents,
    editions,
    evidence,
    interests,
    late_files,
    readings,
    receptions,
    retention,
    signed_files,
    version_change,
    visas,
)
from checklists.domain.queries import documents as document_queries
from checklists.enums import AnswerKind, Interest, LateDecision, RetentionScope, VisaValue
from checklists.models import Assessment, Checklist, Document
from tests import factories
from tests.checklists import decision_site
from uniha_clausier.accounts.enums import Role
from uniha_clausier.common import storage
from vendors.models import Tender

from .states import Place
from .world import World

ADDRESS = "https://clausier.example/evaluations/1/visas/"
REF = "O-7.1"
CHAPTER = 4
"""The place of the chapter of ``REF``."""

NOTICE = {"name": "incident_notice_delay", "set_by": "buyer"}
POINTS: list[dict[str, Any]] = [
    *(
        one | {"title": "Certification HDS"} if one["ref"] == REF else one
        for one in factories.POINTS
    ),
    {
        "ref": "O-9.15",
        "condition": "ALWAYS",
        "answer_kind": AnswerKind.YES_NO,
        "parameters": [NOTICE],
    },
]
WORKBOOK = "Point;Réponse\r\nO-7.1;OUI\r\n"


# -- The checklist ---------------------------------------------------------------------------------


def drafted(place: Place) -> None:
    """A lot with two candidates, and a draft whose second look was asked."""
    buyer, facility = place.world.buyer, place.world.facility
    visas.set_order(facility=facility, roles=[Role.CISO], by=buyer)
    tomorrow = timezone.now().replace(second=0, microsecond=0) + dt.timedelta(days=1)
    tender = factories.tender(facility, buyer, deadline=tomorrow)
    lot = tender.lots.get()
    version, other, third = (factories.version(points=POINTS) for _ in range(3))
    checklist = checklists.start_checklist(lot=lot, version=version, by=buyer)
    checklist = checklists.set_profile(checklist=checklist, flags=["DP"], by=buyer)
    factories.give_parameters(checklist, buyer)
    for role in (Role.CISO, Role.BUYER):
        person = place.world.people[role]
        interests.declare(tender=tender, value=Interest.CLEAR, reason="", by=person)
    reading = readings.ask_reading(checklist=checklist, role=Role.CISO, question="Bon ?", by=buyer)
    candidacy, holder = (factories.candidacy(lot, buyer) for _ in range(2))
    place.objects |= {
        "tender": tender,
        "lot": lot,
        "draft": checklist,
        "candidacy": candidacy,
        "holder": holder,
        "reading": reading,
        "other version": other,
        "third version": third,
        "newcomer": factories.vendor(facility, buyer),
        "certificate": factories.certificate(candidacy.vendor, buyer),
    }
    place.parts |= {"ref": REF, "chapter": CHAPTER, "clausier": version.clausier.code}


def moved(place: Place) -> None:
    """The draft, on another version of the clausier."""
    checklist = version_change.change_version(
        checklist=place["draft"], version=place["other version"], by=place.world.buyer
    )
    place.objects |= {"draft": checklist, "other version": factories.version(points=POINTS)}


def published(place: Place) -> None:
    """What was the draft binds everybody; the offers are not opened."""
    _set_published(place, checklists.publish(checklist=place["draft"], by=place.world.buyer))


def _set_published(place: Place, checklist: Checklist) -> None:
    place.objects |= dict.fromkeys(("draft", "published", "compared", "receiving"), checklist)


def correcting(place: Place) -> None:
    """A second edition is being written beside the first."""
    buyer = place.world.buyer
    draft = editions.prepare_correction(
        checklist=place["published"], reason="Une erreur.", by=buyer
    )
    checklists.force_point(checklist=draft, ref="O-3.3", force="in", reason="Oublié.", by=buyer)
    place.objects["draft"] = draft


def corrected(place: Place) -> None:
    """The second edition is published: the objects are those of the first."""
    draft: Checklist = place["draft"]
    editions.publish(checklist=draft, seen=checklists.fingerprint(draft), by=place.world.buyer)
    former = Checklist.objects.get(pk=place["published"].pk)
    _set_published(place, former)


def closed(place: Place) -> None:
    """The deadline is over."""
    tender: Tender = place["tender"]
    assert tender.deadline
    tender.deadline -= dt.timedelta(days=1, hours=1)
    tender.save(update_fields=["deadline"])


def opened(place: Place) -> None:
    closed(place)
    factories.opening(place["tender"], place.world.buyer)


# -- The assessment --------------------------------------------------------------------------------


def started(place: Place) -> None:
    """An assessment, opened or not."""
    place.objects["assessment"] = assessments.start_assessment(
        candidacy=place["candidacy"], checklist=place["published"], by=place.world.buyer
    )


def assessing(place: Place) -> None:
    """The assessment of an opened offer: files that came, one of them late, an opinion asked."""
    started(place)
    buyer, assessment = place.world.buyer, place["assessment"]
    decision_site.write(assessment, REF, "claim_text", "Voir le mémoire.", buyer)
    decision_site.write(assessment, "O-2.1", "claim", "yes", buyer)
    received, _ = receptions.receive(
        assessment=assessment, content=WORKBOOK.encode(), kind="csv", sent_as="offre.csv", by=buyer
    )
    late, _ = receptions.receive(
        assessment=assessment,
        content=WORKBOOK.replace("OUI", "NON").encode(),
        kind="csv",
        sent_as="tard.csv",
        by=buyer,
    )
    now = timezone.now()
    late_files.mark_late(reception=late, deposited_at=now, by=buyer)
    sent = deposits.Sent(WORKBOOK.replace("7.1", "7.2").encode(), "csv", "sans-nom.csv")
    deposit, _ = deposits.keep(
        checklist=place["receiving"],
        file=deposits.lay(checklist=place["receiving"], sent=sent),
        told=deposits.Told(),
        by=buyer,
    )
    file = evidence.attach(
        assessment=assessment,
        ref=REF,
        file=evidence.SentFile(b"%PDF-1.7 justificatif", "pdf", "Justificatif.pdf"),
        by=buyer,
    )
    place.objects |= {
        "reception": received,
        "late": late,
        "deposit": deposit,
        "evidence": file,
        "opinion": factories.opinion_request(buyer, assessment, role=Role.CISO),
        "analysis": factories.analysis_report(buyer, place["compared"]),
    }


def scored(place: Place) -> None:
    """Every point has its score, and the late file its decision."""
    buyer = place.world.buyer
    late = place["late"].lateness
    late_files.decide(late=late, decision=LateDecision.KEPT_OUT, reason="Hors délai.", by=buyer)
    place.objects["assessment"] = factories.scored(place["assessment"], buyer)


def outdated(place: Place) -> None:
    """A claim changed after its score."""
    decision_site.write(place["assessment"], REF, "claim", "no", place.world.buyer)


def decided(place: Place) -> None:
    assessment, buyer = place["assessment"], place.world.buyer
    refs = list(assessment.scores.values_list("item__point__ref", flat=True))
    edits = [decision_site.edit(assessment, ref, "accepted") for ref in refs]
    outcome = decisions.decide_points(assessment_id=assessment.pk, edits=edits, by=buyer)
    assert outcome.saved == len(refs)
    decisions.decide_whole(
        assessment_id=assessment.pk, value="accepted", reason="", base_version=0, by=buyer
    )


def stopped(place: Place) -> None:
    closing.close_reception(checklist=place["receiving"], by=place.world.buyer)


# -- Visas and documents ---------------------------------------------------------------------------


def visas_asked(place: Place) -> None:
    tasks.request_visas(assessment=place["assessment"], address=ADDRESS, by=place.world.buyer)


def visas_given(place: Place) -> None:
    seen = report.visa_hash(place["assessment"].pk)
    tasks.answer_visa(
        assessment=place["assessment"],
        given=visas.VisaAnswer(VisaValue.GIVEN, "", seen),
        address=ADDRESS,
        role=Role.CISO,
        by=place.world.people[Role.CISO],
    )


def requested(place: Place) -> None:
    place.objects["document"] = tasks.request_document(
        assessment=place["assessment"], by=place.world.buyer
    )


def failed(place: Place) -> None:
    document = documents.claim(place["document"].pk)
    assert document and documents.fail(document, "Le rendu a échoué.")


def sealed(place: Place) -> None:
    document = documents.claim(place["document"].pk)
    assert document
    content = f"%PDF-1.7 {document.pk}".encode()
    sha256 = hashlib.sha256(content).hexdigest()
    name = storage.store(f"documents/{document.pk}.pdf", content)
    assert documents.finish(document, documents.SealedFile(name, sha256, len(content), pages=1))


def returned(place: Place) -> None:
    """A signed file came back, and waits for a person to accept it."""
    document: Document = place["document"]
    content = b"%PDF-1.7 signed"
    place.objects["signed_file"] = signed_files.receive(
        document=document,
        sent=signed_files.Sent(content, "signe.pdf", hashlib.sha256(content).hexdigest()),
        report={"base_sha256": document.file_sha256, "signatures": []},
        by=place.world.buyer,
    )


def set_aside(place: Place) -> None:
    signed_files.set_aside(file=place["signed_file"], by=place.world.buyer)


def signed(place: Place) -> None:
    signed_files.accept(
        file=place["signed_file"],
        confirmation=signed_files.Confirmation("Camille Martin", True, True),
        data_hash=document_queries.data_hash_of,
        by=place.world.buyer,
    )


def replaced(place: Place) -> None:
    """The next version is open: the objects are those of the former one."""
    assessment: Assessment = place["assessment"]
    assessment_versions.correct(assessment=assessment, reason="Une erreur.", by=place.world.buyer)


# -- Retention -------------------------------------------------------------------------------------


def dated(place: Place) -> None:
    """The contract was signed, with the other candidate, long ago."""
    factories.dated(place["tender"], place.world.buyer, place["holder"])


def held(place: Place) -> None:
    place.objects["hold"] = retention.place_hold(
        tender=place["tender"], reason="Référé.", by=place.world.buyer
    )


def lifted(place: Place) -> None:
    retention.lift_hold(hold=place["hold"], reason="Rejeté.", by=place.world.buyer)


def proposed(place: Place) -> None:
    place.objects["elimination"] = retention.propose(
        tender=place["tender"],
        scope=RetentionScope.PROCEDURE,
        reason="Cinq ans.",
        by=place.world.buyer,
    )


def kept(place: Place) -> None:
    """The proposal was refused."""
    retention.refuse(
        elimination=place["elimination"],
        reason="Pas encore.",
        by=place.world.people[Role.FACILITY_ADMIN],
    )


def eliminated(place: Place) -> None:
    name = default_storage.save("bordereau.pdf", ContentFile(b"%PDF-1.7 essai"))
    approval = retention.Approval(
        reason="Rien ne s’y oppose.",
        visa="Archives, 12",
        visa_on=dt.date(2026, 1, 5),
        files=[retention.Listed("offre.csv", "Offre", "a" * 64, 2)],
        certificate_name=name,
        certificate_sha256="b" * 64,
    )
    admin = place.world.people[Role.FACILITY_ADMIN]
    retention.approve(elimination=place["elimination"], approval=approval, by=admin)


Step = Callable[[Place], None]
TO_ASSESSING: tuple[Step, ...] = (drafted, published, opened, assessing)
TO_STOPPED: tuple[Step, ...] = (*TO_ASSESSING, scored, decided, stopped)
TO_SEALED: tuple[Step, ...] = (*TO_STOPPED, visas_asked, visas_given, requested, sealed)
TO_SIGNED: tuple[Step, ...] = (*TO_SEALED, returned, signed)

PATHS: dict[str, tuple[Step, ...]] = {
    "draft": (drafted,),
    "moved": (drafted, moved),
    "published": (drafted, published),
    "correcting": (drafted, published, correcting),
    "corrected": (drafted, published, correcting, corrected),
    "closed": (drafted, published, closed),
    "early": (drafted, published, started),
    "opened": (drafted, published, opened),
    "assessing": TO_ASSESSING,
    "scored": (*TO_ASSESSING, scored),
    "outdated": (*TO_ASSESSING, scored, outdated),
    "decided": (*TO_ASSESSING, scored, decided),
    "stopped": TO_STOPPED,
    "visas asked": (*TO_STOPPED, visas_asked),
    "visas given": (*TO_STOPPED, visas_asked, visas_given),
    "requested": (*TO_STOPPED, visas_asked, visas_given, requested),
    "failed": (*TO_STOPPED, visas_asked, visas_given, requested, failed),
    "sealed": TO_SEALED,
    "returned": (*TO_SEALED, returned),
    "set aside": (*TO_SEALED, returned, set_aside),
    "signed": TO_SIGNED,
    "replaced": (*TO_SIGNED, replaced),
    "dated": (*TO_SIGNED, dated),
    "held": (*TO_SIGNED, dated, held),
    "lifted": (*TO_SIGNED, dated, held, lifted),
    "proposed": (*TO_SIGNED, dated, proposed),
    "kept": (*TO_SIGNED, dated, proposed, kept),
    "eliminated": (*TO_SIGNED, dated, proposed, eliminated),
}
"""Each stage with the acts that lead to it."""


def place_at(stage: str, world: World | None = None) -> Place:
    """Build what stands at a stage."""
    place = Place(world or World(), stage)
    for step in PATHS[stage]:
        step(place)
        place.refresh()
    place.world.buy_for_the_beneficiary()
    return place
