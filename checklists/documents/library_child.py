"""Reads a library file that nobody has checked: run as a process of its own, with limits.

``python -m checklists.documents.library_child yaml|xlsx`` reads the file on standard input and
writes JSON on standard output: ``{"library": …}`` or ``{"error": "…"}``, a French sentence that
names the place. It imports no Django: it starts fast, and a memory bomb takes nothing with it.
The limits were measured on hostile files: a workbook of 0.6 MB that holds a text of 600 MB, one
cell on row 1,048,576, entities and aliases that refer to each other.
"""

import io
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import yaml

from .archives import MEGABYTE, Refused, live_within, refuse_archive

MEMORY = 768 * MEGABYTE
CPU_SECONDS = 20

MOST_ROWS = 2_000
MOST_COLUMNS = 60
LONGEST_CELL = 10_000
MOST_EVENTS = 200_000
DEEPEST = 20

META = ("urn", "ref_id", "name", "version", "description", "copyright", "provider", "packager")
NULLS = {"", "~", "null", "Null", "NULL"}
TRUE = {"true", "yes", "on", "x", "1"}
FALSE = {"false", "no", "off", "", "0"}

_CLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Plain = dict[str, Any]


def main(kind: str) -> None:
    """Read standard input as ``kind`` and answer on standard output, within the limits."""
    live_within(memory=MEMORY, seconds=CPU_SECONDS)
    sys.stdout.write(json.dumps(answer(kind, sys.stdin.buffer.read())))


def answer(kind: str, content: bytes) -> Plain:
    """Return ``{"library": …}`` or ``{"error": …}``; raises nothing."""
    try:
        return {"library": READERS[kind](content)}
    except Refused as refusal:
        return {"error": str(refusal)}
    except (MemoryError, RecursionError):
        return {"error": "Le fichier demande trop de mémoire : il n’est pas lu."}


def _library(meta: Plain, framework: Plain, nodes: list[Plain]) -> Plain:
    if not nodes:
        raise Refused("Le référentiel n’a aucune exigence (requirement_nodes est vide).")
    if len(nodes) > MOST_ROWS:
        raise Refused(f"{len(nodes)} exigences : {MOST_ROWS} au plus.")
    result = {key: meta.get(key) or framework.get(key) or "" for key in META}
    for key in ("urn", "ref_id", "name", "version"):
        if not result[key]:
            raise Refused(f"Ce n’est pas une bibliothèque : « {key} » est absent de l’en-tête.")
    return {**result, "nodes": nodes}


def _node(place: str, row: Plain) -> Plain:
    """One requirement or heading; every value is a text or None."""
    depth = (row.get("depth") or "").strip()
    if not re.fullmatch(r"[1-9]", depth):
        raise Refused(f"{place} : profondeur (depth) « {depth[:20]} » : un chiffre est attendu.")
    assessable = (row.get("assessable") or "").strip().lower()
    if assessable not in TRUE | FALSE:
        raise Refused(f"{place} : « assessable » vaut « {assessable[:20]} » : oui ou non attendu.")
    texts = {key: row.get(key) or "" for key in ("name", "description", "typical_evidence")}
    for key, text in texts.items():
        if len(text) > LONGEST_CELL:
            raise Refused(
                f"{place} : « {key} » compte {len(text)} caractères, {LONGEST_CELL} au plus."
            )
    return {
        "place": place,
        "depth": int(depth),
        "is_assessable": assessable in TRUE,
        "ref": (row.get("ref_id") or "").strip(),
        "name": texts["name"].strip(),
        "text": texts["description"],
        "evidence": texts["typical_evidence"],
    }


# YAML


def read_yaml(content: bytes) -> Plain:
    """Read the YAML of a library without ever building what its aliases would multiply."""
    text = _decoded(content)
    try:
        _refuse_bombs(text)
        root = yaml.compose(text, Loader=_CLoader)
        document = _built(root) if root else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"ligne {mark.line + 1}" if mark else "fin du fichier"
        raise Refused(
            f"{place} : le YAML ne se lit pas ({error.problem or error.context}). "
            "Le fichier est-il entier ?"
        ) from None
    except yaml.YAMLError as error:
        raise Refused(f"Le YAML ne se lit pas : {str(error).splitlines()[0]}.") from None
    if not isinstance(document, dict) or not isinstance(document.get("objects"), dict):
        raise Refused("Ce n’est pas une bibliothèque : la clé « objects » est absente.")
    framework = document["objects"].get("framework")
    if not isinstance(framework, dict):
        raise Refused("Ce n’est pas un référentiel : « objects.framework » est absent.")
    rows = framework.get("requirement_nodes")
    if not isinstance(rows, list):
        raise Refused("objects.framework : la liste « requirement_nodes » est absente.")
    if not text.endswith("\n"):
        line = text.count("\n") + 1
        raise Refused(
            f"ligne {line} : le fichier s’arrête au milieu d’une ligne, il est sans doute tronqué. "
            "S’il est entier, ajoutez un retour à la ligne à la fin."
        )
    return _library(_texts(document), _texts(framework), _yaml_nodes(rows))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused(f"ligne {line} : ce n’est pas un texte en UTF-8.") from None


def _refuse_bombs(text: str) -> None:
    """Go through the events, which are never nested: refuse aliases, depth and number."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_CLoader)):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise Refused(f"ligne {line} : les alias du YAML (& et *) ne sont pas acceptés.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise Refused(f"ligne {line} : plus de {DEEPEST} niveaux imbriqués.")
        if count > MOST_EVENTS:
            raise Refused(f"ligne {line} : plus de {MOST_EVENTS} éléments.")


class Mapping(dict[str, Any]):
    """A dictionary that knows its line."""

    line = 0


def _built(node: yaml.Node) -> Any:
    """Build texts, lists and dictionaries only: no tag, no date, no number is interpreted."""
    if isinstance(node, yaml.ScalarNode):
        return None if node.style is None and node.value in NULLS else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_built(item) for item in node.value]
    result = Mapping()
    result.line = node.start_mark.line + 1
    for key_node, value_node in node.value:
        key = _built(key_node)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise Refused(f"ligne {line} : une clé doit être un texte.")
        if key in result:
            raise Refused(f"ligne {line} : la clé « {key[:40]} » est répétée.")
        result[key] = _built(value_node)
    return result


def _texts(mapping: Plain) -> Plain:
    return {key: value for key, value in mapping.items() if isinstance(value, str)}


def _yaml_nodes(rows: list[Any]) -> list[Plain]:
    nodes, urns = [], set()
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise Refused(f"requirement_nodes[{index}] : des clés sont attendues.")
        texts = _texts(row)
        ref = texts.get("ref_id", "").strip()
        place = f"ligne {row.line}, requirement_nodes[{index}]" + (f" ({ref[:40]})" if ref else "")
        parent = texts.get("parent_urn")
        if parent and parent not in urns:
            raise Refused(f"{place} : son parent « {parent[:120]} » n’est pas plus haut.")
        urns.add(texts.get("urn"))
        nodes.append(_node(place, texts))
    return nodes


# XLSX


def read_xlsx(content: bytes) -> Plain:
    """Read the workbook of a library: the directory of the archive first, then the cells."""
    from openpyxl import DEFUSEDXML, load_workbook  # half a second, for a workbook only

    if not DEFUSEDXML:
        raise Refused("La lecture des classeurs demande defusedxml, qui n’est pas installé.")
    refuse_archive(content)
    try:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = {name: _rows(name, workbook[name]) for name in workbook.sheetnames}
        return _workbook_library({name: list(rows) for name, rows in sheets.items()})
    except (Refused, MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 whatever a hostile file makes openpyxl raise
        raise Refused(_workbook_problem(error)) from None


def _rows(name: str, sheet: Any) -> Iterator[list[str | None]]:
    """Yield the rows as texts, within the limits."""
    rows = sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True)
    for number, row in enumerate(rows, start=1):
        place = f"feuille « {name} », ligne {number}"
        if number > MOST_ROWS:
            raise Refused(f"{place} : {MOST_ROWS} lignes au plus.")
        if len(row) > MOST_COLUMNS and row[MOST_COLUMNS] is not None:
            raise Refused(f"{place} : {MOST_COLUMNS} colonnes au plus.")
        cells = [None if cell is None else str(cell) for cell in row]
        if any(cell is not None and len(cell) > LONGEST_CELL for cell in cells):
            raise Refused(f"{place} : une cellule dépasse {LONGEST_CELL} caractères.")
        yield cells


def _workbook_library(sheets: dict[str, list[list[str | None]]]) -> Plain:
    """Find the sheet of the library, that of the framework and that of its content."""
    metas = {name: _pairs(rows) for name, rows in sheets.items() if name.endswith("_meta")}
    library = next((meta for meta in metas.values() if meta.get("type") == "library"), None)
    if library is None:
        raise Refused("Ce n’est pas une bibliothèque : aucune feuille « …_meta » de type library.")
    name = next((name for name, meta in metas.items() if meta.get("type") == "framework"), None)
    if name is None:
        raise Refused("Ce n’est pas un référentiel : aucune feuille « …_meta » de type framework.")
    content = name.removesuffix("_meta") + "_content"
    if content not in sheets:
        raise Refused(f"La feuille « {content} » est absente.")
    return _library(library, metas[name], list(_sheet_nodes(content, sheets[content])))


def _pairs(rows: list[list[str | None]]) -> Plain:
    return {row[0].strip(): row[1] for row in rows if len(row) > 1 and row[0]}


def _sheet_nodes(name: str, rows: list[list[str | None]]) -> Iterator[Plain]:
    header = [(cell or "").strip().lower() for cell in rows[0]] if rows else []
    for column in ("assessable", "depth", "ref_id", "name", "description"):
        if column not in header:
            raise Refused(f"feuille « {name} », ligne 1 : la colonne « {column} » est absente.")
    for number, row in enumerate(rows[1:], start=2):
        if not any(row):
            continue
        values = dict(zip(header, row, strict=False))
        ref = (values.get("ref_id") or "").strip()
        place = f"feuille « {name} », ligne {number}" + (f" ({ref[:40]})" if ref else "")
        yield _node(place, values)


def _workbook_problem(error: BaseException) -> str:
    """Say what a library of Python stumbled on."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__module__.startswith("defusedxml"):
            return "Le classeur déclare des entités XML : il n’est pas lu."
        cause = cause.__cause__ or cause.__context__
    return "Le classeur ne se lit pas : le fichier est tronqué ou n’est pas un classeur Excel."


READERS = {"yaml": read_yaml, "xlsx": read_xlsx}

if __name__ == "__main__":
    main(sys.argv[1])
