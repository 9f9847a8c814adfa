"""The page of personal data names each field that holds some: a new one fails here until it does."""

import re
from pathlib import Path

from django.apps import apps
from django.db import models

from uniha_clausier import settings
from uniha_clausier.accounts.models import User

PAGE = Path(settings.BASE_DIR) / "docs" / "donnees-personnelles.md"
FIELD = re.compile(r"`([a-z_]+\.[A-Za-z]+\.[a-z_0-9]+)`")
WORDS = re.compile(
    r"(^|_)(e?mail|phone|tel|ip|agent|people|person|browser|contact|owner|birth|address"
    r"|(full|first|last|given|family|confirmed|contact|user)_?name)(_|$)"
)
KINDS = (models.CharField, models.TextField, models.JSONField)
ALWAYS = (models.EmailField, models.GenericIPAddressField)
NOT_A_PERSON = {
    "checklists.ControlPoint.owner": "whether the vendor or the hospital answers",
    "account.EmailConfirmation.email_address": "a key to an address of the sign-in library",
}


def is_personal(field: "models.Field[object, object]") -> bool:
    """Whether a field names a person: a key to one, an address, or a name that says so."""
    if field.is_relation:
        return field.related_model is User
    return isinstance(field, ALWAYS) or (
        isinstance(field, KINDS) and WORDS.search(field.name) is not None
    )


def personal_fields() -> set[str]:
    every = (
        (model, field)
        for model in apps.get_models()
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
    )
    found = {f"{model._meta.label}.{field.name}" for model, field in every if is_personal(field)}
    return found - set(NOT_A_PERSON)


def test_the_page_names_every_field_that_holds_a_person_and_no_other() -> None:
    named = FIELD.findall(PAGE.read_text(encoding="utf-8"))
    assert sorted(named) == sorted(personal_fields())


def test_every_row_of_the_page_says_why_and_how_long() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if FIELD.search(line)]
    assert rows
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 4 and all(cells), row


def test_a_field_of_a_new_kind_would_be_seen() -> None:
    assert is_personal(models.EmailField(name="x"))
    assert is_personal(models.GenericIPAddressField(name="x"))
    assert is_personal(models.CharField(name="user_agent"))
    assert is_personal(models.ForeignKey(User, models.CASCADE, name="x")) or (
        models.ForeignKey(User, models.CASCADE).remote_field.model is User
    )
    assert not is_personal(models.CharField(name="title"))
