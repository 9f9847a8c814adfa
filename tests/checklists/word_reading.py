"""An independent reader of DOCX files: the ZIP and its XML, without the library that wrote them."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(frozen=True)
class Reading:
    """What a word processor finds in a file."""

    content: bytes

    @cached_property
    def names(self) -> list[str]:
        with zipfile.ZipFile(io.BytesIO(self.content)) as bundle:
            assert bundle.testzip() is None
            return bundle.namelist()

    def part(self, name: str) -> Element:
        with zipfile.ZipFile(io.BytesIO(self.content)) as bundle:
            root: Element = fromstring(bundle.read(name))
        return root

    @cached_property
    def body(self) -> Element:
        found = self.part("word/document.xml").find(f"{W}body")
        assert found is not None
        return found

    def paragraphs(self) -> Iterator[tuple[str, str]]:
        """Each paragraph outside of the tables: its style and its text."""
        for paragraph in self.body.findall(f"{W}p"):
            style = paragraph.find(f"{W}pPr/{W}pStyle")
            yield ("" if style is None else style.get(f"{W}val", "")), _text(paragraph)

    def headings(self) -> list[str]:
        return [text for style, text in self.paragraphs() if style.startswith("Heading")]

    def tables(self) -> list[list[list[str]]]:
        return [
            [[_text(cell) for cell in row.findall(f"{W}tc")] for row in table.findall(f"{W}tr")]
            for table in self.body.findall(f"{W}tbl")
        ]

    def heads(self) -> list[bool]:
        """Whether the first row of each table is marked as its head."""
        rows = [table.find(f"{W}tr") for table in self.body.findall(f"{W}tbl")]
        return [row is not None and row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows]

    def languages(self) -> set[str | None]:
        return {lang.get(f"{W}val") for lang in self.part("word/styles.xml").iter(f"{W}lang")}

    @cached_property
    def text(self) -> str:
        return "\n".join(_text(paragraph) for paragraph in self.body.iter(f"{W}p"))

    def fetches(self) -> list[str]:
        """What the file would fetch from outside, or run."""
        found = [name for name in self.names if "vba" in name.lower() or name.endswith(".bin")]
        for name in self.names:
            if name.endswith(".rels"):
                relations = self.part(name)
                found += [r.get("Target", "") for r in relations if r.get("TargetMode")]
        return found


def _text(element: Element) -> str:
    return "".join(run.text or "" for run in element.iter(f"{W}t"))
