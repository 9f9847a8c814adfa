"""The document: the HTML is read first, then the file is opened by independent tools."""

import copy
import hashlib
import http.server
import io
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest

from checklists.documents import pdf, receipt
from checklists.documents.pdf import SealedPdf
from tests import verapdf
from tests.common.pdf_sample import METADATA
from uniha_clausier.common.canonical import canonical_json, sha256_of
from uniha_clausier.common.pdf import render_pdf

from . import content

HOSTILE = {
    "word": "x" * 10_000,
    "arabic": "نظام معلومات المستشفى ١٢٣ " * 40,
    "emoji": "Parfait 👍🏽 👩‍⚕️ 🇫🇷 ☃️ 漢字 \u202eexe.fdp\u0007",
    "html": "</p></section><h1>Faux</h1><script>alert(1)</script><style>*{display:none}</style>",
    "css": "} @page { size: 1mm } body { display: none } /* {{ 1 }} {% now 'Y' %}",
    "lines": "\n".join(["• un"] * 2_000),
}


def html_of(value: content.Plain) -> str:
    return pdf.html(value, content_sha256=sha256_of(value))


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<body>")[1]).split())


def sealed(value: content.Plain) -> SealedPdf:
    return pdf.sealed_pdf(value, content_sha256=sha256_of(value))


@pytest.fixture(scope="module")
def value() -> content.Plain:
    return content.content(12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("document")


@pytest.fixture
def home(settings: Any, folder: Path) -> Path:
    """One data folder for the module: its authority and its fonts are made once."""
    settings.CLAUSIER_HOME = folder
    return folder


@pytest.fixture
def made(home: Path, value: content.Plain) -> Path:
    """The sealed file of twelve points, made once."""
    path = home / "made.pdf"
    if not path.exists():
        path.write_bytes(sealed(value).data)
    return path


def run(*command: str | Path) -> str:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"no {command[0]}")
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


# -- The HTML


def test_the_cover_says_who_what_when_and_the_rate(value: content.Plain) -> None:
    cover = text_of(html_of(value).split('class="contents"')[0])
    for words in (
        "Centre hospitalier de Brumeval, Brumeval",
        "Logisanté Systèmes",
        "Patientis 8.2",
        "2026-014",
        "Lot 2 – Hébergement",
        value["data"]["overall"]["display"],
        "12 points notés sur 12",
        "Évaluation complète",
        "1 point éliminatoire ; 1 n’a pas la note « conforme »",
        "23 nov. 2026, 14:32",
    ):
        assert " ".join(words.split()) in cover, words


def test_the_cover_and_the_summary_carry_the_hash_of_the_answers(value: content.Plain) -> None:
    sha256 = value["data"]["assessment"]["answers_frozen"]["sha256"]
    html = html_of(value)
    cover = text_of(html.split('class="contents"')[0])
    summary = text_of("<body>" + html.split('class="summary"')[1].split("</section>")[0])
    for part in (cover, summary):
        assert sha256 in part.replace(" ", "")
    assert "Réponses arrêtées" in cover
    open_still = copy.deepcopy(value)
    open_still["data"]["assessment"]["answers_frozen"] = None
    assert sha256 not in html_of(open_still).replace(" ", "")


def test_the_cover_tells_of_a_late_file_and_of_what_was_decided(value: content.Plain) -> None:
    late = {
        "reception": 2,
        "deposited_at": "2026-03-02T11:01:00+00:00",
        "deadline": "2026-03-02T11:00:00+00:00",
        "decision": "admitted",
        "decision_label": "Admis",
        "reason": "Copie de <b>sauvegarde</b> reçue à temps.",
        "decided_at": "2026-03-03T09:00:00+00:00",
        "decided_by": "Camille Berthier",
    }
    assert "hors délai" not in html_of(value)
    with_it = copy.deepcopy(value)  # the value is the module's, and its file is made of it
    with_it["data"]["assessment"]["late_files"] = [late]
    cover = text_of(html_of(with_it).split('class="contents"')[0])
    assert "Dépôt hors délai Classeur 2" in cover and "Admis le" in cover
    assert "Copie de &lt;b&gt;sauvegarde" in cover and "Camille Berthier" in cover


def test_the_cover_of_a_proposal_says_what_it_is_about(value: content.Plain) -> None:
    assert "Évaluation de sécurité numérique" in text_of(html_of(value))
    clausier = value["data"]["clausier"] | {"title": "Gestion de crise", "is_proposal": True}
    proposal = value | {"data": value["data"] | {"clausier": clausier}}
    cover = text_of(html_of(proposal).split('class="contents"')[0])
    assert "Évaluation – Gestion de crise" in cover
    assert "Proposition de Clausier, et non un texte officiel." in cover
    assert "sécurité numérique" not in cover
    assert pdf.title(proposal["data"]).startswith("Évaluation – Gestion de crise – Logisanté")


def test_an_incomplete_evaluation_says_so_on_every_page(value: content.Plain) -> None:
    missing = content.content([content.point(1), content.point(2, score="")])
    html = html_of(missing)
    assert "1 point n’a pas de note et compte zéro dans le taux" in text_of(html)
    foot = pdf.context(missing, content_sha256="")["foot"]
    assert foot == "2026-014 · Logisanté Systèmes · évaluation incomplète · édition 1"
    assert "évaluation complète" in pdf.context(value, content_sha256="")["foot"]


def test_non_conformities_stand_before_the_points(value: content.Plain) -> None:
    html = html_of(value)
    assert html.index('id="a-traiter"') < html.index('id="chapitre-1"')
    before = html[html.index('id="a-traiter"') : html.index('id="chapitre-1"')]
    for ref in (*value["data"]["knock_outs"], *value["data"]["non_compliant"]):
        assert f'href="#{ref}"' in before
    assert not set(re.findall(r'href="#(O-[^"]+)"', html)) - set(
        re.findall(r'article class="[^"]*" id="([^"]+)"', html)
    )


def test_what_comes_first_is_never_an_empty_page() -> None:
    points = [content.point(1, score="compliant"), content.point(2, score="not_applicable")]
    html = html_of(content.content(points))
    first = html[html.index('id="a-traiter"') : html.index('id="chapitre-1"')]
    assert "chaque point à noter est conforme ou sans objet" in text_of("<body>" + first)
    assert "conforme ou sans objet" not in html_of(
        content.content([*points, content.point(4, score="")])
    )


def test_the_candidate_who_answers_scores_nothing(value: content.Plain) -> None:
    people = [
        {"name": "Camille Berthier", "claims": 0, "scores": 6},
        {"name": "Le candidat, par le lien 1", "claims": 6, "scores": 0},
    ]
    answered = copy.deepcopy(value)
    answered["data"]["assessment"]["people"] = people
    cover, rest = html_of(answered).split('class="contents"')
    assert "Notée par Camille Berthier Réponses arrêtées" in text_of(cover)
    assert "Le candidat, par le lien 1" in rest


def test_each_point_says_what_is_asked_claimed_and_decided_and_by_whom() -> None:
    html = html_of(content.content([content.point(2, score="partial")]))
    block = text_of("<body>" + html[html.index("<article") : html.index("</article")])
    for words in (
        "O-1.2 Exigence numéro 2",
        "Le titulaire s’engage à chiffrer",
        "Attendu : Joindre la procédure.",
        "Candidat : OUI.",
        content.CLAIM,
        "Acheteur : ◐ Partiel.",
        content.COMMENT,
        "Camille Berthier, 23 nov. 2026, 14:32",
    ):
        assert words in block, words


def test_the_annexes_say_what_the_seal_is_worth(value: content.Plain) -> None:
    annexes = text_of("<body>" + html_of(value).split('class="annexes"')[1])
    assert "Ce n’est pas une signature qualifiée" in annexes
    assert "Aucun équipement ne se raccorde au Wi-Fi." in annexes
    groups = re.findall("........", value["data"]["clausier"]["sha256"])
    assert " ".join(groups) in annexes


def test_the_html_refers_to_nothing_outside(value: content.Plain) -> None:
    html = html_of(value)
    assert not re.findall(r'(?:src|href)="(?!#)', html)
    assert not re.findall(r"@import|url\(", html)


def test_what_people_write_never_becomes_markup() -> None:
    hostile = HOSTILE["html"]
    value = content.content([content.point(1, claim=hostile, comment=hostile, title=hostile)])
    html = html_of(value)
    assert "<script" not in html
    assert html.count("<style>") == html.count("</style>") == 1
    assert "<h1>Faux" not in html


def test_a_name_cannot_leave_the_style_sheet() -> None:
    value = content.content(1)
    value["data"]["candidate"]["name"] = '"; } </style><script>'
    style = html_of(value).split("<style>")[1].split("</style>")[0]
    foot = next(line for line in style.splitlines() if "Logisant" in line or "2026" in line)
    assert re.fullmatch(r' *content: "[A-Za-z0-9 \\\\-]*";', foot)


# -- The file


def test_the_file_is_pdfa_3a_and_pdfua_1(made: Path) -> None:
    if reason := verapdf.missing_tool():
        pytest.skip(reason)
    assert verapdf.validate(made, "3a", "ua1") == []


def test_independent_tools_find_the_file_sound(made: Path) -> None:
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", made)
    assert "Signature is Valid" in run("pdfsig", "-nocert", made)
    info = run("pdfinfo", made)
    assert re.search(r"Tagged:\s+yes", info)
    assert re.search(r"Title:\s+Évaluation de sécurité numérique – Logisanté Systèmes", info)


def test_another_reader_finds_the_words_the_bookmarks_and_the_language(made: Path) -> None:
    text = " ".join(run("pdftotext", "-layout", made, "-").split())
    assert "page 1 / " in text
    assert "2026-014 · Logisanté Systèmes · évaluation complète · édition 1" in text
    reader = pypdf.PdfReader(made)
    assert str(reader.root_object["/Lang"]) == "fr"
    titles = [entry.title for entry in _flat(reader.outline)]
    for title in ("Sommaire", "À traiter d’abord", "1 Chapitre 1", "O-2.2 Exigence numéro 12"):
        assert title in titles


def _flat(outline: list[Any]) -> Iterator[Any]:
    for entry in outline:
        if isinstance(entry, list):
            yield from _flat(entry)
        else:
            yield entry


def test_the_attached_files_are_the_frozen_data(made: Path, value: content.Plain) -> None:
    attached = pypdf.PdfReader(made).attachments
    assert set(attached) == {"evaluation.json", "evaluation.xlsx"}
    [raw] = attached["evaluation.json"]
    assert raw == canonical_json(value).encode()
    assert hashlib.sha256(raw).hexdigest() == sha256_of(value)
    assert json.loads(raw) == value
    [book] = attached["evaluation.xlsx"]
    points = openpyxl.load_workbook(io.BytesIO(book))["Points"]
    assert points.max_row == 13


def test_the_people_find_their_fields_and_the_seal_comes_first(made: Path) -> None:
    fields = pypdf.PdfReader(made).get_fields() or {}
    signed = {name for name, field in fields.items() if field.get("/V")}
    assert set(fields) - signed == {"sig_acheteur", "sig_rssi", "sig_dpo", "sig_biomedical"}
    assert len(signed) == 1


def test_a_template_of_ours_raises_no_warning_of_the_renderer(
    home: Path, value: content.Plain
) -> None:
    made = sealed(value)
    assert made.rendered.warnings == ()
    assert made.pages == len(pypdf.PdfReader(io.BytesIO(made.data)).pages)


def test_a_word_without_end_stays_in_its_column_and_out_of_the_number_of_the_page(
    home: Path,
) -> None:
    value = content.content([content.point(3, title="W" * 60, comment="W" * 60)])
    value["data"]["candidate"]["name"] = value["data"]["clausier"]["title"] = "W" * 60
    value["data"]["tender"]["reference"] = "2026-" + "R" * 45
    path = home / "words.pdf"
    path.write_bytes(sealed(value).data)
    box = r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="[\d.]+">([^<]*)<'
    words = re.findall(box, run("pdftotext", "-bbox", path, "-"))
    assert sum(text.count("W") for *_place, text in words) >= 5 * 60
    assert max(float(right) for _left, _top, right, _text in words) < 595.28 - 51 + 1
    feet = [(float(left), float(right)) for left, top, right, _text in words if float(top) > 780]
    assert max(right for left, right in feet if left < 440) < 51 + 0.8 * 493.3 + 1
    assert "Conforme" in {text for *_place, text in words}  # a head is never cut


def test_what_follows_a_table_does_not_touch_it(home: Path, value: content.Plain) -> None:
    sent = {"candidate": "Nord", "product": "", "link": 1, "letter": "", "sha256": "0" * 64}
    told = value["data"] | sent | {"submitted_at": content.MOMENT, "answered": 1, "total": 2}
    path = home / "receipt.pdf"
    path.write_bytes(render_pdf(receipt.html(told), metadata=METADATA, home=home).data)
    box = r'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">(SHA-256|00000000|jointes)<'
    places = re.findall(box, run("pdftotext", "-bbox", path, "-"))
    hashed = max(float(bottom) for _top, bottom, word in places[:-1] if word == "00000000")
    [following] = [float(top) for top, _bottom, word in places if word == "jointes"]
    assert following - hashed > 20


# -- Hostile texts


LATER = {"word", "lines", "css", "emoji"}
"""Those that make many pages, and those whose way html and arabic go too."""


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=[pytest.mark.long] if kind in LATER else []) for kind in HOSTILE],
)
def test_a_hostile_text_in_every_field_neither_breaks_nor_hangs(kind: str, home: Path) -> None:
    text = HOSTILE[kind]
    short = text[:200]
    value = content.content(
        [
            content.point(
                number,
                claim=text,
                comment=text,
                title=short,
                requirement=text,
                expected=text[:2_000],
                erratum=text[:2_000],
            )
            for number in (1, 2, 3)
        ]
    )
    data = value["data"]
    data["candidate"]["name"] = data["facility"]["name"] = data["tender"]["title"] = short
    data["tender"]["reference"] = short[:50]
    data["checklist"]["forced"][0]["reason"] = text[:2_000]
    made = sealed(value)
    assert made.rendered.cpu_seconds < 20
    path = home / "hostile.pdf"
    path.write_bytes(made.data)
    if verapdf.missing_tool() is None:
        assert verapdf.validate(path, "3a", "ua1") == []
    [raw] = pypdf.PdfReader(path).attachments["evaluation.json"]
    assert json.loads(raw)["data"]["points"][0]["claim"]["text"] == text


class _Listener(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def listener() -> Iterator[http.server.HTTPServer]:
    server = http.server.HTTPServer(("127.0.0.1", 0), _Listener)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_no_text_makes_the_renderer_fetch_anything(
    home: Path, listener: http.server.HTTPServer
) -> None:
    url = f"http://127.0.0.1:{listener.server_port}"
    payloads = (
        f'<img src="{url}/1">',
        f'<link rel="attachment" href="{url}/2"><link rel="attachment" href="file:///etc/passwd">',
        f'<link rel="stylesheet" href="{url}/3">',
        f"<style>@import url({url}/4); body {{ background: url({url}/5) }}</style>",
        f'<svg><image href="{url}/6"/><use href="{url}/7#a"/></svg>',
        f'<object data="{url}/8"></object><embed src="{url}/9"><iframe src="{url}/10"></iframe>',
        f'<p style="background:url({url}/11)">',
        "file:///etc/passwd javascript:alert(1)",
    )
    points = [
        content.point(number, claim=text, comment=text, title=text, requirement=text, erratum=text)
        for number, text in enumerate(payloads, start=1)
    ]
    made = sealed(content.content(points))
    assert listener.asked == []  # type: ignore[attr-defined]
    reader = pypdf.PdfReader(io.BytesIO(made.data))
    assert set(reader.attachments) == {"evaluation.json", "evaluation.xlsx"}
    links = [
        annotation.get_object()["/A"].get("/URI")
        for page in reader.pages
        for annotation in page.get("/Annots", [])
        if "/A" in annotation.get_object()
    ]
    assert links == []
