"""Loading a clausier: validated with its place, published once, never altered."""

import copy
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from checklists.documents import interchange
from checklists.domain import clausier
from checklists.domain.clausier import AlteredVersion, canonical_content, first_difference
from checklists.domain.clausier_schema import InvalidClausier, content_of
from checklists.enums import VersionState
from checklists.models import Chapter, Clausier, ClausierVersion, ControlPoint
from uniha_clausier.accounts.models import User
from uniha_clausier.common.canonical import sha256_of
from uniha_clausier.common.models import AuditEvent

Plain = dict[str, Any]


def point(ref: str, **fields: Any) -> Plain:
    return {
        "ref": ref, "chapter": "1", "title": f"Titre {ref}", "requirement": "Le titulaire agit.",
        "expected": "OUI ou NON.", "answer_kind": "yes_no", "condition": "DP & ST | MAINT",
        "reviewers": ["dpo", "buyer"], "owner": "candidate", "kinds": ["commitment"],
        "parameters": [
            {"name": "delay", "label": "Délai", "type": "duration", "value": 21, "unit": "day"},
            {"name": "band", "label": "Bande", "type": "score_band", "minimum": 4.0, "maximum": None},
        ],
        "guide": {"compliant": "Oui.", "partial": "Presque.", "non_compliant": "Non."},
        "references": [{"label": "RGPD art. 28", "status": "in_force", "checked_on": "2026-11-23"}],
        "erratum": None, **fields,
    }  # fmt: skip


@pytest.fixture
def data() -> Plain:
    return {
        "code": "essai", "version": "1", "title": "Clausier d’essai", "edition_date": "2024-05-14",
        "source": "Un essai.", "licence_note": "Libre.", "preamble": None,
        "chapters": [
            {"key": "1", "ref": "1", "title": "Un", "parent": None, "note": None},
            {"key": "1-a", "ref": "", "title": "Sans numéro", "parent": "1", "note": "Une note."},
        ],
        "points": [point("O-1.10"), point("O-1.2", chapter="1-a"), point("O-1.3")],
    }  # fmt: skip


# Loading


@pytest.mark.django_db
def test_a_load_publishes_under_the_hash_of_the_content(data: Plain, buyer: User) -> None:
    version = clausier.load(data=data, by=buyer)
    assert version.state == VersionState.PUBLISHED and version.published_at
    assert version.content_sha256 == sha256_of(content_of(data))
    event = AuditEvent.objects.get(action="clausier.published")
    assert (event.subject, event.actor) == ("clausier/essai/1", buyer.pk)
    assert event.data == {"sha256": version.content_sha256, "points": 3}


@pytest.mark.django_db
def test_the_database_gives_back_the_content_that_was_hashed(data: Plain) -> None:
    version = ClausierVersion.objects.get(pk=clausier.load(data=data).pk)
    assert canonical_content(version) == content_of(data)
    assert sha256_of(canonical_content(version)) == version.content_sha256


@pytest.mark.django_db
def test_points_keep_the_order_of_the_file(data: Plain) -> None:
    version = clausier.load(data=data)
    points = version.points.order_by("position")
    assert [(p.ref, p.chapter.title) for p in points] == [
        ("O-1.10", "Un"), ("O-1.2", "Sans numéro"), ("O-1.3", "Un"),
    ]  # fmt: skip
    child = version.chapters.get(ref="")
    assert child.parent == version.chapters.get(ref="1")


@pytest.mark.django_db
def test_loading_twice_changes_nothing(data: Plain) -> None:
    first = clausier.load(data=data)
    second = clausier.load(data=copy.deepcopy(data))
    assert first == second
    assert (ClausierVersion.objects.count(), ControlPoint.objects.count()) == (1, 3)
    assert AuditEvent.objects.filter(action="clausier.published").count() == 1


def altered_requirement(data: Plain) -> None:
    data["points"][1]["requirement"] = "Le titulaire agit vite."


def altered_guide(data: Plain) -> None:
    data["points"][2]["guide"]["partial"] = "À moitié."


def altered_order(data: Plain) -> None:
    data["points"].reverse()


def one_point_less(data: Plain) -> None:
    data["points"].pop()


def altered_title(data: Plain) -> None:
    data["title"] = "Autre titre"


def altered_chapter(data: Plain) -> None:
    data["chapters"][1]["note"] = "Une autre note."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            altered_requirement,
            (
                "O-1.2, champ « requirement » : « Le titulaire agit. » devient "
                "« Le titulaire agit vite. »"
            ),
        ),
        (altered_guide, "O-1.3, champ « guide » : "),
        (altered_order, "points[0].ref : « O-1.10 » devient « O-1.3 »"),
        (one_point_less, "nombre de points : « 3 » devient « 2 »"),
        (altered_title, "title : « Clausier d’essai » devient « Autre titre »"),
        (
            altered_chapter,
            "chapters[1], champ « note » : « Une note. » devient « Une autre note. »",
        ),
    ],
)
def test_an_altered_version_is_refused_with_its_first_difference(
    data: Plain, change: Callable[[Plain], None], difference: str
) -> None:
    clausier.load(data=data)
    changed = copy.deepcopy(data)
    change(changed)
    with pytest.raises(AlteredVersion) as caught:
        clausier.load(data=changed)
    said = str(caught.value).replace("\u00a0", " ").replace("\u202f", " ")
    assert difference in said and "nouveau numéro" in said
    assert ControlPoint.objects.count() == 3


@pytest.mark.django_db
def test_a_corrected_text_loads_under_a_new_number(data: Plain) -> None:
    first = clausier.load(data=data)
    second = clausier.load(data={**data, "version": "1.1", "title": "Corrigé"})
    assert first.clausier == second.clausier and first != second


def test_a_long_difference_is_shortened_around_its_place(data: Plain) -> None:
    before = content_of(data)
    after = copy.deepcopy(before)
    before["points"][0]["requirement"] = "a" * 5_000 + "b" + "a" * 5_000
    after["points"][0]["requirement"] = "a" * 5_000 + "c" + "a" * 5_000
    difference = first_difference(before, after)
    assert len(difference) < 250 and "ab" in difference and "ac" in difference
    assert first_difference(before, before) == ""


@pytest.mark.django_db
def test_a_refused_load_leaves_nothing(data: Plain, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError("the disk is full")

    monkeypatch.setattr(ControlPoint.objects, "bulk_create", fails)
    with pytest.raises(IntegrityError), transaction.atomic():
        clausier.load(data=data)
    assert not Clausier.objects.exists() and not Chapter.objects.exists()


# The schema


def without(key: str) -> Callable[[Plain], None]:
    return lambda data: data["points"][1].pop(key)


def with_field(key: str, value: Any) -> Callable[[Plain], None]:
    return lambda data: data["points"][1].update({key: value})


def with_header(key: str, value: Any) -> Callable[[Plain], None]:
    return lambda data: data.update({key: value})


def with_parameter(**fields: Any) -> Callable[[Plain], None]:
    return lambda data: data["points"][1]["parameters"][0].update(fields)


def with_reference(**fields: Any) -> Callable[[Plain], None]:
    return lambda data: data["points"][1]["references"][0].update(fields)


PLACES: list[tuple[Callable[[Plain], Any], str]] = [
    (without("guide"), "points[1] (O-1.2) : clé « guide » absente."),
    (with_field("poids", 3), "points[1] (O-1.2) : clé « poids » inconnue."),
    (with_field("ref", "O-1.10"), "points[1] : le numéro « O-1.10 » sert déjà à points[0]."),
    (with_field("ref", "O 1"), "points[1] (O 1).ref : « O 1 » n’a pas la forme attendue."),
    (with_field("ref", 12), "points[1].ref : un texte est attendu."),
    (with_field("title", " "), "points[1] (O-1.2).title : le texte est vide."),
    (with_field("title", "a" * 251), "points[1] (O-1.2).title : 251 caractères, 250 au plus."),
    (with_field("requirement", "a\x00"), "requirement : caractère de contrôle interdit."),
    (with_field("chapter", "9"), "points[1] (O-1.2).chapter : aucun chapitre n’a la clé « 9 »."),
    (
        with_field("answer_kind", "oui"),
        "points[1] (O-1.2).answer_kind : « oui » inconnu ; au choix",
    ),
    (with_field("condition", "DP & CLOUD"), "« CLOUD » n’est pas un critère connu"),
    (with_field("condition", ""), "points[1] (O-1.2).condition : le texte est vide."),
    (with_field("reviewers", "dpo"), "points[1] (O-1.2).reviewers : une liste est attendue."),
    (with_field("reviewers", ["dpo", "dpo"]), "la valeur « dpo » sert déjà"),
    (with_field("kinds", ["promesse"]), "points[1] (O-1.2).kinds : « promesse » inconnu"),
    (with_field("guide", {"compliant": "Oui."}), "guide : clé « partial » absente."),
    (with_parameter(type="delay"), "points[1] (O-1.2).parameters[0].type : « delay » inconnu"),
    (with_parameter(poids=1), "parameters[0] : clé « poids » inconnue."),
    (with_parameter(value=True), "parameters[0].value : un texte est attendu."),
    (with_parameter(name="Un nom"), "parameters[0].name : « Un nom » n’a pas la forme attendue."),
    (with_reference(status="vieux"), "references[0].status : « vieux » inconnu"),
    (with_reference(checked_on="hier"), "references[0].checked_on : une date AAAA-MM-JJ"),
    (with_header("code", "Essai"), "code : « Essai » n’a pas la forme attendue."),
    (with_header("version", 2), "version : un texte est attendu."),
    (with_header("edition_date", "mai"), "edition_date : une date AAAA-MM-JJ est attendue."),
    (with_header("is_official_text", "oui"), "is_official_text : true ou false est attendu."),
    (with_header("is_proposal", "oui"), "is_proposal : true ou false est attendu."),
    (
        lambda data: data.update(is_official_text=True, is_proposal=True),
        "is_proposal : un texte officiel n’est pas une proposition",
    ),
    (with_header("points", []), "points : la liste est vide."),
    (
        lambda data: data.update(points=data["points"] * 1_000),
        "points : 3000 éléments, 2000 au plus.",
    ),
    (with_header("points", ["x"]), "points[0] : des clés sont attendues."),
    (with_header("chapters", None), "chapters : une liste est attendue."),
    (lambda data: data["chapters"][0].update(parent="1-a"), "chapters[0] (1).parent : aucun"),
    (lambda data: data["chapters"][1].update(key="1"), "chapters[1] (1) : cette clé sert déjà."),
    (lambda data: data.pop("title"), "clausier : clé « title » absente."),
]


def test_the_mark_of_a_proposal_leaves_the_hash_of_the_others_alone(data: Plain) -> None:
    """Versions that were loaded before the mark existed keep their hash."""
    unmarked = content_of(data)
    assert "is_proposal" not in unmarked
    data["is_proposal"] = False
    assert sha256_of(content_of(data)) == sha256_of(unmarked)
    data["is_proposal"] = True
    assert content_of(data) == unmarked | {"is_proposal": True}


@pytest.mark.django_db
def test_a_proposal_is_loaded_as_one_and_says_so_in_its_hash(data: Plain) -> None:
    version = clausier.load(data=data | {"is_proposal": True})
    version.refresh_from_db()
    assert version.is_proposal
    assert sha256_of(canonical_content(version)) == version.content_sha256
    with pytest.raises(AlteredVersion, match="is_proposal"):
        clausier.load(data=data)


@pytest.mark.django_db
def test_the_database_refuses_an_official_text_that_is_a_proposal() -> None:
    family = Clausier.objects.create(code="essai", title="Essai")
    fields = {"clausier": family, "number": "1", "title": "Essai"}
    with (
        transaction.atomic(),
        pytest.raises(IntegrityError, match="clausier_version_official_or_proposal"),
    ):
        ClausierVersion.objects.create(**fields, is_official_text=True, is_proposal=True)
    ClausierVersion.objects.create(**fields, is_official_text=False, is_proposal=True)


@pytest.mark.parametrize(("change", "message"), PLACES)
def test_an_error_names_its_place(
    data: Plain, change: Callable[[Plain], Any], message: str
) -> None:
    change(data)
    with pytest.raises(InvalidClausier) as caught:
        content_of(data)
    assert message in str(caught.value).replace("\u00a0", " ").replace("\u202f", " ")


def test_a_clausier_without_a_date_and_a_parameter_that_is_a_day_are_kept(data: Plain) -> None:
    """YAML writes a day as a date: it is kept as its text."""
    data["edition_date"] = None
    data["points"][0]["parameters"][0]["value"] = [dt.date(2026, 11, 27), "21"]
    content = content_of(data)
    assert content["edition_date"] is None
    assert content["points"][0]["parameters"][0]["value"] == ["2026-11-27", "21"]


def test_what_is_no_dictionary_is_refused() -> None:
    with pytest.raises(InvalidClausier, match="des clés sont attendues"):
        content_of(["un", "deux"])


# What comes with the software


@pytest.mark.django_db
def test_the_command_loads_what_comes_with_the_software_once(
    capsys: pytest.CaptureFixture[str], django_assert_max_num_queries: Any
) -> None:
    call_command("load_clausiers")
    with django_assert_max_num_queries(40):
        call_command("load_clausiers")
    lines = capsys.readouterr().out.replace("\u00a0", " ").splitlines()
    assert lines == 2 * [
        "durabilite-numerique 1 : 27 points",
        "gestion-de-crise 1 : 14 points",
        "securite-numerique 2 : 118 points",
        "soc-manage 1 : 13 points",
    ]
    assert ControlPoint.objects.count() == 27 + 14 + 118 + 13


@pytest.mark.django_db
def test_a_fixture_altered_under_its_number_stops_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call_command("load_clausiers")
    read = interchange.read_fixture

    def altered(path: Any) -> Any:
        data = read(path)
        if data["code"] == "securite-numerique":
            data["points"][5]["title"] = "Un autre titre"
        return data

    monkeypatch.setattr(interchange, "read_fixture", altered)
    with pytest.raises(CommandError, match=r"O-2\.5, champ"):
        call_command("load_clausiers")
