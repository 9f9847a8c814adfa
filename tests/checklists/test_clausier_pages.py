"""The pages of the clausiers: everyone signed in reads, only the operator imports."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from checklists.documents import interchange, library_child
from checklists.enums import Reviewer
from checklists.models import ClausierVersion
from tests import factories
from uniha_clausier.accounts.models import Facility

SAMPLE = Path(__file__).parents[1] / "fixtures" / "bibliotheque-inventee.yaml"
LIST = "/clausiers/"
IMPORT = "/exploitation/clausiers/importer/"


def address(version: ClausierVersion) -> str:
    return reverse("checklists:clausier_version", args=[version.clausier.code, version.number])


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().replace("\u00a0", " ").split())


@pytest.fixture
def operator(client: Client, facility: Facility) -> Client:
    client.force_login(factories.user(is_operator=True))
    return client


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interchange, "_ask_child", library_child.answer)


# The list


def test_the_list_names_the_published_versions(signed_in: Client) -> None:
    version = factories.version()
    draft = factories.version(published=False)
    page = text_of(signed_in.get(LIST))
    assert version.title in page and address(version) in page
    assert draft.clausier.code not in page


def test_the_list_says_what_to_do_when_it_is_empty(signed_in: Client) -> None:
    assert "Aucun clausier n’est chargé" in text_of(signed_in.get(LIST))


def test_only_the_operator_sees_the_way_to_import(signed_in: Client, operator: Client) -> None:
    assert IMPORT in text_of(operator.get(LIST))


def test_a_buyer_sees_no_way_to_import(signed_in: Client) -> None:
    assert IMPORT not in text_of(signed_in.get(LIST))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_whatever_its_length(
    signed_in: Client, django_assert_num_queries: Any, rows: int
) -> None:
    for _ in range(rows):
        factories.version()
    signed_in.get(LIST)
    with django_assert_num_queries(LIST_QUERIES):
        signed_in.get(LIST)


LIST_QUERIES = 4
VERSION_QUERIES = 7


# One version


@pytest.mark.parametrize("rows", [1, 3])
def test_a_version_costs_the_same_whatever_its_length(
    signed_in: Client, django_assert_num_queries: Any, rows: int
) -> None:
    points = [{"ref": f"O-{n}.1", "answer_kind": "yes_no"} for n in range(1, rows + 1)]
    version = factories.version(points=points)
    signed_in.get(address(version))
    with django_assert_num_queries(VERSION_QUERIES):
        signed_in.get(address(version))


def test_a_version_shows_every_point_whole(signed_in: Client) -> None:
    loaded = interchange.load_fixtures()
    [version] = [one for one in loaded if one.clausier.code == "securite-numerique"]
    response = signed_in.get(address(version))
    page = text_of(response)
    for point in version.points.all():
        assert f'id="{point.ref}"' in page
    assert "118 points sur 118" in page and version.content_sha256[:8] in page
    assert "au plus 7" in page and "21 jours" in page
    assert "Note sur le texte officiel" in page
    assert response.content.decode().count('<article class="clausier-point"') == 118


def test_a_proposal_says_that_it_is_no_official_text(signed_in: Client) -> None:
    version, proposal = factories.version(), factories.version(is_proposal=True)
    assert "proposition de Clausier" in text_of(signed_in.get(LIST))
    said = "Proposition de Clausier, et non un texte officiel"
    assert said in text_of(signed_in.get(address(proposal)))
    assert said not in text_of(signed_in.get(address(version)))


def test_a_draft_or_an_unknown_version_does_not_exist(signed_in: Client) -> None:
    assert signed_in.get(address(factories.version(published=False))).status_code == 404
    assert signed_in.get("/clausiers/rien/1/").status_code == 404


def test_a_search_keeps_what_holds_every_word(signed_in: Client) -> None:
    version = factories.version(
        points=[
            {"ref": "O-1.1", "answer_kind": "yes_no", "requirement": "La sécurité de l’hôpital."},
            {"ref": "O-2.1", "answer_kind": "yes_no", "requirement": "La sûreté du jardin."},
        ]
    )
    page = text_of(signed_in.get(address(version), {"q": "SECURITE l'hopital"}))
    assert 'id="O-1.1"' in page and 'id="O-2.1"' not in page
    assert "1 point sur 2" in page and "Chapitre 2" not in page
    nothing = text_of(signed_in.get(address(version), {"q": "plage"}))
    assert "Aucun point ne correspond" in nothing and "0 point sur 2" in nothing


def test_points_are_filtered_by_who_reads_them(signed_in: Client) -> None:
    version = factories.version(
        points=[
            {"ref": "O-1.1", "answer_kind": "yes_no", "reviewers": [Reviewer.DPO]},
            {"ref": "O-2.1", "answer_kind": "yes_no", "reviewers": [Reviewer.BUYER]},
        ]
    )
    page = text_of(signed_in.get(address(version), {"relecteur": "dpo"}))
    assert 'id="O-1.1"' in page and 'id="O-2.1"' not in page
    assert 'value="ciso"' not in page
    unknown = text_of(signed_in.get(address(version), {"relecteur": "voisin"}))
    assert "2 points sur 2" in unknown


def test_a_version_without_reviewers_has_no_such_filter(signed_in: Client) -> None:
    version = factories.version(points=[{"ref": "O-1.1", "answer_kind": "yes_no", "reviewers": []}])
    assert "Relu par" not in text_of(signed_in.get(address(version)))


def test_a_hostile_text_stays_text(signed_in: Client) -> None:
    version = factories.version(
        points=[
            {
                "ref": "O-1.1", "answer_kind": "yes_no", "title": "<script>alert(1)</script>",
                "requirement": "• <img src=x onerror=alert(1)>", "erratum": "<b>",
            }
        ]
    )  # fmt: skip
    page = signed_in.get(address(version)).content.decode()
    assert "<script>alert" not in page and "<img src=x" not in page and "<b>" not in page


# The import


def sent(client: Client, content: bytes, name: str = "jardin.yaml") -> Any:
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, content)})


def test_the_import_page_does_not_exist_for_a_buyer(signed_in: Client) -> None:
    assert signed_in.get(IMPORT).status_code == 404
    assert sent(signed_in, SAMPLE.read_bytes()).status_code == 404
    assert not ClausierVersion.objects.exists()


def test_the_operator_imports_a_text(operator: Client) -> None:
    response = sent(operator, SAMPLE.read_bytes())
    version = ClausierVersion.objects.get(is_official_text=True)
    assert response.status_code == 302 and response["Location"] == address(version)
    page = text_of(operator.get(address(version)))
    assert "6 points chargés." in page and "Texte officiel, mot pour mot" in page
    assert "<li>sans pesticide ;</li>" in page.replace("\u202f", " ")
    again = sent(operator, SAMPLE.read_bytes(), "encore.yaml")
    assert again["Location"] == address(version)
    assert ClausierVersion.objects.filter(is_official_text=True).count() == 1


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "jardin.yaml", "Le fichier est vide."),
        (b"a: 1\n", "jardin.yaml", "la clé « objects » est absente"),
        (b"a: 1\n", "jardin.doc", "choisissez un fichier .yaml, .yml ou .xlsx"),
        (b"a: [\n", "jardin.yaml", "ligne 2 : le YAML ne se lit pas"),
        (bytes(10 * 1024 * 1024 + 1), "jardin.yaml", "10 Mo au plus"),
    ],
)
def test_a_refused_file_is_explained_beside_the_field(
    operator: Client, content: bytes, name: str, message: str
) -> None:
    response = sent(operator, content, name)
    assert response.status_code == 422
    page = text_of(response)
    assert message in page and "aria-invalid" in page
    assert not ClausierVersion.objects.filter(is_official_text=True).exists()


def test_sending_nothing_asks_for_a_file(operator: Client) -> None:
    response = operator.post(IMPORT)
    assert response.status_code == 422 and "Choisissez un fichier." in text_of(response)


def test_the_pages_refuse_other_methods(operator: Client) -> None:
    version = factories.version()
    assert operator.post(LIST).status_code == 405
    assert operator.post(address(version)).status_code == 405
    assert operator.put(IMPORT).status_code == 405
