"""What specialists and the procurement department do: a finding saved, the dossier of a tender.

A finding stands beside the same bare save as a score. The dossier stands beside the least that the
same files cost: their hashes, the ZIP, and the text of the sealed list as plain blocks.
"""

import hashlib
import io
import pickle
import statistics
import time
import zipfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from checklists import tasks
from checklists.documents import dossier
from checklists.enums import DocumentState, FindingValue
from checklists.models import Assessment, Finding
from uniha_clausier.accounts.enums import Role
from uniha_clausier.common.pdf_isolated import Limits
from vendors.models import Tender

from . import plain
from .comparison import CANDIDATES, prepare
from .content import REVIEWED, Content
from .figures import Figure, Target, paired_ratio
from .saving import Requests
from .workbook import timed

VALUES = (FindingValue.RESERVED, FindingValue.FAVOURABLE)


class FindingRequests(Requests):
    """The saves of a RSSI who changes the finding of each point, from its version."""

    name = "Constats enregistrés"

    def __init__(self, content: Content, port: int, client: int) -> None:
        super().__init__(content, port, REVIEWED)
        self.headers = content.reviewer_headers

    def rows(self) -> list[tuple[Any, ...]]:
        found = Finding.objects.filter(assessment=self.assessment, role=Role.CISO).order_by("pk")
        return list(found.values_list("item__point__ref", "version", "answer_version", "value"))

    def save(self, place: int, turn: int) -> tuple[str, bytes]:
        ref, version, answer, first = self.ours[place]
        value = VALUES[(turn + (first == VALUES[0])) % 2]
        path = f"/evaluations/{self.assessment.pk}/constats/points/{ref}/"
        form = f"role={Role.CISO}&field=finding&value={value}&version={version + turn}"
        return path, f"{form}&answer={answer}".encode()


def measure(content: Content, *, turns: int) -> list[Figure]:
    """Seal the twelve assessments of a lot, then make the dossier of the tender."""
    checklist = prepare(content)
    tasks.produce_annexes.func(checklist.pk)  # as the worker does after the publication
    for assessment in Assessment.objects.filter(checklist=checklist).order_by("pk"):
        made = tasks.export_now(assessment=assessment)
        assert made.state == DocumentState.READY, made.error
    tender = checklist.lot.tender
    helper = plain.Helper()
    ours, limit = [], []
    try:
        for _turn in range(turns + 1):
            seconds, content_and_told = timed(lambda: made_of(tender))
            ours.append(seconds)
            limit.append(least(helper, content_and_told[0]))
    finally:
        helper.stop()
    archive, told = content_and_told
    return [
        Figure(
            name=f"Dossier de {CANDIDATES} candidats, 118 points",
            unit="s",
            ours=statistics.median(ours[1:]),
            limit=statistics.median(limit[1:]),
            ratio=paired_ratio(ours[1:], limit[1:]),
            target=Target(2),
            details={"fichiers": told.file_count, "octets": len(archive)},
        )
    ]


def made_of(tender: Tender) -> tuple[bytes, dossier.Made]:
    """Make the dossier, and keep nothing of it."""
    return dossier.made(Tender.objects.get(pk=tender.pk), at=timezone.now(), by="")


def least(helper: plain.Helper, archive: bytes) -> float:
    """Return the seconds of the bare work on the same files."""
    with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
        files = {name: bundle.read(name) for name in bundle.namelist()}
    lines = "".join(
        f"<p>{name}</p><p>{len(file)}</p><p>{'0' * 64}</p>" for name, file in files.items()
    )
    limits = Limits()
    job = {
        "html": plain.plain_html(f"<body>{lines}</body>"),
        "home": Path(settings.CLAUSIER_HOME).resolve(),
        "tagged": True,
        "limits": limits,
    }
    began = time.perf_counter()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, file in files.items():
            hashlib.sha256(file).hexdigest()
            bundle.writestr(
                zipfile.ZipInfo(name),
                file,
                zipfile.ZIP_DEFLATED,
            )
    header, _data = helper.run(pickle.dumps(job), limits.wall_seconds)
    assert "error" not in header, header
    return time.perf_counter() - began
