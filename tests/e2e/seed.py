"""The data of the browser tests, written once into a database of their own; prints what it made.

``assessments`` ask every point and belong to one test each; ``things`` is one of everything that
has a page, for the tests that only look.
"""

import json
from itertools import cycle
from typing import TYPE_CHECKING, Any

import django

from tests.e2e import people
from tests.e2e.seed_group import bought_for
from tests.e2e.seed_letters import letters
from tests.e2e.seed_members import invited, lost_password, onlookers
from tests.e2e.seed_operations import given_up
from tests.e2e.seed_retention import kept_tender
from tests.e2e.seed_versions import versions
from tests.e2e.seed_visas import asked_visas

if TYPE_CHECKING:
    from checklists.models import Assessment, Checklist, ClausierVersion
    from uniha_clausier.accounts.models import Facility, User

SMALL = ("MOB",)
"""A profile that asks few points: what is told of one is told of all."""

Made = dict[str, Any]


def main() -> None:
    django.setup()
    from checklists.enums import Flag
    from checklists.models import Assessment, ClausierVersion
    from tests import factories

    facility = factories.facility(name="CHU de Valmont")
    buyer = open_accounts(facility)
    ciso = facility.memberships.get(user__email=people.READER[0]).user
    version = ClausierVersion.objects.get(clausier__code="securite-numerique")
    assessments = {
        name: factories.assessment(buyer, facility, flags=tuple(Flag.values), on=version).pk
        for name in people.ASSESSMENTS
    }
    factories.no_conflict(Assessment.objects.get(pk=assessments["findings"]), ciso)
    factories.version()  # so that there are two to compare
    things = Stage(facility, buyer, version).things()
    onlookers(facility)
    print(json.dumps({"assessments": assessments, "things": things}))


def open_accounts(facility: "Facility") -> "User":
    """Open an account for everybody; return the buyer."""
    from tests import factories
    from uniha_clausier.accounts.enums import Role

    empty = factories.facility(name="Hôpital de Saint-Neuf")
    members: tuple[tuple[tuple[str, str], str, list[Facility]], ...] = (
        (people.BUYER, Role.BUYER, [facility]),
        (people.COLLEAGUE, Role.BUYER, [facility]),
        (people.READER, Role.CISO, [facility]),
        (people.LOCKED_OUT, Role.READER, [facility]),
        (people.BEGINNER, Role.BUYER, [empty]),
        (people.SHARED_BUYER, Role.BUYER, [facility, empty]),
        (people.CAREFUL, Role.READER, [facility]),
        (people.OPERATOR, "", []),
    )
    for (email, full_name), role, facilities in members:
        person = factories.user(
            email=email, full_name=full_name, password=people.PASSWORD, is_operator=not role
        )
        for at in facilities:
            at.memberships.create(user=person, role=role)
    buyer: User = facility.memberships.get(user__email=people.BUYER[0]).user
    return buyer


class Stage:
    """One of everything, made by the buyer through the domain."""

    def __init__(self, facility: "Facility", buyer: "User", version: "ClausierVersion") -> None:
        self.facility, self.buyer, self.version = facility, buyer, version

    def things(self) -> Made:
        return (
            self.purchases()
            | self.checklists()
            | self.done_assessment()
            | self.documents()
            | self.signed()
            | self.comment_templates()
            | self.saved_profiles()
            | self.routes()
            | self.readings()
            | self.receptions()
            | self.answer_links()
            | self.exchanges()
            | bought_for(self.facility, self.version)
            | kept_tender(self.facility, self.buyer)
            | letters(self.facility, self.buyer, self.version, SMALL)
            | versions(self.assessment().checklist, self.buyer)
            | self.opinions()
            | given_up()
            | lost_password(self.facility)
            | invited(self.facility)
            | asked_visas(self.facility, self.buyer)  # last: a change would make them lapse
        )

    def purchases(self) -> Made:
        from tests import factories
        from vendors.domain import candidacies, tenders, vendors
        from vendors.enums import ProductKind

        bare = tenders.create_tender(
            facility=self.facility, reference="2026-NU", title="Sans check-list", by=self.buyer
        )
        lots = tenders.create_tender(
            facility=self.facility,
            reference="2026-LOTS",
            title="Solutions d’imagerie et leur archivage, en deux lots",
            lots=["Archivage et communication des images", "Visionneuses"],
            by=self.buyer,
        )
        vendor = vendors.create_vendor(
            facility=self.facility,
            name="Imagerie du Ponant",
            identity=vendors.identify(country="FR", number="99911001800010"),
            contact_name="Sophie Garnier",
            contact_email="offres@ponant.example",
            by=self.buyer,
        )
        product = vendors.add_product(
            vendor=vendor,
            name="Archives Ponant",
            version="4.2",
            kind=ProductKind.SOFTWARE,
            by=self.buyer,
        )
        candidacy = candidacies.register_candidate(
            lot=lots.lots.get(number=1), vendor=vendor, product=product, by=self.buyer
        )
        foreign = vendors.create_vendor(
            facility=self.facility,
            name="Bildarchiv GmbH",
            identity=vendors.identify(country="DE", foreign_id="HRB 123456"),
            contact_name="",
            contact_email="",
            by=self.buyer,
        )
        return {
            "bare_tender": bare.pk,
            "bare_lot": bare.lots.get().pk,
            "tender": lots.pk,
            "lot": lots.lots.get(number=2).pk,
            "candidacy": candidacy.pk,
            "vendor": vendor.pk,
            "bare_vendor": foreign.pk,
            "certificate": factories.certificate(vendor, self.buyer).pk,
        }

    def checklists(self) -> Made:
        from tests import factories

        return {
            "draft_checklist": self.draft().pk,
            "profile_checklist": self.draft().pk,
            "stale_checklist": self.draft().pk,
            "correctable_checklist": factories.published_checklist(
                self.buyer, self.facility, flags=SMALL, on=self.version
            ).pk,
            "weights_checklist": self.weighted().pk,
            "blocked_checklist": factories.draft_checklist(
                self.buyer, self.facility, flags=(), on=self.version
            ).pk,
        }

    def draft(self) -> "Checklist":
        """A checklist in preparation, with a decision of each kind."""
        from checklists.domain import checklists, derogations
        from checklists.enums import DerogationKind, Force
        from tests import factories

        draft = factories.draft_checklist(self.buyer, self.facility, flags=SMALL, on=self.version)
        reason = "Le marché comprend un accès des médecins de ville."
        for ref, force in (("O-5.1", Force.OUT), ("O-10.1", Force.IN)):
            checklists.force_point(
                checklist=draft, ref=ref, force=force, reason=reason, by=self.buyer
            )
        checklists.set_knock_out(checklist=draft, ref="O-7.1", is_knock_out=True, by=self.buyer)
        derogations.derogate(
            checklist=draft,
            ref="O-1.1",
            kind=DerogationKind.ADAPTED,
            wording="Le correspondant sécurité est joignable le samedi aussi.",
            reason="Le service est ouvert six jours sur sept.",
            by=self.buyer,
        )
        return draft

    def weighted(self) -> "Checklist":
        """A checklist in preparation, whose every point may be for information."""
        from tests import factories

        return factories.draft_checklist(self.buyer, self.facility, flags=SMALL, on=self.version)

    def assessment(self) -> "Assessment":
        """An assessment just started, on a published checklist like ``draft``."""
        from checklists.domain import assessments, checklists
        from tests import factories

        published = checklists.publish(checklist=self.draft(), by=self.buyer)
        candidacy = factories.candidacy(published.lot, self.buyer)
        return assessments.start_assessment(candidacy=candidacy, checklist=published, by=self.buyer)

    def scored(self, *, but: int = 0) -> "Assessment":
        """An assessment whose points are scored, ``but`` so many, in every way."""
        from checklists.domain import answering
        from checklists.enums import Claim, ScoreValue

        assessment = self.assessment()
        values = [value for value in ScoreValue.values if value]
        refs = list(assessment.scores.order_by("item").values_list("item__point__ref", flat=True))
        edits = []
        for ref, value in zip(refs[: len(refs) - but], cycle(values), strict=False):
            edits += [
                answering.Edit(ref, "claim", Claim.YES, 0),
                answering.Edit(ref, "claim_text", f"Voir le mémoire technique, {ref}.", 0),
                answering.Edit(ref, "score", value, 0),
                answering.Edit(ref, "comment", "Réponse lue avec le RSSI.", 0),
            ]
        outcome = answering.save_fields(assessment_id=assessment.pk, edits=edits, by=self.buyer)
        assert outcome.is_clean
        return assessment

    def done_assessment(self) -> Made:
        from checklists import tasks
        from checklists.domain import assessments
        from tests import factories

        done, started = self.scored(), self.scored(but=6)
        document = tasks.export_now(assessment=done)
        factories.opening(done.candidacy.lot.tender, self.buyer)
        self.findings(done)
        self.reservation(done)
        other = factories.candidacy(done.candidacy.lot, self.buyer)
        assessments.start_assessment(candidacy=other, checklist=done.checklist, by=self.buyer)
        return {
            "compared": done.checklist_id,
            "closed": started.checklist_id,
            "assessment": done.pk,
            "started_assessment": started.pk,
            "bare_assessment": self.assessment().pk,
            "published_checklist": done.checklist_id,
            "published_tender": done.candidacy.lot.tender_id,
            "document": document.pk,
        }

    def reservation(self, assessment: "Assessment") -> None:
        """A point that the buyer accepts against a commitment, whose date is past."""
        import datetime as dt

        from checklists.domain import decisions

        edit = decisions.Edit(
            "O-7.1", "reserved", "Chiffrer.", "Chef de projet", dt.date(2026, 1, 5), 0, 99, 99
        )
        outcome = decisions.decide_points(assessment_id=assessment.pk, edits=[edit], by=self.buyer)
        assert outcome.saved

    def findings(self, assessment: "Assessment") -> None:
        """What the RSSI found: one reserve, and one finding on a claim that changed since."""
        from checklists.domain import answering, findings
        from checklists.domain.queries import findings as queries
        from checklists.domain.queries import grid
        from checklists.enums import Claim, FindingValue
        from tests import factories
        from uniha_clausier.accounts.enums import Role

        ciso = self.facility.memberships.get(user__email=people.READER[0]).user
        factories.no_conflict(assessment, ciso)
        door = grid.door(ciso, assessment.pk)
        assert door
        lines = queries.lines(assessment, Role.CISO, grid.catalogue(door.version))
        for line, value in zip(
            lines, (FindingValue.RESERVED, FindingValue.FAVOURABLE), strict=False
        ):
            for field, text in (("finding", value), ("comment", "Preuve à demander au candidat.")):
                edit = findings.Edit(line.ref, field, text, 0, line.answer_version)
                findings.save_finding(
                    assessment_id=assessment.pk, role=Role.CISO, edit=edit, by=ciso
                )
        answering.save_field(
            assessment_id=assessment.pk,
            ref=lines[1].ref,
            field="claim",
            value=Claim.NO,
            base_version=99,
            by=self.buyer,
        )

    def signed(self) -> Made:
        """A document that came back signed: one file to confirm, then one accepted."""
        from django.utils import timezone

        from checklists import tasks
        from checklists.documents import seal_keys
        from checklists.domain import signed_files
        from checklists.domain.queries import documents
        from checklists.models import SignedFile
        from tests.common import signing_outside
        from uniha_clausier.common import storage
        from uniha_clausier.common.signing_people import PeopleTrust, examine_signed_pdf

        document = tasks.export_now(assessment=self.assessment())
        authority = signing_outside.Authority()
        base = storage.read(document.file_name)
        made: list[SignedFile] = []
        for name in ("Camille Martin", "Sacha Petit"):
            content = signing_outside.sign(base, authority.person(name))
            found = examine_signed_pdf(
                content,
                base=base,
                seal_roots=seal_keys.seal_roots(),
                trust=PeopleTrust(roots=(authority.pem,)),
                now=timezone.now(),
            )
            sent = signed_files.Sent(content, "evaluation-signee.pdf", found.sha256)
            made.append(
                signed_files.receive(
                    document=document, sent=sent, report=found.as_json(), by=self.buyer
                )
            )
        signed_files.accept(
            file=made[1],
            confirmation=signed_files.Confirmation("Sacha Petit, directeur", True, True),
            data_hash=lambda _pk: documents.data_hash_of(document),
            by=self.buyer,
        )
        return {
            "signed_document": document.pk,
            "waiting_signed": made[0].pk,
            "accepted_signed": made[1].pk,
        }

    def documents(self) -> Made:
        """An edition that is being made for ever, and one that could not be made."""
        import datetime as dt

        from django.utils import timezone

        from checklists.documents import report
        from checklists.domain import documents
        from checklists.models import Document

        waiting, failed = [
            documents.request_document(
                assessment=self.assessment(), freeze=report.freeze, by=self.buyer
            )
            for _ in range(2)
        ]
        for document in (waiting, failed):
            assert documents.claim(document.pk)
            document.refresh_from_db()
        documents.renew(waiting, progress="Mise en page")
        # No worker takes it over while the tests last.
        a_day = timezone.now() + dt.timedelta(days=1)
        Document.objects.filter(pk=waiting.pk).update(lease_until=a_day)
        documents.fail(failed, "Le texte du point O-1.1 ne peut pas être mis en page.")
        return {
            "waiting_assessment": waiting.assessment_id,
            "failed_assessment": failed.assessment_id,
        }

    def comment_templates(self) -> Made:
        from checklists.domain import comment_templates

        template = comment_templates.add_template(
            facility=self.facility,
            wording=comment_templates.Wording(
                "Preuve manquante", "La réponse affirme sans preuve : document à demander."
            ),
            by=self.buyer,
        )
        return {"facility": self.facility.pk, "comment_template": template.pk}

    def readings(self) -> Made:
        from checklists.domain import readings
        from tests import factories
        from uniha_clausier.accounts.enums import Role

        draft = factories.draft_checklist(self.buyer, self.facility, flags=SMALL, on=self.version)
        readings.ask_reading(
            checklist=draft,
            role=Role.CISO,
            question="Le point O-3.9 est retiré : est-ce acceptable ?",
            by=self.buyer,
        )
        return {"read_draft": draft.pk}

    def routes(self) -> Made:
        """A chapter that the facility gave to another role, and a point apart from it."""
        from checklists.domain import routing
        from checklists.domain.queries import routing as queries

        for place, roles in (
            (routing.Place(chapter="7"), ["ciso", "dpo"]),
            (routing.Place(ref="O-7.2"), ["ciso"]),
        ):
            routing.set_route(
                facility=self.facility,
                clausier=self.version.clausier,
                place=place,
                roles=roles,
                base=0,
                by=self.buyer,
            )
        shown = queries.chapters(self.facility, self.version.clausier)
        (seventh,) = [one for one in shown if one.chapter.ref == "7"]
        return {"chapter_rule": seventh.address}

    def saved_profiles(self) -> Made:
        from checklists.models import SavedProfile

        saved = SavedProfile.objects.create(
            facility=self.facility, name="SaaS avec données de santé", flags=["DP", "DS", "SAAS"]
        )
        return {"saved_profile": saved.pk}

    def receptions(self) -> Made:
        """A file with a value to take over, one to settle, one refused, one that is not asked.

        Another one came after the deadline.
        """
        import datetime as dt

        from django.utils import timezone

        from checklists.domain import receptions
        from tests import factories

        assessment = self.assessment()
        tender = assessment.candidacy.lot.tender
        tender.deadline = timezone.now() - dt.timedelta(days=1)
        tender.save(update_fields=["deadline"])
        factories.opening(tender, self.buyer)
        lines = (
            "Point;Réponse;Commentaire;Empreinte de la check-list",
            f"O-7.1;OUI;Voir le PAS.;{'a' * 64}",
            "O-7.2;X;;",
            "O-99.1;OUI;;",
            "O-1.1;NC;;",
        )
        reception, _is_new = receptions.receive(
            assessment=assessment,
            content="\r\n".join(lines).encode(),
            kind="csv",
            sent_as="Réponse au clausier.csv",
            by=self.buyer,
        )
        self.deposits(assessment)
        late, _is_new = receptions.receive(
            assessment=assessment,
            content=b"Point;Oui\r\nO-7.1;X\r\n",
            kind="csv",
            sent_as="trop tard.csv",
            deposited_at=timezone.now(),
            by=self.buyer,
        )
        return {
            "reception": reception.pk,
            "received_assessment": reception.assessment_id,
            "late_reception": late.pk,
            "stopped_assessment": self.opened(is_stopped=True).pk,
            "ready_checklist": self.opened().checklist_id,
            "story_assessment": self.opened().pk,
            "receiving_checklist": assessment.checklist_id,
            "sealed_checklist": self.assessment().checklist_id,
        }

    def opened(self, *, is_stopped: bool = False) -> "Assessment":
        """An assessment after the opening, its answers stopped if need be."""
        from checklists.domain import answer_sets
        from tests import factories

        assessment = self.assessment()
        factories.opening(assessment.candidacy.lot.tender, self.buyer)
        return (
            answer_sets.freeze(assessment=assessment, by=self.buyer) if is_stopped else assessment
        )

    def deposits(self, assessment: "Assessment") -> None:
        """Files that came in together: one given, one that waits, one refused."""
        from django.core.files.uploadedfile import SimpleUploadedFile

        from checklists import deposit_tasks
        from checklists.documents import deposits

        name = assessment.candidacy.vendor.name
        table = b"Point;R\xc3\xa9ponse\r\nO-7.1;OUI\r\n"
        files = [
            SimpleUploadedFile(f"{name}.csv", table),
            SimpleUploadedFile("offre.csv", table + b"O-7.2;OUI\r\n"),
            SimpleUploadedFile("offre.pdf", b"%PDF-1.7"),
        ]
        checklist = assessment.checklist
        arrival = deposit_tasks.receive(checklist=checklist, files_sent=files, by=self.buyer)
        assert (arrival.kept, arrival.refused) == (2, 1)
        assert deposits.read_kept(checklist) == 2
        assert checklist.deposits.filter(reception=None, refusal="").count() == 1

    def answer_links(self) -> Made:
        """Candidates behind a link: one who has begun, one whose link was taken back."""
        from checklists.domain import answer_links, evidence
        from tests import factories

        def informal() -> "Assessment":
            return factories.informal_assessment(
                self.buyer, self.facility, flags=SMALL, on=self.version
            )

        begun = informal()
        link, secret = factories.answer_link(self.buyer, begun, email="offres@ponant.example")
        answer_links.save_answer(link=link, ref="O-7.1", field="claim", value="yes", base_version=0)
        plan = evidence.SentFile(b"%PDF-1.7 essai", "pdf", "Plan d’assurance sécurité.pdf")
        joined = evidence.attach(assessment=begun, ref="O-7.1", file=plan, by=link)
        filled, filled_secret = factories.answer_link(self.buyer, informal())
        sent, sent_secret = factories.answer_link(self.buyer, informal())
        answer_links.submit(link=sent)
        closed, closed_secret = factories.answer_link(self.buyer, informal())
        answer_links.revoke_link(link=closed, by=self.buyer)
        return {
            "begun_assessment": begun.pk,
            "joined_file": joined.pk,
            "begun_secret": secret,
            "filled_assessment": filled.assessment_id,
            "filled_secret": filled_secret,
            "sending_secret": factories.answer_link(self.buyer, informal())[1],
            "sent_assessment": sent.assessment_id,
            "sent_secret": sent_secret,
            "closed_assessment": closed.assessment_id,
            "fresh_assessment": informal().pk,
            "twice_assessment": informal().pk,
            "closed_secret": closed_secret,
        }

    def opinions(self) -> Made:
        """An opinion that waits for the RSSI, one that was filed and replaced."""
        from checklists.domain import opinions
        from tests import factories
        from uniha_clausier.accounts.enums import Role

        assessment = self.opened()
        ciso = self.facility.memberships.get(user__email=people.READER[0]).user
        factories.no_conflict(assessment, ciso)
        filed = factories.opinion_request(self.buyer, assessment, person=ciso, refs=("O-7.1",))
        for base, value in enumerate(("reserved", "favourable")):
            why = "Le chiffrement au repos est à prouver."
            opinions.file(asked=filed, value=value, text=why, base=base, by=ciso)
        waiting = factories.opinion_request(self.buyer, assessment, role=Role.CISO)
        return {"opinion_assessment": assessment.pk, "waiting_opinion": waiting.pk}

    def exchanges(self) -> Made:
        """Demandes de précisions: a draft, one that waits for its answer, one that is closed."""
        from checklists.domain import exchanges
        from tests import factories

        assessment = self.opened()
        draft = exchanges.ask_clarification(
            assessment=assessment, questions={"O-7.1": "Quelle version ?"}, by=self.buyer
        )
        waiting = factories.asked(self.buyer, assessment, "O-7.1", "O-7.2")
        closed = factories.asked(self.buyer, assessment, "O-7.1")
        exchanges.register(
            party=closed,
            texts={closed.replies.get().pk: "La version 4.2, livrée en mars."},
            file=exchanges.Sent(b"%PDF-1.7 essai", "pdf", "Précisions.pdf"),
            by=self.buyer,
        )
        exchanges.close(exchange=closed.exchange, by=self.buyer)
        stopped = self.opened(is_stopped=True)
        (party,) = factories.regularised(self.buyer, stopped.checklist, "O-7.1")
        exchanges.register(
            party=party, texts={party.replies.get().pk: "OUI, voir le PAS."}, by=self.buyer
        )
        return {
            "regularised_checklist": stopped.checklist_id,
            "regularisation": party.exchange_id,
            "regularised_party": party.pk,
            "asked_assessment": assessment.pk,
            "draft_exchange": draft.pk,
            "waiting_exchange": waiting.exchange_id,
            "waiting_party": waiting.pk,
            "closed_exchange": closed.exchange_id,
        }


if __name__ == "__main__":
    main()
