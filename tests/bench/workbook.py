"""The dry run of a workbook of every point, beside openpyxl reading the same file and nothing else.

Both read in a process that starts for this file, which is what keeps a hostile one out of the web
server. Ours also understands the answers, compares them with the assessment and renders the page.
"""

import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from checklists.documents import answer_form, answer_workbook
from checklists.domain import receptions

from .content import Content
from .figures import Figure, Target, paired_ratio

PLAIN = """
import io, sys, openpyxl
book = openpyxl.load_workbook(io.BytesIO(sys.stdin.buffer.read()), read_only=True, data_only=True)
for sheet in book:
    list(sheet.iter_rows(values_only=True))
"""


def measure(content: Content, *, turns: int) -> list[Figure]:
    """Import the answers of the full assessment into the one that has none, and take them back."""
    form = answer_form.filled(content.assessment)
    written, file = timed(lambda: answer_workbook.written(form, "xlsx"))
    reception, _is_new = receptions.receive(
        assessment=content.fresh,
        content=file,
        kind="xlsx",
        sent_as="reponse.xlsx",
        by=content.buyer,
    )
    client, url = (
        Client(SERVER_NAME="localhost"),
        reverse("checklists:reception_detail", args=[reception.pk]),
    )
    client.force_login(content.buyer)
    timed(lambda: client.get(url))  # warms the templates up
    ours, limit = [], []
    for _turn in range(turns):
        seconds, page = timed(lambda: client.get(url))
        ours.append(seconds)
        limit.append(
            timed(lambda: subprocess.run([sys.executable, "-c", PLAIN], input=file, check=True))[0]
        )
    html = page.content.decode()
    changes = re.findall(r"Reprendre les (\d+)", html)[0]
    versions = re.findall(r'name="versions" value="([^"]*)"', html)[0]
    with transaction.atomic():
        taken, answer = timed(lambda: client.post(url, {"versions": versions}))
        assert answer["Location"] == reverse("checklists:assessment_grid", args=[content.fresh.pk])
        transaction.set_rollback(True)
    return [
        Figure(
            name="Essai à blanc d’un classeur de 118 points",
            unit="ms",
            ours=statistics.median(ours) * 1000,
            limit=statistics.median(limit) * 1000,
            ratio=paired_ratio(ours, limit),
            target=Target(2),
            details={
                "valeurs": int(changes),
                "reprise_ms": round(taken * 1000, 1),
                "export_ms": round(written * 1000, 1),
                "octets": len(file),
            },
        )
    ]


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Return how many seconds an act took, and what it returned."""
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result
