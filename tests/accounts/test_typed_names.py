"""No field of a form that comes back has a name of the program: each one is called in French."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.utils.translation import override

import checklists.forms
import uniha_clausier.accounts.forms
import vendors.forms
from checklists.enums import Claim, ScoreValue
from uniha_clausier.accounts.domain.typed_forms import SECRETS
from uniha_clausier.accounts.forms.typed_names import CHOSEN, UNSEEN, WORDS, WRITTEN, Told, told

OTHER = "Autre champ"
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
OF_THE_ADDRESS = ("FilterForm", "SearchForm", "CompareForm")
"""Forms that are sent by GET: the address keeps what was typed."""

IN_THE_ADDRESS = {"q", "vue", "reperes"}
CHOOSING = (forms.Select, forms.RadioSelect, forms.CheckboxInput, forms.CheckboxSelectMultiple)
DATING = (forms.DateInput, forms.DateTimeInput)
TAG = re.compile(r"<(?:input|select|textarea|button)\b(?:{[{%].*?[%}]}|[^>{])*>", re.DOTALL)
VARIABLE = re.compile(r"{{.*?}}")


def all_forms() -> Iterator[type[forms.BaseForm]]:
    for package in (checklists.forms, vendors.forms, uniha_clausier.accounts.forms):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for one in vars(module).values():
                if not inspect.isclass(one) or one.__module__ != module.__name__:
                    continue
                if issubclass(one, forms.BaseForm) and not one.__name__.endswith(OF_THE_ADDRESS):
                    yield one


FIELDS = [
    pytest.param(name, field, id=f"{form.__name__}.{name}")
    for form in all_forms()
    for name, field in getattr(form, "base_fields", {}).items()
    if not isinstance(field, forms.FileField) and not any(word in name for word in SECRETS)
]


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_each_field_of_each_form_has_its_name(name: str, field: forms.Field) -> None:
    if field.widget.is_hidden or name in UNSEEN:
        assert name in {*WRITTEN, *CHOSEN, *UNSEEN}
    else:
        assert name in (CHOSEN if isinstance(field.widget, (*CHOOSING, *DATING)) else WRITTEN)


def names_in_templates() -> set[str]:
    found = set()
    pages = (path for path in TEMPLATES.rglob("*.html") if "pdf" not in path.parts)
    for path in pages:
        for tag in TAG.findall(path.read_text(encoding="utf-8")):
            found |= set(re.findall(r'\sname="([^"]*)"', VARIABLE.sub("1", tag)))
    return {name for name in found if name != "1" and not any(word in name for word in SECRETS)}


def test_each_field_that_a_page_writes_itself_has_its_name() -> None:
    names = names_in_templates() - IN_THE_ADDRESS
    assert {"1.claim_text", "1.score", "candidat-1", "quand-meme", "versions"} <= names
    called = {name: told([(name, "x")]) for name in names}
    unknown = {name for name in names if called[name] and called[name][0].label.endswith(OTHER)}
    assert unknown == {"1.files", "files"}  # a file is never kept


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("dpo_email", "dpo@hopital.fr", Told("Adresse du DPO", "dpo@hopital.fr", True)),
        ("O-7.1.comment", "À revoir.", Told("O-7.1 – Commentaire", "À revoir.", True)),
        ("O-7.1-owner", "Le titulaire", Told("O-7.1 – Responsable", "Le titulaire", True)),
        ("question-12", "Où ?", Told("Question", "Où ?", True)),
        ("maximum_downtime.amount", "4", Told("Durée", "4", True)),
        ("version", "V3.2", Told("Version", "V3.2", True)),
        ("version", "3", Told("Version", "choix gardé", False)),
        ("roles", "facility_admin", Told("Rôles", "Administrateur d’établissement", False)),
        ("O-7.1.score", "non_compliant", Told("O-7.1 – Note de l’acheteur", "Non conforme", False)),
        (
            "chapitre-3.effect",
            "required",
            Told("Chapitre 3 – Effet juridique", "choix gardé", False),
        ),
        ("holder", "12", Told("Rôle délégué", "choix gardé", False)),
        ("to", "34", Told("Délégataire", "choix gardé", False)),
        ("first_day", "2026-11-28", Told("Premier jour", "28 nov. 2026", False)),
        ("last_day", "28/11/2026", Told("Dernier jour", "28/11/2026", False)),
        ("last_day", "2026-02-30", Told("Dernier jour", "2026-02-30", False)),
        ("deadline", "2026-11-28T12:00", Told("Date limite", "28 nov. 2026, 12:00", False)),
        ("of_another_release", "x", Told(OTHER, "choix gardé", False)),
    ],
)
def test_a_field_is_read_in_french(name: str, text: str, expected: Told) -> None:
    assert told([(name, text)]) == [expected]


def test_what_a_page_says_to_itself_and_what_is_empty_are_not_shown() -> None:
    assert told([("seen", "0a1b"), ("versions", "O-7.1:1:1"), ("city", " ")]) == []


def test_the_words_are_those_of_the_screens() -> None:
    """Django has a French of its own for some words: « Note » would come out as « Remarque »."""
    said = {value: str(label) for value, label in [*Claim.choices, *ScoreValue.choices] if value}
    assert {value: str(WORDS[value]) for value in said} == said
    assert not {*UNSEEN} & {*WRITTEN, *CHOSEN}
    with override("en"):  # the sentences as they are written
        written = {name: str(label) for name, label in {**WRITTEN, **CHOSEN}.items()}
    assert {name: str(label) for name, label in {**WRITTEN, **CHOSEN}.items()} == written
