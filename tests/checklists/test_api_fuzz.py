"""The API under what no person would send: it never breaks, and answers only as it is described.

The calls are made from the OpenAPI document itself, in this process, by two people: API_CALLS of
each route by each, 40 when it isn't said.
"""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import negative_data_rejection

from checklists.api.schemas import LARGEST
from checklists.api.site import api
from tests import factories
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User

pytestmark = pytest.mark.long


def _application(environ: Any, start_response: Any) -> Any:
    """The whole product, made at the first call: its settings are those of the test."""
    return _handler()(environ, start_response)


_handler = cache(WSGIHandler)
API = schemathesis.openapi.from_dict(api.get_openapi_schema())
API.app = _application
ALLOWED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
ROLES = (Role.BUYER, Role.CISO)
CALLS = int(os.environ.get("API_CALLS", "40"))


@pytest.fixture(autouse=True)
def _one_transaction() -> Iterator[None]:
    """The calls stay in the transaction of the test, as with Django's own client."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def world(facility: Facility, buyer: User, settings: Any) -> dict[str, Any]:
    """Real objects for some of the calls, and a token of each role."""
    settings.ACCOUNT_RATE_LIMITS = {}
    assessment = factories.assessment(buyer, facility)
    ciso = factories.member(facility, Role.CISO)
    factories.no_conflict(assessment, ciso)
    people = {Role.BUYER: buyer, Role.CISO: ciso}
    return {
        "tokens": {role: factories.api_token(person)[1] for role, person in people.items()},
        "tenders": assessment.candidacy.lot.tender_id,
        "checklists": assessment.checklist_id,
        "assessments": assessment.pk,
        "vendors": assessment.candidacy.vendor_id,
        "exchanges": factories.asked(buyer, assessment).exchange_id,
    }


def send(case: Case[Any], world: dict[str, Any], role: str) -> None:
    """Call, half of the time on something that is there, and hold the answer to its description."""
    number: Any = case.path_parameters.get("pk")
    kind = case.path.split("/")[3]
    is_sound = isinstance(number, int) and 1 <= number <= LARGEST
    if is_sound and number % 2 and kind in world:
        case.path_parameters["pk"] = world[kind]
    if is_sound and number % 3 and case.path_parameters.get("ref"):
        case.path_parameters["ref"] = "O-7.1"
    case.call_and_validate(
        headers={"Authorization": f"Bearer {world['tokens'][role]}"},
        excluded_checks=[] if is_wrong_elsewhere(case) else [negative_data_rejection],
    )


def is_wrong_elsewhere(case: Case[Any]) -> bool:
    """Whether the fault of a wrong call, which has to be refused, is still there when it is sent.

    The token that is added makes right the call whose only fault was to have none.
    """
    assert case.meta
    wrong = {place for place, part in case.meta.components.items() if part.mode.is_negative}
    return bool(wrong - {ParameterLocation.HEADER})


@pytest.mark.parametrize("role", ROLES)
@API.parametrize()
@settings(max_examples=CALLS, deadline=None, derandomize=True, suppress_health_check=ALLOWED)
def test_nothing_breaks_the_api(case: Case[Any], world: dict[str, Any], role: str) -> None:
    send(case, world, role)
