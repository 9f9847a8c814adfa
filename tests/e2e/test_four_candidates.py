"""On the demo: four candidates, from the opening to a dossier that an auditor proves elsewhere.

The buyer, three reviewers and the auditor work in their browsers, each from their own first page.
One letter asks for precisions, another for a regularisation; one document is signed with the tool
of somebody else, after a forgery of it was refused.
"""

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.common.signing_outside import Authority, sign_with_openssl

from .conftest import ROOT, Server, Watch, expect_saved, install
from .test_journey import SECONDS_TO_SEAL, bytes_of, deposit, expect_verdict

pytestmark = pytest.mark.long

STORY = yaml.safe_load((ROOT / "fixtures/demo/hopital.yaml").read_text(encoding="utf-8"))
TENDER = "2026-INF-018"
NAMES = ("Aubrelac Mobilité", "Céladonis Terminaux", "Portalune Mobilité", "Tramontel")
CHOSEN, *_ = NAMES
WITH_A_GAP = NAMES[1:3]
GAP, UNCLEAR = "O-3.2", "O-3.7"
FIELD = "sig_acheteur"
BUYER, CISO, DPO, BIOMEDICAL, AUDITOR, ADMIN = (
    "acheteuse", "rssi", "dpo", "biomedical", "direction", "administratrice",
)  # fmt: skip
AUTHORITY = Authority()

SignedIn = Callable[[str], Page]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo, on its own database and port, whose operator trusts the authority of a signer."""
    home = tmp_path_factory.mktemp("demo")
    (home / "autorites.pem").write_bytes(AUTHORITY.pem)
    (home / "listes").mkdir()
    (home / "listes/autorite.crl").write_bytes(AUTHORITY.list())
    environment = {
        **os.environ,
        "CLAUSIER_HOME": str(home),
        "DATABASE_URL": f"sqlite:///{home / 'demo.sqlite3'}",
        "DEMO": "1",
        "SIGNATURE_ROOTS": str(home / "autorites.pem"),
        "SIGNATURE_REVOCATION_LISTS": str(home / "listes"),
        "WEB_WORKERS": "1",
    }
    install(home / "demo.sqlite3", environment, "load_demo")
    with Server(environment) as url:
        yield url


@pytest.fixture
def signed_in(demo: str, browser: Browser) -> Iterator[SignedIn]:
    """Open the browser of a person of the demo, watched, on their first page."""
    watch, opened = Watch(demo), []

    def opener(person: str) -> Page:
        context = watch.over(browser.new_context(locale="fr-FR", timezone_id="Europe/Paris"))
        opened.append(context)
        page = context.new_page()
        page.goto(demo)
        page.get_by_label("Adresse").fill(f"{person}@brumeval.example")
        page.get_by_label("Mot de passe").fill(STORY["password"])
        page.get_by_role("button", name="Se connecter", exact=True).click()
        expect(page.locator(".site-nav")).to_be_visible()
        return page

    yield opener
    assert watch.take() == []
    for context in opened:
        context.close()


def test_four_candidates_from_the_opening_to_a_proved_dossier(
    signed_in: SignedIn, tmp_path: Path
) -> None:
    buyer = signed_in(BUYER)
    open_the_offers(buyer)
    receive(buyer)
    stop_the_answers(buyer)
    ask_an_opinion(buyer, "Ingénieur biomédical")

    reviewers = {role: signed_in(role) for role in (CISO, DPO, BIOMEDICAL)}
    find(reviewers[CISO], only=3)
    find(reviewers[DPO])
    file_the_opinion(reviewers[BIOMEDICAL])

    clarify(buyer)
    regularise(buyer)
    for name in NAMES:
        score(buyer, name)
        decide(buyer, name)
    set_visas(signed_in(ADMIN))
    ask_the_visas(buyer)
    give_the_visa(reviewers[CISO])
    give_the_visa(buyer)

    sealed = seal(buyer)
    signed = sign_with_openssl(sealed, AUTHORITY.person(), tmp_path, field=FIELD)
    refuse(buyer, forged(signed, len(sealed)))
    accept(buyer, signed)
    report(buyer)
    hand_over(buyer)

    audit(signed_in(AUDITOR), sealed, tmp_path)


# -- The buyer, before the analysis ----------------------------------------------------------------


def to_tender(page: Page) -> None:
    page.locator(".site-nav").get_by_role("link", name="Consultations").click()
    page.get_by_role("link", name=TENDER).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Smartphones et tablettes des services de soins"
    )


def open_the_offers(page: Page) -> None:
    to_tender(page)
    page.get_by_role("link", name="Enregistrer l’ouverture des plis").click()
    page.get_by_label("Date et heure d’ouverture").fill("2026-11-24T09:00")
    page.get_by_label("Personnes présentes").fill("Hélène Tavernoux, acheteuse")
    page.get_by_role("button", name="Enregistrer l’ouverture").click()
    expect(page.get_by_role("status").first).to_contain_text("L’ouverture est enregistrée")


def receive(page: Page) -> None:
    """Drop the four files at once, and take them over in one act."""
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Classeur de réponse (CSV)").click()
    blank = bytes_of(downloading.value).decode("utf-8-sig")
    page.get_by_role("link", name="Recevoir les classeurs").click()
    files = page.get_by_label("Classeurs de réponse des candidats")
    files.set_input_files([answers_of(name, blank) for name in NAMES])
    page.get_by_role("button", name="Lire ces fichiers").click()
    page.get_by_role("button", name="Reprendre les 4 classeurs où rien n’est à trancher").click(
        timeout=30_000
    )
    expect(page.get_by_text("pour 4 candidats.")).to_be_visible(timeout=30_000)


def answers_of(name: str, blank: str) -> FilePayload:
    """OUI everywhere, in the words of each; two of them leave the same gap."""
    head, *rows = csv.reader(io.StringIO(blank), delimiter=";")
    answer, text = head.index("Réponse"), head.index("Précisions et justification")
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";")
    writer.writerow(head)
    for row in rows:
        row[answer] = "NON" if row[0] == GAP and name in WITH_A_GAP else "OUI"
        row[text] = f"Voir le mémoire technique de {name}."
        writer.writerow(row)
    return {"name": f"{name}.csv", "mimeType": "text/csv", "buffer": target.getvalue().encode()}


def stop_the_answers(page: Page) -> None:
    page.get_by_role("link", name="Arrêter les réponses").click()
    page.get_by_role("button", name="Arrêter les réponses").click()
    expect(page.get_by_role("status").first).to_contain_text("arrêtées")


def to_pages(page: Page, name: str, tab: str) -> None:
    """Open one of the pages of the assessment of a candidate."""
    to_tender(page)
    page.get_by_role("link", name=f"Grille – {name}").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    if tab != "Grille":
        page.locator(".page-tabs, nav[aria-label]").get_by_role("link", name=tab).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(tab)


def ask_an_opinion(page: Page, role: str) -> None:
    to_pages(page, CHOSEN, "Avis")
    page.get_by_label("Demander à").select_option(label=role)
    page.get_by_label("Question", exact=False).first.fill(
        "Ces appareils touchent-ils un dispositif médical ?"
    )
    page.get_by_label("Avis attendu pour le").fill("2099-01-05")
    page.get_by_role("button", name="Demander l’avis").click()
    expect(page.get_by_role("status").first).to_be_visible()


# -- The reviewers ---------------------------------------------------------------------------------


def find(page: Page, only: int | None = None) -> None:
    """Declare one's interests once, then one key a point, from « Mes points »."""
    page.locator(".site-nav").get_by_role("link", name="Mes points").click()
    page.get_by_role("link", name=CHOSEN).first.click()
    page.get_by_role("button", name="Déclarer n’avoir aucun conflit d’intérêts").click()
    page.wait_for_selector("#constats[data-ready]")
    refs = [row.get_attribute("id") for row in page.locator("tr.point").all()][:only]
    page.locator(f'tr[id="{refs[0]}"]').focus()
    for ref in refs:
        expect(page.locator(f'tr[id="{ref}"]')).to_be_focused()
        page.keyboard.press("Digit1")
    expect_saved(page)


def file_the_opinion(page: Page) -> None:
    page.locator(".site-nav").get_by_role("link", name="Mes points").click()
    page.get_by_role("link", name=CHOSEN).first.click()
    page.get_by_role("button", name="Déclarer n’avoir aucun conflit d’intérêts").click()
    page.get_by_role("button", name="Avis favorable").click()
    expect(page.get_by_role("status").first).to_be_visible()


def give_the_visa(page: Page) -> None:
    """Read, type one's password again, approve; the buyer declares interests first."""
    page.locator(".site-nav").get_by_role("link", name="Mes points").click()
    page.locator("section", has_text="Ce qui vous attend").get_by_role("link", name=CHOSEN).click()
    expect(page.get_by_role("heading", level=2, name="Votre visa")).to_be_visible()
    page.wait_for_load_state()
    declare = page.get_by_role("button", name="Déclarer n’avoir aucun conflit d’intérêts")
    if declare.count():
        declare.click()
    page.get_by_label("Mot de passe").fill(STORY["password"])
    page.get_by_role("button", name="Donner mon visa").click()
    expect(page.get_by_role("status").first).to_contain_text("visa")


# -- Two letters -----------------------------------------------------------------------------------


def clarify(page: Page) -> None:
    """Ask what an answer means: it explains, and the offer stays what it was."""
    to_pages(page, CHOSEN, "Demandes")
    page.get_by_label(f"Demander une précision sur {UNCLEAR}").check()
    page.get_by_role("button", name="Préparer la demande").click()
    send(page, "Quelle version du document ?")
    reply(page, "La version 4.2.")
    page.get_by_role("button", name="Clore la demande").click()
    expect(page.get_by_text("Close le").first).to_be_visible()


def regularise(page: Page) -> None:
    """Ask all those who left the gap in the same words; take one over, refuse the other."""
    to_tender(page)
    page.get_by_role("link", name="Comparer les candidats").click()
    page.get_by_role("link", name="Régulariser des offres").click()
    page.get_by_label(f"Demander la régularisation de {GAP}").check()
    page.get_by_role("button", name="Préparer la régularisation").click()
    send(page, "La licence manque : joignez-la.")
    for _name in WITH_A_GAP:
        reply(page, "OUI, licence jointe.")
    for number, _name in enumerate(WITH_A_GAP):
        page.get_by_role("link", name="Décider de la régularisation").first.click()
        settle(page, is_accepted=number == 0)
    page.get_by_role("button", name="Clore la demande").click()
    expect(page.get_by_text("Close le").first).to_be_visible()


def settle(page: Page, *, is_accepted: bool) -> None:
    page.get_by_label("Accepter" if is_accepted else "Refuser").check()
    page.get_by_label("Motif").fill("Pièce lue.")
    if is_accepted:
        page.locator("[name^=valeur-]").first.select_option("yes")
    page.get_by_role("button", name="Enregistrer la décision").click()
    expect(page.get_by_role("status").first).to_contain_text("La décision est enregistrée")


def send(page: Page, question: str) -> None:
    page.get_by_label("Réponse attendue avant le").fill("2099-01-05T12:00")
    page.locator("[name^=question-]").first.fill(question)
    page.get_by_role("button", name="Relire la lettre").click()
    page.get_by_role("button", name="Arrêter et produire la lettre").click()
    expect(page.get_by_role("link", name="Enregistrer la réponse").first).to_be_visible()


def reply(page: Page, words: str) -> None:
    page.get_by_role("link", name="Enregistrer la réponse").first.click()
    page.locator("[name^=reponse-]").first.fill(words)
    page.get_by_role("button", name="Enregistrer la réponse").click()
    expect(page.get_by_text(words).first).to_be_visible()


# -- Scores, decisions, visas ----------------------------------------------------------------------


def score(page: Page, name: str) -> None:
    """Every point of the grid by one act; the gap that stays is not compliant."""
    to_pages(page, name, "Grille")
    page.wait_for_selector("#grille[data-ready]")
    page.get_by_role("button", name="Sélectionner", exact=True).click()
    bar = page.get_by_role("group", name="Points sélectionnés")
    page.get_by_role("checkbox", name="Sélectionner le point O-1.1").check()
    bar.get_by_role("button", name=re.compile("^Tous les points affichés")).click()
    bar.get_by_label("Modifier", exact=True).select_option(label="Conforme")
    page.get_by_role("button", name=re.compile(r"^Modifier \d+ points")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile(r"^Modifier les \d+ points")).click()
    expect_saved(page)
    if name == WITH_A_GAP[1]:
        page.locator(f'tr[id="{GAP}"] .scores input[value="non_compliant"]').check()
        expect_saved(page)


def decide(page: Page, name: str) -> None:
    """Accept each point, then the whole; the gap that stays is refused, and so is its offer."""
    to_pages(page, name, "Décision")
    is_refused = name == WITH_A_GAP[1]
    page.wait_for_load_state()
    for row in page.locator("tbody tr:has(input[value=accepted])").all():
        has_gap = row.get_by_role("link", name=GAP).count()
        value = "refused" if is_refused and has_gap else "accepted"
        row.locator(f"input[value={value}]").check()
    page.get_by_role("button", name="Enregistrer les décisions").click()
    expect(page.get_by_role("status").first).to_contain_text("décision")
    page.get_by_role("button", name=re.compile("^Accepter ce")).click()
    page.locator(f"[name=value][value={'refused' if is_refused else 'accepted'}]").check()
    page.get_by_label("Motif").fill("La licence manque." if is_refused else "Rien ne s’y oppose.")
    page.get_by_role("button", name="Enregistrer la décision").click()
    expect(page.get_by_role("status").first).to_be_visible()


def set_visas(page: Page) -> None:
    to_pages(page, CHOSEN, "Documents")
    page.goto(page.url.replace("documents", "visas"))
    page.get_by_role("link", name="Régler l’ordre des visas de l’établissement").click()
    page.get_by_label("RSSI").select_option("1")
    page.get_by_label("Acheteur").select_option("2")
    page.get_by_role("button", name="Enregistrer l’ordre").click()
    expect(page.get_by_role("status").first).to_contain_text("L’ordre des visas est enregistré.")


def ask_the_visas(page: Page) -> None:
    to_pages(page, CHOSEN, "Documents")
    expect(page.get_by_role("button", name="Produire le PDF scellé")).to_be_disabled()
    page.get_by_role("link", name="Visas de cette évaluation").click()
    page.get_by_role("button", name="Demander les visas").click()
    expect(page.get_by_role("status").first).to_contain_text("Attendu d’abord\u00a0: RSSI")


# -- The document, signed by another tool ----------------------------------------------------------


def seal(page: Page) -> bytes:
    to_pages(page, CHOSEN, "Documents")
    page.get_by_role("button", name="Produire le PDF scellé").click()
    link = page.get_by_role("link", name="Télécharger l’édition 1")
    expect(link).to_be_visible(timeout=SECONDS_TO_SEAL * 1000)
    with page.expect_download() as downloading:
        link.click()
    return bytes_of(downloading.value)


def forged(signed: bytes, length: int) -> bytes:
    content = bytearray(signed)
    content[length // 3] ^= 1
    return bytes(content)


def hand_in(page: Page, content: bytes) -> None:
    to_pages(page, CHOSEN, "Documents")
    page.get_by_role("link", name="Signer l’édition 1").click()
    page.set_input_files("input[type=file]", deposit(content))
    page.get_by_role("button", name=re.compile("^Déposer")).click()


def refuse(page: Page, content: bytes) -> None:
    hand_in(page, content)
    expect(page.get_by_text(re.compile("refusé", re.IGNORECASE)).first).to_be_visible()


def accept(page: Page, content: bytes) -> None:
    hand_in(page, content)
    page.locator("[name=identity]").check()
    page.locator("[name=delegation]").check()
    page.locator("[name=name]").fill("Camille Martin, directrice")
    page.get_by_role("button", name=re.compile("^Accepter ce document")).click()
    expect(page.get_by_role("status").first).to_contain_text("accepté")
    to_pages(page, CHOSEN, "Grille")
    expect(page.locator(".scores input:not([disabled])")).to_have_count(0)


# -- Hand over, and prove --------------------------------------------------------------------------


def report(page: Page) -> None:
    to_tender(page)
    page.get_by_role("link", name="Rapport d’analyse").click()
    part = page.locator("#conclusion")
    part.locator("textarea").fill("L’offre d’Aubrelac est la mieux notée.")
    part.get_by_role("button", name="Enregistrer ce texte").click()
    expect(page.get_by_role("status").first).to_contain_text("Texte enregistré")
    page.get_by_role("button", name="Arrêter une édition").click()
    expect(page.get_by_role("status").first).to_contain_text("L’édition 1 est arrêtée")
    until(page, page.get_by_role("link", name="Édition 1, PDF scellé").count)


def hand_over(page: Page) -> None:
    to_tender(page)
    page.get_by_role("link", name="Dossier de la consultation").click()
    page.get_by_role("button", name="Produire le dossier (ZIP)").click()
    until(page, page.get_by_role("link", name="Télécharger l’édition 1").count)


def until(page: Page, is_there: Callable[[], int]) -> None:
    """Reload the page until the worker is done, as a person does."""
    for _try in range(SECONDS_TO_SEAL):
        page.wait_for_load_state()
        if is_there():
            return
        page.wait_for_timeout(1000)
        page.reload()
    pytest.fail("the worker has not finished")


def audit(page: Page, sealed: bytes, folder: Path) -> None:
    """Read everything, change nothing, and prove the files where there is neither database nor key."""
    to_tender(page)
    expect(page.get_by_role("link", name="Modifier la consultation")).to_have_count(0)
    page.get_by_role("link", name="Dossier de la consultation").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Télécharger l’édition 1").click()
    dossier = folder / "dossier.zip"
    downloading.value.save_as(dossier)
    assert proved_elsewhere(dossier, folder)["intact"] is True
    with zipfile.ZipFile(dossier) as bundle:
        names = bundle.namelist()
        assert sealed in (bundle.read(name) for name in names if name.endswith(".pdf"))
    for piece in ("demande", "regularisation", "rapport-analyse", "signee", "declarations"):
        assert any(piece in name for name in names), piece
    to_pages(page, CHOSEN, "Grille")
    expect(page.locator(".scores input:not([disabled])")).to_have_count(0)
    page.locator(".site-nav").get_by_role("link", name="Vérifier un PDF").click()
    page.set_input_files("input[type=file]", deposit(sealed))
    page.get_by_role("button", name="Vérifier ce fichier").click()
    expect_verdict(page, "Intact")


def proved_elsewhere(dossier: Path, folder: Path) -> dict[str, object]:
    """What the command says on a machine without our database and our keys."""
    empty = {
        "CLAUSIER_HOME": str(folder / "vide"),
        "DATABASE_URL": f"sqlite:///{folder / 'rien.sqlite3'}",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_dossier", str(dossier)],
        cwd=ROOT,
        env=os.environ | empty,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    told: dict[str, object] = json.loads(done.stdout)
    return told
