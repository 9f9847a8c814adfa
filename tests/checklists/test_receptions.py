"""Files of candidates: kept as they came, shown before anything is written, then taken over whole."""

import datetime as dt
import hashlib
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from checklists.documents import answer_files, answer_form, answer_workbook, answers_child
from checklists.domain import answering, receptions
from checklists.models import Answer, Assessment, Reception, Score, TakeOver
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import journal, storage
from uniha_clausier.common.models import AuditEvent

from .answer_site import blank, comma_table, edited, filled, table

ANSWERS = {
    "O-7.1": ("OUI", "Antivirus géré.", "PAS.pdf"),
    "O-7.2": ("NC", "Rien d’installé."),
    "O-1.1": ("non",),
}


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read without a process of its own; test_hostile_workbooks.py has the real one."""
    monkeypatch.setattr(answer_files, "_ask_child", answers_child.answer)


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def colleague(facility: Facility) -> User:
    return factories.member(facility, full_name="Paul Durand")


def send(client: Client, assessment: Assessment, content: bytes, name: str = "réponse.xlsx") -> Any:
    url = reverse("checklists:reception_list", args=[assessment.pk])
    return client.post(url, {"file": SimpleUploadedFile(name, content)}, follow=True)


def detail(reception: Reception) -> str:
    return reverse("checklists:reception_detail", args=[reception.pk])


def counts(response: Any) -> list[int]:
    """Changed, unchanged, empty, to settle, refused, foreign."""
    return [number for number, _word in response.context["run"].counts]


def take(client: Client, shown: Any, **data: str) -> Any:
    reception = shown.context["reception"]
    return client.post(detail(reception), {"versions": shown.context["versions"]} | data)


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def answer(assessment: Assessment, ref: str) -> tuple[str, str]:
    row = Answer.objects.get(assessment=assessment, item__point__ref=ref)
    return row.value, row.text


def write(assessment: Assessment, by: User, ref: str, field: str, value: str) -> None:
    answering.save_field(
        assessment_id=assessment.pk, ref=ref, field=field, value=value, base_version=99, by=by
    )


def changes() -> list[AuditEvent]:
    found = AuditEvent.objects.filter(action__endswith=".changed", subject__contains="/O-")
    return list(found.order_by("seq"))


# -- Receiving -----------------------------------------------------------------------------------


def test_a_file_is_kept_as_it_came_and_nothing_is_written_yet(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    content = filled(assessment, ANSWERS)
    response = send(signed_in, assessment, content)
    reception = Reception.objects.get()
    assert response.redirect_chain == [(detail(reception), 302)]
    assert storage.read(reception.file_name) == content
    assert (reception.number, reception.sent_as, reception.kind) == (1, "réponse.xlsx", "xlsx")
    assert reception.file_sha256 == hashlib.sha256(content).hexdigest()
    assert (reception.file_size, reception.received_by) == (len(content), buyer)
    assert counts(response) == [5, 0, 1, 0, 0, 0]
    assert changes() == [] and answer(assessment, "O-7.1") == ("", "")
    (event,) = AuditEvent.objects.filter(action="reception.received")
    assert event.data["sha256"] == reception.file_sha256 and event.actor == buyer.pk


def test_the_same_file_is_recognised_and_another_is_a_new_reception(
    signed_in: Client, assessment: Assessment
) -> None:
    first = filled(assessment, ANSWERS)
    send(signed_in, assessment, first)
    again = send(signed_in, assessment, first, "copie.xlsx")
    assert "Ce fichier est déjà reçu : c’est le classeur 1." in words(again).replace("\xa0", " ")
    send(signed_in, assessment, filled(assessment, {"O-1.1": ("OUI",)}))
    assert list(Reception.objects.values_list("number", "sent_as").order_by("number")) == [
        (1, "réponse.xlsx"), (2, "réponse.xlsx"),
    ]  # fmt: skip


def test_the_name_of_a_file_is_no_path(signed_in: Client, assessment: Assessment) -> None:
    for name in ("../../etc/passwd", "C:\\temp\\a\u202e\n.xlsx", ""):
        assert "/" not in receptions.shown_name(name) and "\\" not in receptions.shown_name(name)
        assert receptions.shown_name(name).isprintable() and receptions.shown_name(name)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("reponse.xlsm", b"PK\x03\x04", "macros"),
        ("reponse.pdf", b"%PDF-1.7", ".xlsx, .ods ou .csv"),
        ("reponse.xlsx", b"%PDF-1.7", "ne correspond pas"),
        ("reponse.csv", b"PK\x03\x04", "ne correspond pas"),
        ("reponse.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "mot de passe"),
        ("reponse.xlsx", b"PK\x03\x04" + bytes(100), "tronqué"),
        ("reponse.csv", b"a;b\x00c", "pas un texte CSV"),
    ],
)
def test_a_file_that_is_not_read_is_refused_journaled_and_not_kept(
    signed_in: Client, assessment: Assessment, name: str, content: bytes, reason: str
) -> None:
    response = send(signed_in, assessment, content, name)
    assert response.status_code == 422
    assert reason in words(response)
    assert not Reception.objects.exists()
    (event,) = AuditEvent.objects.filter(action="reception.refused")
    assert reason in event.data["reason"] and event.data["size"] == len(content)


def test_a_file_over_ten_megabytes_is_refused_before_it_is_read(
    signed_in: Client, assessment: Assessment
) -> None:
    response = send(signed_in, assessment, bytes(10 * 1024 * 1024 + 1))
    assert response.status_code == 422 and "10 Mo" in words(response)


def test_the_page_says_that_offers_must_have_been_opened(
    signed_in: Client, assessment: Assessment
) -> None:
    url = reverse("checklists:reception_list", args=[assessment.pk])
    assert "après l’ouverture des plis" in words(signed_in.get(url))
    tender = assessment.candidacy.lot.tender
    tender.deadline = timezone.now() + dt.timedelta(days=1)
    tender.save(update_fields=["deadline"])
    assert "n’est pas passée" in words(signed_in.get(url))


# -- Taking over ---------------------------------------------------------------------------------


def test_what_was_shown_is_written_as_one_act_and_scores_stay(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    write(assessment, buyer, "O-7.1", "score", "partial")
    shown = send(signed_in, assessment, filled(assessment, ANSWERS))
    before = len(changes())
    response = take(signed_in, shown)
    assert response["Location"] == reverse("checklists:assessment_grid", args=[assessment.pk])
    assert answer(assessment, "O-7.1") == ("yes", "Antivirus géré.\nJustificatif\u00a0: PAS.pdf")
    assert answer(assessment, "O-7.2") == ("not_concerned", "Rien d’installé.")
    assert answer(assessment, "O-1.1") == ("no", "")
    events = changes()[before:]
    assert len(events) == 5
    assert {(event.data["act"], event.data["reception"]) for event in events} == {("import", 1)}
    assert len({event.data["batch"] for event in events}) == 1
    assert not [event for event in events if event.action.startswith(("score", "comment"))]
    score = Score.objects.get(assessment=assessment, item__point__ref="O-7.1")
    assert (score.value, score.comment) == ("partial", "")
    assert TakeOver.objects.get().changed == 5
    assessment.refresh_from_db()
    assert assessment.answered == 3
    assert "5 valeurs reprises du classeur." in words(signed_in.get(response["Location"]))
    assert list(journal.verify()) == []


def test_taking_over_twice_changes_nothing_and_one_cell_is_one_change(
    signed_in: Client, assessment: Assessment
) -> None:
    shown = send(signed_in, assessment, filled(assessment, ANSWERS))
    take(signed_in, shown)
    again = signed_in.get(detail(shown.context["reception"]))
    assert counts(again) == [0, 5, 1, 0, 0, 0]
    assert "Rien à reprendre" in words(again)
    # A click on the page that was open before finds everything in its place.
    assert take(signed_in, shown)["Location"] == detail(shown.context["reception"])
    assert take(signed_in, again)["Location"] == detail(shown.context["reception"])
    assert TakeOver.objects.count() == 1
    other = send(
        signed_in, assessment, filled(assessment, ANSWERS | {"O-7.2": ("OUI", "Rien d’installé.")})
    )
    assert counts(other)[:2] == [1, 4]
    (line,) = other.context["run"].changed
    assert (line.ref, line.before, line.after, line.place) == ("O-7.2", "NC", "OUI", "Réponses, F8")


def test_a_value_written_meanwhile_stops_everything(
    signed_in: Client, assessment: Assessment, colleague: User
) -> None:
    shown = send(signed_in, assessment, filled(assessment, ANSWERS))
    write(assessment, colleague, "O-7.1", "claim", "no")
    response = take(signed_in, shown)
    assert response.status_code == 409
    assert "Rien n’est repris" in words(response) and "(O-7.1)" in words(response)
    assert answer(assessment, "O-7.1") == ("no", "") and answer(assessment, "O-7.2") == ("", "")
    assert not TakeOver.objects.exists()
    assert take(signed_in, response).status_code == 302
    assert answer(assessment, "O-7.1")[0] == "yes"


def test_a_doubt_is_settled_by_hand_and_both_the_cell_and_the_decision_are_kept(
    signed_in: Client, assessment: Assessment
) -> None:
    content = table(
        ("Point", "Réponse", "Précisions"), ("O-7.1", "X", ""), ("O-7.2", "à voir", "Page 2.")
    )
    shown = send(signed_in, assessment, content)
    assert counts(shown) == [1, 0, 2, 2, 0, 0]
    assert answer(assessment, "O-7.1") == ("", "")
    take(signed_in, shown, **{"choix-0": "0", "choix-1": ""})
    assert answer(assessment, "O-7.1") == ("yes", "")
    assert answer(assessment, "O-7.2") == ("", "Page 2.")
    decision = {
        "ref": "O-7.1", "cell": "Feuil1, B2", "read": "X", "field": "claim", "kept": "yes",
    }  # fmt: skip
    assert TakeOver.objects.get().decisions == [decision]
    assert AuditEvent.objects.get(action="reception.taken_over").data["decisions"] == [decision]


@pytest.mark.parametrize("choice", ["9", "-1", "abc", "99999999999999999999"])
def test_a_choice_that_the_page_did_not_offer_settles_nothing(
    signed_in: Client, assessment: Assessment, choice: str
) -> None:
    content = table(("Point", "Réponse"), ("O-7.1", "X"))
    take(signed_in, send(signed_in, assessment, content), **{"choix-0": choice})
    assert answer(assessment, "O-7.1") == ("", "")


def test_a_text_that_is_too_long_is_refused_and_the_rest_is_taken(
    signed_in: Client, assessment: Assessment
) -> None:
    shown = send(signed_in, assessment, filled(assessment, {"O-7.1": ("OUI", "a" * 10_001)}))
    assert counts(shown) == [1, 0, 3, 0, 1, 0]
    take(signed_in, shown)
    assert answer(assessment, "O-7.1") == ("yes", "")


def test_the_workbook_of_another_lot_is_told_and_taken_over_only_on_purpose(
    signed_in: Client, assessment: Assessment, buyer: User, facility: Facility
) -> None:
    other = factories.assessment(buyer, facility, on=assessment.checklist.version, flags=("INST",))
    shown = send(signed_in, assessment, filled(other, ANSWERS | {"O-3.3": ("OUI",)}))
    assert str(other.candidacy.lot.tender) in words(shown)
    assert counts(shown) == [5, 0, 1, 0, 0, 1]
    assert take(signed_in, shown).status_code == 422
    assert answer(assessment, "O-7.1") == ("", "")
    assert take(signed_in, shown, **{"quand-meme": "1"}).status_code == 302
    assert answer(assessment, "O-7.1")[0] == "yes"


def test_the_workbook_of_another_facility_tells_nothing_of_it(
    signed_in: Client, assessment: Assessment, stranger: User
) -> None:
    elsewhere = factories.assessment(stranger, stranger.memberships.get().facility)
    shown = send(signed_in, assessment, blank(elsewhere))
    assert "inconnue de l’établissement" in words(shown)
    assert elsewhere.candidacy.lot.tender.reference not in words(shown)


def test_the_number_of_another_company_is_told(signed_in: Client, assessment: Assessment) -> None:
    vendor = assessment.candidacy.vendor
    vendor.siren = "732829320"
    vendor.save(update_fields=["siren"])

    def with_number(number: str) -> bytes:
        def change(book: Any) -> None:
            book["Candidat"]["B3"] = number

        return edited(blank(assessment), change)

    assert "732829320" in words(send(signed_in, assessment, with_number("99911001800010")))
    assert "porte le numéro" not in words(
        send(signed_in, assessment, with_number("732 829 320 00074"))
    )


def test_a_csv_without_our_hash_is_read_and_says_so(
    signed_in: Client, assessment: Assessment
) -> None:
    content = comma_table(("N°", "Oui/Non"), ("7.1", "Oui"), encoding="cp1252")
    shown = send(signed_in, assessment, content, "export.csv")
    assert counts(shown)[0] == 1
    assert "ne dit pas à quelle check-list" in words(shown)


def test_markup_in_a_cell_stays_text(signed_in: Client, assessment: Assessment) -> None:
    shown = send(signed_in, assessment, filled(assessment, {"O-7.1": ("<b>x", '<i>"y"</i>')}))
    html = shown.content.decode()
    assert "<b>x" not in html and "<i>" not in html and "&lt;i&gt;" in html


# -- Who, and what the database refuses ------------------------------------------------------------


def test_a_reader_sees_the_files_and_receives_none(
    client: Client, signed_in: Client, assessment: Assessment, facility: Facility
) -> None:
    shown = send(signed_in, assessment, filled(assessment, ANSWERS))
    reader = Client()
    reader.force_login(factories.member(facility, Role.CISO))
    page = reader.get(detail(shown.context["reception"]))
    assert "Réservé au rôle acheteur" in words(page) and "Reprendre les" not in words(page)
    assert take(reader, shown).status_code == 403
    assert send(reader, assessment, b"x").status_code == 403


def test_the_file_is_given_back_as_it_came_and_never_shown(
    signed_in: Client, assessment: Assessment
) -> None:
    content = filled(assessment, ANSWERS)
    reception = send(signed_in, assessment, content).context["reception"]
    response = signed_in.get(reverse("checklists:reception_file", args=[reception.pk]))
    assert response.content == content
    assert response["Content-Disposition"].startswith('attachment; filename="classeur-1-')
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    storage.store(reception.file_name, content + b" ")
    assert signed_in.get(detail(reception)).status_code == 404
    storage.discard(reception.file_name)
    for url in (response.request["PATH_INFO"], detail(reception)):
        assert signed_in.get(url).status_code == 404


def test_a_reception_and_its_take_over_never_change(
    signed_in: Client, assessment: Assessment
) -> None:
    take(signed_in, send(signed_in, assessment, filled(assessment, ANSWERS)))
    for table_name in ("checklists_reception", "checklists_takeover"):
        for sql in (f"UPDATE {table_name} SET id = id", f"DELETE FROM {table_name}"):
            with (
                pytest.raises(DatabaseError, match="kept"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(sql)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"kind": "exe"}, "reception_kind_known"),
        ({"file_size": 0}, "reception_has_its_file"),
        ({"file_name": ""}, "reception_has_its_file"),
        ({"number": 1}, "reception_number_unique"),
        ({"file_sha256": "1" * 64}, "reception_file_unique"),
    ],
)
def test_a_reception_without_its_file_is_refused_by_the_database(
    assessment: Assessment, buyer: User, fields: dict[str, Any], name: str
) -> None:
    values = {
        "assessment": assessment, "received_at": timezone.now(), "received_by": buyer,
        "sent_as": "a.csv", "kind": "csv", "file_name": "a", "file_size": 1,
    }  # fmt: skip
    Reception.objects.create(**values, number=1, file_sha256="1" * 64)
    # SQLite names the columns of a unique constraint, and not the constraint.
    with pytest.raises(IntegrityError, match=f"{name}|UNIQUE.*reception.assessment_id"):
        Reception.objects.create(**values | {"number": 2, "file_sha256": "2" * 64} | fields)


@pytest.mark.parametrize("files", [1, 3])
def test_the_list_costs_the_same_whatever_the_files(
    signed_in: Client,
    assessment: Assessment,
    files: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(files):
        shown = send(signed_in, assessment, filled(assessment, {"O-7.1": ("OUI", f"{number}")}))
        take(signed_in, shown)
    url = reverse("checklists:reception_list", args=[assessment.pk])
    with django_assert_num_queries(7):
        signed_in.get(url)


@pytest.mark.parametrize("kind", answer_workbook.TYPES)
def test_export_then_import_changes_nothing(
    signed_in: Client, assessment: Assessment, buyer: User, kind: str
) -> None:
    take(signed_in, send(signed_in, assessment, filled(assessment, ANSWERS)))
    exported = answer_workbook.written(answer_form.filled(assessment), kind)
    shown = send(signed_in, assessment, exported, f"export.{kind}")
    assert counts(shown) == [0, 5, 1, 0, 0, 0]
