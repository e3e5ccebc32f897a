"""What documents in other currencies come to at home: each at its own rate, and what money at another one makes of it."""

import datetime as dt
from typing import Any

import pytest

from app.tieout.facts import Applied, Entry, TaxedLine
from app.tieout.home import Abroad, Home, Rolled, code_at_home, rolled_at_home
from app.tieout.labels import labels_of
from app.tieout.period import month_of
from tests.tieout.facts import D, invoice, payment

OCTOBER, DECEMBER = dt.date(2026, 10, 31), dt.date(2026, 12, 1)


def home() -> Home:
    return Home(
        month_of("2026-11"),
        "AUD",
        D("0.01"),
        lambda code: labels_of(code, {"10": "10"}.get(code, "0"), "AU", NAMES[code]),
    )


NAMES = {"10": "GST", "5": "GST-free exports"}


def sold(record_id: str = "90", rate: str | None = "1.5", **members: Any) -> Entry:
    """An invoice of 110.00 USD."""
    return invoice(record_id, **{"currency": "USD", "rate": None if rate is None else D(rate), **members})


def paid(amount: str, *pays: tuple[str, str], rate: str | None = "1.6", **members: Any) -> Entry:
    return payment(amount, *pays, **{"currency": "USD", "rate": None if rate is None else D(rate), **members})


def found(documents: list[Entry], money: list[Entry] = []) -> Abroad:  # noqa: B006 - read only
    home_money = home()
    for entry in documents:
        home_money.take_document(entry, D(0), "credits" if entry.credit else "sales")
    for entry in money:
        home_money.take_money(entry, entry.total, "account:35")
    return home_money.found()


def rolled(documents: list[Entry], money: list[Entry] = []) -> Rolled:  # noqa: B006 - read only
    return found(documents, money).rolls["USD"]


def told(some: Rolled) -> dict[str, str]:
    return {name: f"{amount:.2f}" for name, amount in some.parts.items() if amount}


def test_what_is_paid_at_another_rate_leaves_nothing_owed_and_the_payment_proves_the_difference() -> None:
    some = rolled([sold()], [paid("110", ("90", "110"), number="TRX 1")])

    assert told(some) == {"sales": "165.00", "receipts": "176.00", "exchange": "11.00"}
    assert [(each.number, each.amount) for each in some.exchanges] == [("TRX 1", D(11))]
    assert some.parts["closing"] == 0


def test_what_is_open_stands_at_the_rate_of_its_document_and_what_pays_nothing_at_its_own() -> None:
    some = rolled([sold()], [paid("60", ("90", "50"))])

    assert told(some) == {"sales": "165.00", "receipts": "96.00", "exchange": "5.00", "closing": "74.00"}
    assert some.in_part == 2, "the invoice and the payment are open in part"


def test_a_loss_is_below_zero_and_one_rate_makes_no_difference() -> None:
    assert told(rolled([sold()], [paid("110", ("90", "110"), rate="1.4")]))["exchange"] == "-11.00"
    assert "exchange" not in told(rolled([sold()], [paid("110", ("90", "110"), rate="1.5")]))


def test_credit_that_is_used_at_another_rate_makes_one_too_whatever_the_rate_of_what_joins_them() -> None:
    memo = sold("91", rate="1.7", credit=True)
    joining = paid("0", ("90", "110"), rate="3", applied=(Applied("90", D(110)), Applied("91", D(110), credit=True)))
    some = rolled([sold(), memo], [joining])

    assert told(some) == {"sales": "165.00", "credits": "187.00", "exchange": "22.00"}


def test_money_paid_back_is_evened_out_by_what_it_is_joined_to() -> None:
    memo = sold("91", rate="1.5", credit=True)
    back = paid("-110", rate="1.6", record_id="96")
    joining = paid(
        "0", rate="1", record_id="97", applied=(Applied("91", D(110), credit=True),), joined=(("96", D(110)),)
    )
    some = rolled([memo], [back, joining])

    assert told(some) == {"credits": "165.00", "refunds": "176.00", "exchange": "-11.00"}


def test_a_payment_counts_for_a_document_from_the_day_on_which_both_are_there() -> None:
    early = rolled([sold(date=DECEMBER)], [paid("110", ("90", "110"))])
    assert told(early) == {"receipts": "176.00", "closing": "-176.00"}
    late = rolled([sold(date=OCTOBER)], [paid("110", ("90", "110"), date=DECEMBER)])
    assert told(late) == {"opening": "165.00", "closing": "165.00"}
    old = rolled([sold(date=OCTOBER)], [paid("110", ("90", "110"), date=OCTOBER)])
    assert told(old) == {}, "an exchange difference of before is none of the period"


def test_quickbooks_own_total_goes_before_what_the_rate_comes_to() -> None:
    assert told(rolled([sold(at_home=D("165.01"))]))["sales"] == "165.01"


def test_parts_that_are_rounded_by_themselves_are_a_line_of_their_own() -> None:
    some = rolled([sold(rate="1.3333")], [paid("33.33", ("90", "33.33"), rate="1.3333")])
    parts = some.parts
    assert parts["closing"] == D("102.22")
    assert (
        parts["opening"] + parts["sales"] - parts["receipts"] + parts["exchange"] + parts["rounding"]
        == parts["closing"]
    )


def test_a_document_without_a_rate_is_named_where_anything_of_the_period_depends_on_it() -> None:
    some = found([sold(rate=None), sold("91")])
    assert [each.number for each in some.rolls["USD"].unknown] == ["1041"]
    assert some.rolls["USD"].parts == {}
    assert [each.number for each in some.unlabelled] == ["1041"]
    roll = rolled_at_home({"currency": "USD"}, some, "AUD")
    assert roll["home"] == {"currency": "AUD", "not_known": ["1041 of 20 Nov 2026"], "not_known_count": 1}
    row = {"code": "10", "currency": "USD"}
    assert code_at_home(row, some, "AUD") == row

    settled = found([sold(rate=None, date=OCTOBER), sold("91")], [paid("110", ("90", "110"), rate=None, date=OCTOBER)])
    assert settled.rolls["USD"].parts["closing"] == D(165), "what was settled before needs no rate"


def test_what_is_nothing_in_any_currency_needs_no_rate() -> None:
    free = sold("91", net="0.00", tax="0.00", rate=None)
    goodwill = paid("-30", rate=None, record_id="96")
    home_money = home()
    home_money.take_document(sold(), D(0))
    home_money.take_document(free, D(0))
    home_money.take_money(goodwill, D(0), "account:35")
    some = home_money.found()
    assert told(some.rolls["USD"]) == {"sales": "165.00", "closing": "165.00"}
    assert list(some.unlabelled) == []
    assert [each.number for each in some.unread["account:35"]] == [""], "what lies in the account does need it"

    memo = sold("92", rate="1.7", credit=True)
    joining = paid("0", rate=None, applied=(Applied("90", D(110)), Applied("92", D(110), credit=True)))
    both = rolled([sold(), memo], [joining])
    assert told(both) == {"sales": "165.00", "credits": "187.00", "exchange": "22.00"}

    part = paid("0", rate=None, applied=(Applied("90", D(110)),))
    assert len(rolled([sold()], [part]).unknown) == 1, "it leaves something open at a rate that nobody knows"


def test_labels_and_codes_are_rounded_for_each_document() -> None:
    lines = (TaxedLine("10", D("10.05"), D("1.01")), TaxedLine("5", D("3.33"), D(0)))
    some = found([sold(rate="1.333", lines=lines), sold("91", rate="1.333", lines=lines, credit=True), sold("92")])

    assert {label: f"{amount:.2f}" for label, amount in some.labels.items()} == {
        "G1": "165.00",
        "1A": "15.00",
        "G2": "0.00",
    }
    assert some.labelled == 3
    assert code_at_home({"code": "10", "currency": "USD"}, some, "AUD")["home"] == {
        "currency": "AUD",
        "sales": "150.00",
        "tax": "15.00",
    }


@pytest.mark.parametrize(("day", "amount"), [(OCTOBER, D(176)), (DECEMBER, None)])
def test_what_lies_in_an_account_is_what_came_into_it_at_each_payments_rate(day: dt.date, amount: Any) -> None:
    some = found([], [paid("110", date=day)])
    assert some.accounts.get("account:35") == amount


def test_nothing_is_kept_of_the_home_currency() -> None:
    some = found([invoice()], [payment("110", ("90", "110"))])
    assert some == Abroad(unlabelled=[])
