"""What the import contracts cannot see: the domain stays pure, simulators stay strangers, money is never a float."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOMAIN = sorted((ROOT / "app" / "domain").rglob("*.py"))
SERVICE = sorted(p for folder in ("app", "workers") for p in (ROOT / folder).rglob("*.py"))


def _imports(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module if node.module.startswith("app.") else node.module.split(".")[0])
    return names


def _calls(tree: ast.AST) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@pytest.mark.parametrize("path", DOMAIN, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_domain_imports_only_the_standard_library_and_itself(path: Path) -> None:
    for name in _imports(ast.parse(path.read_text())):
        assert name in sys.stdlib_module_names or name.startswith("app.domain"), name


@pytest.mark.parametrize("path", DOMAIN, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_domain_has_no_await_no_clock_no_chance_no_input_and_no_floats(path: Path) -> None:
    tree = ast.parse(path.read_text())
    banned = {"asyncio", "random", "time", "uuid", "json", "socket", "os", "secrets"}

    assert not any(
        isinstance(n, ast.Await | ast.AsyncFunctionDef | ast.AsyncWith | ast.AsyncFor) for n in ast.walk(tree)
    )
    assert not _imports(tree) & banned
    assert not _calls(tree) & {
        "float",
        "open",
        "print",
        "datetime.now",
        "dt.datetime.now",
        "date.today",
        "dt.date.today",
    }
    assert not any(isinstance(n, ast.Constant) and isinstance(n.value, float) for n in ast.walk(tree))


@pytest.mark.parametrize(
    "path",
    [p for p in SERVICE if "sandbox" not in p.parts and p.name != "runtime.py"],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_time_chance_ids_and_tasks_come_from_the_runtime(path: Path) -> None:
    calls = _calls(ast.parse(path.read_text()))
    banned = {
        "datetime.now",
        "datetime.utcnow",
        "time.time",
        "time.monotonic",
        "uuid.uuid4",
        "uuid4",
        "random.random",
        "random.Random",
        "asyncio.sleep",
        "asyncio.create_task",
    }

    assert not calls & banned


def test_sql_leaves_the_clock_and_chance_alone() -> None:
    for path in sorted((ROOT / "app" / "storage").rglob("*.py")):
        text = path.read_text().lower()
        for word in ("now()", "random()", "gen_random_uuid", "current_timestamp"):
            assert word not in text, f"{path.name}: {word}"


def test_httpx2_stays_out_of_the_environment() -> None:
    with pytest.raises(ImportError):
        __import__("httpx2")


@pytest.mark.parametrize(
    "sign",
    [p for p in SERVICE if p.name == "__init__.py"],
    ids=lambda p: str(p.parent.relative_to(ROOT)),
)
def test_every_folder_says_what_it_is_for(sign: Path) -> None:
    assert ast.get_docstring(ast.parse(sign.read_text()))
