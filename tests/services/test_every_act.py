"""Whatever somebody does through the services stands in the audit: read out of the code, so that what comes later is looked at, too."""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.console.acts import ACTS

ROOT = Path(__file__).parent.parent.parent
RECORDING = {"audit.record", "record_refusal"}
NOT_BY_THEMSELVES = {
    "connect.run_after_return": "what its callers do is written down",
    "consent.set_out": "coming back is written down, with a company or without",
    "work.answer_all": "each answer is, by `attention.resolve`",
}
"""What acts for somebody and writes nothing down, and why."""
OF_NOBODY = {
    "launch.use_launch",
    "sign_in.sign_in",
    "webhook_document.post_company_events",
    "webhook_document.post_message",
    "webhook_document.post_site_events",
    "webhooks.receive_oncord",
    "webhooks.receive_quickbooks",
}
"""What is open: a session is opened, whose opening is an act, events are signed, and what is only described."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> dict[str, Function]:
    return {
        each.name: each
        for each in ast.walk(ast.parse(path.read_text()))
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def calls(function: Function) -> set[str]:
    return {ast.unparse(each.func) for each in ast.walk(function) if isinstance(each, ast.Call)}


def records(name: str, known: dict[str, Function], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a function writes something down, by itself or by others of its module."""
    if name not in known or name in seen:
        return False
    called = calls(known[name])
    return bool(called & RECORDING) or any(records(each, known, seen | {name}) for each in called)


def acting() -> Iterator[tuple[str, bool]]:
    """Each public service that is told who asks, and whether it writes something down."""
    for path in sorted((ROOT / "app" / "services").glob("*.py")):
        known = functions(path)
        for name, function in known.items():
            told = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)}
            if isinstance(function, ast.AsyncFunctionDef) and not name.startswith("_") and told & {"who", "caller"}:
                yield f"{path.stem}.{name}", records(name, known)


def test_every_service_that_is_told_who_asks_writes_down_what_they_did() -> None:
    found = dict(acting())

    assert len(found) > 40
    assert {name for name, written in found.items() if not written} == set(NOT_BY_THEMSELVES)


def test_whoever_changes_anything_over_the_api_or_the_console_is_handed_on() -> None:
    changing = {"post", "put", "patch", "delete"}
    silent, looked_at = [], 0
    for room in ("api", "console"):
        for path in sorted((ROOT / "app" / room).glob("*.py")):
            for name, function in functions(path).items():
                done = {each.func.attr for each in function.decorator_list if _is_a_route(each)}  # type: ignore[attr-defined]
                used = {each.id for part in function.body for each in ast.walk(part) if isinstance(each, ast.Name)}
                if done & changing:
                    looked_at += 1
                    if not used & {"caller", "visitor", "who"}:
                        silent.append(f"{path.stem}.{name}")

    assert looked_at > 60
    assert set(silent) == OF_NOBODY


def _is_a_route(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute)


def test_every_act_has_words() -> None:
    named = {
        each.value.value
        for path in (ROOT / "app").rglob("*.py")
        if "sandbox" not in path.parts
        for each in ast.walk(ast.parse(path.read_text()))
        if isinstance(each, ast.keyword) and each.arg == "action" and isinstance(each.value, ast.Constant)
    }

    assert len(named) > 25
    assert {name for name in named if "." in str(name)} <= set(ACTS)
