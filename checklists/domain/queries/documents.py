"""Reads of documents: what one is made of, which ones an assessment has, whose a file is."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT

from uniha_clausier.accounts.models import User
from uniha_clausier.common.models import JournalHead
from vendors.queries import benefits_of

from ...enums import DocumentState, ScoreValue
from ...models import (
    Answer,
    Assessment,
    Chapter,
    ChecklistItem,
    Document,
    Evidence,
    InterestDeclaration,
    JoinedCertificate,
    LateFile,
    OpinionRequest,
    PointDecision,
    Score,
    SignedFile,
    VisaRound,
    VisaStep,
)
from ..cctp import Question, Value
from . import certificates, decisions, errata, evidence, findings, opinions, parameters, routing
from .assessment_versions import signed_document, up_to
from .errata import Errata
from .findings import Given

_LATE_FILES = LateFile.objects.select_related("reception", "decided_by")
PENDING = (DocumentState.QUEUED, DocumentState.RUNNING)


@dataclass(frozen=True)
class Sources:
    """Every row that a report is made of, each kind read once."""

    assessment: Assessment
    chapters: dict[int, Chapter]
    items: list[ChecklistItem]
    answers: dict[int, Answer]
    scores: dict[int, Score]
    findings: dict[str, list[Given]]
    reviewers: dict[str, list[str]]
    interests: list[InterestDeclaration]
    opinions: list[OpinionRequest]
    added: list[tuple[Question, list[str], Value]]
    errata: Errata
    late_files: list[LateFile]
    evidence: dict[str, list[Evidence]]
    certificates: dict[str, list[JoinedCertificate]]
    decisions: dict[int, PointDecision]
    replaced: SignedFile | None
    """The signed document of the version that this one replaces."""


def assessments() -> QuerySet[Assessment]:
    """Return assessments with all that names them: tender, lot, candidate, clausier."""
    return Assessment.objects.select_related(
        "facility__group",
        "created_by",
        "replaces",
        "answers_frozen_by",
        "answers_frozen_by_link",
        "candidacy__vendor",
        "candidacy__product",
        "candidacy__lot__tender",
        "checklist__version__clausier",
        "checklist__published_by",
        "decision__decided_by",
    ).annotate(
        has_late_files=Exists(_LATE_FILES.filter(_up_to("reception__assessment"))),
        has_certificates=Exists(JoinedCertificate.objects.filter(assessment=OuterRef("pk"))),
        has_opinions=Exists(OpinionRequest.objects.filter(_up_to("assessment"))),
        has_evidence=Exists(Evidence.objects.filter(assessment=OuterRef("pk"))),
        has_decisions=Exists(PointDecision.objects.filter(assessment=OuterRef("pk"))),
        has_visas=Exists(VisaRound.objects.filter(assessment=OuterRef("pk"))),
        asks_visas=Exists(VisaStep.objects.filter(facility=OuterRef("facility"))),
    )


def _up_to(way: str) -> Q:
    """The same as ``up_to``, inside a query of assessments."""
    return Q(
        **{
            f"{way}__candidacy": OuterRef("candidacy"),
            f"{way}__checklist": OuterRef("checklist"),
            f"{way}__number__lte": OuterRef("number"),
        }
    )


def sources(assessment_id: int, *, routed_at: dt.datetime | None = None) -> Sources:
    """Read the rows of a report, in as many queries whatever the number of points.

    ``routed_at`` asks for the routing of another moment than that of the assessment.
    """
    assessment = assessments().get(pk=assessment_id)
    texts = routing.texts_of(assessment.checklist.version)
    reviewers = routing.reviewers(assessment, texts, at=routed_at)
    version_id = assessment.checklist.version_id
    items = ChecklistItem.objects.filter(checklist_id=assessment.checklist_id)
    answers = Answer.objects.filter(assessment=assessment).select_related(
        "updated_by", "updated_by_link"
    )
    scores = Score.objects.filter(assessment=assessment).select_related("updated_by")
    return Sources(
        assessment=assessment,
        chapters={chapter.pk: chapter for chapter in Chapter.objects.filter(version_id=version_id)},
        items=list(
            items.select_related("point", "forced_by", "derogation__decided_by").order_by(
                "position"
            )
        ),
        answers={answer.item_id: answer for answer in answers},
        scores={score.item_id: score for score in scores},
        findings=findings.by_point(assessment, texts, reviewers),
        reviewers=reviewers,
        interests=list(
            InterestDeclaration.objects.filter(tender=assessment.candidacy.lot.tender_id)
            .select_related("person")
            .order_by("declared_at", "pk")
        ),
        opinions=_opinions(assessment),
        added=parameters.added(assessment.checklist),
        errata=errata.by_point(version_id),
        late_files=_late_files(assessment),
        evidence=_evidence(assessment),
        certificates=_certificates(assessment),
        decisions=_decisions(assessment),
        replaced=signed_document(assessment.replaces) if assessment.replaces else None,
    )


def _opinions(assessment: Any) -> list[OpinionRequest]:
    """Return the opinions asked: few assessments have one."""
    return opinions.of_assessment(assessment) if assessment.has_opinions else []


def _late_files(assessment: Any) -> list[LateFile]:
    """Return the files that came after the deadline: few candidates have one."""
    if not assessment.has_late_files:
        return []
    found = _LATE_FILES.filter(up_to(assessment, "reception__assessment"))
    return list(found.order_by("reception__number"))


def _evidence(assessment: Any) -> dict[str, list[Evidence]]:
    """Return the files that back each point: only who answered by a link has joined some."""
    return evidence.by_point(assessment) if assessment.has_evidence else {}


def _certificates(assessment: Any) -> dict[str, list[JoinedCertificate]]:
    """Return the certificates beside each point: few assessments have one."""
    return certificates.by_point(assessment) if assessment.has_certificates else {}


def _decisions(assessment: Any) -> dict[int, PointDecision]:
    """Return the decisions on the points: most editions are made before any."""
    return decisions.by_item(assessment) if assessment.has_decisions else {}


def journal_head(tenant: int) -> tuple[int, str]:
    """Return the place and the hash of the last event of a facility."""
    head = JournalHead.objects.filter(pk=tenant).first() or JournalHead(tenant=tenant)
    return head.seq, head.hash


def editions(assessment: Assessment) -> list[Document]:
    """Return the documents of an assessment, the latest first, without their frozen content."""
    documents = Document.objects.filter(assessment=assessment).defer("content")
    return list(documents.select_related("requested_by").order_by("-number"))


def data_hash_of(document: Document) -> str:
    """Return the hash of the data alone that ``document`` was made of (editions compare by it)."""
    found = Document.objects.filter(pk=document.pk).annotate(frozen=KT("content__data_sha256"))
    return str(found.values_list("frozen", flat=True).get())


def documents() -> QuerySet[Document]:
    """Return documents with their assessment, without their frozen content."""
    return Document.objects.select_related(
        "assessment__candidacy__vendor", "assessment__candidacy__lot__tender"
    ).defer("content")


def known_file(hashes: Iterable[str], *, to: User | None) -> Document | None:
    """Return the edition whose file has one of ``hashes``, in a facility of ``to`` or bought for it.

    None for ``to`` is the operator at a terminal, who sees every facility.
    """
    known = documents().filter(file_sha256__in=list(hashes), state=DocumentState.READY)
    if to is not None:
        theirs = Q(assessment__candidacy__lot__in=benefits_of(to).values("lot"))
        known = known.filter(Q(assessment__facility__memberships__user=to) | theirs)
    return known.select_related("assessment__facility", "requested_by").first()


def abandoned(now: dt.datetime) -> QuerySet[Document]:
    """Return the documents whose worker has not renewed its lease."""
    return Document.objects.filter(state=DocumentState.RUNNING, lease_until__lt=now)


def unscored_refs(assessment: Assessment) -> list[str]:
    """Return the points that still wait for a score, in order."""
    missing = Score.objects.filter(assessment=assessment, value=ScoreValue.NONE)
    return list(missing.order_by("item__position").values_list("item__point__ref", flat=True))


def listed() -> QuerySet[Assessment]:
    """Return the current assessments for a list: the complete ones first, then the most advanced."""
    return (
        Assessment.objects.filter(replaced_at=None)
        .select_related("facility", "candidacy__vendor", "candidacy__lot__tender")
        .order_by((F("total") - F("scored")).asc(), "-changed_at", "pk")
    )
