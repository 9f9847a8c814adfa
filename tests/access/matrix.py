"""Who may do what: one rule a route. A route without a rule fails test_matrix.py, by its name.

To add a route, add one line to RULES:

    "checklists:assessment_grid": Rule("assessment", get=MEMBERS, post=BUYER),

- the first argument says whose object the address names (a key of OBJECTS); it is left out when
  the address names none. Then a stranger gets 404, the same as for an object that does not exist;
- ``get`` (HEAD follows it) and ``post`` say who may. What is left out must answer 405;
- a member without the right gets 403 with the reason; a group made with ``refused=404`` hides the
  page instead;
- somebody who has not signed in is sent to the sign-in page, or gets ``anonymous=401`` on a route
  that a script calls; only EVERYONE opens a page to them.

Other parts of an address (a point's number, a chapter) come from PARTS.
"""

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from checklists.documents import dce, letters, receipt
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

from .retention_world import RetentionWorld
from .rules import (
    A_BUYER,
    ADMIN,
    BUYER,
    BUYER_OR_CISO,
    EVERYONE,
    INSIDERS,
    KEEPERS,
    MEMBERS,
    OPERATOR,
    OPERATOR_ROLE,
    REVIEWERS,
    ROUTERS,
    SIGNED_IN,
    STRANGER,
    Rule,
    api,
    group,
)

FINDING = json.dumps({"version": 0, "answer_version": 0, "finding": "favourable"})


RULES: dict[str, Rule] = {
    "home": Rule(get=SIGNED_IN),
    "help": Rule(get=EVERYONE),
    "contact": Rule(get=EVERYONE),
    "accessibility": Rule(get=EVERYONE),
    # -- Signing in
    "account_login": Rule(get=EVERYONE, post=EVERYONE),
    "session_extend": Rule(post=SIGNED_IN, anonymous=401),
    "account_logout": Rule(get=EVERYONE, post=EVERYONE),
    "account_inactive": Rule(get=EVERYONE),
    "account": Rule(get=SIGNED_IN),
    "account_change_password": Rule(get=SIGNED_IN, post=SIGNED_IN),
    "account_reset_password": Rule(get=EVERYONE, post=EVERYONE),
    "account_reset_password_done": Rule(get=EVERYONE),
    "account_reset_password_from_key": Rule(get=EVERYONE, post=EVERYONE),
    "account_reset_password_from_key_done": Rule(get=EVERYONE),
    # -- Tenders and candidates
    "checklists:tender_list": Rule(get=SIGNED_IN),
    "checklists:tender_detail": Rule("tender", get=MEMBERS),
    "checklists:retention_list": Rule(get=SIGNED_IN),
    "checklists:retention_csv": Rule(get=SIGNED_IN),
    "checklists:tender_retention": Rule("tender", get=MEMBERS, post=KEEPERS),
    "checklists:hold_place": Rule("tender", post=KEEPERS),
    "checklists:hold_lift": Rule("hold", post=KEEPERS),
    "checklists:elimination_propose": Rule("tender", post=KEEPERS),
    "checklists:elimination_detail": Rule("elimination", get=MEMBERS, post=ADMIN),
    "checklists:elimination_certificate": Rule("eliminated", get=MEMBERS),
    "checklists:tender_dossier": Rule("tender", get=MEMBERS, post=BUYER),
    "checklists:reservation_list": Rule("tender", get=MEMBERS),
    "checklists:dossier_download": Rule("dossier", get=MEMBERS),
    "checklists:assessment_start": Rule("candidacy", post=BUYER),
    "vendors:tender_create": Rule(get=A_BUYER, post=A_BUYER),
    "vendors:opening_record": Rule("tender", get=BUYER, post=BUYER),
    "vendors:tender_edit": Rule("tender", get=BUYER, post=BUYER),
    "vendors:lot_add": Rule("tender", get=BUYER, post=BUYER),
    "vendors:lot_edit": Rule("lot", get=BUYER, post=BUYER),
    "vendors:candidate_add": Rule("tender", get=BUYER, post=BUYER),
    "vendors:candidate_register": Rule("tender", get=BUYER, post=BUYER),
    "vendors:candidate_withdraw": Rule("candidacy", get=BUYER, post=BUYER),
    # -- Vendors
    "vendors:vendor_list": Rule(get=SIGNED_IN),
    "vendors:vendor_detail": Rule("vendor", get=MEMBERS),
    "vendors:vendor_create": Rule(get=A_BUYER, post=A_BUYER),
    "vendors:vendor_edit": Rule("vendor", get=BUYER, post=BUYER),
    "vendors:certificate_add": Rule("vendor", get=BUYER, post=BUYER),
    "vendors:certificate_edit": Rule("certificate", get=BUYER, post=BUYER),
    "vendors:certificate_replace": Rule("certificate", get=BUYER, post=BUYER),
    "vendors:certificate_remove": Rule("certificate", post=BUYER),
    "vendors:certificate_file": Rule("certificate", get=MEMBERS),
    "vendors:product_create": Rule("vendor", get=BUYER, post=BUYER),
    # -- The clausiers, the same for every facility
    "checklists:clausier_list": Rule(get=SIGNED_IN),
    "checklists:clausier_version": Rule(get=SIGNED_IN),
    "checklists:clausier_compare": Rule(get=SIGNED_IN),
    "checklists:clausier_import": Rule(get=OPERATOR, post=OPERATOR),
    "checklists:errata_import": Rule(get=OPERATOR, post=OPERATOR),
    # -- The checklist of a lot
    "checklists:checklist_edit": Rule("draft", get=MEMBERS, post=BUYER),
    "checklists:profile_effect": Rule("draft", get=MEMBERS),
    "checklists:checklist_start": Rule("lot", get=MEMBERS, post=BUYER),
    "checklists:checklist_correct": Rule("published", get=MEMBERS, post=BUYER),
    "checklists:checklist_discard": Rule("draft", get=BUYER, post=BUYER),
    "checklists:checklist_version": Rule("draft", get=BUYER, post=BUYER),
    "checklists:checklist_version_undo": Rule("draft", post=BUYER),
    "checklists:checklist_points": Rule("draft", get=MEMBERS),
    "checklists:checklist_point": Rule("draft", get=MEMBERS),
    "checklists:checklist_force": Rule("draft", post=BUYER),
    "checklists:checklist_knock_out": Rule("draft", post=BUYER),
    "checklists:checklist_derogation": Rule("draft", post=BUYER),
    "checklists:checklist_parameters": Rule("draft", get=MEMBERS, post=BUYER),
    "checklists:checklist_weights": Rule("draft", get=MEMBERS, post=BUYER),
    "checklists:checklist_publish": Rule("draft", get=MEMBERS, post=BUYER),
    "checklists:rc_annex": Rule("published", get=MEMBERS),
    "checklists:annexes_request": Rule("published", post=BUYER),
    "checklists:annexes_download": Rule("annexes", get=MEMBERS),
    "checklists:annexes_part": Rule("annexes", get=MEMBERS),
    "checklists:checklist_workbook": Rule("published", get=MEMBERS),
    # -- The candidates beside each other
    "checklists:checklist_comparison": Rule("compared", get=MEMBERS),
    "checklists:comparison_file": Rule("compared", get=MEMBERS),
    "checklists:assessment_note": Rule("assessment", get=MEMBERS),
    "checklists:assessment_decision": Rule("assessment", get=MEMBERS, post=BUYER),
    "checklists:decision_others": Rule("assessment", post=BUYER),
    "checklists:decision_whole": Rule("assessment", post=BUYER),
    "checklists:assessment_result": Rule("assessment", get=BUYER, post=BUYER),
    # -- Assessments
    "checklists:my_points": Rule(get=SIGNED_IN),
    "checklists:assessment_findings": Rule("assessment", get=MEMBERS, post=REVIEWERS),
    "checklists:interest_declare": Rule("assessment", post=REVIEWERS),
    "checklists:finding_save": Rule("assessment", post=REVIEWERS, anonymous=401),
    "checklists:assessment_grid": Rule("assessment", get=MEMBERS),
    "checklists:assessment_guides": Rule("assessment", get=MEMBERS),
    "checklists:assessment_chapters": Rule("assessment", get=MEMBERS),
    "checklists:assessment_chapter_state": Rule("assessment", post=BUYER),
    "checklists:assessment_chapter_assign": Rule("assessment", post=BUYER),
    "checklists:assessment_presence": Rule("assessment", post=MEMBERS, anonymous=401),
    "checklists:assessment_chapter": Rule("assessment", post=BUYER),
    "checklists:assessment_point": Rule("assessment", post=BUYER, anonymous=401),
    "checklists:assessment_together": Rule("assessment", post=BUYER, anonymous=401),
    "checklists:assessment_history": Rule("assessment", get=MEMBERS),
    "checklists:score_confirm": Rule("assessment", post=BUYER),
    "checklists:assessment_restore": Rule("assessment", post=BUYER),
    "checklists:assessment_paste": Rule("assessment", get=BUYER, post=BUYER),
    "checklists:assessment_workbook": Rule("assessment", get=MEMBERS),
    "checklists:deposit_list": Rule("receiving", get=MEMBERS, post=BUYER),
    "checklists:deposit_give": Rule("receiving", post=BUYER),
    "checklists:deposit_take_over": Rule("receiving", post=BUYER),
    "checklists:answers_freeze": Rule("receiving", get=BUYER, post=BUYER),
    "checklists:deposit_file": Rule("deposit", get=MEMBERS),
    "checklists:reception_list": Rule("assessment", get=MEMBERS, post=BUYER),
    "checklists:reception_detail": Rule("reception", get=MEMBERS, post=BUYER),
    "checklists:reception_late": Rule("late", post=BUYER),
    "checklists:reception_file": Rule("reception", get=MEMBERS),
    "checklists:assessment_summary": Rule("assessment", get=MEMBERS),
    # -- The personal link of a candidate
    "checklists:answer_link": Rule("informal", get=MEMBERS, post=BUYER),
    "checklists:link_prolong": Rule("answer_link", post=BUYER),
    "checklists:link_revoke": Rule("answer_link", post=BUYER),
    "checklists:answers": Rule(get=EVERYONE, post=EVERYONE, is_secret=True),
    "checklists:answer_chapter": Rule(get=EVERYONE, post=EVERYONE, is_secret=True),
    "checklists:answer_point": Rule(post=EVERYONE, is_secret=True),
    "checklists:answer_submit": Rule(get=EVERYONE, post=EVERYONE, is_secret=True),
    "checklists:answer_receipt": Rule(get=EVERYONE, post=EVERYONE, is_secret=True),
    "checklists:answer_files": Rule(post=EVERYONE, is_secret=True),
    "checklists:answer_file": Rule(get=EVERYONE, is_secret=True),
    "checklists:answer_replace": Rule(get=EVERYONE, post=EVERYONE, is_secret=True),
    "checklists:evidence_file": Rule("evidence", get=MEMBERS),
    "checklists:evidence_sheet": Rule("evidence", get=MEMBERS, post=BUYER_OR_CISO),
    "checklists:evidence_replace": Rule("evidence", post=BUYER),
    "checklists:evidence_list": Rule("assessment", get=MEMBERS),
    "checklists:point_certificates": Rule("assessment", post=BUYER),
    "checklists:point_files": Rule("assessment", post=BUYER),
    "checklists:answer_receipt_file": Rule(get=EVERYONE, is_secret=True),
    "checklists:link_receipt": Rule("sent_link", get=MEMBERS),
    # -- Comments kept ready
    "checklists:checklist_readings": Rule("draft", get=MEMBERS, post=BUYER),
    "checklists:reading_answer": Rule("reading", post=group(Role.CISO)),
    "checklists:reading_withdraw": Rule("reading", post=BUYER),
    "checklists:profile_keep": Rule("draft", get=BUYER, post=BUYER),
    "checklists:route_list": Rule("facility", get=MEMBERS),
    "checklists:route_edit": Rule("facility", get=ROUTERS, post=ROUTERS),
    "checklists:route_drop_all": Rule("facility", get=ROUTERS, post=ROUTERS),
    "checklists:saved_profile_list": Rule("facility", get=MEMBERS),
    "checklists:saved_profile_delete": Rule("saved_profile", get=BUYER, post=BUYER),
    "checklists:comment_template_choice": Rule("assessment", get=MEMBERS),
    "checklists:comment_template_list": Rule("facility", get=MEMBERS),
    "checklists:comment_template_create": Rule("facility", get=BUYER, post=BUYER),
    "checklists:comment_template_edit": Rule("comment_template", get=BUYER, post=BUYER),
    "checklists:comment_template_delete": Rule("comment_template", get=BUYER, post=BUYER),
    # -- Writing to candidates about their offers
    "checklists:opinion_list": Rule("assessment", get=MEMBERS, post=BUYER),
    "checklists:opinion": Rule("opinion", get=MEMBERS, post=group(Role.CISO)),
    "checklists:opinion_withdraw": Rule("opinion", post=BUYER),
    "checklists:exchange_list": Rule("assessment", get=MEMBERS, post=BUYER),
    "checklists:exchange_detail": Rule("exchange", get=MEMBERS, post=BUYER),
    "checklists:exchange_send": Rule("exchange", get=BUYER, post=BUYER),
    "checklists:exchange_discard": Rule("exchange", post=BUYER),
    "checklists:exchange_close": Rule("sent_exchange", post=BUYER),
    "checklists:exchange_reply": Rule("party", get=BUYER, post=BUYER),
    "checklists:exchange_letter": Rule("party", get=MEMBERS, post=BUYER),
    "checklists:exchange_letter_docx": Rule("party", get=MEMBERS),
    "checklists:regularisation_list": Rule("compared", get=MEMBERS, post=BUYER),
    "checklists:regularisation_decide": Rule("party", get=BUYER, post=BUYER),
    "checklists:exchange_file": Rule("exchange_file", get=MEMBERS),
    # -- Documents
    "checklists:assessment_documents": Rule("assessment", get=MEMBERS, post=BUYER),
    "checklists:document_download": Rule("document", get=MEMBERS),
    "checklists:document_retry": Rule("document", post=BUYER),
    "checklists:document_signed": Rule("document", get=MEMBERS, post=BUYER),
    "checklists:signed_file": Rule("signed_file", get=MEMBERS, post=BUYER),
    "checklists:signed_file_set_aside": Rule("signed_file", post=BUYER),
    "checklists:signed_file_download": Rule("signed_file", get=MEMBERS),
    "checklists:signed_file_report": Rule("signed_file", get=MEMBERS),
    "checklists:verify_document": Rule(get=SIGNED_IN, post=SIGNED_IN),
    # -- For other software
    "api_tokens": Rule(get=SIGNED_IN, post=SIGNED_IN),
    "api_token_revoke": Rule("own_token", post=group(Role.BUYER, refused=404)),
    "api_description": Rule(get=EVERYONE),
    "api:openapi-json": Rule(get=EVERYONE),
    "api:me": api(),
    "api:tender_list": api(),
    "api:tender_detail": api("tender"),
    "api:tender_journal": api("tender"),
    "api:checklist_detail": api("published"),
    "api:checklist_comparison": api("compared"),
    "api:assessment_list": api(),
    "api:assessment_detail": api("assessment"),
    "api:evidence_list": api("assessment"),
    "api:evidence_file": api("evidence"),
    "api:document_list": api("assessment"),
    "api:document_file": api("document"),
    "api:finding_list": api("assessment"),
    "api:finding_save": api("assessment", patch=group(Role.CISO), body=FINDING),
    "checklists:assessment_export": Rule("assessment", get=MEMBERS),
    "checklists:evaluation_schema": Rule(get=EVERYONE),
}

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
    "uidb36": "zzzz",
    "key": "zzz-zzzz",
    "clausier": lambda world: world.published.version.clausier.code,
    "code": lambda world: world.draft.version.clausier.code,
    "number": lambda world: world.draft.version.number,
    "token": lambda world: world.secret,
    # Only the file behind a secret has a number here: the address names no object of a member.
    "pk": lambda world: world.own_file.pk,
}
"""The other parts of an address: a value, or how to find it in the world."""


class World(RetentionWorld):
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
        return deposits.keep(
            checklist=self.assessment.checklist,
            sent=Sent(b"Point;Oui\r\n", "csv", "classeur confidentiel.csv"),
            told=Told(),
            by=self.buyer,
        )[0]

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
            assessment=self.assessment, questions={"O-7.1": "Laquelle ?"}, by=self.buyer
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
    "own_token": lambda world: {"pk": world.own_token.pk},
    "tender": lambda world: {"pk": world.tender.pk},
    "lot": lambda world: {"pk": world.lot.pk},
    "draft": lambda world: {"pk": world.draft.pk},
    "published": lambda world: {"pk": world.published.pk},
    "annexes": lambda world: {"pk": world.annexes.pk},
    "compared": lambda world: {"pk": world.assessment.checklist_id},
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
    "party": lambda world: {"pk": world.party.pk},
    "exchange_file": lambda world: {"pk": world.exchange_file.pk},
    "facility": lambda world: {"pk": world.facility.pk},
    "comment_template": lambda world: {"pk": world.comment_template.pk},
    "reading": lambda world: {"pk": world.reading.pk},
    "saved_profile": lambda world: {"pk": world.saved_profile.pk},
}
