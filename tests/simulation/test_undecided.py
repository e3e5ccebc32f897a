"""The oracle takes a wait for the configuration as an excuse only where the configuration really says nothing about the record."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.simulation.life import Life
from tests.simulation.looking import World, undecided


def _undecided(lines: list[dict[str, Any]], codes: set[str], *, said: bool, **members: Any) -> bool:
    shop = {"sale": {"7": {"lines": lines, "order_discounts": [], "shipping": None, **members}}}
    life = cast(Life, SimpleNamespace(guard=None, bad_debt_item=""))
    world = World(life, shop, {}, [], [], [], set(), {}, {}, codes, said)
    return undecided(world, "oncord", "sale", "7")


@pytest.mark.parametrize(
    ("codes", "said", "expected"),
    [({"GST", "FRE"}, True, False), ({"GST"}, False, True)],
)
def test_a_line_with_a_code_needs_that_code(codes: set[str], said: bool, expected: bool) -> None:
    assert _undecided([{"tax_code": "FRE"}, {"tax_code": "GST"}], codes, said=said) is expected


@pytest.mark.parametrize(
    ("codes", "said", "expected"),
    [({"GST"}, False, True), ({"GST", "FRE"}, False, True), ({"GST"}, True, False), ({"GST", "EXP"}, True, False)],
)
def test_a_line_without_a_code_needs_that_somebody_has_said_what_it_is_whatever_is_mapped(
    codes: set[str], said: bool, expected: bool
) -> None:
    assert _undecided([{"tax_code": None}, {"tax_code": "GST"}], codes, said=said) is expected


def test_freight_and_discounts_without_a_code_need_it_too() -> None:
    line, freight = {"tax_code": "GST"}, {"amount": "7.00", "tax_code": ""}

    assert _undecided([line], {"GST"}, said=False, shipping=freight) is True
    assert _undecided([line], {"GST"}, said=False, order_discounts=[freight]) is True
    assert _undecided([line], {"GST"}, said=True, shipping=freight) is False
