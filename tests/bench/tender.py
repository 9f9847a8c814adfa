"""The tender before and at the opening: publish, make the annexes, receive fifty workbooks at once.

The annexes stand beside the text of their two PDFs as plain blocks through WeasyPrint; the
workbooks beside openpyxl reading the same files, as many at a time, and nothing else.
"""

import dataclasses
import pickle
import statistics
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from checklists import deposit_tasks
from checklists.documents import answer_form, answer_workbook, dce, deposits
from checklists.domain import checklists
from checklists.enums import Flag
from checklists.models import Checklist
from tests import factories
from uniha_clausier.common.pdf_isolated import Limits

from . import plain
from .content import Content
from .figures import Figure, Target, paired_ratio
from .workbook import PLAIN, timed

FILES = 50
MOST_PUBLISH_MS = 500
MOST_RATIO = 2


def measure(content: Content, *, turns: int) -> list[Figure]:
    """Measure the three acts; the first turn of each warms up and is not counted."""
    checklist = content.assessment.checklist
    return [
        publication(content, turns=turns),
        annexes(checklist, turns=turns),
        fifty(content, turns=min(turns, 3)),
    ]


def publication(content: Content, *, turns: int) -> Figure:
    """Publish 118 points from the page, annexes asked for in the same transaction."""
    facility, version = content.assessment.facility, content.assessment.checklist.version
    draft = factories.draft_checklist(content.buyer, facility, flags=tuple(Flag), on=version)
    client = Client(SERVER_NAME="localhost")
    client.force_login(content.buyer)
    url = reverse("checklists:checklist_publish", args=[draft.pk])
    seen = checklists.fingerprint(Checklist.objects.get(pk=draft.pk))
    spent = []
    for _turn in range(turns + 1):
        with transaction.atomic():
            seconds, answer = timed(lambda: client.post(url, {"content": seen}))
            assert answer.status_code == 302
            assert Checklist.objects.get(pk=draft.pk).is_published
            transaction.set_rollback(True)
        spent.append(seconds)
    return Figure(
        name="Publication d’une check-list de 118 points",
        unit="ms",
        ours=statistics.median(spent[1:]) * 1000,
        target=Target(MOST_PUBLISH_MS),
    )


def annexes(checklist: Checklist, *, turns: int) -> Figure:
    """Make the whole ZIP, and the text of its two PDFs plainly."""
    data = dce.gather(checklist)
    texts = [plain.plain_html(html) for html in (dce.clausier_html(data), dce.rc_html(data))]
    helper = plain.Helper()
    try:
        rounds = [
            (timed(lambda: dce.archive(checklist, data)), timed(lambda: _plainly(helper, texts)))
            for _turn in range(turns + 1)
        ]
    finally:
        helper.stop()
    ours, limit = ([each[side][0] for each in rounds[1:]] for side in (0, 1))
    made = rounds[-1][0][1]
    with zipfile.ZipFile(BytesIO(made)) as bundle:
        files = len(bundle.namelist())
    return Figure(
        name="ZIP des annexes du DCE, 118 points",
        unit="s",
        ours=statistics.median(ours),
        limit=statistics.median(limit),
        ratio=paired_ratio(ours, limit),
        target=Target(MOST_RATIO),
        details={"fichiers": files, "octets": len(made)},
    )


def _plainly(helper: plain.Helper, texts: list[str]) -> None:
    home, limits = Path(settings.CLAUSIER_HOME).resolve(), Limits()
    for text in texts:
        job = {"html": text, "home": home, "tagged": True, "limits": limits}
        header, _data = helper.run(pickle.dumps(job), limits.wall_seconds)
        assert "error" not in header, header


def fifty(content: Content, *, turns: int) -> Figure:
    """Receive fifty filled workbooks of 118 points together: kept in the request; read, given to their candidates."""
    files = workbooks(content)
    checklist = content.assessment.checklist
    ours, limit = [], []
    answered = []
    for _turn in range(turns):
        uploads = [SimpleUploadedFile(f"{at}.xlsx", file) for at, file in enumerate(files)]
        receive = partial(
            deposit_tasks.receive, checklist=checklist, files_sent=uploads, by=content.buyer
        )
        with transaction.atomic():
            request, arrival = timed(receive)
            seconds, _done = timed(lambda: deposits.read_kept(checklist))
            given = checklist.deposits.filter(reception__isnull=False).count()
            assert (arrival.kept, given) == (FILES, FILES), arrival
            transaction.set_rollback(True)
        answered.append(request)
        ours.append(request + seconds)
        limit.append(timed(lambda: _read_plainly(files))[0])
    return Figure(
        name=f"{FILES} classeurs de 118 points déposés ensemble",
        unit="s",
        ours=statistics.median(ours),
        limit=statistics.median(limit),
        ratio=paired_ratio(ours, limit),
        target=Target(MOST_RATIO),
        details={
            "à_la_fois": deposits.AT_ONCE,
            "dans_la_requête_s": round(statistics.median(answered), 2),
            "octets": sum(map(len, files)),
        },
    )


def workbooks(content: Content) -> list[bytes]:
    """Fifty different files, each with the name of one of the candidates."""
    filled = answer_form.filled(content.assessment)
    blanks = [answer_form.filled(assessment) for pair in content.pairs for assessment in pair]
    made = []
    for number in range(FILES):
        identity = blanks[number % len(blanks)].identity
        first, *others = filled.questions
        first = dataclasses.replace(first, text=f"Fichier {number}.")
        form = dataclasses.replace(filled, identity=identity, questions=(first, *others))
        made.append(answer_workbook.written(form, "xlsx"))
    return made


def _read_plainly(files: list[bytes]) -> None:
    def read(file: bytes) -> None:
        subprocess.run([sys.executable, "-c", PLAIN], input=file, check=True)

    with ThreadPoolExecutor(deposits.AT_ONCE) as pool:
        list(pool.map(read, files))
