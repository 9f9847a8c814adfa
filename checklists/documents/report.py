"""All that a document says about one assessment, as plain JSON values.

The PDF, the workbook and the attached JSON are made of this one value, and of nothing else: what
is frozen is what is read. Dates are UTC in ISO 8601, rates exact decimals as text.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import canonical
from vendors.models import Tender

from ..domain import answer_sets, authors, cctp, disagreement, disclosure, scoring, weights
from ..domain.cctp import Question, Value
from ..domain.clausier_schema import proposal_mark
from ..domain.outdated import is_score_outdated
from ..domain.queries import documents as queries
from ..domain.queries.additions import adapted, derogation_of
from ..domain.queries.documents import Sources
from ..domain.queries.errata import ErratumText
from ..domain.wording import mended
from ..enums import (
    AnswerKind,
    Claim,
    DerogationKind,
    FindingValue,
    Flag,
    Force,
    LateDecision,
    LegalEffect,
    Owner,
    Reviewer,
    ScoreValue,
    Sharing,
)
from ..models import (
    Answer,
    Assessment,
    Chapter,
    Checklist,
    ChecklistItem,
    Evidence,
    InterestDeclaration,
    JoinedCertificate,
    LateFile,
    Score,
)
from . import decided, opinions, replaced, visas

FORMAT = "clausier/evaluation"
FORMAT_VERSION = 1
SCALE = (
    ScoreValue.COMPLIANT,
    ScoreValue.PARTIAL,
    ScoreValue.NON_COMPLIANT,
    ScoreValue.TO_CLARIFY,
    ScoreValue.NOT_APPLICABLE,
)

Plain = dict[str, Any]


def freeze(
    assessment: Assessment, *, number: int, at: dt.datetime, by: User | None, seq: int, head: str
) -> Plain:
    """Return the content of one edition: its data under their hash, who asked, and the journal.

    ``seq`` and ``head`` are the last event of the facility: a journal cut short later is seen.
    """
    data = gather(assessment.pk)
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "edition": {"number": number, "requested_at": canonical.iso(at), "requested_by": _name(by)},
        "journal": {"seq": seq, "hash": head},
        "data_sha256": hash_of(data),
        "data": data,
    }


def hash_of(data: Plain) -> str:
    """Return the hash by which two editions compare: the same evaluation, said at another time."""
    return canonical.sha256_of(data)


def gather(assessment_id: int, *, routed_at: dt.datetime | None = None) -> Plain:
    """Return the data of an assessment, in as many queries whatever it holds. The same data give the same value.

    ``routed_at`` is the moment of the routing, where it is not that of the assessment.
    """
    rows = queries.sources(assessment_id, routed_at=routed_at)
    points = [_point(rows, item) for item in rows.items if item.is_applicable]
    scored, overall = [point for point in points if point["is_scored"]], _summary(points)
    candidacy = rows.assessment.candidacy
    data = {
        "facility": facility_data(rows.assessment.facility),
        "tender": tender_data(candidacy.lot.tender),
        "lot": {"number": candidacy.lot.number, "title": candidacy.lot.title},
        "candidate": _candidate(rows.assessment),
        "clausier": clausier_data(rows.assessment.checklist),
        "checklist": checklist_data(rows.assessment.checklist, rows.items, rows.added),
        "assessment": _assessment(rows),
        "overall": overall | {"note": _note(overall, rows.assessment.checklist)},
        "chapters": _chapters(rows.chapters, points),
        "knock_outs": [point["ref"] for point in scored if point["is_knock_out"]],
        **{value.value: _refs(scored, value) for value in SCALE[1:4]},
        "missing": _refs(scored, ScoreValue.NONE),
        "differing": [point["ref"] for point in scored if _differs(point)],
        "unexplained": [point["ref"] for point in scored if _is_unexplained(point)],
        "to_review": [point["ref"] for point in scored if _is_to_review(point)],
        "interests": [_interest(one) for one in rows.interests],
        **decided.of_assessment(rows),
        # Only where there are some: older data keep their hash.
        **(
            {"opinions": [opinions.opinion_data(one) for one in rows.opinions]}
            if rows.opinions
            else {}
        ),
        "points": points,
    }
    return data | visas.of_assessment(rows.assessment, data)


def visa_hash(assessment_id: int) -> str:
    """Return the hash of what a visa is given on now."""
    return visas.hash_of(gather(assessment_id))


# -- Who and what ------------------------------------------------------------------------------


def shown(data: Plain) -> Plain:
    """Return gathered ``data`` with the scars of an extracted clausier mended, for the eye."""

    def row(part: Plain) -> Plain:
        names = ("title", "heading", "requirement", "expected")
        return part | {name: mended(part[name]) for name in names if part.get(name)}

    return data | {
        "points": [row(point) for point in data["points"]],
        "chapters": [
            row(chapter) | {"sections": [row(section) for section in chapter["sections"]]}
            for chapter in data["chapters"]
        ],
    }


def facility_data(facility: Facility) -> Plain:
    """Return what names an establishment."""
    return {
        "name": facility.name,
        "city": facility.city,
        "siret": facility.siret,
        "finess": facility.finess,
        "group": facility.group.name if facility.group else "",
    }


def tender_data(tender: Tender) -> Plain:
    """Return what names a purchase, and its dates."""
    return {
        "reference": tender.reference,
        "title": tender.title,
        "procedure": tender.procedure,
        "procedure_label": str(tender.get_procedure_display()),
        "publication_date": tender.publication_date.isoformat() if tender.publication_date else "",
        "deadline": canonical.iso(tender.deadline),
        "has_lots": tender.has_lots,
    }


def _candidate(assessment: Assessment) -> Plain:
    candidacy, vendor = assessment.candidacy, assessment.candidacy.vendor
    product = candidacy.product
    return {
        "name": vendor.name,
        "country": vendor.country,
        "siren": vendor.siren,
        "siret": vendor.siret,
        "foreign_id": vendor.foreign_id,
        "stage": candidacy.stage,
        "stage_label": str(candidacy.get_stage_display()),
        "product": product.name if product else "",
        "product_version": product.version if product else "",
        "product_kind": str(product.get_kind_display()) if product else "",
    }


def clausier_data(checklist: Checklist) -> Plain:
    """Return the version of the clausier, with its hash."""
    version = checklist.version
    return {
        "code": version.clausier.code,
        "title": version.title,
        "number": version.number,
        "edition_date": version.edition_date.isoformat() if version.edition_date else "",
        "source": version.source,
        "licence_note": version.licence_note,
        "is_official_text": version.is_official_text,
        **proposal_mark(is_proposal=version.is_proposal),
        "sha256": version.content_sha256,
    }


def errata_data(errata: Iterable[ErratumText]) -> Plain:
    """Return what a point says of its errata: nothing when it has none.

    The key stands only where there are some, so that older data keep their hash.
    """
    told = [erratum.data for erratum in errata]
    return {"errata": told} if told else {}


def evidence_data(files: Iterable[Evidence]) -> Plain:
    """Return what a point says of the files that back its answer: nothing when it has none."""
    told = [_file_data(one) for one in files]
    return {"evidence": told} if told else {}


def _certificate_data(joined: Iterable[JoinedCertificate]) -> Plain:
    """Return the certificates beside a point, as they were when they were joined."""
    told = [
        one.data | {"joined_at": canonical.iso(one.joined_at), "joined_by": str(one.joined_by)}
        for one in joined
    ]
    return {"certificates": told} if told else {}


def _file_data(file: Evidence) -> Plain:
    """Say of a file what there is to say: what is not there is not told, so hashes stay."""
    told: Plain = {"name": file.name, "sha256": file.file_sha256, "size": file.file_size}
    if file.former:
        told["replaces"] = file.former.name
    if file.valid_until:
        told["valid_until"] = file.valid_until.isoformat()
    if disclosure.is_restricted(file):
        told["is_restricted"] = True
    return told


def kind(data: Plain) -> str:
    """Return what is assessed: numerical security, or what a proposed clausier is about."""
    clausier = data["clausier"]
    if clausier.get("is_proposal"):
        return _("Évaluation – %(clausier)s") % {"clausier": clausier["title"]}
    return _("Évaluation de sécurité numérique")


def checklist_data(
    checklist: Checklist,
    items: Sequence[ChecklistItem],
    added: Sequence[tuple[Question, list[str], Value]],
) -> Plain:
    """Return what was decided before publication; ``added`` are the values of the CCTP."""
    asked = [item for item in items if item.is_applicable]
    return {
        "sha256": checklist.content_sha256,
        "edition": checklist.edition,
        "correction_reason": checklist.correction_reason,
        "published_at": canonical.iso(checklist.published_at),
        "published_by": _name(checklist.published_by),
        "profile": [
            {"code": flag.value, "label": str(flag.label)}
            for flag in Flag
            if flag.value in checklist.profile
        ],
        "max_note": decimal_text(checklist.max_note),
        "weight_total": decimal_text(_weight_of(asked)),
        "asked": len(asked),
        "scored": sum(item.point.is_scored for item in asked),
        "available": len(items),
        "parameters": [
            {"label": str(one.label), "value": cctp.in_words(one, value), "refs": refs}
            for one, refs, value in added
        ],
        "derogations": [_derogation(item) for item in items if derogation_of(item)],
        "forced": [_forced(item) for item in items if item.force],
        "not_asked": [
            {"ref": item.point.ref, "title": item.point.title}
            for item in items
            if not item.is_applicable
        ],
    }


def _weight_of(items: Iterable[ChecklistItem]) -> Decimal:
    return sum((item.weight for item in items if item.point.is_scored), Decimal(0))


def _forced(item: ChecklistItem) -> Plain:
    return {
        "ref": item.point.ref,
        "title": item.point.title,
        "force": item.force,
        "label": str(Force(item.force).label),
        "reason": item.force_reason,
        "at": canonical.iso(item.forced_at),
        "by": _name(item.forced_by),
    }


def _derogation(item: ChecklistItem) -> Plain:
    found = derogation_of(item)
    assert found is not None
    return {
        "ref": item.point.ref,
        "title": item.point.title,
        "kind": found.kind,
        "label": str(DerogationKind(found.kind).label),
        "wording": found.wording,
        "reason": found.reason,
        "at": canonical.iso(found.decided_at),
        "by": _name(found.decided_by),
    }


def _assessment(rows: Sources) -> Plain:
    assessment = rows.assessment
    return {
        "id": assessment.pk,
        "started_at": canonical.iso(assessment.created_at),
        "started_by": _name(assessment.created_by),
        "changed_at": canonical.iso(assessment.changed_at),
        "people": _people(rows),
        "answers_frozen": _answers_frozen(assessment),
        "late_files": [_late_file(late) for late in rows.late_files],
        **replaced.of_assessment(rows),
    }


def _late_file(late: LateFile) -> Plain:
    """Say of a file that came after the deadline when it did, and what was decided."""
    return {
        "reception": late.reception.number,
        "deposited_at": canonical.iso(late.deposited_at),
        "deadline": canonical.iso(late.deadline),
        "decision": late.decision,
        "decision_label": str(LateDecision(late.decision).label),
        "reason": late.reason,
        "decided_at": canonical.iso(late.decided_at),
        "decided_by": _name(late.decided_by),
    }


def _answers_frozen(assessment: Assessment) -> Plain | None:
    """Say when the answers of the candidate were stopped, and under which hash; None before."""
    if not assessment.answers_frozen_at:
        return None
    return {
        "at": canonical.iso(assessment.answers_frozen_at),
        "by": _stopper(assessment),
        "sha256": assessment.answers_sha256,
        "receptions": answer_sets.receptions_of(assessment),
        "evidence": answer_sets.evidence_of(assessment),
    }


def _stopper(assessment: Assessment) -> str:
    link = assessment.answers_frozen_by_link
    return authors.in_words(link.number) if link else _name(assessment.answers_frozen_by)


def _people(rows: Sources) -> list[Plain]:
    """Who wrote last on how many points: answers entered and scores given, apart."""
    claims = Counter(_author(row) for row in rows.answers.values() if row.version)
    scores = Counter(_author(row) for row in rows.scores.values() if row.version)
    return [
        {"name": name, "claims": claims[name], "scores": scores[name]}
        for name in sorted(claims | scores)
    ]


# -- Points ------------------------------------------------------------------------------------


def _point(rows: Sources, item: ChecklistItem) -> Plain:
    point, chapter = item.point, rows.chapters[item.point.chapter_id]
    branch = _branch(rows.chapters, chapter)
    return {
        "ref": point.ref,
        "title": point.title,
        "chapter": branch[0].position,
        "section": branch[1].position if len(branch) > 1 else 0,
        "heading": str(chapter) if len(branch) > 1 else "",
        "requirement": point.requirement,
        "additions": [*_adapted(item), *_values(rows, point.ref)],
        "expected": point.expected,
        "answer_kind": point.answer_kind,
        "answer_kind_label": str(AnswerKind(point.answer_kind).label),
        "owner": point.owner,
        "owner_label": str(Owner(point.owner).label),
        "reviewers": [str(Reviewer(reviewer).label) for reviewer in rows.reviewers[point.ref]],
        "erratum": point.erratum,
        **errata_data(rows.errata.get(point.ref, ())),
        **evidence_data(rows.evidence.get(point.ref, ())),
        **_certificate_data(rows.certificates.get(point.ref, ())),
        "is_scored": point.is_scored,
        "is_knock_out": item.is_knock_out,
        "weight": decimal_text(item.weight),
        "legal_effect": item.legal_effect,
        "legal_effect_label": str(LegalEffect(item.legal_effect).label),
        "force": item.force,
        "claim": _claim(rows.answers.get(item.pk)),
        "findings": _findings(rows, item),
        **decided.of_point(rows, item),
        "score": _score(rows.scores.get(item.pk)) | {"is_outdated": _is_score_outdated(rows, item)},
    }


def _adapted(item: ChecklistItem) -> list[str]:
    found = derogation_of(item)
    return [adapted(found)] if found and found.wording else []


def _values(rows: Sources, ref: str) -> list[str]:
    return [cctp.sentence(question, value) for question, refs, value in rows.added if ref in refs]


def _claim(answer: Answer | None) -> Plain:
    value = answer.value if answer else ""
    return {
        "value": value,
        "label": str(Claim(value).label),
        "text": answer.text if answer else "",
        **_written(answer),
    }


def _interest(declared: InterestDeclaration) -> Plain:
    return {
        "by": _name(declared.person),
        "value": declared.value,
        "label": declared.get_value_display(),
        "reason": declared.reason,
        "at": canonical.iso(declared.declared_at),
    }


def _findings(rows: Sources, item: ChecklistItem) -> list[Plain]:
    """What each role found, and whether the claim changed since.

    A finding of a role that no longer reviews the point says so: older data keep their hash.
    """
    answer = rows.answers.get(item.pk)
    return [
        {
            "role": one.role,
            "role_label": one.role_label,
            "value": one.value,
            "label": str(FindingValue(one.value).label),
            "comment": one.comment,
            "is_shared": one.sharing == Sharing.SHARED,
            "is_outdated": one.is_outdated(answer.version if answer else 0),
            "at": canonical.iso(one.at),
            "by": one.author,
            **({} if one.is_routed else {"is_former": True}),
            **({"taken_from": one.taken_from} if one.taken_from else {}),
        }
        for one in rows.findings.get(item.point.ref, ())
    ]


def _is_score_outdated(rows: Sources, item: ChecklistItem) -> bool:
    score, answer = rows.scores.get(item.pk), rows.answers.get(item.pk)
    if score is None or answer is None:
        return False
    return is_score_outdated(score.value, score.updated_at, answer.updated_at)


def _is_to_review(point: Plain) -> bool:
    """Whether the claim changed after the score, or after one of the findings."""
    return point["score"]["is_outdated"] or any(one["is_outdated"] for one in _routed(point))


def _routed(point: Plain) -> list[Plain]:
    """The findings of the roles that review the point: those of the others settle nothing."""
    return [one for one in point["findings"] if not one.get("is_former")]


def _differs(point: Plain) -> bool:
    return disagreement.differ(one["value"] for one in _routed(point))


def _is_unexplained(point: Plain) -> bool:
    values = [one["value"] for one in _routed(point)]
    return disagreement.is_unexplained(point["score"]["value"], point["score"]["comment"], values)


def _score(score: Score | None) -> Plain:
    value = score.value if score else ""
    return {
        "value": value,
        "label": str(ScoreValue(value).label),
        "comment": score.comment if score else "",
        **_written(score),
    }


def _written(row: Answer | Score | None) -> Plain:
    if row is None:
        return {"at": "", "by": "", "version": 0}
    return {"at": canonical.iso(row.updated_at), "by": _author(row), "version": row.version}


# -- Sums --------------------------------------------------------------------------------------


def _branch(chapters: dict[int, Chapter], chapter: Chapter) -> list[Chapter]:
    """Return the chapters from the top of the tree down to ``chapter``."""
    above = _branch(chapters, chapters[chapter.parent_id]) if chapter.parent_id else []
    return [*above, chapter]


def _chapters(chapters: dict[int, Chapter], points: list[Plain]) -> list[Plain]:
    """The chapters at the top that ask something, in order, with their sums and their sections."""
    by_position = {chapter.position: chapter for chapter in chapters.values()}
    return [
        {
            **_heading(by_position[position]),
            **_summary(inside),
            "sections": [
                {**_heading(by_position[section]), **_summary(under)}
                for section, under in _grouped(inside, "section")
                if section
            ],
        }
        for position, inside in _grouped(points, "chapter")
    ]


def _grouped(points: list[Plain], key: str) -> list[tuple[int, list[Plain]]]:
    """Points by the place of their chapter or section, in the order of the clausier."""
    groups: dict[int, list[Plain]] = {}
    for point in points:
        groups.setdefault(point[key], []).append(point)
    return sorted(groups.items())


def _heading(chapter: Chapter) -> Plain:
    return {"position": chapter.position, "ref": chapter.ref, "title": chapter.title}


def _summary(points: Iterable[Plain]) -> Plain:
    scored = [point for point in points if point["is_scored"]]
    pairs = [(point["score"]["value"], Decimal(point["weight"])) for point in scored]
    sums, counts = scoring.tally(pairs), Counter(value for value, _weight in pairs)
    return {
        "total": sums.total,
        "scored": sums.scored,
        "missing": sums.missing,
        "answered": sum(
            bool(point["claim"]["value"] or point["claim"]["text"]) for point in scored
        ),
        "counts": {value.value: counts[value] for value in SCALE},
        "earned": decimal_text(sums.earned),
        "possible": decimal_text(sums.possible),
        "rate": "" if sums.rate is None else str(sums.rate),
        "percent": "" if sums.rate is None else str(scoring.percent(sums.rate)),
        "display": percent_text(sums.rate),
    }


def _note(sums: Plain, checklist: Checklist) -> str:
    """The note of the criterion, rounded for display; empty when every point is out of the sum."""
    earned, possible = Decimal(sums["earned"]), Decimal(sums["possible"])
    note = weights.note(earned, possible, checklist.max_note)
    return "" if note is None else decimal_text(note)


def percent_text(rate: Decimal | None) -> str:
    """Write a rate as a French reader expects it: « 72,5 % »; in words when there is none."""
    percent = scoring.percent(rate)
    if percent is None:
        return _("sans objet")
    return f"{percent}\u202f%".replace(".", ",")


def _refs(points: list[Plain], value: ScoreValue) -> list[str]:
    return [point["ref"] for point in points if point["score"]["value"] == value.value]


def decimal_text(value: Decimal) -> str:
    """Write a number without the zeros that a database adds or not: the same number has one writing."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _name(person: User | None) -> str:
    return str(person) if person else ""


def _author(row: Answer | Score) -> str:
    link = row.updated_by_link if isinstance(row, Answer) else None
    return authors.in_words(link.number) if link else _name(row.updated_by)
