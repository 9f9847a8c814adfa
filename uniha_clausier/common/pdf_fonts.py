"""The fonts of the documents: a private fontconfig file, and what its fonts can write.

A PDF/A file may not show one character without a glyph, and a colour emoji font
breaks it for good. So the renderer never sees the fonts of the machine, only the
ones listed here, linked into a folder of ours; and the sanitiser of pdf_text
knows from the same files which characters they cover.
"""

import functools
import html
import os
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont

FAMILY = "Noto Sans"

#: File names, in the order of preference. Without the required ones nothing is rendered.
REQUIRED = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf")
OPTIONAL = (
    "NotoSans-Italic.ttf",
    "NotoSans-BoldItalic.ttf",
    "NotoSansMono-Regular.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansArabic-Bold.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansArmenian-Regular.ttf",
    "NotoSansGeorgian-Regular.ttf",
    "NotoSansSymbols-Regular.ttf",
    "NotoSansSymbols2-Regular.ttf",
    "NotoSansMath-Regular.ttf",
    "Symbola_hint.ttf",
    "Symbola.ttf",
)

SEARCHED = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))


class MissingFonts(RuntimeError):
    """The fonts that every document needs are not installed."""

    def __init__(self, names: list[str]):
        super().__init__(
            f"Polices introuvables : {', '.join(names)}. "
            "Installez-les : apt-get install fonts-noto-core fonts-symbola"
        )


@dataclass(frozen=True)
class FontSet:
    """The font files of the documents."""

    files: tuple[Path, ...]

    def coverage(self) -> frozenset[str]:
        """Every character that one of the files can draw and a PDF/A may hold."""
        return _coverage(self.files)


@functools.cache
def installed_fonts() -> FontSet:
    """The listed fonts found on this machine; MissingFonts when a required one is not."""
    found = _font_files()
    if missing := [name for name in REQUIRED if name not in found]:
        raise MissingFonts(missing)
    return FontSet(tuple(found[name] for name in (*REQUIRED, *OPTIONAL) if name in found))


def write_fontconfig(home: Path) -> Path:
    """Write the private fontconfig file under the data folder, and return its path.

    Safe to call from several processes: the file is replaced in one move, and
    left alone when it is already right.
    """
    folder = home / "pdf-fonts"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = _configuration(folder, installed_fonts())
    target = folder / "fonts.conf"
    if not target.exists() or target.read_text(encoding="utf-8") != wanted:
        handle, scratch = tempfile.mkstemp(dir=folder, suffix=".conf")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(wanted)
        Path(scratch).replace(target)
    return target


def _font_files() -> dict[str, Path]:
    wanted = {*REQUIRED, *OPTIONAL}
    found: dict[str, Path] = {}
    for path in _walk(SEARCHED):
        if path.name in wanted:
            found.setdefault(path.name, path)
    return found


def _walk(roots: tuple[Path, ...]) -> Iterator[Path]:
    for root in roots:
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                yield Path(folder) / name


def _configuration(folder: Path, fonts: FontSet) -> str:
    """Each file by its path: a folder would let the machine's other fonts in."""
    files = "\n".join(
        f"  <dir>{html.escape(str(parent))}</dir>"
        for parent in sorted({path.parent for path in fonts.files})
    )
    accepted = "\n".join(f"      <glob>{html.escape(str(path))}</glob>" for path in fonts.files)
    return f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
{files}
  <cachedir>{html.escape(str(folder / "cache"))}</cachedir>
  <selectfont>
    <rejectfont><glob>/*</glob></rejectfont>
    <acceptfont>
{accepted}
    </acceptfont>
  </selectfont>
  <alias binding="strong"><family>sans-serif</family><prefer><family>{FAMILY}</family></prefer></alias>
</fontconfig>
"""


@functools.cache
def _coverage(files: tuple[Path, ...]) -> frozenset[str]:
    points: set[int] = set()
    for path in files:
        with TTFont(path, lazy=True) as font:
            points.update(font.getBestCmap())
    return frozenset(character for character in map(chr, points) if _may_be_shown(character))


def _may_be_shown(character: str) -> bool:
    """No control, surrogate, private or unassigned character: PDF/A-3a asks a meaning of each."""
    invisible = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    return unicodedata.category(character) not in invisible and not is_variation_selector(character)


def is_variation_selector(character: str) -> bool:
    """Asks for a colour emoji or a variant glyph, which our fonts do not have."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
