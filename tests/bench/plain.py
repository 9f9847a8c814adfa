"""The same text as plain blocks through WeasyPrint: what laying it out costs at least.

``python -m tests.bench.plain`` is the helper of ``common.pdf_isolated`` with another renderer: the
process conditions are the same, forked child, limits and collector included.
"""

import html
import warnings
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

from uniha_clausier.common import pdf, pdf_isolated
from uniha_clausier.common.pdf import RenderedPdf

BLOCKS = {
    "h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "td", "th", "caption", "div", "section", "text",
}  # fmt: skip
UNSEEN = {"style", "script", "title"}
STYLE = (
    "@page { size: A4; margin: 20mm 18mm 22mm }"
    " html { font: 9pt/1.42 'Noto Sans' } body, p { margin: 0 } p + p { margin-top: 1mm }"
)
"""The paper, the font and the size of our document, and nothing else of it."""


def plain_html(document: str, feet: Sequence[str] = ()) -> str:
    """Return the text of ``document``, each block of it a paragraph, then those of ``feet``.

    All that one reads on the pages, charts included, except the numbers beside the contents.
    """
    reader = _Blocks()
    reader.feed(document)
    reader.close()
    blocks = [*reader.blocks(), *feet]
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in blocks)
    return f'<!DOCTYPE html><html lang="fr"><style>{STYLE}</style><body>{paragraphs}'


class _Blocks(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[list[str]] = [[]]
        self._unseen = 0

    def blocks(self) -> list[str]:
        texts = (" ".join("".join(pieces).split()) for pieces in self._pieces)
        return [text for text in texts if text]

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._unseen += tag in UNSEEN
        if tag in BLOCKS:
            self._pieces.append([])

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN
        if tag in BLOCKS:
            self._pieces.append([])

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._pieces[-1].append(data)


def render(document: str, *, home: Path, tagged: bool) -> RenderedPdf:
    """Stand in for ``pdf.render_pdf``: the plainest use of WeasyPrint, with our fonts.

    ``tagged`` makes a file of the same kind as ours, PDF/A-3a; else it is the least that it writes.
    """
    from weasyprint import HTML

    kind = {"pdf_variant": "pdf/a-3a", "pdf_tags": True} if tagged else {}
    with pdf._private_fonts(home), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # as in common.pdf
        laid_out = HTML(string=document).render()
        data = laid_out.write_pdf(**kind)
    return RenderedPdf(data=data, pages=len(laid_out.pages), signature_fields=())


class Helper(pdf_isolated._Helper):
    """The helper process that renders plainly."""

    module = __name__


if __name__ == "__main__":
    pdf.render_pdf = render  # type: ignore[assignment]
    pdf_isolated.main()
