"""The annexes of the tender documents: what is asked and how it counts, with no candidate in it."""

import hashlib
import io
import json
import re
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from checklists import tasks
from checklists.documents import dce
from checklists.documents.seal_keys import seal_roots
from checklists.domain import checklists, derogations, weighting
from checklists.domain.weighting import Setting
from checklists.enums import DerogationKind
from checklists.models import Checklist
from tests import factories, verapdf
from uniha_clausier.accounts.enums import Role
from uniha_clausier.accounts.models import Facility, User
from uniha_clausier.common import queue
from uniha_clausier.common.models import TaskTrace
from uniha_clausier.common.signing_verdict import verify_pdf

from .checklist_site import NB, said, text, url

WORDING = "Le titulaire répond le samedi aussi."
CLAUSIER = "1-clausier-applicable.pdf"
RC = "2-annexe-au-reglement-de-la-consultation.pdf"


@pytest.fixture
def home(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for the module: its authority and its fonts are made once."""
    home = tmp_path_factory.getbasetemp() / "annexes"
    home.mkdir(exist_ok=True)
    settings.CLAUSIER_HOME = home
    return home


@pytest.fixture
def draft(facility: Facility, buyer: User) -> Checklist:
    """A checklist with a decision of each kind."""
    draft = factories.draft_checklist(buyer, facility)
    now = weighting.current(draft)
    settings = {
        **now.settings,
        "O-7.1": Setting("required", Decimal("2.5")),
        "O-7.2": Setting("information", Decimal(0)),
    }
    wanted = weighting.Weighting(Decimal(30), None, settings)
    weighting.set_weighting(checklist=draft, weighting=wanted, by=buyer)
    checklists.set_knock_out(checklist=draft, ref="O-7.1", is_knock_out=True, by=buyer)
    derogations.derogate(
        checklist=draft,
        ref="O-1.1",
        kind=DerogationKind.ADAPTED,
        wording=WORDING,
        reason="Six jours sur sept.",
        by=buyer,
    )
    return draft


@pytest.fixture
def published(draft: Checklist, buyer: User) -> Checklist:
    return checklists.publish(checklist=draft, by=buyer)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<body>")[1]).split())


def pages(content: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(content))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


# -- What they say ---------------------------------------------------------------------------------


def test_the_shares_of_the_chapters_make_the_whole_note(published: Checklist) -> None:
    data = dce.gather(published)
    assert [chapter["weight"] for chapter in data["chapters"]] == ["1", "1", "2.5"]
    assert sum(Decimal(chapter["part"]) for chapter in data["chapters"]) == pytest.approx(30, abs=1)
    assert data["checklist"]["weight_total"] == "4.5"
    assert data["knock_outs"] == ["O-7.1"]
    assert [(one["code"], one["points"]) for one in data["effects"]] == [
        ("required", 1),
        ("scored_zero", 2),
        ("information", 1),
    ]


def test_the_annex_for_the_rc_announces_weights_effects_scale_and_method(
    published: Checklist,
) -> None:
    shown = words(dce.rc_html(dce.gather(published)))
    for sentence in (
        "noté sur 30",
        "sans elle, l’offre est irrégulière (CCP, art. L2152-2)",
        "Points éliminatoires",
        "O-7.1 Titre du point O-7.1 (éliminatoire) Exigé 2,5 55,56 16,67",
        "O-7.2 Titre du point O-7.2 Information, hors note 0 0 0",
        "O-2.8 Titre du point O-2.8 Rappel, jamais noté",
        "½",
        "La note du critère est le taux multiplié par 30",
        published.content_sha256[:8],
    ):
        assert sentence in shown, sentence


def test_the_clausier_holds_questions_with_what_the_buyer_adds(published: Checklist) -> None:
    shown = words(dce.clausier_html(dce.gather(published)))
    assert "Le titulaire respecte l’exigence O-7.1." in shown
    assert f"Rédaction adaptée par l’acheteur : {WORDING}" in shown.replace(NB, " ")
    assert "Six jours sur sept." in shown
    assert "Le titulaire respecte l’exigence O-3.3." not in shown
    assert "O-3.3" in shown.split("Points qui ne sont pas demandés")[1]


def test_no_candidate_and_no_guide_is_in_them(published: Checklist, buyer: User) -> None:
    candidacy = factories.candidacy(published.lot, buyer)
    told = json.dumps(dce.gather(published), ensure_ascii=False)
    assert candidacy.vendor.name not in told
    assert "Tout y est." not in told


# -- The ZIP ---------------------------------------------------------------------------------------


def test_the_zip_holds_sealed_pdfs_the_workbook_and_the_data(
    published: Checklist, home: Path, tmp_path: Path
) -> None:
    data = dce.gather(published)
    bundle = zipfile.ZipFile(io.BytesIO(dce.archive(published, data)))
    files = {name: bundle.read(name) for name in bundle.namelist()}
    assert list(files) == [
        CLAUSIER,
        RC,
        "3-classeur-de-reponse.xlsx",
        "3-classeur-de-reponse.ods",
        "3-classeur-de-reponse.csv",
        "annexes.json",
        "empreintes-sha256.txt",
    ]
    lines = files.pop("empreintes-sha256.txt").decode().splitlines()
    sums = {line[66:]: line[:64] for line in lines}
    assert sums == {name: hashlib.sha256(file).hexdigest() for name, file in files.items()}
    assert json.loads(files["annexes.json"]) == data
    roots = seal_roots()
    verdicts = [verify_pdf(files[name], trusted_roots=roots) for name in (CLAUSIER, RC)]
    assert [verdict.intact for verdict in verdicts] == [True, True]
    if verapdf.missing_tool() is None:
        for name in (CLAUSIER, RC):
            path = tmp_path / name
            path.write_bytes(files[name])
            assert verapdf.validate(path, "3a", "ua1") == [], name
    assert WORDING in pages(files[CLAUSIER])
    assert "55,56" in pages(files[RC])
    attached = pypdf.PdfReader(io.BytesIO(files[CLAUSIER])).attachments
    assert attached["annexes.json"] == [files["annexes.json"]]


# -- On the pages ----------------------------------------------------------------------------------


def address(name: str, checklist: Checklist) -> str:
    return reverse(f"checklists:{name}", args=[checklist.pk])


def publication(client: Client, checklist: Checklist) -> str:
    return text(client.get(url("publish", checklist.pk)))


def test_publishing_prepares_the_annexes(signed_in: Client, draft: Checklist, home: Path) -> None:
    draft.refresh_from_db()
    seen = checklists.fingerprint(draft)
    signed_in.post(url("publish", draft.pk), {"content": seen})
    assert "Les annexes sont en préparation." in publication(signed_in, draft)
    assert signed_in.get(address("annexes_download", draft)).status_code == 404
    early = reverse("checklists:annexes_part", args=[draft.pk, "annexe-rc"])
    assert signed_in.get(early).status_code == 404
    tasks.produce_annexes.call(draft.pk)
    assert "Annexes du DCE (ZIP)</a>" in publication(signed_in, draft)
    response = signed_in.get(address("annexes_download", draft))
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith('attachment; filename="annexes-dce-2026-')
    bundle = zipfile.ZipFile(io.BytesIO(response.content))
    for part, name in dce.PARTS.items():
        alone = signed_in.get(reverse("checklists:annexes_part", args=[draft.pk, part]))
        assert alone.content == bundle.read(name) and alone["Content-Type"] == "application/pdf"
        assert alone["Content-Disposition"].startswith(f'attachment; filename="{part}-annexes-dce-')
    unknown = reverse("checklists:annexes_part", args=[draft.pk, "autre"])
    assert signed_in.get(unknown).status_code == 404


def test_the_annexes_are_asked_once(signed_in: Client, published: Checklist) -> None:
    assert "Préparer les annexes du DCE (ZIP)" in publication(signed_in, published)
    for _click in range(2):
        response = signed_in.post(address("annexes_request", published))
        assert said(response)[-1] == (
            f"Les annexes sont en préparation{NB}: quelques secondes suffisent."
        )
    rows = DBTaskResult.objects.filter(task_path=tasks.produce_annexes.module_path)
    assert [row.args_kwargs["args"] for row in rows] == [[published.pk]]


def test_a_failure_is_said_and_may_be_tried_again(signed_in: Client, published: Checklist) -> None:
    tasks.request_annexes(published)
    row = DBTaskResult.objects.get(task_path=tasks.produce_annexes.module_path)
    row.set_failed(RuntimeError("panne"))
    html = publication(signed_in, published)
    assert "La préparation a échoué." in html
    assert "Préparer les annexes du DCE (ZIP)" in html
    tasks.request_annexes(published)
    assert tasks.annexes_of(published).is_waiting


def test_other_data_make_other_annexes(published: Checklist, home: Path) -> None:
    tasks.produce_annexes.call(published.pk)
    assert tasks.annexes_of(published).file
    published.lot.tender.title = "Un titre corrigé"
    assert not tasks.annexes_of(published).file


def test_the_page_for_the_rc_says_the_same(signed_in: Client, published: Checklist) -> None:
    html = text(signed_in.get(address("rc_annex", published)))
    row = html.split("<strong>O-7.1</strong>")[1].split("</tr>")[0]
    assert [value in row for value in ("Éliminatoire", "Exigé", "2,5", "55,56", "16,67")] == [
        True
    ] * 5
    assert "Barème et calcul de la note" in html


@pytest.mark.parametrize("name", ["rc_annex", "annexes_download"])
def test_a_draft_has_no_annexes(signed_in: Client, draft: Checklist, name: str) -> None:
    assert signed_in.get(address(name, draft)).status_code == 404


def test_a_reader_reads_but_asks_for_nothing(facility: Facility, published: Checklist) -> None:
    reader = Client()
    reader.force_login(factories.member(facility, Role.READER))
    assert reader.post(address("annexes_request", published)).status_code == 403
    assert "Préparer les annexes" not in publication(reader, published)


# -- How far it is ---------------------------------------------------------------------------------


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int]]:
    kept: list[tuple[str, int, int]] = []

    def say(step: str, done: int = 0, total: int = 0) -> None:
        kept.append((step, done, total))

    monkeypatch.setattr(queue, "say", say)
    return kept


def grows(told: list[tuple[str, int, int]]) -> bool:
    figures = [(done, total) for _step, done, total in told if total]
    return len(figures) > 1 and figures == sorted(figures) and all(d <= t for d, t in figures)


def test_the_annexes_tell_each_of_their_files(
    published: Checklist, home: Path, told: list[tuple[str, int, int]]
) -> None:
    tasks.produce_annexes.call(published.pk)
    assert grows(told) and "Clausier applicable" in [step for step, _done, _total in told]


def test_the_pages_show_how_far_it_is(signed_in: Client, published: Checklist) -> None:
    page_url = url("publish", published.pk)
    tasks.request_annexes(published)
    waiting = signed_in.get(page_url)
    assert "Les annexes sont en préparation." in text(waiting)
    assert b"<progress" not in waiting.content
    TaskTrace.objects.update(step="Annexe au RC", done=1, total=3)
    page = signed_in.get(page_url)
    assert "Annexe au RC : 1 sur 3" in text(page).replace("\u00a0", " ")
    assert b'<progress value="1" max="3"' in page.content
    TaskTrace.objects.update(error="Le disque est plein.")
    page = signed_in.get(page_url)
    assert "Le disque est plein. Un nouvel essai viendra de lui-même." in text(page)
