"""``python -m tests.bench.pictures``: the pictures of the guides, taken again from the demonstration.

A private instance with the demonstration's data and a few acts more, a headless Chromium, one
picture a screen. See ``make pictures``.
"""

import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, ViewportSize

from . import __main__ as bench

FOLDER = bench.ROOT / "docs/images"
SIZE: ViewportSize = {"width": 1280, "height": 800}
COLOURS = 96
"""Enough for a screen of few colours: a picture then weighs three times less."""

BUYER, CISO = "acheteuse@brumeval.example", "rssi@brumeval.example"
ANALYSED, PREPARED = "2026-DSN-014", "2026-BIO-007"
"""Two tenders of the demonstration: one in analysis, one in preparation."""

Shot = tuple[str, str]
"""The name of a picture, and the address of what it shows."""


def main() -> int:
    bench.FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=bench.FOLDER) as home:
        bench.set_environment(Path(home), keep_database=False)
        take()
    return 0


def take() -> None:
    """Load the demonstration, open each screen, keep its picture."""
    import django
    from django.core.management import call_command

    django.setup()
    from . import browser, server  # they read the settings

    for command in ("migrate", "createcachetable", "load_clausiers", "load_demo"):
        call_command(command, verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    shots, link = prepared()
    of_a_reviewer = reviewed()
    with server.running() as port, browser.chromium() as chromium:
        base = f"http://127.0.0.1:{port}"
        page = chromium.new_page(viewport=SIZE, locale="fr-FR")
        sign_in(page, base, BUYER)
        for name, address in shots:
            keep(page, name, base + address)
        reviewer = chromium.new_page(viewport=SIZE, locale="fr-FR")
        sign_in(reviewer, base, CISO)
        for name, address in of_a_reviewer:
            keep(reviewer, name, base + address)
        candidate = chromium.new_page(viewport=SIZE, locale="fr-FR")
        keep(candidate, "formulaire-candidat", base + link)
        candidate.get_by_role("button", name="Commencer").click()
        keep(candidate, "formulaire-chapitre")


def prepared() -> tuple[list[Shot], str]:
    """Act a little on the demonstration; return what to show, and the link of a candidate."""
    from django.urls import reverse

    from checklists.domain import answer_links, assessments, receptions
    from checklists.models import Assessment, Checklist, ClausierVersion
    from tests import factories
    from uniha_clausier.accounts.models import Facility, User
    from vendors.models import Tender

    buyer, facility = User.objects.get(email=BUYER), Facility.objects.get(city="Brumeval")
    draft = Checklist.objects.get(lot__tender__reference=PREPARED)
    published = Checklist.objects.get(lot__tender__reference=ANALYSED)
    assessment = Assessment.objects.filter(checklist=published).order_by("pk").last()
    assert assessment is not None
    reception, _is_new = receptions.receive(
        assessment=assessment,
        content=answered(assessment),
        kind="xlsx",
        sent_as="réponse au clausier.xlsx",
        by=buyer,
    )
    on = ClausierVersion.objects.get(clausier__code="securite-numerique", number="2")
    small = factories.published_checklist(buyer, facility, flags=("MOB",), on=on)
    Tender.objects.filter(pk=small.lot.tender_id).update(
        reference="2026-SI-031", title="Tablettes des équipes mobiles", procedure="no_publicity"
    )
    candidacy = factories.candidacy(small.lot, buyer)
    online = assessments.start_assessment(candidacy=candidacy, checklist=small, by=buyer)
    given, token = answer_links.create_link(
        assessment=Assessment.objects.select_related("candidacy__lot__tender").get(pk=online.pk),
        email="",
        expires_at=answer_links.usual_expiry(online, online.created_at),
        by=buyer,
    )

    def of(route: str, *args: object, query: str = "") -> str:
        return reverse(route, args=args) + query

    tender = published.lot.tender_id
    shots = [
        ("consultations", of("checklists:tender_list")),
        ("consultation-creer", of("vendors:tender_create")),
        ("check-list-commencer", of("checklists:checklist_start", bare_lot())),
        ("profil", of("checklists:checklist_edit", draft.pk)),
        ("points", of("checklists:checklist_points", draft.pk)),
        ("point", of("checklists:checklist_point", draft.pk, "O-5.4")),
        ("parametres", of("checklists:checklist_parameters", draft.pk)),
        ("ponderation", of("checklists:checklist_weights", draft.pk)),
        ("relectures", of("checklists:checklist_readings", draft.pk)),
        ("publication", of("checklists:checklist_publish", draft.pk)),
        ("check-list-publiee", of("checklists:checklist_publish", published.pk)),
        ("correction", of("checklists:checklist_correct", small.pk)),
        ("consultation", of("checklists:tender_detail", tender)),
        ("candidat-ajouter", of("vendors:candidate_add", tender)),
        ("ouverture", of("vendors:opening_record", small.lot.tender_id)),
        ("recevoir", of("checklists:deposit_list", published.pk)),
        ("essai-a-blanc", of("checklists:reception_detail", reception.pk)),
        ("lien", of("checklists:answer_link", given.assessment_id)),
        ("grille", of("checklists:assessment_grid", assessment.pk)),
        ("synthese", of("checklists:assessment_summary", assessment.pk)),
        ("comparaison", of("checklists:checklist_comparison", published.pk)),
        ("calcul", of("checklists:assessment_note", assessment.pk)),
        ("documents", of("checklists:assessment_documents", assessment.pk)),
        ("verifier", of("checklists:verify_document")),
        ("dossier", of("checklists:tender_dossier", tender)),
    ]
    return shots, reverse("checklists:answers", args=[token])


def reviewed() -> list[Shot]:
    """What a specialist opens: the points that wait, and those of one candidate."""
    from django.urls import reverse

    from checklists.models import Assessment
    from tests import factories
    from uniha_clausier.accounts.models import User

    last = (
        Assessment.objects.filter(checklist__lot__tender__reference=ANALYSED).order_by("pk").last()
    )
    assert last is not None
    factories.no_conflict(last, User.objects.get(email=CISO))
    return [
        ("mes-points", reverse("checklists:my_points")),
        ("constats", reverse("checklists:assessment_findings", args=[last.pk])),
    ]


def bare_lot() -> int:
    """The lot of a tender on which nothing is started."""
    from vendors.models import Lot

    return Lot.objects.filter(checklists=None).order_by("pk").values_list("pk", flat=True)[0]


def answered(assessment: Any) -> bytes:
    """A workbook of this candidate, with what a candidate changes in it."""
    import openpyxl

    from checklists.documents import answer_form, answer_workbook

    content = answer_workbook.written(answer_form.filled(assessment), "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content))
    head = next(book["Réponses"].iter_rows(max_row=1, values_only=True))
    column = head.index("Réponse")
    for cells, value in zip(answer_rows(book), ("NON", "X", "Oui"), strict=False):
        cells[column].value = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def answer_rows(book: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of the answers, chapters left out."""
    rows = book["Réponses"].iter_rows(min_row=2)
    return (cells for cells in rows if cells[1].value)


def sign_in(page: Page, base: str, email: str) -> None:
    page.goto(f"{base}/connexion/")
    page.get_by_label("Adresse").fill(email)
    page.get_by_label("Mot de passe").fill("matin-de-brume-2026")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/connexion/" not in url)


def keep(page: Page, name: str, url: str = "") -> None:
    """Open ``url``, or stay, and keep what the window shows under ``name``."""
    if url:
        page.goto(url)
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot()))
    file = FOLDER / f"{name}.png"
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.relative_to(bench.ROOT)}  {file.stat().st_size // 1024} Ko")


if __name__ == "__main__":
    sys.exit(main())
