"""The filters of the grid: what the address asks is what is seen, and nothing leaves the form."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from checklists.domain import answering
from checklists.models import Assessment
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User

ALL = ["O-1.1", "O-2.1", "O-2.8", "O-7.1", "O-7.2"]


@pytest.fixture
def assessment(buyer: User, facility: Facility) -> Assessment:
    """Two points scored, one of them against what the candidate claims."""
    made = factories.assessment(buyer, facility)
    save(made, buyer, "O-1.1", claim="yes", score="compliant")
    save(made, buyer, "O-7.1", claim="yes", score="partial", comment="À revoir.")
    save(made, buyer, "O-7.2", claim_text="Voir l’annexe.")
    return made


def save(assessment: Assessment, by: User, ref: str, **fields: str) -> None:
    for field, value in fields.items():
        answering.save_field(
            assessment_id=assessment.pk, ref=ref, field=field, value=value, base_version=99, by=by
        )


def page(client: Client, assessment: Assessment, **asked: str) -> str:
    address = reverse("checklists:assessment_grid", args=[assessment.pk])
    return client.get(address, asked).content.decode()


def rows(html: str) -> dict[str, bool]:
    """Each row of the page, and whether it is shown."""
    found = re.findall(r'<tr id="([^"]+)" class="point[^>]*>', html)
    tags = re.findall(r'<tr id="[^"]+" class="point[^>]*>', html)
    return {ref: " hidden" not in tag for ref, tag in zip(found, tags, strict=True)}


def shown(html: str) -> list[str]:
    return [ref for ref, is_shown in rows(html).items() if is_shown]


@pytest.mark.parametrize(
    ("asked", "refs"),
    [
        ({}, ALL),
        ({"q": "7.2"}, ["O-7.2"]),
        ({"q": "EXIGÉNCE o-7"}, ["O-7.1", "O-7.2"]),
        ({"q": "titre absent"}, []),
        ({"note": "non-notes"}, ["O-2.1", "O-7.2"]),
        ({"voir": "non-notes"}, ["O-2.1", "O-7.2"]),
        ({"note": "partiel"}, ["O-7.1"]),
        ({"reponse": "oui"}, ["O-1.1", "O-7.1"]),
        ({"reponse": "sans-reponse"}, ["O-2.1"]),
        ({"chapitre": "2"}, ["O-2.1", "O-2.8"]),
        ({"commentaire": "avec"}, ["O-7.1"]),
        ({"commentaire": "sans"}, ["O-1.1", "O-2.1", "O-7.2"]),
        ({"ecart": "oui"}, ["O-7.1"]),
        ({"eliminatoires": "oui"}, []),
        ({"reponse": "oui", "note": "conforme"}, ["O-1.1"]),
        ({"note": "inconnue", "chapitre": "x", "reponse": "peut-être"}, ALL),
    ],
)
def test_the_address_says_which_points_are_shown(
    signed_in: Client, assessment: Assessment, asked: dict[str, str], refs: list[str]
) -> None:
    html = page(signed_in, assessment, **asked)
    assert list(rows(html)) == ALL
    assert shown(html) == refs
    said = re.search(r"data-count>([^<]+)<", html)
    assert said is not None
    assert said[1] == ("5 points" if refs == ALL else f"{len(refs)} sur 5")


def test_the_form_still_holds_what_the_filter_hides(
    signed_in: Client, assessment: Assessment
) -> None:
    html = page(signed_in, assessment, q="O-2.1")
    assert re.findall(r'name="([^"]+)\.comment"', html) == ["O-1.1", "O-2.1", "O-7.1", "O-7.2"]
    assert 'name="O-7.1.score" value="partial" checked' in html


def test_a_chapter_without_a_point_to_show_is_hidden(
    signed_in: Client, assessment: Assessment
) -> None:
    html = page(signed_in, assessment, q="O-2.1")
    bodies = re.findall(r'<tbody id="chapitre-(\d+)"[^>]*?( hidden)?>', html)
    assert bodies == [("1", " hidden"), ("2", ""), ("4", " hidden")]


def test_nothing_found_says_what_to_do(signed_in: Client, assessment: Assessment) -> None:
    html = page(signed_in, assessment, q="introuvable")
    assert "<h2>Aucun point ne correspond</h2>" in html
    assert re.search(r'<table class="grid"[^>]* hidden>', html)


def test_all_scored_is_not_an_empty_result(
    signed_in: Client, assessment: Assessment, buyer: User
) -> None:
    for ref in ("O-2.1", "O-7.2"):
        save(assessment, buyer, ref, score="compliant")
    html = page(signed_in, assessment, note="non-notes")
    assert "<h2>Tous les points sont notés</h2>" in html
    assert "Aucun point ne correspond" not in html


def test_saving_without_javascript_comes_back_to_the_same_look(
    signed_in: Client, assessment: Assessment
) -> None:
    address = reverse("checklists:assessment_chapter", args=[assessment.pk, 2])
    response = signed_in.post(
        f"{address}?vue=point&q=exigence", {"versions": "", "retour": "O-2.1"}
    )
    grid = reverse("checklists:assessment_grid", args=[assessment.pk])
    expected = f"{grid}?vue=point&q=exigence&point=O-2.1#O-2.1"
    assert response.headers["Location"] == expected


def test_a_row_that_was_not_saved_is_shown_whatever_the_filter(
    signed_in: Client, assessment: Assessment
) -> None:
    address = reverse("checklists:assessment_chapter", args=[assessment.pk, 2])
    typed = {"versions": "O-2.1:0:0", "O-2.1.comment": "a" * 10_001}
    html = signed_in.post(f"{address}?note=partiel", typed).content.decode()
    assert shown(html) == ["O-2.1", "O-7.1"]


def test_what_others_changed_since_is_found(
    signed_in: Client, assessment: Assessment, facility: Facility
) -> None:
    assert "Modifiés par d’autres" not in page(signed_in, assessment)
    save(assessment, factories.member(facility), "O-2.1", comment="Vu.")
    html = page(signed_in, assessment, nouveau="oui")
    assert "Modifiés par d’autres" in html
    assert shown(html) == ["O-2.1"]


def test_the_work_goes_on_where_this_person_left_it(
    client: Client, signed_in: Client, assessment: Assessment, facility: Facility
) -> None:
    other = factories.member(facility)
    save(assessment, other, "O-2.1", score="partial")
    assert "Reprendre au point O-7.2" in page(signed_in, assessment)
    reader = factories.member(facility, Role.READER)
    client.force_login(reader)
    assert "Reprendre" not in page(client, assessment)


def test_one_point_at_a_time_without_javascript(signed_in: Client, assessment: Assessment) -> None:
    html = page(signed_in, assessment, vue="point", note="non-notes")
    assert re.search(r'<table class="grid" data-view="point"', html)
    assert re.findall(r'<tr id="([^"]+)" class="point is-shown"', html) == ["O-2.1"]
    assert "O-2.1 – 1 sur 2" in html and "Précédent" not in html
    assert html.count("Rien n’y est.") == 1  # its guide, unfolded
    following = page(signed_in, assessment, vue="point", note="non-notes", point="O-7.2")
    assert re.findall(r'<tr id="([^"]+)" class="point is-shown"', following) == ["O-7.2"]
    before = re.search(r'<a href="([^"]+)">Précédent', following)
    assert before is not None
    assert before[1].endswith("/?vue=point&amp;note=non-notes&amp;point=O-2.1#O-2.1")


def test_the_density_is_remembered(signed_in: Client, assessment: Assessment) -> None:
    assert "data-density" not in page(signed_in, assessment).replace("data-density-link", "")
    page(signed_in, assessment, densite="compacte")
    assert '<table class="grid" data-density="compact">' in page(signed_in, assessment)
    page(signed_in, assessment, densite="confortable")
    assert '<table class="grid">' in page(signed_in, assessment)


def test_a_density_that_is_unknown_changes_nothing(
    signed_in: Client, assessment: Assessment
) -> None:
    html = page(signed_in, assessment, densite='"><script>')
    assert '<table class="grid">' in html and "densite" not in signed_in.cookies


def test_the_page_of_the_purchase_leads_where_the_work_was_left(
    signed_in: Client, assessment: Assessment, buyer: User, facility: Facility
) -> None:
    tender = assessment.candidacy.lot.tender_id
    address = reverse("checklists:tender_detail", args=[tender])
    grid = reverse("checklists:assessment_grid", args=[assessment.pk])
    save(assessment, factories.member(facility), "O-2.1", score="partial")
    html = signed_in.get(address).content.decode()
    assert f'href="{grid}#O-7.2"' in html and "Reprendre au point O-7.2" in html
    save(assessment, buyer, "O-1.1", comment="Lu.")
    assert f'href="{grid}#O-1.1"' in signed_in.get(address).content.decode()
    signed_in.force_login(factories.member(facility, Role.READER))
    assert "Reprendre" not in signed_in.get(address).content.decode()


def test_progress_is_said_in_the_same_words_everywhere(
    signed_in: Client, assessment: Assessment
) -> None:
    said = "Points notés : 2 sur 4 ; réponses saisies : 3"
    summary = reverse("checklists:assessment_summary", args=[assessment.pk])
    for html in (page(signed_in, assessment), signed_in.get(summary).content.decode()):
        words = html.replace("\u00a0", " ").replace("\u202f", " ")
        assert said in words
        assert '<progress value="2"' in words
    assert f'href="{summary}#manque"' in page(signed_in, assessment)
