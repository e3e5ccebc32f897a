"""Whoever calls a function learns from its docstring what it raises, and when."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
SERVICE = sorted(p for folder in ("app", "workers") for p in (ROOT / folder).rglob("*.py"))
ENDPOINTS = {"get", "post", "put", "patch", "delete"}
VALUE = "(an error that came from elsewhere)"
GENERAL = {"Exception", "OutsideError"}  # a docstring names the kinds that really come

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Silent(NamedTuple):
    """A public function whose docstring leaves out something that it raises."""

    name: str
    missing: tuple[str, ...]


def _is_endpoint(function: Function) -> bool:
    """Whether its docstring is what FastAPI publishes: it is decorated with a method of a router, `@router.get(...)`."""
    calls = [d.func for d in function.decorator_list if isinstance(d, ast.Call)]
    return any(isinstance(c, ast.Attribute) and c.attr in ENDPOINTS and "router" in ast.unparse(c.value) for c in calls)


def _public(node: ast.AST) -> Iterator[Function]:
    """The public functions of a module, and the public methods of its public classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            yield child
        elif isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from _public(child)


def _raised(statements: list[ast.stmt], caught: frozenset[str] = frozenset()) -> Iterator[str]:
    """What a body raises and does not catch itself: the name of each class, of the function that makes it, or VALUE."""
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.Raise) and node.exc is not None:
            made = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            name = ast.unparse(made).split(".")[-1]
            is_value = made is node.exc and not name[0].isupper()
            if name not in caught:
                yield VALUE if is_value else name
        if isinstance(node, ast.Try | ast.TryStar):
            here = {n.id for h in node.handlers if h.type for n in ast.walk(h.type) if isinstance(n, ast.Name)}
            yield from _raised(node.body, caught | here)
            for block in (*(h.body for h in node.handlers), node.orelse, node.finalbody):
                yield from _raised(block, caught)
            continue
        for _, value in ast.iter_fields(node):
            inner = value if isinstance(value, list) else []
            cases = [s for c in inner if isinstance(c, ast.match_case) for s in c.body]
            yield from _raised([s for s in inner if isinstance(s, ast.stmt)] + cases, caught)


def _makers(tree: ast.AST) -> dict[str, set[str]]:
    """By the name of each function: the classes that it says it answers."""
    answered: dict[str, set[str]] = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.returns is not None:
            answered[node.name] |= {n.id for n in ast.walk(node.returns) if isinstance(n, ast.Name)}
    return answered


_EVERYWHERE: dict[str, set[str]] = defaultdict(set)
for _path in SERVICE:
    if _path.name == "faults.py":
        for _name, _classes in _makers(ast.parse(_path.read_text())).items():
            _EVERYWHERE[_name] |= _classes


def silent(text: str) -> list[Silent]:
    """The public functions of a module that raise something of which their docstring does not speak."""
    tree = ast.parse(text)
    makers = _makers(tree)
    found = []
    for function in _public(tree):
        names = set(_raised(function.body))
        if not names or _is_endpoint(function):
            continue
        classes = {n for n in names if n[0].isupper()}
        for maker in names - classes:
            classes |= makers.get(maker) or _EVERYWHERE.get(maker, set())
        said = ast.get_docstring(function) or ""
        missing = sorted(c for c in classes - GENERAL if c not in said)
        if "raise" not in said.lower() or missing:
            found.append(Silent(function.name, tuple(missing)))
    return found


@pytest.mark.parametrize("path", SERVICE, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_public_function_says_in_its_docstring_what_it_raises(path: Path) -> None:
    assert silent(path.read_text()) == []


def test_silence_is_noticed_and_what_is_caught_or_published_is_none() -> None:
    module = '''
def quiet():
    """Does something."""
    raise ValueError("no")

def half():
    """Does something. Raises `ValueError` where it is odd."""
    if odd:
        raise ValueError("odd")
    match what:
        case 1:
            raise _made()

def whole():
    """Does something. Raises `ValueError` where it is odd."""
    raise ValueError("odd")

def catches():
    """Does something."""
    try:
        raise ValueError("odd")
    except ValueError:
        return

@router.get("/")
def published():
    """What a reader of the API sees."""
    raise ValueError("odd")

def _private():
    raise ValueError("odd")

def _made() -> KeyError:
    return KeyError()
'''

    assert silent(module) == [Silent("quiet", ("ValueError",)), Silent("half", ("KeyError",))]
