"""Several files at once: each kept, given to its candidate, and taken over candidate by candidate."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.documents import answer_files, answers_child
from checklists.documents import deposits as files
from checklists.domain import answering, deposits
from checklists.enums import AttributionClue
from checklists.forms import deposits as deposit_forms
from checklists.models import Answer, Assessment, Checklist, Deposit, Reception, TakeOver
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import storage
from uniha_clausier.common.models import AuditEvent
from vendors.models import Candidacy

from .answer_site import comma_table, edited, filled
from .deposit_worker import worked

ANSWERS = {"O-7.1": ("OUI", "Antivirus géré."), "O-1.1": ("non",)}


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read without a process of its own; test_hostile_workbooks.py has the real one."""
    monkeypatch.setattr(answer_files, "_ask_child", answers_child.answer)


@pytest.fixture
def checklist(buyer: User, facility: Facility) -> Checklist:
    """A published checklist, its offers opened."""
    made = factories.published_checklist(buyer, facility)
    factories.opening(made.lot.tender, buyer)
    return made


@pytest.fixture
def candidates(checklist: Checklist, buyer: User) -> list[Candidacy]:
    """Two candidates; nobody has started their assessments."""
    made = []
    for name, siren in (("Imagerie du Ponant", "999110018"), ("Levant Santé", "732829320")):
        vendor = factories.vendor(checklist.lot.tender.facility, buyer, name=name, siren=siren)
        made.append(Candidacy.objects.create(lot=checklist.lot, vendor=vendor, created_by=buyer))
    return made


def url(checklist: Checklist, name: str = "list") -> str:
    return reverse(f"checklists:deposit_{name}", args=[checklist.pk])


def drop(client: Client, checklist: Checklist, **files: bytes) -> Any:
    """Send files, named without their last underscore: ``a_csv`` is a.csv. Nothing reads them yet."""
    sent = [
        SimpleUploadedFile(".".join(name.rsplit("_", 1)), content)
        for name, content in files.items()
    ]
    return client.post(url(checklist), {"workbooks": sent}, follow=True)


def send(client: Client, checklist: Checklist, **files: bytes) -> Any:
    """Send files and have them read; return the page, or the refusal of all of them."""
    page = drop(client, checklist, **files)
    return client.get(url(checklist)) if "SUCCESSFUL" in worked() else page


def lines(*answers: str) -> bytes:
    return comma_table(("Point", "Réponse"), *[tuple(each.split()) for each in answers])


def sealed(seal: str, *answers: str) -> bytes:
    """Lines that bear the hash of the checklist that they answer."""
    head = ("Point", "Réponse", "Empreinte de la check-list")
    return comma_table(head, *[(*each.split(), seal) for each in answers])


def workbook(checklist: Checklist, number: str, answers: Any = None) -> bytes:
    """The workbook of the checklist, with the number of a company in it."""

    def fill(book: Any) -> None:
        book["Candidat"]["B3"] = number

    shell = Assessment(checklist=checklist)
    return edited(filled(shell, ANSWERS if answers is None else answers), fill)


def words(response: Any) -> str:
    text = re.sub(r"<[^>]*>", " ", response.content.decode()).replace("\xa0", " ")
    return " ".join(text.split())


def answer(candidacy: Candidacy, ref: str) -> tuple[str, str]:
    row = Answer.objects.get(assessment__candidacy=candidacy, item__point__ref=ref)
    return row.value, row.text


# -- Receiving -----------------------------------------------------------------------------------


def test_each_file_goes_to_its_candidate_whose_assessment_is_started(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy], buyer: User
) -> None:
    first, second = workbook(checklist, "999 110 018"), lines("O-7.1 OUI")
    page = send(signed_in, checklist, reponse_xlsx=first, Levant_Santé_csv=second)
    assert len(page.context["given"]) == 2
    ponant, levant = Reception.objects.order_by("assessment__candidacy__vendor__name")
    assert ponant.assessment.candidacy == candidates[0]
    assert levant.assessment.candidacy == candidates[1]
    assert storage.read(ponant.file_name) == first and storage.read(levant.file_name) == second
    assert (ponant.deposit.clue, levant.deposit.clue) == (
        AttributionClue.NUMBER, AttributionClue.FILE_NAME,
    )  # fmt: skip
    assert ponant.received_by == buyer and ponant.received_at == ponant.deposit.received_at
    row = next(row for row in page.context["given"] if row.deposit == ponant.deposit)
    assert (row.told.understood, row.told.doubts, row.told.refused, row.told.foreign) == (
        3,
        0,
        0,
        0,
    )
    assert row.told.seals == [checklist.content_sha256] and row.is_clear
    assert reverse("checklists:reception_detail", args=[ponant.pk]) in page.content.decode()
    assert answer(candidates[0], "O-7.1") == ("", "")
    given = AuditEvent.objects.get(action="deposit.given", data__deposit=ponant.deposit.pk)
    assert given.data["vendor"] == "Imagerie du Ponant" and given.actor == buyer.pk


def test_a_file_that_names_nobody_waits_until_the_buyer_chooses(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy]
) -> None:
    content = lines("O-7.1 OUI")
    page = send(signed_in, checklist, reponse_csv=content)
    assert "Ni le classeur ni le nom du fichier" in words(page)
    assert not Reception.objects.exists()
    deposit = Deposit.objects.get()
    kept = signed_in.get(reverse("checklists:deposit_file", args=[deposit.pk]))
    assert kept.content == content and "attachment" in kept["Content-Disposition"]
    page = signed_in.post(
        url(checklist, "give"), {f"candidat-{deposit.pk}": candidates[1].pk}, follow=True
    )
    assert "1 fichier attribué" in words(page)
    reception = Reception.objects.get()
    assert reception.assessment.candidacy == candidates[1]
    assert reception.file_sha256 == deposit.file_sha256
    deposit.refresh_from_db()
    assert deposit.clue == AttributionClue.BUYER


def test_no_choice_leaves_the_file_waiting(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy], buyer: User
) -> None:
    send(signed_in, checklist, reponse_csv=lines("O-7.1 OUI"))
    other = factories.candidacy(factories.lot(checklist.lot.tender.facility, buyer), buyer)
    deposit = Deposit.objects.get()
    for chosen in ("", "999999", "abc", str(other.pk)):
        data = {f"candidat-{deposit.pk}": chosen, "candidat-999": str(candidates[0].pk)}
        page = signed_in.post(url(checklist, "give"), data, follow=True)
        assert "Aucun fichier attribué" in words(page)
    assert not Reception.objects.exists()
    with pytest.raises(deposits.NotToBeGiven):
        deposits.give(deposit=deposit, candidacy=other, clue=AttributionClue.BUYER, by=buyer)


def test_a_candidate_added_later_is_proposed_and_not_decided(
    signed_in: Client, checklist: Checklist, buyer: User
) -> None:
    page = send(signed_in, checklist, Midi_Logiciels_csv=lines("O-7.1 OUI"))
    assert page.context["waiting"][0].found.candidate is None
    vendor = factories.vendor(checklist.lot.tender.facility, buyer, name="Midi Logiciels")
    candidacy = Candidacy.objects.create(lot=checklist.lot, vendor=vendor, created_by=buyer)
    page = signed_in.get(url(checklist))
    assert f'<option value="{candidacy.pk}" selected>' in page.content.decode()
    assert not Reception.objects.exists()


def test_the_same_file_is_kept_once(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy]
) -> None:
    content = lines("O-7.1 OUI")
    page = send(signed_in, checklist, a_csv=content, Levant_Santé_csv=content)
    assert len(page.context["waiting"]) == 1
    assert Deposit.objects.count() == 1


def test_a_file_that_is_not_read_is_told_with_its_reason_and_the_others_go_on(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy]
) -> None:
    page = send(
        signed_in, checklist, offre_pdf=b"%PDF-1.7", macros_xlsm=b"PK\x03\x04", vide_csv=b"",
        gros_csv=bytes(10 * 1024 * 1024 + 1), Levant_Santé_csv=lines("O-7.1 OUI"),
    )  # fmt: skip
    assert len(page.context["given"]) == 1
    reasons = {each.sent_as: each.refusal for each in page.context["refused"]}
    assert "macros" in reasons["macros.xlsm"] and "vide" in reasons["vide.csv"]
    assert "10\u00a0Mo" in reasons["gros.csv"] and ".csv" in reasons["offre.pdf"]
    refused = page.context["refused"][0]
    assert refused.file_name == "" and refused.file_sha256
    assert signed_in.get(reverse("checklists:deposit_file", args=[refused.pk])).status_code == 404
    assert AuditEvent.objects.filter(action="deposit.refused").count() == 4


def test_nothing_sent_is_told(signed_in: Client, checklist: Checklist) -> None:
    response = signed_in.post(url(checklist), {})
    assert response.status_code == 422 and "au moins un fichier" in words(response)


def test_more_than_a_request_may_hold_is_refused_with_the_reason(
    signed_in: Client, checklist: Checklist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deposit_forms, "MOST_TOGETHER", 30)
    page = send(signed_in, checklist, a_csv=bytes(15), b_csv=bytes(16))
    assert page.status_code == 422 and "100 Mo au plus à la fois" in words(page)
    assert not Deposit.objects.exists()
    assert send(signed_in, checklist, a_csv=bytes(15), b_csv=bytes(15)).status_code == 200


def test_before_the_opening_nothing_is_received(
    signed_in: Client, buyer: User, facility: Facility
) -> None:
    sealed = factories.published_checklist(buyer, facility)
    assert "ouverture des plis" in words(signed_in.get(url(sealed)))
    assert send(signed_in, sealed, a_csv=lines("O-7.1 OUI")).status_code == 403
    assert not Deposit.objects.exists()


def test_a_checklist_in_preparation_has_no_such_page(
    signed_in: Client, buyer: User, facility: Facility
) -> None:
    assert signed_in.get(url(factories.draft_checklist(buyer, facility))).status_code == 404


# -- Taking over together --------------------------------------------------------------------------


def take_all(client: Client, checklist: Checklist) -> Any:
    client.post(url(checklist, "take_over"))
    assert worked() == ["SUCCESSFUL"]
    return client.get(url(checklist))


def test_files_without_a_doubt_are_taken_over_one_act_a_candidate(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy]
) -> None:
    send(
        signed_in, checklist, a_xlsx=workbook(checklist, "999110018"),
        Levant_Santé_csv=lines("O-7.1 OUI"),
    )  # fmt: skip
    page = take_all(signed_in, checklist)
    assert "4 valeurs, pour 2 candidats." in words(page)
    assert answer(candidates[0], "O-7.1") == ("yes", "Antivirus géré.")
    assert answer(candidates[1], "O-7.1") == ("yes", "")
    assert TakeOver.objects.count() == 2
    batches = {event.data["batch"] for event in AuditEvent.objects.filter(action="claim.changed")}
    assert len(batches) == 2
    assert "Rien à reprendre" in words(take_all(signed_in, checklist))
    assert TakeOver.objects.count() == 2


def test_one_value_of_one_candidate_is_told_in_the_singular(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy]
) -> None:
    page = send(signed_in, checklist, Levant_Santé_csv=lines("O-7.1 OUI"))
    assert "Reprendre le classeur où rien n’est à trancher" in words(page)
    assert ": 1 valeur, pour 1 candidat." in words(take_all(signed_in, checklist))


def doubtful(checklist: Checklist) -> dict[str, bytes]:
    return {"Levant_Santé_csv": lines("O-7.1 OUI", "O-7.2 X")}


def another_lot(checklist: Checklist) -> dict[str, bytes]:
    return {"Levant_Santé_csv": sealed("a" * 64, "O-7.1 OUI")}


def twice(checklist: Checklist) -> dict[str, bytes]:
    return {
        "Levant_Santé_1_csv": lines("O-7.1 OUI"),
        "Levant_Santé_2_csv": lines("O-7.1 NON"),
    }


def without_answers(checklist: Checklist) -> dict[str, bytes]:
    return {"Levant_Santé_csv": b"Prix;Total\r\n1;2\r\n"}


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (doubtful, "doutes à trancher"),
        (another_lot, "répond à une autre check-list"),
        (twice, "plusieurs classeurs de ce candidat"),
        (without_answers, "aucune réponse reconnue"),
    ],
)
def test_a_file_with_a_doubt_stays_and_the_others_are_taken(
    signed_in: Client,
    checklist: Checklist,
    candidates: list[Candidacy],
    made: Callable[[Checklist], dict[str, bytes]],
    why: str,
) -> None:
    page = send(signed_in, checklist, a_xlsx=workbook(checklist, "999110018"), **made(checklist))
    assert why in words(page)
    page = take_all(signed_in, checklist)
    assert "3 valeurs, pour 1 candidat." in words(page)
    assert answer(candidates[1], "O-7.1") == ("", "")
    assert why in words(page)


def test_an_answer_that_stands_is_not_replaced_unseen(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy], buyer: User
) -> None:
    send(signed_in, checklist, a_xlsx=workbook(checklist, "999110018"))
    assessment = Assessment.objects.get()
    answering.save_field(
        assessment_id=assessment.pk,
        ref="O-7.1",
        field="claim",
        value="no",
        base_version=0,
        by=buyer,
    )
    page = take_all(signed_in, checklist)
    assert "À reprendre un par un" in words(page) and "Imagerie du Ponant" in words(page)
    assert answer(candidates[0], "O-7.1") == ("no", "")
    assert answer(candidates[0], "O-1.1") == ("", "")


# -- Who, how many, and what the database refuses ------------------------------------------------


def test_a_reader_sees_the_files_and_receives_none(
    signed_in: Client, checklist: Checklist, facility: Facility, candidates: list[Candidacy]
) -> None:
    send(signed_in, checklist, a_csv=lines("O-7.1 OUI"), Levant_Santé_csv=lines("O-7.1 NON"))
    reader = Client()
    reader.force_login(factories.member(facility, Role.CISO))
    page = reader.get(url(checklist))
    assert "a.csv" in words(page) and "Réservé au rôle acheteur" in words(page)
    assert "<select" not in page.content.decode() and "Reprendre" not in words(page)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_whatever_the_files(
    signed_in: Client,
    checklist: Checklist,
    candidates: list[Candidacy],
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        given = sealed(checklist.content_sha256, f"O-9.{number} OUI")
        send(
            signed_in, checklist,
            **{f"Levant_Santé_{number}_csv": given, f"{number}_csv": lines(f"O-8.{number} OUI")},
            **{f"{number}_pdf": b"%PDF"},
        )  # fmt: skip
    with django_assert_num_queries(11):
        signed_in.get(url(checklist))


def test_the_page_says_which_checklist_a_file_answers(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy]
) -> None:
    page = send(
        signed_in, checklist, Levant_Santé_1_csv=sealed(checklist.content_sha256, "O-7.1 OUI"),
        Levant_Santé_2_csv=sealed("a" * 64, "O-7.1 OUI"), Levant_Santé_3_csv=lines("O-7.1 OUI"),
    )  # fmt: skip
    told = {row.deposit.sent_as[-5]: row.answers for row in page.context["given"]}
    assert told == {"1": "celle-ci", "2": "une autre", "3": "non dit"}


def test_what_was_received_never_changes_and_is_given_once(
    signed_in: Client, checklist: Checklist, candidates: list[Candidacy], buyer: User
) -> None:
    send(signed_in, checklist, Levant_Santé_csv=lines("O-7.1 OUI"))
    deposit = Deposit.objects.get()
    for sql, message in (
        ("UPDATE checklists_deposit SET sent_as = 'b.csv'", "kept"),
        ("UPDATE checklists_deposit SET told = '{}'", "read once"),
        ("UPDATE checklists_deposit SET refusal = 'Illisible.'", "read once"),
        ("DELETE FROM checklists_deposit", "kept"),
        ("UPDATE checklists_deposit SET reception_id = NULL, clue = ''", "once"),
    ):
        with (
            pytest.raises(DatabaseError, match=message),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
    with pytest.raises(deposits.NotToBeGiven):
        deposits.give(
            deposit=deposit, candidacy=candidates[0], clue=AttributionClue.BUYER, by=buyer
        )


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"kind": "exe"}, "deposit_kept_or_refused"),
        ({"file_name": ""}, "deposit_kept_or_refused"),
        ({"refusal": "Illisible."}, "deposit_kept_or_refused"),
        ({"clue": "buyer"}, "deposit_attributed_by_a_clue"),
        ({"file_sha256": "1" * 64}, "deposit_file_unique"),
    ],
)
def test_a_deposit_without_its_file_is_refused_by_the_database(
    checklist: Checklist, buyer: User, fields: dict[str, Any], name: str
) -> None:
    values = {
        "checklist": checklist, "received_at": timezone.now(), "received_by": buyer,
        "sent_as": "a.csv", "kind": "csv", "file_name": "a", "file_size": 1,
    }  # fmt: skip
    Deposit.objects.create(**values, file_sha256="1" * 64)
    # SQLite names the columns of a unique constraint, and not the constraint.
    with pytest.raises(IntegrityError, match=f"{name}|UNIQUE.*deposit.checklist_id"):
        Deposit.objects.create(**values | {"file_sha256": "2" * 64} | fields)


def test_no_transaction_is_open_while_a_file_is_read(
    signed_in: Client,
    checklist: Checklist,
    candidates: list[Candidacy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The one of the test is around everything: the site's own would be savepoints in it."""
    served, open_ones = connections["default"], []

    def watched(kind: str, content: bytes) -> dict[str, Any]:
        open_ones.append(len(served.savepoint_ids))
        return answers_child.answer(kind, content)

    monkeypatch.setattr(answer_files, "_ask_child", watched)
    # One at a time: else one file is written while the next is read, and that is no fault.
    monkeypatch.setattr(files, "AT_ONCE", 1)
    send(signed_in, checklist, Levant_Santé_csv=lines("O-7.1 OUI"), a_csv=lines("O-7.1 NON"))
    take_all(signed_in, checklist)
    assert TakeOver.objects.count() == 1
    assert open_ones == [0, 0, 0]
