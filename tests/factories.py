"""Small makers of real rows, through the domain wherever a state is reached by an act."""

import datetime as dt
import hashlib
import itertools
from typing import Any

from django.utils import timezone

from checklists.documents import analysis as analysis_content
from checklists.documents import letters, report
from checklists.domain import (
    analysis,
    answer_links,
    answering,
    assessment_versions,
    assessments,
    cctp,
    checklists,
    derogations,
    documents,
    evidence,
    exchanges,
    interests,
    opinions,
    parameters,
    reply_links,
    retention,
    signed_files,
)
from checklists.domain.queries import documents as document_queries
from checklists.domain.queries import parameters as queries
from checklists.enums import AnswerKind, DerogationKind, Interest, Owner, Reviewer, VersionState
from checklists.models import (
    AnalysisReport,
    AnswerLink,
    Assessment,
    Chapter,
    Checklist,
    Clausier,
    ClausierVersion,
    ControlPoint,
    Evidence,
    ExchangeParty,
    OpinionRequest,
    Retention,
)
from uniha_clausier.accounts.domain import delegations, tokens
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import ApiToken, Delegation, Facility, Membership, User
from uniha_clausier.common import storage
from vendors.domain import certificates
from vendors.enums import Procedure
from vendors.models import Candidacy, Certificate, Lot, Opening, Tender, Vendor

PASSWORD = "une phrase de passe pour les tests"
_numbers = itertools.count(1)


def facility(**fields: Any) -> Facility:
    number = next(_numbers)
    return Facility.objects.create(**{"name": f"Hôpital {number}", "city": "Lyon"} | fields)


def user(**fields: Any) -> User:
    number = next(_numbers)
    values = {"email": f"personne{number}@hopital.example", "full_name": f"Personne {number}"}
    return User.objects.create_user(**values | {"password": PASSWORD} | fields)


def member(at: Facility, *roles: str, **fields: Any) -> User:
    """A person with ``roles`` (buyer when none is given) in one facility."""
    person = user(**fields)
    for role in roles or (Role.BUYER,):
        Membership.objects.create(user=person, facility=at, role=role)
    return person


def delegation(
    of: User, to: User, *, role: str = Role.BUYER, days: int = 7, at: Facility | None = None
) -> Delegation:
    """The role of one person given to another, from today on."""
    holder = of.memberships.get(role=role) if at is None else at.memberships.get(user=of, role=role)
    today = timezone.localdate()
    return delegations.delegate(
        holder=holder,
        to=to,
        first_day=today,
        last_day=today + dt.timedelta(days=days - 1),
        reason="Congés.",
        by=None,
    )


def api_token(of: User, *, name: str = "Essai", days: int = 30) -> tuple[ApiToken, str]:
    """A personal token that was just used, and its secret."""
    end = timezone.now() + dt.timedelta(days=days)
    token, secret = tokens.create(name=name, expires_at=end, by=of)
    tokens.bearer(secret)
    return token, secret


POINTS: list[dict[str, Any]] = [
    {"ref": "O-1.1", "condition": "ALWAYS", "answer_kind": AnswerKind.DOCUMENT},
    {"ref": "O-2.1", "condition": "DP", "answer_kind": AnswerKind.YES_NO},
    {"ref": "O-2.8", "condition": "DP", "answer_kind": AnswerKind.NONE, "owner": Owner.FACILITY},
    {"ref": "O-3.3", "condition": "INST", "answer_kind": AnswerKind.YES_NO_NC},
    {"ref": "O-7.1", "condition": "ALWAYS", "answer_kind": AnswerKind.DOCUMENT_YES_NO},
    {"ref": "O-7.2", "condition": "ALWAYS", "answer_kind": AnswerKind.YES_NO_NC},
]
"""A clausier small enough to be read in a test; with DP, five points are asked, four scored."""


def version(
    *,
    points: list[dict[str, Any]] | None = None,
    published: bool = True,
    is_proposal: bool = False,
) -> ClausierVersion:
    """A clausier version of one chapter a first number, published unless told otherwise."""
    number = next(_numbers)
    clausier = Clausier.objects.create(code=f"essai-{number}", title=f"Clausier d’essai {number}")
    made = ClausierVersion.objects.create(
        clausier=clausier, number="1", title=clausier.title, is_proposal=is_proposal
    )
    chapters: dict[str, Chapter] = {}
    for position, point in enumerate(POINTS if points is None else points, start=1):
        ref = point["ref"].removeprefix("O-").split(".")[0]
        if ref not in chapters:
            chapters[ref] = Chapter.objects.create(
                version=made, ref=ref, title=f"Chapitre {ref}", position=len(chapters) + 1
            )
        defaults = {
            "title": f"Titre du point {point['ref']}",
            "requirement": f"Le titulaire respecte l’exigence {point['ref']}.",
            "expected": "Un document à jour.",
            "guide_compliant": "Tout y est.",
            "guide_partial": "Une partie y est.",
            "guide_non_compliant": "Rien n’y est.",
            "reviewers": [Reviewer.CISO],
        }
        ControlPoint.objects.create(
            version=made, chapter=chapters[ref], position=position, **defaults | point
        )
    if published:
        made.state, made.content_sha256 = VersionState.PUBLISHED, "0" * 64
        made.published_at = dt.datetime(2024, 5, 14, tzinfo=dt.UTC)
        made.save()
    return made


def tender(at: Facility, by: User, **fields: Any) -> Tender:
    number = next(_numbers)
    values = {"reference": f"2026-{number:03}", "title": f"Achat {number}"}
    made = Tender.objects.create(facility=at, created_by=by, **values | fields)
    Lot.objects.create(tender=made, title=made.title)
    return made


def lot(at: Facility, by: User) -> Lot:
    return tender(at, by).lots.get()


def opening(of: Tender, by: User) -> Opening:
    now = timezone.now()
    return Opening.objects.create(
        tender=of, opened_at=now, people="Paul Durand, acheteur", recorded_at=now, recorded_by=by
    )


def vendor(at: Facility, by: User, **fields: Any) -> Vendor:
    number = next(_numbers)
    return Vendor.objects.create(
        facility=at, created_by=by, **{"name": f"Éditeur {number}"} | fields
    )


def certificate(of: Vendor, by: User, **told: Any) -> Certificate:
    """An HDS certificate with its file."""
    values: dict[str, Any] = {"kind": "hds", "number": "HDS-2026-117"}
    values |= {
        "issuer": "Organisme du Ponant",
        "hds_version": "2",
        "hds_activities": "1,2,5",
    } | told
    paper = certificates.Paper(b"%PDF-1.7 certificat", "pdf", "Certificat HDS.pdf")
    return certificates.add(vendor=of, told=certificates.Told(**values), paper=paper, by=by)


def candidacy(of: Lot, by: User) -> Candidacy:
    made_vendor = vendor(of.tender.facility, by)
    return Candidacy.objects.create(lot=of, vendor=made_vendor, created_by=by)


def draft_checklist(
    by: User,
    at: Facility,
    *,
    flags: tuple[str, ...] = ("DP",),
    on: ClausierVersion | None = None,
    of: Lot | None = None,
) -> Checklist:
    checklist = checklists.start_checklist(lot=of or lot(at, by), version=on or version(), by=by)
    checklist = checklists.set_profile(checklist=checklist, flags=flags, by=by)
    give_parameters(checklist, by)
    return checklist


def give_parameters(checklist: Checklist, by: User) -> None:
    """Give every value of the CCTP that the points asked wait for."""
    parameters.set_parameters(
        checklist=checklist,
        values={question.key: _value(question) for question in queries.missing(checklist)},
        by=by,
    )


def _value(question: cctp.Question) -> cctp.Value:
    if question.kind == cctp.DURATION:
        return cctp.Value(amount=24, unit=question.units[0])
    if question.kind == cctp.CHOICE:
        return cctp.Value(choice=question.options[0].code)
    return cctp.Value(detail="Effacement certifié un mois après la restitution.")


def published_checklist(
    by: User, at: Facility, *, flags: tuple[str, ...] = ("DP",), on: ClausierVersion | None = None
) -> Checklist:
    return checklists.publish(checklist=draft_checklist(by, at, flags=flags, on=on), by=by)


def adapted_checklist(
    by: User, at: Facility, *, wording: str, on: ClausierVersion | None = None
) -> Checklist:
    """A published checklist, of a procedure without opening, with another wording of O-7.1."""
    draft = draft_checklist(by, at, on=on)
    derogations.derogate(
        checklist=draft,
        ref="O-7.1",
        kind=DerogationKind.ADAPTED,
        wording=wording,
        reason="Ouvert six jours sur sept.",
        by=by,
    )
    Tender.objects.filter(pk=draft.lot.tender_id).update(procedure=Procedure.FRAMEWORK)
    return checklists.publish(checklist=draft, by=by)


def assessment(
    by: User, at: Facility, *, flags: tuple[str, ...] = ("DP",), on: ClausierVersion | None = None
) -> Assessment:
    """An assessment just started: four points to score on the small clausier."""
    checklist = published_checklist(by, at, flags=flags, on=on)
    opening(checklist.lot.tender, by)
    return started(checklist, by)


def started(checklist: Checklist, by: User) -> Assessment:
    """The assessment, just started, of a new candidate on a published checklist."""
    return assessments.start_assessment(
        candidacy=candidacy(checklist.lot, by), checklist=checklist, by=by
    )


def informal_assessment(
    by: User, at: Facility, *, flags: tuple[str, ...] = ("DP",), on: ClausierVersion | None = None
) -> Assessment:
    """The same in a purchase without a formal procedure: the candidate may answer by a link."""
    checklist = draft_checklist(by, at, flags=flags, on=on)
    Tender.objects.filter(pk=checklist.lot.tender_id).update(procedure=Procedure.NO_PUBLICITY)
    checklist = checklists.publish(checklist=checklist, by=by)
    return started(checklist, by)


def answer_link(
    by: User, of: Assessment, *, email: str = "", days: int = 30
) -> tuple[AnswerLink, str]:
    """A personal link of a candidate, and its secret."""
    end = timezone.now() + dt.timedelta(days=days)
    return answer_links.create_link(assessment=of, email=email, expires_at=end, by=by)


def asked(by: User, of: Assessment, *refs: str) -> ExchangeParty:
    """A demande de précisions that was sent to one candidate."""
    questions = {ref: f"Précisez {ref}." for ref in refs or ("O-7.1", "O-7.2")}
    exchange = exchanges.ask_clarification(assessment=of, questions=questions, by=by)
    (party,) = exchanges.send(exchange=exchange, freeze=letters.freeze, by=by)
    return party


def scored(of: Assessment, by: User, value: str = "compliant") -> Assessment:
    """The same assessment with one score on each of its points: it is complete."""
    refs = of.scores.order_by("item__position").values_list("item__point__ref", flat=True)
    edits = [answering.Edit(ref, "score", value, 99) for ref in refs]
    answering.save_fields(assessment_id=of.pk, edits=edits, by=by)
    of.refresh_from_db()
    return of


def informal_party(by: User, at: Facility, *refs: str) -> ExchangeParty:
    """The candidate of a demande in a purchase without a formal procedure: it may have a link."""
    return asked(by, informal_assessment(by, at), *refs)


def reply_link(by: User, of: ExchangeParty, *, email: str = "") -> tuple[AnswerLink, str]:
    """The link by which a candidate answers a letter, and its secret."""
    return reply_links.create(party=of, email=email, by=by)


def no_conflict(of: Assessment, by: User) -> None:
    """What a reviewer declares before the first finding in a tender."""
    interests.declare(tender=of.candidacy.lot.tender, value=Interest.CLEAR, reason="", by=by)


def analysis_report(by: User, checklist: Checklist) -> AnalysisReport:
    """A frozen edition of the analysis report; its PDF is not made."""

    def content(number: int, at: str) -> dict[str, Any]:
        return analysis_content.freeze(checklist, number=number, at=at, by=by)

    return analysis.register(checklist=checklist, content=content, by=by)


def regularised(by: User, checklist: Checklist, *refs: str) -> list[ExchangeParty]:
    """A regularisation that was sent to every candidate with a gap on ``refs``."""
    questions = {ref: f"Complétez {ref}." for ref in refs}
    exchange = exchanges.ask_regularisation(checklist=checklist, questions=questions, by=by)
    return exchanges.send(exchange=exchange, freeze=letters.freeze, by=by)


def dated(
    of: Tender, by: User, *holders: Candidacy, signed: int = 2015, executed: int | None = None
) -> Retention:
    """A tender whose contract was signed with ``holders`` on 1 March of a year, and executed."""
    dates = retention.Dates(
        signed_on=dt.date(signed, 3, 1),
        executed_on=dt.date(executed, 3, 1) if executed else None,
        holders=holders,
    )
    return retention.set_dates(tender=of, dates=dates, by=by)


def opinion_request(
    by: User,
    of: Assessment,
    *,
    role: str = "",
    person: User | None = None,
    days: int = 5,
    refs: tuple[str, ...] = (),
) -> OpinionRequest:
    """An opinion asked for in some days."""
    question = opinions.Question(
        text="Cette offre vous convient-elle ?",
        due_on=timezone.localdate() + dt.timedelta(days=days),
        role=role,
        person=person,
        refs=refs,
    )
    return opinions.ask(assessment=of, question=question, by=by)


def joined_file(link: AnswerLink) -> Evidence:
    """A file that a candidate joined to a point."""
    sent = evidence.SentFile(b"%PDF-1.7 justificatif", "pdf", "Justificatif.pdf")
    return evidence.attach(assessment=link.assessment, ref="O-7.1", file=sent, by=link)


def signed(of: Assessment, by: User) -> Assessment:
    """An assessment whose document came back signed, and was accepted."""
    asked = documents.request_document(assessment=of, freeze=report.freeze, by=by)
    document = documents.claim(asked.pk)
    assert document is not None
    content = f"%PDF-1.7 {document.pk}".encode()
    sha256 = hashlib.sha256(content).hexdigest()
    name = storage.store(f"documents/{document.pk}.pdf", content)
    documents.finish(document, documents.SealedFile(name, sha256, len(content), pages=1))
    document.refresh_from_db()
    back = content + b" signed"
    file = signed_files.receive(
        document=document,
        sent=signed_files.Sent(back, "signe.pdf", hashlib.sha256(back).hexdigest()),
        report={"base_sha256": sha256, "signatures": []},
        by=by,
    )
    signed_files.accept(
        file=file,
        confirmation=signed_files.Confirmation("Camille Martin", True, True),
        data_hash=document_queries.data_hash_of,
        by=by,
    )
    of.refresh_from_db()
    return of


def corrected(of: Assessment, by: User) -> Assessment:
    """The next version of a signed assessment."""
    return assessment_versions.correct(assessment=of, reason="Une note était fausse.", by=by)
