"""A program that calls the API with the token of somebody."""

import json
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common.enums import ScanState
from uniha_clausier.common.models import FileScan

JSON = "application/json"


class Caller:
    """A program with the token of somebody."""

    def __init__(self, person: User) -> None:
        _token, secret = factories.api_token(person)
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", headers=headers or None)

    def read(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, response.content
        return response.json()

    def patch(self, path: str, sent: Any) -> Any:
        content = sent if isinstance(sent, str) else json.dumps(sent)
        return self.client.patch(f"/api/v1/{path}", content, content_type=JSON)


def queries_of(caller: Caller, path: str) -> int:
    """How many queries a call makes; counting the calls themselves is left out."""
    with CaptureQueriesContext(connection) as captured:
        caller.read(path)
    return len([one for one in captured if "common_cache" not in one["sql"]])


def infected(file_name: str, at: Facility) -> None:
    """What the antivirus found in a kept file."""
    now = timezone.now()
    FileScan.objects.create(
        file_name=file_name,
        state=ScanState.INFECTED,
        signature="Eicar-Test",
        scanned_at=now,
        due_at=now,
        tenant=at.pk,
        subject="essai/1",
    )
