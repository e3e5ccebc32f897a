"""The oracle takes a wait for the configuration as an excuse only where the configuration really says nothing about the record."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.simulation.life import Life
from tests.simulation.looking import World, undecided


def _undecided(
    lines: list[dict[str, Any]],
    codes: set[str],
    *,
    said: bool | str,
    goes: str = "home",
    items: str = "",
    **members: Any,
) -> bool:
    shop = {"sale": {"7": {"lines": lines, "order_discounts": [], "shipping": None, **members}}}
    life = cast(Life, SimpleNamespace(guard=None, bad_debt_item="", destination=lambda _: goes))
    for_where = frozenset({"home", "abroad"} if said is True else {said} if said else ())
    sold, _, redeemed = items.partition(" ")
    world = World(life, shop, {}, [], [], [], set(), {}, {}, codes, for_where, sold, redeemed)
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


@pytest.mark.parametrize(("goes", "expected"), [("home", False), ("abroad", True)])
def test_what_is_said_of_the_country_is_not_said_of_what_is_shipped_abroad(goes: str, expected: bool) -> None:
    assert _undecided([{"tax_code": None}], {"GST"}, said="home", goes=goes) is expected


@pytest.mark.parametrize(
    ("worth", "items", "expected"),
    [("50.00", "i1", False), ("50.00", "", True), ("-20.00", "i1", True), ("-20.00", "i1 i2", False)],
)
def test_a_voucher_needs_its_item_and_one_that_is_redeemed_that_of_the_way_in_which_it_is(
    worth: str, items: str, expected: bool
) -> None:
    line = {"tax_code": "", "voucher": True, "line_total": worth}

    assert _undecided([line], {"GST"}, said=False, items=items) is expected
