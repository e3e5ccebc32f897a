"""The month's rounding is one line of the tie-out: what it comes to on each side, and no difference by itself."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.tieout.certificate import rounding_to_plain
from app.tieout.facts import Entry, Group, TaxedLine
from app.tieout.judge import Judge
from app.tieout.reading import read_document
from tests.tieout.facts import SETTINGS, TIES, D, invoice, pair, sale

TEA = {"total": "11.00", "tax": "1.00", "kind": "item", "description": "Tea"}


def _read(side: Any, *lines: dict[str, str], total: str, **members: Any) -> Entry:
    money = {"currency": "AUD", "amounts_include_tax": True, "tax_total": "1.00", "total": total, "lines": lines}
    return read_document(side, "1", {"money": money, "date": "2026-11-20", **members})


def _months(*groups: Group) -> list[dict[str, Any]]:
    judge = Judge(SETTINGS)
    for group in groups:
        judge.take(group, TIES)
    return rounding_to_plain(judge.certified().rounding)


def _november(oncord: str, quickbooks: str) -> list[dict[str, str]]:
    return [{"month": "2026-11", "currency": "AUD", "oncord": oncord, "quickbooks": quickbooks}]


def test_a_month_in_which_nothing_was_rounded_has_no_line() -> None:
    assert _months(pair(sale(), invoice())) == []


def test_what_the_shop_rounds_and_what_its_lines_miss_is_the_rounding_line_of_the_books() -> None:
    there = _read("quickbooks", TEA, {"total": "-0.02", "description": "Rounding", "tax_code": "1"}, total="10.98")
    said = _read("oncord", TEA, {"total": "-0.02", "kind": "rounding"}, total="10.98")
    missed = _read("oncord", TEA, total="10.98")

    assert _months(pair(said, there)) == _november("-0.02", "-0.02")
    assert _months(pair(missed, there)) == _november("-0.02", "-0.02")


def test_credits_take_away_and_what_is_void_does_not_count() -> None:
    line = TaxedLine("", D("0.03"), Decimal(0), rounds_off=True)
    ours = sale(net="100.03", lines=(TaxedLine("GST", D(100), D(10)), line))
    credit = replace(ours, id="8", credit=True)
    later = replace(ours, id="9", date=dt.date(2026, 12, 1))

    assert _months(pair(ours), pair(replace(ours, id="10", void=True))) == _november("0.03", "0.00")
    assert _months(pair(ours), pair(credit)) == _november("0.00", "0.00")
    assert [line["month"] for line in _months(pair(ours), pair(later))] == ["2026-11", "2026-12"]


def test_a_line_of_goods_that_a_shop_calls_rounding_is_none() -> None:
    words = {"total": "0.02", "tax": "0", "kind": "item", "description": "Rounding"}

    assert _months(pair(_read("oncord", TEA, words, total="11.02"))) == []


def test_where_the_lines_do_not_say_where_the_tax_is_only_what_is_called_rounding_counts() -> None:
    vague = {"total": "11.00", "kind": "item", "description": "Tea"}
    ours = _read("oncord", vague, {"total": "0.02", "kind": "rounding"}, total="11.02")

    assert _months(pair(ours)) == _november("0.02", "0.00")
