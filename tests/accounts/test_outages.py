"""When the database or the disk gives up: a page that says so, and gives back what was typed."""

import errno
from collections.abc import Iterator
from unittest import mock
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.domain import typed_forms
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.accounts.views.outages import server_error
from uniha_clausier.common import storage
from uniha_clausier.common.outages import Outage, outage_of

READ_ONLY = "Le serveur ne peut rien enregistrer en ce moment."


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


@pytest.fixture
def read_only(signed_in: Client, assessment: Assessment) -> Iterator[Client]:
    """A signed-in browser before a database that accepts nothing more."""
    signed_in.raise_request_exception = False
    is_sqlite = connection.vendor == "sqlite"
    before = str(connection.savepoint())
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 1" if is_sqlite else "SET TRANSACTION READ ONLY")
    yield signed_in
    if is_sqlite:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA query_only = 0")
    connection.set_rollback(False)
    connection.savepoint_rollback(before)


def test_a_save_is_told_to_come_back_in_json(read_only: Client, assessment: Assessment) -> None:
    address = reverse("checklists:assessment_point", args=[assessment.pk, "O-7.1"])
    edit = {"field": "score", "value": "compliant", "version": 0}
    answer = read_only.post(address, edit, headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.json() == {"error": f"{READ_ONLY} Réessayez dans un instant."}
    assert answer["Retry-After"] == "5"


def test_a_form_is_given_back_to_be_sent_again(read_only: Client, facility: Facility) -> None:
    address = reverse("checklists:comment_template_create", args=[facility.pk])
    typed = {"title": "Délai", "text": 'Le délai <b>dépasse</b> "celui" du clausier.'}
    answer = read_only.post(
        address, urlencode(typed), content_type="application/x-www-form-urlencoded"
    )
    page = answer.content.decode()
    assert answer.status_code == 503
    assert READ_ONLY in page
    assert f'action="{address}"' in page
    assert "Le délai &lt;b&gt;dépasse&lt;/b&gt; &quot;celui&quot; du clausier." in page
    assert "script" not in answer["Content-Security-Policy"].replace("script-src 'self'", "")


def test_a_fault_of_the_program_gives_the_number_that_the_log_holds(
    signed_in: Client,
) -> None:
    signed_in.raise_request_exception = False
    with mock.patch.object(typed_forms, "of", side_effect=ValueError):
        answer = signed_in.get("/connexion/reprise/")
    assert answer.status_code == 500
    assert f"<code>{answer['X-Request-ID']}</code>" in answer.content.decode()


def test_a_password_is_never_given_back(rf: RequestFactory) -> None:
    request = rf.post("/connexion/", {"login": "a@b.example", "password": factories.PASSWORD})
    request.user = AnonymousUser()
    try:
        raise OperationalError("server closed")
    except OperationalError:
        answer = server_error(request)
    assert isinstance(answer, HttpResponse)
    assert answer.status_code == 503
    assert b"a@b.example" not in answer.content
    assert "Revenez à la page précédente" in answer.content.decode()


def test_a_fault_of_the_program_stays_one(
    signed_in: Client, assessment: Assessment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("checklists.views.grid.answering.save_field", broken)
    signed_in.raise_request_exception = False
    address = reverse("checklists:assessment_point", args=[assessment.pk, "O-7.1"])
    answer = signed_in.post(address, {"field": "score", "value": "compliant", "version": 0})
    assert answer.status_code == 500
    assert "Le serveur a rencontré une erreur" in answer.content.decode()


def test_a_full_disk_leaves_no_file(
    signed_in: Client, buyer: User, facility: Facility, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real thing, on a disk that is full, is in tests/faults."""
    vendor = factories.vendor(facility, buyer)

    def full(name: str, content: bytes) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage, "store", full)
    signed_in.raise_request_exception = False
    told = {"kind": "hds", "number": "1", "issuer": "Organisme", "hds_version": "2"}
    paper = {"file": pdf()}
    address = reverse("vendors:certificate_add", args=[vendor.pk])
    answer = signed_in.post(address, told | {"hds_activities": ["1"]} | paper)
    assert answer.status_code == 503
    assert "plus de place" in answer.content.decode()
    assert not vendor.certificates.exists()


def pdf() -> SimpleUploadedFile:
    return SimpleUploadedFile("HDS.pdf", b"%PDF-1.7 certificat")


class Refused(Exception):
    def __init__(self, pgcode: str | None) -> None:
        super().__init__(pgcode)
        self.pgcode = pgcode


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (raised(OperationalError("server closed"), Refused(None)), Outage.DATABASE),
        (raised(DatabaseError("server closed the connection"), Refused(None)), Outage.DATABASE),
        (raised(DatabaseError("wrong"), Refused("42601")), None),
        (DatabaseError("Save with update_fields did not affect any rows."), None),
        (raised(OperationalError("x"), Refused("53100")), Outage.DISK_FULL),
        (raised(DatabaseError("x"), Refused("25006")), Outage.READ_ONLY),
        (OperationalError("database or disk is full"), Outage.DISK_FULL),
        (OSError(errno.ENOSPC, ""), Outage.DISK_FULL),
        (OSError(errno.EROFS, ""), Outage.READ_ONLY),
        (OSError(errno.ENOENT, ""), None),
        (raised(RuntimeError("the seal failed"), OSError(errno.ENOSPC, "")), Outage.DISK_FULL),
        (ValueError("x"), None),
        (None, None),
    ],
)
def test_what_is_down_is_recognised(error: BaseException | None, outage: Outage | None) -> None:
    assert outage_of(error) == outage
