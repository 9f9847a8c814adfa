"""The mistakes are those that are meant, and what is said to change nothing is still one of them."""

import pytest

from .equivalent import EQUIVALENT
from .mutants import MODULES, ROOT
from .mutations import mutants

SOURCE = '''
def enter(access: Access, closed: bool) -> Permit:
    """Words."""
    if closed or access.is_guest:
        return Permit(False, _("Une phrase."))
    return for_roles(access, Role.CISO)
'''


def test_each_condition_role_and_answer_is_mistaken_once() -> None:
    found = [mutant.what.removeprefix("enter: ") for mutant in mutants(SOURCE)]
    assert sorted(found) == sorted(
        [
            "if closed or access.is_guest → if True",
            "if closed or access.is_guest → if False",
            "closed or access.is_guest → closed and access.is_guest",
            "closed or access.is_guest → closed",
            "closed or access.is_guest → access.is_guest",
            *(f"Role.CISO → Role.{other}" for other in ("BUYER", "FACILITY_ADMIN")),
            "return Permit(False, _('Une phrase.')) → return YES",
            "return Permit(False, _('Une phrase.')) → return Permit(False)",
            "Permit(False, _('Une phrase.')) → Permit(False)",
            "False → True",
            "return for_roles(access, Role.CISO) → return YES",
            "return for_roles(access, Role.CISO) → return Permit(False)",
            "for_roles(access, Role.CISO) → for_roles(access)",
        ]
    )
    assert {mutant.line for mutant in mutants(SOURCE)} == {4, 5, 6}


@pytest.mark.long
def test_what_changes_nothing_is_still_a_mistake_that_is_made() -> None:
    made = {
        (path, mutant.what)
        for path in MODULES
        for mutant in mutants((ROOT / path).read_text(encoding="utf-8"))
    }
    assert EQUIVALENT.keys() <= made
