"""The mistakes that somebody could make in a module, one at a time: see ``tests.bench.mutants``.

A mistake is a comparison turned round, a condition that always or never holds, a role for another,
a yes for a no, a value or an argument left out, a statement forgotten. What would only crash is left
out, it is too easily seen: a name that nothing defines, an argument that has no default. So are the
sentences for people, which decide nothing, and the decorators and annotations.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
MODULE = "module"
ROLES = ("BUYER", "CISO", "FACILITY_ADMIN")
OPTIONAL = {"Permit", "for_roles"}
"""What may be called with one argument less."""

OTHER_RETURNS = {"Permit": ("YES", "Permit(False)"), "str": ("''",), "bool": ("True", "False")}
"""What a function may give instead, by what it says that it gives."""

SENTENCES = {"_", "gettext", "BadEvent", "RuntimeError"}
"""What takes sentences for people."""


@dataclass(frozen=True)
class Mutant:
    """A module with one mistake in it; the tests that read ``lines`` of it may see the mistake."""

    line: int
    what: str
    lines: range
    tree: ast.Module

    @property
    def is_of_module(self) -> bool:
        """Whether it is in what the module makes once, at its import."""
        return self.what.startswith(f"{MODULE}: ")


def mutants(source: str) -> Iterator[Mutant]:
    """Yield ``source`` with each mistake."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    places = _places(tree)
    for index, node in enumerate(nodes):
        if node not in places:
            continue
        scope, lines, returns = places[node]
        for variant in _variants(node, returns):
            if _text(node) == _text(variant):
                continue
            mutated = copy.deepcopy(tree)
            target = list(ast.walk(mutated))[index]
            _replace(mutated, target, variant)
            what = f"{scope}: {_text(node)} → {_text(variant)}"
            yield Mutant(lines.start, what, lines, ast.fix_missing_locations(mutated))


def _places(tree: ast.Module) -> dict[ast.AST, tuple[str, range, str]]:
    """Say where each expression and statement is: its scope, its lines, what the scope returns."""
    found: dict[ast.AST, tuple[str, range, str]] = {}

    def visit(node: ast.AST, scope: str, lines: range, returns: str) -> None:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            scope = f"{scope}.{node.name}".lstrip(".")
        if isinstance(node, ast.FunctionDef):
            returns = ast.unparse(node.returns) if node.returns else ""
        if isinstance(node, ast.stmt):
            body = getattr(node, "body", None)
            last = body[0].lineno - 1 if body else node.end_lineno or node.lineno
            lines = range(node.lineno, max(last, node.lineno) + 1)
        if isinstance(node, ast.expr | ast.stmt):
            found[node] = (scope or MODULE, lines, returns)
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "decorator_list", "bases", "type_comment"}:
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not _is_sentence(node, child):
                    visit(child, scope, lines, returns)

    visit(tree, "", range(0), "")
    return found


def _is_sentence(parent: ast.AST, node: ast.AST) -> bool:
    """Whether ``node`` is only words: a sentence for people, or a docstring."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    if isinstance(parent, ast.Expr):
        return True
    return (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Name)
        and parent.func.id in SENTENCES
    )


def _replace(tree: ast.AST, target: ast.AST, variant: ast.AST) -> None:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, variant)
                return
            if isinstance(value, list) and target in value:
                value[value.index(target)] = variant
                return


def _variants(node: ast.AST, returns: str) -> Iterator[ast.AST]:
    if isinstance(node, ast.stmt):
        yield from _other_statements(node, returns)
    elif isinstance(node, ast.expr):
        yield from _other_expressions(node)


def _other_statements(node: ast.stmt, returns: str) -> Iterator[ast.AST]:
    match node:
        case ast.If():
            yield from (_with(node, test=ast.Constant(held)) for held in (True, False))
        case ast.Return(value=value) if value is not None:
            yield from (_with(node, value=_code(other)) for other in OTHER_RETURNS.get(returns, ()))
        case ast.Expr() | ast.Raise() | ast.AugAssign() if not _is_docstring(node):
            yield ast.Pass()


def _other_expressions(node: ast.expr) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARISONS:
            yield _with(node, ops=[COMPARISONS[type(op)]()])
        case ast.BoolOp(op=op, values=values):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            yield from values  # each alone: the others forgotten
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(op=op) if type(op) in OPERATORS:
            yield _with(node, op=OPERATORS[type(op)]())
        case ast.IfExp():
            yield from (_with(node, test=ast.Constant(held)) for held in (True, False))
        case ast.Constant(value=value):
            yield from _other_values(value)
        case ast.Attribute(value=ast.Name(id="Role"), attr=role) if role in ROLES:
            yield from (_with(node, attr=other) for other in ROLES if other != role)
        case ast.Call():
            yield from _shorter_calls(node)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _other_values(value: object) -> Iterator[ast.Constant]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
    elif isinstance(value, str):
        yield ast.Constant(value + "~")
    elif isinstance(value, bytes):
        yield ast.Constant(value + b"~")


def _shorter_calls(node: ast.Call) -> Iterator[ast.Call]:
    """The same call without one of its arguments."""
    is_shorter = isinstance(node.func, ast.Name) and node.func.id in OPTIONAL
    for place in range(1, len(node.args) if is_shorter else 1):
        yield _with(node, args=node.args[:place] + node.args[place + 1 :])
    for place in range(len(node.keywords)):
        yield _with(node, keywords=node.keywords[:place] + node.keywords[place + 1 :])


def _code(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _with(node: Any, **changes: object) -> Any:
    changed = copy.copy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.If):
        return f"if {_text(node.test)}"
    return " ".join(ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).split())[:300]
