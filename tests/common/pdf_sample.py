"""A realistic document: every structure that the report uses, any number of points."""

import datetime as dt

from uniha_clausier.common.pdf import Attachment, Metadata
from uniha_clausier.common.pdf_text import paragraphs

CREATED = dt.datetime(2026, 11, 23, 14, 32, tzinfo=dt.UTC)

METADATA = Metadata(
    title="Évaluation de sécurité — lot 2 « imagerie »",
    created=CREATED,
    author="CHU de Démonstration",
    subject="Clausier de sécurité numérique, version 2",
    keywords=("clausier", "sécurité"),
)

ATTACHMENTS = (
    Attachment(
        name="evaluation.json",
        content=b'{"points": [1, 2, 3]}',
        mime_type="application/json",
        description="Les données du document",
        relationship="Source",
    ),
    Attachment(
        name="evaluation.xlsx",
        content=b"PK\x03\x04 a workbook, for the reader",
        mime_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        description="Les données du document, en tableur",
        relationship="Alternative",
    ),
)

SENTENCE = (
    "Le titulaire s’engage à chiffrer les données de santé « au repos » et en transit, "
    "à corriger une vulnérabilité critique sous 21 jours, et à transmettre chaque année "
    "le rapport d’audit à l’établissement ; à défaut, il propose un plan daté. "
)

CSS = """
@page { size: A4; margin: 22mm 18mm 20mm;
  @bottom-left { content: "AO-2026-014 — scellé"; font-size: 8pt }
  @bottom-right { content: "page " counter(page) " / " counter(pages); font-size: 8pt } }
html { font: 9.5pt/1.4 "Noto Sans"; color: #1B2733 }
h1 { font-size: 20pt } h2 { font-size: 14pt; break-before: page } h3 { font-size: 10.5pt }
h2, h3 { break-after: avoid }
.point { break-inside: avoid; border-top: .5pt solid #6F7B88; padding-top: 4pt }
.toc a::after { content: "  " target-counter(attr(href), page) }
.toc a { color: #0F4C75; text-decoration: none }
table { table-layout: fixed; width: 100%; border-collapse: collapse }
caption { text-align: left; font-weight: bold }
th, td { border: .5pt solid #6F7B88; padding: 2pt 4pt; text-align: left }
.ref { width: 18% } .status { width: 22% }
input { width: 60mm; height: 20mm; border: .5pt solid #6F7B88 }
"""

STATUSES = ("✓ Conforme", "◐ Partiel", "✕ Non conforme", "? À préciser", "– Sans objet")


def sample_html(points: int = 6, *, per_chapter: int = 10, extra: str = "") -> str:
    """The document with so many points of about 850 characters; ``extra`` is pasted text."""
    chapters = range(1, (points + per_chapter - 1) // per_chapter + 1)
    toc = "".join(f'<li><a href="#c{n}">Chapitre {n}, les exigences</a></li>' for n in chapters)
    body = "".join(
        f'<section><h2 id="c{n}">Chapitre {n}, les exigences</h2>'
        + "".join(_point(n, i) for i in range(min(per_chapter, points - (n - 1) * per_chapter)))
        + "</section>"
        for n in chapters
    )
    pasted = "".join(f"<p>{_escape(text)}</p>" for text in paragraphs(extra))
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>x</title>'
        f"<style>{CSS}</style></head><body>"
        f"<h1>Évaluation de sécurité</h1><p>Fournisseur : Société Générale d’Imagerie "
        f"(الشركة العامة للتصوير). {' · '.join(STATUSES)}</p>{_CHART}"
        f'<nav><h2 class="toc">Sommaire</h2><ol class="toc">{toc}</ol></nav>{body}'
        f"{pasted}{_SUMMARY}{_SIGNATURES}</body></html>"
    )


def _point(chapter: int, index: int) -> str:
    status = STATUSES[index % len(STATUSES)]
    text = SENTENCE * 3
    return (
        f'<section class="point"><h3>O-{chapter}.{index + 1} Chiffrement des données — {status}</h3>'
        f"<p>{text[:400]}</p><p><strong>Réponse du candidat : OUI.</strong> {text[:250]}</p>"
        f"<p><strong>Constat de l’acheteur :</strong> {text[:200]}</p></section>"
    )


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


_CHART = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="40" viewBox="0 0 300 40">'
    "<title>Taux de conformité : 82,5 %</title>"
    '<rect width="247" height="20" fill="#2E8B57"/>'
    '<text x="4" y="36" font-size="12" font-family="Noto Sans">82,5 % ✓</text></svg>'
)

_SUMMARY = (
    "<h2>Synthèse</h2><table><caption>Points à traiter</caption><thead><tr>"
    '<th scope="col" class="ref">Point</th><th scope="col">Motif</th>'
    '<th scope="col" class="status">État</th></tr></thead><tbody>'
    + "".join(
        f'<tr><th scope="row">O-1.{n}</th><td>Plan daté attendu</td><td>{status}</td></tr>'
        for n, status in enumerate(STATUSES, 1)
    )
    + "</tbody></table><ul><li>un plan ;<ul><li>daté</li></ul></li><li>un audit</li></ul>"
    '<p>Voir <a href="https://www.legifrance.gouv.fr/">Légifrance</a>.</p>'
)

_SIGNATURES = (
    "<h2>Visas</h2><p>L’acheteur</p>"
    '<p><input type="checkbox" name="sig_buyer" title="Signature de l’acheteur"></p>'
    "<p>Le responsable de la sécurité</p>"
    '<p><input type="checkbox" name="sig_ciso" title="Signature du RSSI"></p>'
)
