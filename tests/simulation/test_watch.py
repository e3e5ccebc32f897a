"""What the oracle says of a write that names lines: they have to stand in the version that the write is based on."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.simulation import watch
from tests.simulation.outside import Call


async def _faults(lines: list[dict[str, Any]], *, version: str = "7", deleted: bool = False) -> list[str]:
    """What is noted of an update of sale 1, which has the lines 5 and 7 in its version 7."""
    sale = {"id": "1", "version": "7", "deleted": deleted, "lines": [{"id": "5"}, {"id": "7"}]}

    async def get(_: str) -> Any:
        return SimpleNamespace(json=lambda: {"items": [sale]})

    life: Any = SimpleNamespace(
        faults=[], born={"oncord": set()}, joint=SimpleNamespace(http_shop=SimpleNamespace(get=get))
    )
    await watch.forbidden(life, Call("oncord", "sale", "update", "1", {"lines": lines}, version))
    return list(life.faults)


@pytest.mark.parametrize(
    ("lines", "strange"),
    [
        ([{"id": "6", "quantity": "1"}], "6"),
        ([{"id": "5"}, {"id": "13"}, {"id": "14"}], "13, 14"),
    ],
    ids=["typed anew", "two of several"],
)
async def test_a_line_that_the_sale_does_not_have_is_noted(lines: list[dict[str, Any]], strange: str) -> None:
    assert await _faults(lines) == [f"A2: the service writes to lines {strange} of sale 1, which has only 5, 7"]


@pytest.mark.parametrize(
    "lines",
    [[{"id": "7"}, {"id": "5"}], [{"description": "New"}, {"id": None, "description": "Newer"}], []],
    ids=["its own", "new ones", "none"],
)
async def test_lines_of_the_sale_and_new_ones_are_in_order(lines: list[dict[str, Any]]) -> None:
    assert await _faults(lines) == []


async def test_what_was_saved_or_deleted_meanwhile_is_refused_for_that() -> None:
    assert await _faults([{"id": "6"}], version="6") == []
    assert await _faults([{"id": "6"}], deleted=True) == []
