"""What the addresses of the matrix name: one of everything, in one facility."""

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from checklists.documents import analysis_files, dce, letters, receipt
from checklists.domain import (
    answer_links,
    comment_templates,
    deposits,
    dossiers,
    exchanges,
    receptions,
)
from checklists.domain.deposits import Sent, Told
from checklists.domain.documents import SealedFile
from checklists.domain.exchanges import Sent as SentBack
from checklists.enums import AnswerKind, DocumentState
from checklists.models import (
    AnalysisReport,
    AnswerLink,
    Assessment,
    Checklist,
    CommentTemplate,
    Deposit,
    Document,
    Dossier,
    Evidence,
    Exchange,
    ExchangeFile,
    ExchangeParty,
    LateFile,
    LongTermCopy,
    OpinionRequest,
    Reading,
    Reception,
    SavedProfile,
    SignedFile,
    finding,
)
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import ApiToken, Facility, User
from vendors.models import Candidacy, Certificate, Lot, Tender, Vendor

from .account_world import AccountWorld
from .group_world import GroupWorld
from .letter_world import LetterWorld
from .operations_world import OperationsWorld
from .retention_world import RetentionWorld
from .rules import INSIDERS, OPERATOR_ROLE, STRANGER

UNKNOWN = 987_654_321
"""The identifier of nothing."""

PARTS: dict[str, Any] = {
    "ref": "O-7.1",
    "role": "ciso",
    "chapter": 7,
    "kind": "xlsx",
    "into": "json",
    "part": "annexe-rc",
    "place": "O-7.1",
    "provider": "essai",
    "uidb36": "zzzz",
    "key": "zzz-zzzz",
    "clausier": lambda world: world.published.version.clausier.code,
    "code": lambda world: world.draft.version.clausier.code,
    "number": lambda world: world.draft.version.number,
    "token": lambda world: world.secret,
    "secret": lambda world: world.invited[1],
    "user": lambda world: world.people[Role.READER].pk,
    # Only the file behind a secret has a number here: the address names no object of a member.
    "pk": lambda world: world.own_file.pk,
}
"""The other parts of an address: a value, or how to find it in the world."""


class World(AccountWorld, GroupWorld, LetterWorld, OperationsWorld, RetentionWorld):
    """One facility with a person in each role and one of everything, made when it is asked for."""

    @cached_property
    def facility(self) -> Facility:
        return factories.facility(name="Hôpital des Secrets")

    @cached_property
    def people(self) -> dict[str, User]:
        insiders = {role: factories.member(self.facility, role) for role in INSIDERS}
        return insiders | {
            OPERATOR_ROLE: factories.user(is_operator=True),
            STRANGER: factories.member(factories.facility(), Role.BUYER),
            **self.group_people,
        }

    @property
    def buyer(self) -> User:
        return self.people[Role.BUYER]

    @cached_property
    def own_token(self) -> ApiToken:
        """A token of the buyer: to everybody else it is nothing."""
        return factories.api_token(self.buyer)[0]

    @cached_property
    def bearers(self) -> dict[str, str]:
        """The secret of a token of each person."""
        return {name: factories.api_token(user)[1] for name, user in self.people.items()}

    @cached_property
    def tender(self) -> Tender:
        return factories.tender(
            self.facility, self.buyer, reference="SECRET-1", title="Achat confidentiel"
        )

    @cached_property
    def lot(self) -> Lot:
        return self.tender.lots.get()

    @cached_property
    def vendor(self) -> Vendor:
        return factories.vendor(self.facility, self.buyer, name="Éditeur confidentiel")

    @cached_property
    def certificate(self) -> Certificate:
        return factories.certificate(self.vendor, self.buyer)

    @cached_property
    def draft(self) -> Checklist:
        return factories.draft_checklist(self.buyer, self.facility)

    @cached_property
    def published(self) -> Checklist:
        return factories.published_checklist(self.buyer, self.facility)

    @cached_property
    def candidacy(self) -> Candidacy:
        """A candidate to a published checklist, without its assessment."""
        return Candidacy.objects.create(
            lot=self.published.lot, vendor=self.vendor, created_by=self.buyer
        )

    @cached_property
    def annexes(self) -> Checklist:
        """A published checklist whose annexes are ready."""
        checklist = self.published
        bundle = io.BytesIO()
        with zipfile.ZipFile(bundle, "w") as archive:
            for name in dce.PARTS.values():
                archive.writestr(name, b"%PDF-1.7 essai")
        name = dce.stored_name(checklist, dce.gather(checklist))
        default_storage.save(name, ContentFile(bundle.getvalue()))
        return checklist

    @cached_property
    def assessment(self) -> Assessment:
        assessment = factories.assessment(self.buyer, self.facility)
        for role in finding.REVIEWERS:
            factories.no_conflict(assessment, self.people[role])
        return assessment

    @cached_property
    def comment_template(self) -> CommentTemplate:
        wording = comment_templates.Wording("Essai confidentiel", "Un texte confidentiel.")
        return comment_templates.add_template(
            facility=self.facility, wording=wording, by=self.buyer
        )

    @cached_property
    def reading(self) -> Reading:
        return Reading.objects.create(
            checklist=self.draft,
            role=Role.CISO,
            question="Une question confidentielle.",
            asked_at=timezone.now(),
            asked_by=self.buyer,
        )

    @cached_property
    def saved_profile(self) -> SavedProfile:
        return SavedProfile.objects.create(
            facility=self.facility, name="Profil confidentiel", flags=["DP"]
        )

    @cached_property
    def analysis(self) -> AnalysisReport:
        made = factories.analysis_report(self.buyer, self.assessment.checklist)
        default_storage.save(analysis_files.stored_name(made), ContentFile(b"%PDF-1.7 essai"))
        return made

    @cached_property
    def dossier(self) -> Dossier:
        file = SealedFile(default_storage.save("d.zip", ContentFile(b"PK")), "a" * 64, 2, 0)
        return dossiers.register(
            tender=self.tender,
            file=file,
            file_count=1,
            manifest_sha256="b" * 64,
            at=timezone.now(),
            by=self.buyer,
        )

    @cached_property
    def document(self) -> Document:
        name = default_storage.save("documents/essai.pdf", ContentFile(b"%PDF-1.7 essai"))
        now = timezone.now()
        return Document.objects.create(
            assessment=self.assessment,
            number=1,
            state=DocumentState.READY,
            requested_at=now,
            requested_by=self.buyer,
            content={},
            content_sha256="0" * 64,
            finished_at=now,
            file_name=name,
            file_sha256="1" * 64,
            file_size=14,
            page_count=1,
        )

    @cached_property
    def signed_file(self) -> SignedFile:
        return SignedFile.objects.create(
            document=self.document,
            received_at=timezone.now(),
            received_by=self.buyer,
            sent_as="signature confidentielle.pdf",
            file_name=self.document.file_name,
            file_sha256="2" * 64,
            file_size=14,
            report={"base_sha256": self.document.file_sha256, "signatures": []},
        )

    @cached_property
    def signed_assessment(self) -> Assessment:
        other = factories.assessment(self.buyer, self.facility)
        return factories.signed(other, self.buyer)

    @cached_property
    def long_term_copy(self) -> LongTermCopy:
        return LongTermCopy.objects.create(
            document=self.document,
            number=1,
            made_at=timezone.now(),
            good_until=timezone.now() + dt.timedelta(days=9),
            extends_sha256=self.document.file_sha256,
            file_name=self.document.file_name,
            file_sha256="3" * 64,
            file_size=14,
        )

    @cached_property
    def reception(self) -> Reception:
        return receptions.receive(
            assessment=self.assessment,
            content="Point;Réponse\r\nO-7.1;OUI\r\n".encode(),
            kind="csv",
            sent_as="offre confidentielle.csv",
            by=self.buyer,
        )[0]

    @cached_property
    def late(self) -> Reception:
        now = timezone.now()
        LateFile.objects.create(
            reception=self.reception, deposited_at=now, deadline=now - dt.timedelta(hours=1)
        )
        return self.reception

    @cached_property
    def deposit(self) -> Deposit:
        sent, checklist = (
            Sent(b"Point;Oui\r\n", "csv", "classeur confidentiel.csv"),
            self.assessment.checklist,
        )
        file = deposits.lay(checklist=checklist, sent=sent)
        return deposits.keep(checklist=checklist, file=file, told=Told(), by=self.buyer)[0]

    @cached_property
    def answer_link(self) -> AnswerLink:
        assessment = factories.informal_assessment(self.buyer, self.facility)
        return factories.answer_link(self.buyer, assessment)[0]

    @cached_property
    def sent_link(self) -> AnswerLink:
        """A link by which answers were submitted, and whose receipt is ready."""
        assessment = factories.informal_assessment(self.buyer, self.facility)
        link, _secret = factories.answer_link(self.buyer, assessment)
        link = answer_links.submit(link=link)
        default_storage.save(receipt.stored_name(link), ContentFile(b"%PDF-1.7 essai"))
        return link

    @cached_property
    def evidence(self) -> Evidence:
        return factories.joined_file(self.answer_link)

    @cached_property
    def opinion(self) -> OpinionRequest:
        return factories.opinion_request(self.buyer, self.assessment, role=Role.CISO)

    @cached_property
    def exchange(self) -> Exchange:
        """A draft."""
        return exchanges.ask_clarification(
            assessment=self.assessment, questions={"O-7.1": "Laquelle ?"}, by=self.buyer
        )

    @cached_property
    def party(self) -> ExchangeParty:
        """The candidate of a demande that was sent, and whose letter is ready."""
        party = factories.asked(self.buyer, self.assessment)
        default_storage.save(letters.stored_name(party), ContentFile(b"%PDF-1.7 essai"))
        return party

    @cached_property
    def exchange_file(self) -> ExchangeFile:
        sent = SentBack(b"%PDF-1.7 precisions", "pdf", "précisions confidentielles.pdf")
        exchanges.register(party=self.party, texts={}, file=sent, by=self.buyer)
        return self.party.files.get()

    @cached_property
    def secret(self) -> str:
        """What opens the form of a candidate, in a facility where nobody of this world belongs."""
        facility = factories.facility(name="Hôpital qui invite")
        buyer = factories.member(facility, Role.BUYER)
        kind = {"condition": "ALWAYS", "answer_kind": AnswerKind.YES_NO}
        points = [{"ref": f"O-{n}.1"} | kind for n in range(1, 8)]
        version = factories.version(points=points)
        assessment = factories.informal_assessment(buyer, facility, on=version)
        link, secret = factories.answer_link(buyer, assessment)
        self.own_file = factories.joined_file(link)
        return secret

    @property
    def secrets(self) -> list[str]:
        """What no page of a stranger may show."""
        return [
            self.facility.name,
            self.tender.reference,
            self.tender.title,
            self.vendor.name,
            self.candidacy.lot.tender.reference,
            self.assessment.candidacy.vendor.name,
            self.comment_template.title,
            self.saved_profile.name,
            self.reading.question,
            self.reception.sent_as,
            self.deposit.sent_as,
            self.exchange_file.name,
        ]


OBJECTS: dict[str, Callable[[World], dict[str, Any]]] = {
    "given_up": lambda world: {"task": str(world.given_up)},
    "own_factors": lambda world: {"pk": world.own_factors.pk},
    "own_session": lambda world: {"pk": world.own_session.pk},
    "own_identity": lambda world: {"pk": world.own_identity.pk},
    "invitation": lambda world: {"pk": world.invited[0].pk},
    "delegation": lambda world: {"pk": world.delegation.pk},
    "own_token": lambda world: {"pk": world.own_token.pk},
    "tender": lambda world: {"pk": world.tender.pk},
    "lot": lambda world: {"pk": world.lot.pk},
    "draft": lambda world: {"pk": world.draft.pk},
    "published": lambda world: {"pk": world.published.pk},
    "annexes": lambda world: {"pk": world.annexes.pk},
    "compared": lambda world: {"pk": world.assessment.checklist_id},
    "analysed": lambda world: {"pk": world.assessment.checklist_id, "key": "methode"},
    "analysis": lambda world: {"pk": world.analysis.pk},
    "analysis_edition": lambda world: {"pk": world.analysis.pk, "kind": "docx"},
    "vendor": lambda world: {"pk": world.vendor.pk},
    "certificate": lambda world: {"pk": world.certificate.pk},
    "candidacy": lambda world: {"pk": world.candidacy.pk},
    "assessment": lambda world: {"pk": world.assessment.pk},
    "document": lambda world: {"pk": world.document.pk},
    "dossier": lambda world: {"pk": world.dossier.pk},
    "hold": lambda world: {"pk": world.hold.pk},
    "elimination": lambda world: {"pk": world.elimination.pk},
    "eliminated": lambda world: {"pk": world.eliminated.pk},
    "signed_file": lambda world: {"pk": world.signed_file.pk},
    "signed_assessment": lambda world: {"pk": world.signed_assessment.pk},
    "long_term_copy": lambda world: {"pk": world.long_term_copy.pk},
    "receiving": lambda world: {"pk": world.assessment.checklist_id},
    "late": lambda world: {"pk": world.late.pk},
    "deposit": lambda world: {"pk": world.deposit.pk},
    "reception": lambda world: {"pk": world.reception.pk},
    "informal": lambda world: {"pk": world.answer_link.assessment_id},
    "answer_link": lambda world: {"pk": world.answer_link.pk},
    "sent_link": lambda world: {"pk": world.sent_link.pk},
    "evidence": lambda world: {"pk": world.evidence.pk},
    "exchange": lambda world: {"pk": world.exchange.pk},
    "sent_exchange": lambda world: {"pk": world.party.exchange_id},
    "opinion": lambda world: {"pk": world.opinion.pk},
    "letter": lambda world: {"pk": world.letter.pk},
    "party": lambda world: {"pk": world.party.pk},
    "exchange_file": lambda world: {"pk": world.exchange_file.pk},
    "facility": lambda world: {"pk": world.facility.pk},
    "group": lambda world: {"pk": world.group.pk},
    "comment_template": lambda world: {"pk": world.comment_template.pk},
    "reading": lambda world: {"pk": world.reading.pk},
    "saved_profile": lambda world: {"pk": world.saved_profile.pk},
}
