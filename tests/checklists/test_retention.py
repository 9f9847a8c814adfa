"""What is kept until when, and eliminations: after the date, out of any hold, by two people."""

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists import tasks
from checklists.documents import answer_form, answer_workbook, dossier_checks, eliminations
from checklists.documents.eliminations import Visa
from checklists.domain import (
    documents,
    dossiers,
    receptions,
    retention,
    retention_rules,
)
from checklists.domain.queries import long_term
from checklists.domain.retention import RetentionRefused
from checklists.enums import EliminationDecision, RetentionScope, RetentionState
from checklists.models import (
    Assessment,
    Document,
    EliminatedFile,
    Elimination,
    LongTermCopy,
    Retention,
    RetentionHold,
)
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import kept_files, storage
from uniha_clausier.common.models import AuditEvent
from uniha_clausier.common.pdf_attachments import attached
from uniha_clausier.common.signing_verdict import VerdictStatus, verify_pdf
from vendors.models import Tender

from .checklist_site import text
from .elimination_worker import worked
from .test_signed_files import ready

pytestmark = pytest.mark.django_db

VISA = Visa("Archives départementales, visa 12", dt.date(2026, 1, 5), "Rien ne s’y oppose.")


@pytest.fixture
def admin(facility: Facility) -> User:
    """Another person than the buyer, who may decide."""
    return factories.member(facility, Role.FACILITY_ADMIN)


@pytest.fixture
def candidates(buyer: User, facility: Facility) -> list[Assessment]:
    """Two candidates whose workbook was received: the first got the contract."""
    first = factories.assessment(buyer, facility)
    other = factories.started(first.checklist, buyer)
    blank = answer_workbook.written(answer_form.blank(first.checklist), "csv")
    for one in (first, other):
        content = blank + f"\r\n# {one.pk}".encode()
        receptions.receive(
            assessment=one, content=content, kind="csv", sent_as="réponse.csv", by=buyer
        )
    return [first, other]


@pytest.fixture
def old(candidates: list[Assessment], buyer: User) -> Tender:
    """Signed in March 2015 and executed in March 2018: what lost may go, not the contract."""
    tender = candidates[0].candidacy.lot.tender
    factories.dated(tender, buyer, candidates[0].candidacy, signed=2015, executed=2018)
    return Tender.objects.get(pk=tender.pk)


@pytest.fixture
def proposed(old: Tender, buyer: User) -> Elimination:
    return retention.propose(
        tender=old, scope=RetentionScope.PROCEDURE, reason="Cinq ans passés.", by=buyer
    )


@pytest.fixture
def plain_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sealed list that takes no time, where what it says is not the question."""
    monkeypatch.setattr(eliminations, "_certificate", lambda *told: b"%PDF-1.7 bordereau")


def file_of(assessment: Assessment) -> str:
    name: str = assessment.receptions.get().file_name
    return name


def actions(tender: Tender) -> list[str]:
    events = AuditEvent.objects.filter(subject=f"tender/{tender.pk}").order_by("seq")
    return list(events.values_list("action", flat=True))


# -- The durations -----------------------------------------------------------------------------


def test_what_is_signed_today_is_not_to_come_in_the_first_hours_of_the_day(
    candidates: list[Assessment], buyer: User
) -> None:
    first = candidates[0].candidacy
    dates = retention.Dates(dt.date(2026, 7, 2), None, [first])
    with time_machine.travel(dt.datetime(2026, 7, 1, 22, 30, tzinfo=dt.UTC), tick=False):
        retention.set_dates(tender=first.lot.tender, dates=dates, by=buyer)
    with (
        time_machine.travel(dt.datetime(2026, 7, 1, 21, 30, tzinfo=dt.UTC), tick=False),
        pytest.raises(RetentionRefused, match="est à venir"),
    ):
        retention.set_dates(tender=first.lot.tender, dates=dates, by=buyer)


def test_five_years_from_the_signature_and_ten_from_the_end(old: Tender) -> None:
    assert old.retention.procedure_until == dt.date(2020, 3, 1)
    assert old.retention.contract_until == dt.date(2028, 3, 1)


def test_a_29_february_is_never_counted_short() -> None:
    assert retention_rules.years_after(dt.date(2024, 2, 29), 5) == dt.date(2029, 3, 1)


@pytest.mark.parametrize(
    ("until", "decision", "is_held", "expected"),
    [
        (None, None, False, RetentionState.UNDATED),
        (dt.date(2026, 6, 2), None, False, RetentionState.KEPT),
        (dt.date(2026, 6, 1), None, False, RetentionState.DUE),
        (dt.date(2026, 6, 1), None, True, RetentionState.HELD),
        (dt.date(2026, 6, 1), "", False, RetentionState.PROPOSED),
        (dt.date(2026, 6, 1), "", True, RetentionState.HELD),
        (dt.date(2026, 6, 1), "approved", True, RetentionState.ELIMINATED),
    ],
)
def test_where_a_part_stands(
    until: dt.date | None, decision: str | None, is_held: bool, expected: RetentionState
) -> None:
    today = dt.date(2026, 6, 1)
    told = retention_rules.state(until=until, decision=decision, is_held=is_held, today=today)
    assert told == expected


def test_dates_that_cannot_be_are_refused(
    candidates: list[Assessment], buyer: User, facility: Facility
) -> None:
    tender, holder = candidates[0].candidacy.lot.tender, candidates[0].candidacy
    day = dt.date(2015, 3, 1)
    stranger = factories.candidacy(factories.lot(facility, buyer), buyer)
    for dates, field in (
        (retention.Dates(dt.date(2999, 1, 1), None, [holder]), "signed_on"),
        (retention.Dates(day, dt.date(2014, 1, 1), [holder]), "executed_on"),
        (retention.Dates(day, None, []), "holders"),
        (retention.Dates(day, None, [stranger]), "holders"),
    ):
        with pytest.raises(RetentionRefused) as refused:
            retention.set_dates(tender=tender, dates=dates, by=buyer)
        assert refused.value.field == field
    assert not Retention.objects.exists()


def test_the_database_keeps_as_long_as_the_law(old: Tender) -> None:
    kept = Retention.objects.filter(tender=old)
    for column, day in (("procedure_until", "2020-02-28"), ("contract_until", "2028-02-28")):
        with pytest.raises(DatabaseError), transaction.atomic():
            kept.update(**{column: dt.date.fromisoformat(day)})


# -- What stops an elimination -------------------------------------------------------------------


def test_nothing_is_proposed_before_its_date_or_during_a_hold(old: Tender, buyer: User) -> None:
    with pytest.raises(RetentionRefused, match="avant le 1"):
        retention.propose(tender=old, scope=RetentionScope.CONTRACT, reason="Trop tôt.", by=buyer)
    hold = retention.place_hold(tender=old, reason="Référé.", by=buyer)
    with pytest.raises(RetentionRefused, match="suspendue"):
        retention.propose(tender=old, scope=RetentionScope.PROCEDURE, reason="Non.", by=buyer)
    retention.lift_hold(hold=hold, reason="Désistement.", by=buyer)
    retention.propose(tender=old, scope=RetentionScope.PROCEDURE, reason="Oui.", by=buyer)
    assert actions(old)[-4:] == [
        "retention.dated",
        "retention.held",
        "retention.released",
        "elimination.proposed",
    ]
    with pytest.raises(RetentionRefused, match="déjà levée"):
        retention.lift_hold(hold=hold, reason="Encore.", by=buyer)


def test_one_person_alone_eliminates_nothing(
    proposed: Elimination, candidates: list[Assessment], buyer: User
) -> None:
    with pytest.raises(RetentionRefused, match="Une autre personne"):
        eliminations.eliminate(elimination=proposed, visa=VISA, by=buyer)
    assert default_storage.exists(file_of(candidates[1]))


def approval(by: User, **changed: Any) -> dict[str, Any]:
    told = {
        "decision": EliminationDecision.APPROVED,
        "decision_reason": "Oui.",
        "decided_at": dt.datetime(2026, 1, 6, tzinfo=dt.UTC),
        "decided_by": by,
        "visa": "12",
        "visa_on": dt.date(2026, 1, 5),
        "certificate_name": "b.pdf",
        "certificate_sha256": "b" * 64,
    }
    return told | changed


def test_the_database_refuses_what_the_law_refuses(
    proposed: Elimination, old: Tender, buyer: User, admin: User
) -> None:
    row = Elimination.objects.filter(pk=proposed.pk)
    for wrong in (
        {"decided_by": buyer},
        {"visa": ""},
        {"certificate_name": ""},
        {"decided_at": dt.datetime(2020, 2, 29, 12, tzinfo=dt.UTC)},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.update(**approval(admin, **wrong))
    hold = retention.place_hold(tender=old, reason="Référé.", by=buyer)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.update(**approval(admin))
    retention.lift_hold(hold=hold, reason="Fini.", by=buyer)
    with pytest.raises(DatabaseError), transaction.atomic():
        Elimination.objects.create(
            tender=old, scope=RetentionScope.CONTRACT, due_on=dt.date(2020, 1, 1), reason="Faux.",
            proposed_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), proposed_by=buyer, **approval(admin),
        )  # fmt: skip
    row.update(**approval(admin))
    with pytest.raises(DatabaseError), transaction.atomic():
        row.update(decision_reason="Autre.")
    with pytest.raises(DatabaseError), transaction.atomic():
        EliminatedFile.objects.create(
            elimination=proposed, file_name="x", title="x", file_sha256="x", file_size=1
        )
    for kept in (row, RetentionHold.objects.filter(pk=hold.pk), Retention.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            kept._raw_delete(kept.db)
    with pytest.raises(DatabaseError), transaction.atomic():
        old.retention.holders.clear()


def test_dates_do_not_change_under_a_proposal(
    proposed: Elimination, old: Tender, candidates: list[Assessment], buyer: User
) -> None:
    with pytest.raises(RetentionRefused, match="ne changent plus"):
        factories.dated(old, buyer, candidates[1].candidacy, signed=2016)


# -- The elimination -----------------------------------------------------------------------------


def test_it_removes_what_lost_and_keeps_its_sealed_list(
    proposed: Elimination, old: Tender, candidates: list[Assessment], buyer: User, admin: User
) -> None:
    holder, loser = map(file_of, candidates)
    sha256 = hashlib.sha256(storage.read(loser)).hexdigest()
    eliminations.eliminate(elimination=proposed, visa=VISA, by=admin)
    done = Elimination.objects.get(pk=proposed.pk)
    assert done.removed_at and done.decided_by == admin
    assert default_storage.exists(holder) and not default_storage.exists(loser)
    assert list(done.files.values_list("file_name", "file_sha256")) == [(loser, sha256)]
    with connection.cursor() as cursor:
        named = kept_files.names(cursor)
    assert holder in named and loser not in named
    assert named == {name for name, _sha256 in kept_files.with_hashes()}
    sealed = storage.read(done.certificate_name)
    assert hashlib.sha256(sealed).hexdigest() == done.certificate_sha256
    assert verify_pdf(sealed, trusted_roots=()).status in (
        VerdictStatus.INTACT,
        VerdictStatus.UNTRUSTED,
    )
    told = json.loads(attached(sealed, eliminations.MANIFEST) or b"{}")
    assert [one["sha256"] for one in told["files"]] == [sha256]
    assert (told["visa"], told["visa_on"]) == (VISA.reference, "2026-01-05")
    assert (told["proposed_by"], told["decided_by"]) == (str(buyer), str(admin))
    assert actions(old)[-2:] == ["elimination.approved", "elimination.carried_out"]


@pytest.mark.usefixtures("plain_certificate")
def test_an_interrupted_removal_is_finished_by_the_command(
    proposed: Elimination,
    candidates: list[Assessment],
    admin: User,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def cut(name: str) -> None:
        raise OSError("coupure")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "discard", cut)
        with pytest.raises(OSError, match="coupure"):
            eliminations.eliminate(elimination=proposed, visa=VISA, by=admin)
    proposed.refresh_from_db()
    assert proposed.is_approved and not proposed.removed_at
    call_command("list_retention", finish=True)
    proposed.refresh_from_db()
    assert proposed.removed_at and not default_storage.exists(file_of(candidates[1]))
    states = [line.split("\t")[-1] for line in capsys.readouterr().out.splitlines()]
    assert states == ["eliminated", "kept"]


def copied(document: Document) -> LongTermCopy:
    """The copy of a sealed document that was made to last, near its end."""
    now, content = timezone.now(), f"%PDF copie {document.pk}".encode()
    return LongTermCopy.objects.create(
        document=document,
        number=1,
        made_at=now - dt.timedelta(days=300),
        good_until=now + dt.timedelta(days=1),
        extends_sha256=document.file_sha256,
        file_name=storage.store(f"long-term/{document.pk}.pdf", content),
        file_sha256=hashlib.sha256(content).hexdigest(),
        file_size=len(content),
    )


@pytest.mark.usefixtures("plain_certificate")
def test_what_was_eliminated_is_no_longer_made_to_last_and_its_copy_is_gone(
    old: Tender, candidates: list[Assessment], buyer: User, admin: User
) -> None:
    kept, gone = (ready(one, f"%PDF {one.pk}".encode(), buyer) for one in candidates)
    copies = [copied(one) for one in (kept, gone)]
    proposed = retention.propose(
        tender=old, scope=RetentionScope.PROCEDURE, reason="Cinq ans.", by=buyer
    )
    eliminations.eliminate(elimination=proposed, visa=VISA, by=admin)
    now = timezone.now()
    due = long_term.due(now=now, until=now + dt.timedelta(days=400))
    assert [file.document for file in due] == [kept]
    assert [default_storage.exists(one.file_name) for one in copies] == [True, False]


@pytest.mark.long
def test_a_dossier_made_afterwards_holds_what_is_left_and_the_list_of_what_went(
    old: Tender, candidates: list[Assessment], buyer: User, admin: User, tmp_path: Any
) -> None:
    before = tasks.make_dossier(tender=old, by=buyer)
    proposed = retention.propose(
        tender=old, scope=RetentionScope.PROCEDURE, reason="Cinq ans.", by=buyer
    )
    eliminations.eliminate(elimination=proposed, visa=VISA, by=admin)
    assert not default_storage.exists(before.file_name)
    made = tasks.make_dossier(tender=old, by=buyer)
    path = tmp_path / "dossier.zip"
    path.write_bytes(storage.read(made.file_name))
    assert dossier_checks.check(path).faults == []
    with zipfile.ZipFile(path) as bundle:
        names = bundle.namelist()
    assert f"eliminations/bordereau-{proposed.pk}.pdf" in names
    received = [name for name in names if "/1-recu/classeur-" in name]
    assert len(received) == 1 and f"-{candidates[0].pk}/" in received[0]


def test_every_kept_file_goes_with_one_part(old: Tender, candidates: list[Assessment]) -> None:
    found = {one.name: one.scope for one in eliminations.held(old)}
    assert found[file_of(candidates[0])] == RetentionScope.CONTRACT
    assert found[file_of(candidates[1])] == RetentionScope.PROCEDURE


def test_no_model_keeps_a_file_that_eliminations_do_not_know() -> None:
    """A new kind of file says in documents/eliminations.py with which part it goes."""
    known = {source.model.__name__ for source in eliminations.OF_CANDIDATES}
    known |= {"Deposit", "Dossier", "EliminatedFile"}
    models = apps.get_app_config("checklists").get_models()
    named = {
        model.__name__
        for model in models
        if any(field.name == "file_name" for field in model._meta.get_fields())
    }
    assert named == known


# -- The pages -----------------------------------------------------------------------------------


def test_the_list_filters_and_gives_a_csv(signed_in: Client, old: Tender) -> None:
    url = reverse("checklists:retention_list")
    assert old.reference in text(signed_in.get(url, {"etat": "due"}))
    assert old.reference not in text(signed_in.get(url, {"etat": "held"}))
    content = signed_in.get(reverse("checklists:retention_csv"), {"etat": "due"}).content
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert [(row["Pièces"], row["Éliminable à partir du"], row["État"]) for row in rows] == [
        ("Candidats non retenus", "01/03/2020", "Éliminable"),
        ("Marché", "01/03/2028", "À conserver"),
    ]


def test_each_filter_says_what_the_rows_say(signed_in: Client, old: Tender, buyer: User) -> None:
    url = reverse("checklists:retention_list")

    def shown(state: RetentionState) -> bool:
        return old.reference in text(signed_in.get(url, {"etat": state}))

    def states() -> set[RetentionState]:
        return {state for state in RetentionState if shown(state)}

    assert states() == {RetentionState.DUE, RetentionState.KEPT}
    retention.propose(tender=old, scope=RetentionScope.PROCEDURE, reason="Oui.", by=buyer)
    assert states() == {RetentionState.PROPOSED, RetentionState.KEPT}
    retention.place_hold(tender=old, reason="Référé.", by=buyer)
    assert states() == {RetentionState.HELD}


def test_two_people_eliminate_by_the_pages(
    signed_in: Client,
    old: Tender,
    candidates: list[Assessment],
    admin: User,
    plain_certificate: None,
) -> None:
    page = reverse("checklists:tender_retention", args=[old.pk])
    assert "Proposer l’élimination" in text(signed_in.get(page))
    propose = reverse("checklists:elimination_propose", args=[old.pk])
    refused = signed_in.post(propose, {"reason": "Cinq ans passés."})
    assert refused.status_code == 422 and "Cinq ans passés." in text(refused)
    signed_in.post(propose, {"scope": "procedure", "reason": "Cinq ans passés."})
    url = reverse("checklists:elimination_detail", args=[Elimination.objects.get().pk])
    answer = {"decision": "approuver", "reason": "Oui.", "visa": "", "visa_on": ""}
    assert signed_in.post(url, answer).status_code == 403
    other = Client()
    other.force_login(admin)
    assert "Sans visa des archives" in text(other.post(url, answer))
    assert other.post(url, answer | {"visa": "12", "visa_on": "2026-01-05"}).status_code == 302
    assert default_storage.exists(file_of(candidates[1]))  # nothing goes within the request
    assert "Élimination en cours" in text(signed_in.get(url))
    worked()
    assert not default_storage.exists(file_of(candidates[1]))
    assert "Télécharger le bordereau scellé" in text(signed_in.get(url))
    certificate = signed_in.get(
        reverse("checklists:elimination_certificate", args=[Elimination.objects.get().pk])
    )
    assert certificate.content == b"%PDF-1.7 bordereau"


def test_a_refused_proposal_removes_nothing_and_may_come_back(
    proposed: Elimination, old: Tender, candidates: list[Assessment], buyer: User, admin: User
) -> None:
    client = Client()
    client.force_login(admin)
    url = reverse("checklists:elimination_detail", args=[proposed.pk])
    assert client.post(url, {"decision": "refuser", "reason": "Audit."}).status_code == 302
    assert default_storage.exists(file_of(candidates[1]))
    again = retention.propose(
        tender=old, scope=RetentionScope.PROCEDURE, reason="L’audit est fini.", by=buyer
    )
    assert again.is_waiting


def test_dates_and_holds_are_typed_on_the_page_and_shown_on_the_tender(
    signed_in: Client, candidates: list[Assessment]
) -> None:
    tender = candidates[0].candidacy.lot.tender
    page = reverse("checklists:tender_retention", args=[tender.pk])
    typed = {"signed_on": "2024-03-01", "executed_on": ""}
    refused = signed_in.post(page, typed)
    assert refused.status_code == 422 and "Choisissez au moins un titulaire" in text(refused)
    assert (
        signed_in.post(page, typed | {"holders": [candidates[0].candidacy_id]}).status_code == 302
    )
    detail = text(signed_in.get(reverse("checklists:tender_detail", args=[tender.pk])))
    assert "se conservent jusqu’au 1er mars 2029" in detail.replace("\u00a0", " ")
    hold = reverse("checklists:hold_place", args=[tender.pk])
    assert "Donnez le motif" in text(signed_in.post(hold, {"reason": ""}))
    signed_in.post(hold, {"reason": "Référé précontractuel."})
    lift = reverse("checklists:hold_lift", args=[RetentionHold.objects.get().pk])
    assert signed_in.post(lift, {"reason": ""}).status_code == 422
    signed_in.post(lift, {"reason": "Désistement."})
    assert "Désistement." in text(signed_in.get(page))


def test_a_dossier_that_was_eliminated_is_told_and_not_given(
    signed_in: Client, old: Tender, admin: User, buyer: User, plain_certificate: None
) -> None:
    name = storage.store("dossiers/1.zip", b"PK")
    made = dossiers.register(
        tender=old, file=documents.SealedFile(name, "a" * 64, 2, 0), file_count=1,
        manifest_sha256="b" * 64, at=dt.datetime(2016, 1, 1, tzinfo=dt.UTC), by=buyer,
    )  # fmt: skip
    proposed = retention.propose(
        tender=old, scope=RetentionScope.PROCEDURE, reason="Cinq ans.", by=buyer
    )
    eliminations.eliminate(elimination=proposed, visa=VISA, by=admin)
    assert signed_in.get(reverse("checklists:dossier_download", args=[made.pk])).status_code == 404
    page = text(signed_in.get(reverse("checklists:tender_dossier", args=[old.pk])))
    assert "Édition 1, éliminée" in page
