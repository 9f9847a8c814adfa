"""Errata: dated remarks beside the points of a published version, whose text never changes."""

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from checklists.documents import dce, interchange, pdf, report
from checklists.domain import checklists, errata
from checklists.domain.clausier import canonical_content
from checklists.domain.clausier_schema import InvalidClausier
from checklists.models import Assessment, Checklist, ClausierVersion, Erratum
from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.canonical import sha256_of
from uniha_clausier.common.models import AuditEvent

from .checklist_site import text, url

PAGE = "/exploitation/clausiers/errata/"
WORDS = "Le renvoi vise l’article 4, et non l’article 5."
SOURCE = "Lettre du rédacteur, 2 juin 2026"


def erratum(number: int = 1, **fields: Any) -> dict[str, Any]:
    given = {"number": number, "point": "O-7.1", "date": "2026-06-02"}
    return given | {"text": WORDS, "source": SOURCE} | fields


def file_of(*versions: ClausierVersion, rows: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    named = [{"code": one.clausier.code, "version": one.number} for one in versions]
    return {"versions": named, "errata": [erratum()] if rows is None else rows}


def as_bytes(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()


def events() -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action="clausier.errata_added").order_by("seq"))


@pytest.fixture
def version(db: None) -> ClausierVersion:
    return factories.version()


@pytest.fixture
def operator(client: Client, db: None) -> Client:
    client.force_login(factories.user(is_operator=True))
    return client


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    return factories.assessment(buyer, facility)


# -- Loading ---------------------------------------------------------------------------------------


def test_loading_twice_adds_once_and_is_journaled_once(version: ClausierVersion) -> None:
    before = canonical_content(version)
    [first] = errata.load(data=file_of(version))
    [again] = errata.load(data=file_of(version))
    assert (first.added, again.added, again.total) == (1, 0, 1)
    [event] = events()
    assert event.subject == f"clausier/{version.clausier.code}/1"
    assert event.data["numbers"] == [1]
    assert canonical_content(version) == before


def test_a_file_that_grows_adds_only_what_is_new(version: ClausierVersion) -> None:
    errata.load(data=file_of(version))
    [done] = errata.load(data=file_of(version, rows=[erratum(), erratum(2, point="O-1.1")]))
    assert (done.added, done.total) == (1, 2)
    assert [event.data["numbers"] for event in events()] == [[1], [2]]


def test_one_file_speaks_of_several_versions_and_passes_over_those_not_loaded(
    version: ClausierVersion,
) -> None:
    other = factories.version()
    data = file_of(version, other)
    data["versions"].append({"code": "pas-chargee", "version": "9"})
    assert [done.version for done in errata.load(data=data)] == [version, other]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([erratum(text="Autre chose.")], "dit autre chose"),
        ([erratum(), erratum(2, point="O-99.1")], "n’a pas de point O-99.1"),
    ],
)
def test_what_does_not_fit_is_refused_as_a_whole(
    version: ClausierVersion, rows: list[dict[str, Any]], sentence: str
) -> None:
    errata.load(data=file_of(version))
    with pytest.raises(errata.ErrataRefused, match=sentence):
        errata.load(data=file_of(version, rows=[*rows, erratum(3)]))
    assert Erratum.objects.count() == 1


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([], "errata"),
        ([erratum(), erratum()], "le numéro « 1 » sert déjà"),
        ([erratum(True)], r"errata\[0\].number"),
        ([erratum(0)], r"errata\[0\].number"),
        ([erratum(date="le 2 juin")], r"errata\[0\].date"),
        ([erratum(text="  ")], r"errata\[0\].text"),
        ([erratum(source="")], r"errata\[0\].source"),
        ([erratum(auteur="Moi")], "auteur"),
    ],
)
def test_a_file_that_breaks_the_schema_is_refused_with_its_place(
    version: ClausierVersion, rows: list[dict[str, Any]], place: str
) -> None:
    with pytest.raises(InvalidClausier, match=place.replace("« 1 »", "«\u00a01\u00a0»")):
        errata.load(data=file_of(version, rows=rows))


def test_a_file_for_versions_that_are_not_there_is_refused(version: ClausierVersion) -> None:
    data = {"versions": [{"code": "ailleurs", "version": "1"}], "errata": [erratum()]}
    with pytest.raises(errata.ErrataRefused, match="ailleurs 1"):
        errata.load(data=data)


# -- In the database -------------------------------------------------------------------------------


def row(version: ClausierVersion, **fields: Any) -> Erratum:
    given = {"version": version, "point": version.points.get(ref="O-7.1"), "number": 7}
    given |= {"date": dt.date(2026, 6, 2), "text": WORDS, "source": SOURCE}
    return Erratum(**given | {"recorded_at": timezone.now()} | fields)


def test_the_database_refuses_to_change_or_remove_an_erratum(version: ClausierVersion) -> None:
    errata.load(data=file_of(version))
    for act in (lambda all_: all_.update(text="Autre"), lambda all_: all_.delete()):
        with pytest.raises(DatabaseError, match="an erratum never changes"), transaction.atomic():
            act(Erratum.objects.all())


def test_the_database_refuses_the_point_of_another_version(version: ClausierVersion) -> None:
    stranger = factories.version().points.get(ref="O-7.1")
    with pytest.raises(DatabaseError, match="a point of its published version"):
        row(version, point=stranger).save()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"number": 0}, "erratum_number_positive"),
        ({"text": ""}, "erratum_with_text_and_source"),
        ({"source": ""}, "erratum_with_text_and_source"),
    ],
)
def test_the_constraints_hold(version: ClausierVersion, fields: dict[str, Any], name: str) -> None:
    row(version).save()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        row(version, **{"number": 8} | fields).save()


def test_a_number_serves_once_in_a_version(version: ClausierVersion) -> None:
    row(version).save()
    row(factories.version()).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        row(version).save()


# -- Where it is read ------------------------------------------------------------------------------


def test_it_stands_beside_its_point_on_every_page(
    signed_in: Client, buyer: User, facility: Facility, version: ClausierVersion
) -> None:
    errata.load(data=file_of(version))
    draft = factories.draft_checklist(buyer, facility, on=version)
    assessment = factories.assessment(buyer, facility, on=version)
    grid = reverse("checklists:assessment_grid", args=[assessment.pk])
    for address in (
        url("points", draft.pk),
        url("point", draft.pk, "O-7.1"),
        reverse("checklists:clausier_version", args=[version.clausier.code, version.number]),
        f"{grid}?reperes=oui",
        f"{grid}reperes/",
        f"{grid}points/O-7.1/historique/",
    ):
        page = text(signed_in.get(address))
        assert "Erratum 1 du 2 juin 2026" in page, address
        assert WORDS in page and SOURCE in page, address
    assert "Erratum 1" not in text(signed_in.get(url("point", draft.pk, "O-1.1")))


def test_the_grid_shows_an_erratum_loaded_after_it_was_read_at_no_more_queries(
    signed_in: Client, assessment: Assessment
) -> None:
    address = reverse("checklists:assessment_grid", args=[assessment.pk])

    def page_and_cost() -> tuple[str, int]:
        signed_in.get(address)  # what is read once a process
        with CaptureQueriesContext(connection) as queries:
            return text(signed_in.get(address)), len(queries)

    before, cost = page_and_cost()
    errata.load(data=file_of(assessment.checklist.version))
    after, cost_after = page_and_cost()
    assert 'point-flag">erratum' not in before and 'point-flag">erratum' in after
    assert "reperes/?errata=1" in after, "the browser asks for the guides again"
    assert cost_after == cost <= 12


def test_the_comparison_of_two_versions_says_which_one_has_it(signed_in: Client) -> None:
    before = factories.version()
    points = [dict(one) for one in factories.POINTS]
    points[4]["requirement"] = "Le titulaire respecte autrement l’exigence O-7.1."
    after = factories.version(points=points)
    errata.load(data=file_of(before))
    address = reverse("checklists:clausier_compare")
    page = text(signed_in.get(address, {"avant": before.pk, "apres": after.pk}))
    assert "Erratum 1 du 2 juin 2026 (version 1)" in page and WORDS in page


def test_a_quoted_slip_is_not_mended(signed_in: Client, version: ClausierVersion) -> None:
    errata.load(data=file_of(version, rows=[erratum(text="« sécruité » se lit « sécurité ».")]))
    address = reverse("checklists:clausier_version", args=[version.clausier.code, version.number])
    assert "« sécruité » se lit" in text(signed_in.get(address))


def test_a_hostile_erratum_stays_text(signed_in: Client, version: ClausierVersion) -> None:
    rows = [erratum(text="<script>alert(1)</script>", source="<img src=x>")]
    errata.load(data=file_of(version, rows=rows))
    address = reverse("checklists:clausier_version", args=[version.clausier.code, version.number])
    page = text(signed_in.get(address))
    assert "<script>alert" not in page and "<img src=x" not in page


# -- In the documents ------------------------------------------------------------------------------


def published(by: User, at: Facility, on: ClausierVersion) -> Checklist:
    draft = factories.draft_checklist(by, at, on=on)
    return checklists.publish(checklist=draft, by=by)


def test_the_annex_prints_what_was_known_at_the_publication_and_nothing_later(
    buyer: User, facility: Facility, version: ClausierVersion
) -> None:
    errata.load(data=file_of(version))
    checklist = published(buyer, facility, version)
    name = dce.stored_name(checklist, dce.gather(checklist))
    errata.load(data=file_of(version, rows=[erratum(2, text="Trop tard.")]))
    data = dce.gather(checklist)
    assert dce.stored_name(checklist, data) == name, "the annexes that candidates have stay"
    shown = dce.clausier_html(data).replace("\u00a0", " ")
    assert f"Erratum 1, 2 juin 2026 : {WORDS} Source : {SOURCE}" in shown
    assert "Trop tard." not in shown


def test_the_assessment_prints_every_erratum_of_the_points_asked(assessment: Assessment) -> None:
    version = assessment.checklist.version
    before = report.gather(assessment.pk)
    errata.load(data=file_of(version, rows=[erratum(), erratum(2, point="O-3.3")]))
    data = report.gather(assessment.pk)
    told = {point["ref"]: point["errata"] for point in data["points"] if "errata" in point}
    assert [one["text"] for one in told["O-7.1"]] == [WORDS] and set(told) == {"O-7.1"}
    del next(point for point in data["points"] if point["ref"] == "O-7.1")["errata"]
    assert data == before, "nothing else changes"


def test_the_pdf_of_the_assessment_dates_it(assessment: Assessment, buyer: User) -> None:
    errata.load(data=file_of(assessment.checklist.version))
    frozen = report.freeze(assessment, number=1, at=timezone.now(), by=buyer, seq=1, head="0" * 64)
    html = pdf.html(frozen, content_sha256=sha256_of(frozen)).replace("\u00a0", " ")
    assert f"Erratum 1, 2 juin 2026 : {WORDS}" in html


# -- The operator's page and the command -----------------------------------------------------------


def sent(client: Client, content: bytes) -> Any:
    return client.post(PAGE, {"file": SimpleUploadedFile("errata.json", content)})


def test_the_page_does_not_exist_for_a_buyer(signed_in: Client, version: ClausierVersion) -> None:
    assert signed_in.get(PAGE).status_code == 404
    assert sent(signed_in, as_bytes(file_of(version))).status_code == 404
    assert not Erratum.objects.exists()


def test_the_operator_loads_a_file_and_is_shown_the_version(
    operator: Client, version: ClausierVersion
) -> None:
    address = reverse("checklists:clausier_version", args=[version.clausier.code, version.number])
    assert PAGE in text(operator.get(address))
    response = sent(operator, as_bytes(file_of(version)))
    assert response.status_code == 302
    page = text(operator.get(response["Location"]))
    assert "1 erratum chargé." in page and WORDS in page
    assert Erratum.objects.get().recorded_by_id == events()[0].actor
    again = sent(operator, as_bytes(file_of(version)))
    assert "rien n’a changé" in text(operator.get(again["Location"]))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Le fichier est vide."),
        (b'{"versions": [],\n', "Ligne 2"),
        (b"\xff\xfe\x00", "JSON en UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b'{"versions": [], "errata": []}', "la liste est vide"),
        (b" " * (interchange.MAX_ERRATA_BYTES + 1), "plus de 1 Mo"),
    ],
)
def test_a_refused_file_is_explained_beside_the_field(
    operator: Client, content: bytes, sentence: str
) -> None:
    response = sent(operator, content)
    assert response.status_code == 422
    assert sentence in text(response) and "aria-invalid" in text(response)


def test_the_command_says_what_it_added(version: ClausierVersion, tmp_path: Path) -> None:
    path = tmp_path / "errata.json"
    path.write_bytes(as_bytes(file_of(version)))
    out = io.StringIO()
    call_command("import_errata", path, stdout=out)
    call_command("import_errata", path, stdout=out)
    lines = out.getvalue().replace("\u00a0", " ").splitlines()
    code = version.clausier.code
    assert lines == [f"{code} 1 : 1 errata, 1 de plus", f"{code} 1 : 1 errata, 0 de plus"]
    path.write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match=r"errata\.json"):
        call_command("import_errata", path)
    with pytest.raises(CommandError, match="ne s’ouvre pas"):
        call_command("import_errata", tmp_path / "absent.json")


# -- What comes with the software ------------------------------------------------------------------


@pytest.mark.django_db
def test_the_errata_of_the_official_text_come_with_the_software() -> None:
    call_command("load_clausiers", stdout=io.StringIO())
    call_command("load_clausiers", stdout=io.StringIO())
    version = ClausierVersion.objects.get(clausier__code="securite-numerique")
    [path] = (settings.FIXTURE_FOLDER / "errata").glob("*.json")
    rows = json.loads(path.read_text(encoding="utf-8"))["errata"]
    assert version.errata.count() == len(rows) == 7
    assert len(events()) == 1
