"""What the ledger holds that no synchronised document explains, and what cannot be held against it."""

from datetime import date
from typing import Any

import pytest

from app.tieout.home import Abroad, Named, Rolled
from app.tieout.ledger import BEYOND, EXCHANGE, ROUNDING, Balances, held_against
from tests.tieout.facts import D

Plain = dict[str, Any]


def roll(closing: str, currency: str = "AUD") -> Plain:
    return {"currency": currency, "oncord": {"closing": "0.00"}, "quickbooks": {"closing": closing}}


def code(name: str, labels: list[str], sales: str, tax: str, currency: str = "AUD") -> Plain:
    return {"code": name, "labels": labels, "currency": currency, "quickbooks": {"sales": sales, "tax": tax}}


GST, FREE = code("10", ["G1", "1A"], "100.00", "10.00"), code("5", ["G1", "G3"], "30.00", "0.00")
ACCOUNT = {"channel": "account:35", "currency": "AUD", "quickbooks": {"balance": "60.00"}}


def told(lines: list[Plain]) -> list[tuple[str, str, str, str | None]]:
    return [(line["what"], line["ledger"], line["documents"], line["beyond"]) for line in lines]


def test_what_no_document_explains_is_named_with_its_amount() -> None:
    labels = {"G1": D(140), "G3": D(30), "1A": D("11")}
    balances = Balances(D("95.50"), labels, {"35": ("Clearing", D(0))})

    lines = held_against(balances, "AUD", [roll("110.00")], [GST, FREE], [ACCOUNT])

    assert told(lines) == [
        ("receivables", "95.50", "110.00", "-14.50"),
        ("label G1", "140.00", "140.00", "0.00"),
        ("label G2", "0.00", "0.00", "0.00"),
        ("label G3", "30.00", "30.00", "0.00"),
        ("label 1A", "11.00", "10.00", "1.00"),
        ("account", "0.00", "60.00", "-60.00"),
    ]
    words = "In the ledger, not by a synchronised document."
    assert [line["why"] for line in lines] == [words, "", "", "", words, words]


def test_a_ledger_that_holds_nothing_else_says_so() -> None:
    lines = held_against(Balances(D(110), None, {"35": ("Clearing", D(60))}), "AUD", [roll("110.00")], [GST], [ACCOUNT])

    assert [line["beyond"] for line in lines] == ["0.00", "0.00"]


ROLLED = {
    **dict.fromkeys(
        ("opening", "sales", "credits", "receipts", "refunds", "written_off", "settled_otherwise", "rounding"), D(0)
    ),
    "sales": D("165.00"),
    "receipts": D("96.00"),
    "exchange": D("5.00"),
    "closing": D("74.00"),
}
PAID = Named("TRX 1", date(2026, 11, 3), D("5.00"))


def abroad(rolled: Rolled) -> Abroad:
    return Abroad({"USD": rolled}, labels={"G1": D("165.00"), "1A": D("15.00")}, labelled=1)


def dollars(told_home: str, rolled: Rolled) -> Plain:
    """The line of what customers in dollars owe, of whom the report says so much."""
    balances = Balances(D(110) + D(told_home), None, {}, {"1": D(110), "2": D(told_home)})
    rolls = [roll("110.00"), roll("60.00", "USD")]
    home, line = held_against(balances, "AUD", rolls, [], [], {"1": "AUD", "2": "USD"}, abroad(rolled))
    assert told([home]) == [("receivables", "110.00", "110.00", "0.00")]
    assert line["name"] == "Owed by customers on the last day, by customers in USD"
    assert line["currency"] == "AUD"
    return line


def test_an_exchange_difference_is_a_part_of_its_own_with_the_payments_that_prove_it() -> None:
    line = dollars("74.00", Rolled(ROLLED, [PAID], 1))

    assert (line["ledger"], line["documents"], line["beyond"], line["why"]) == ("74.00", "69.00", "0.00", "")
    payments = [{"number": "TRX 1", "date": "2026-11-03", "amount": "5.00"}]
    assert line["parts"] == [{"cause": EXCHANGE, "amount": "5.00", "count": 1, "payments": payments}]


def test_what_neither_documents_nor_rates_explain_is_beyond_them_whatever_there_was_exchanged() -> None:
    line = dollars("79.00", Rolled(ROLLED, [PAID], 1))

    assert (line["beyond"], line["why"]) == ("5.00", BEYOND)


@pytest.mark.parametrize(
    ("in_part", "apart", "beyond"),
    [(1, "0.01", "0.00"), (0, "0.01", "0.01"), (1, "-0.02", "-0.02"), (4, "0.04", "0.00"), (100, "0.22", "0.22")],
)
def test_cents_that_so_many_roundings_can_make_are_a_counted_cause_and_no_more_than_that(
    in_part: int, apart: str, beyond: str
) -> None:
    line = dollars(str(D("74.00") + D(apart)), Rolled(ROLLED, [PAID], in_part))

    assert line["beyond"] == beyond
    rounded = [part for part in line["parts"] if part["cause"] == ROUNDING]
    assert rounded == ([] if D(beyond) else [{"cause": ROUNDING, "amount": apart, "count": in_part}])


def test_where_the_home_currency_has_no_cents_roundings_are_of_its_own_unit() -> None:
    balances = Balances(D("75"), None, {}, {"2": D("75")})
    known = Abroad({"USD": Rolled(ROLLED, [PAID], 1)}, unit=D(1))
    _, line = held_against(balances, "JPY", [roll("60.00", "USD")], [], [], {"2": "USD"}, known)

    assert line["beyond"] == "0.00"
    assert line["parts"][1] == {"cause": ROUNDING, "amount": "1.00", "count": 1}


def test_where_a_rate_is_not_known_nothing_is_held_against_it_and_it_is_said_of_which_document() -> None:
    line = dollars("74.00", Rolled(unknown=[Named("1041", date(2026, 11, 3))]))

    assert (line["documents"], line["beyond"], "parts" in line) == ("", None, False)
    assert "one document in another currency was not read yet (1041 of 3 Nov 2026)" in line["why"]
    labels = Abroad(unlabelled=[Named(str(number), None) for number in range(7)])
    lines = held_against(Balances(None, {"G1": D(1)}, {}), "AUD", [], [GST], [], {}, labels)
    assert {line["beyond"] for line in lines} == {None}
    assert "7 documents in another currency was not read yet (0; 1; 2; 3; 4 and others)" in lines[0]["why"]


def test_labels_count_other_currencies_at_home() -> None:
    other = code("10", ["G1", "1A"], "100.00", "10.00", "USD")
    balances = Balances(None, {"G1": D("275.00"), "1A": D("25.01")}, {})
    lines = {
        line["name"][:2]: line for line in held_against(balances, "AUD", [], [GST, other], [], {}, abroad(Rolled()))
    }

    assert told([lines["G1"], lines["1A"]]) == [
        ("label G1", "275.00", "275.00", "0.00"),
        ("label 1A", "25.01", "25.00", "0.00"),
    ]
    assert lines["1A"]["parts"] == [{"cause": ROUNDING, "amount": "0.01", "count": 1}]


def test_an_account_counts_other_currencies_at_home_too() -> None:
    there = {"channel": "account:35", "currency": "USD", "quickbooks": {"balance": "60.00"}}
    balances = Balances(None, None, {"35": ("Clearing", D("156.00"))})
    known = Abroad(accounts={"account:35": D("96.00")})
    [line] = held_against(balances, "AUD", [], [], [ACCOUNT, there], {}, known)
    assert told([line]) == [("account", "156.00", "156.00", "0.00")]

    unread = Abroad(unread={"account:35": [Named("TRX 1", None)]})
    [line] = held_against(balances, "AUD", [], [], [ACCOUNT, there], {}, unread)
    assert line["beyond"] is None
    assert "TRX 1" in line["why"]


def test_labels_of_other_currencies_are_said_instead_where_it_is_not_known_what_they_come_to() -> None:
    lines = held_against(Balances(None, {"G1": D(1)}, {}), "AUD", [], [GST, code("10", ["G1"], "5", "0", "USD")], [])

    assert lines
    assert all(line["beyond"] is None and line["why"] for line in lines)


def test_what_customers_owe_is_held_against_the_documents_currency_by_currency() -> None:
    """A customer has one currency; one of whom there is no document counts at home, where it is beyond the documents."""
    balances = Balances(D("190.50"), None, {}, {"1": D("110.00"), "2": D("75.50"), "9": D("5.00")})
    rolls = [roll("110.00"), roll("50.00", "USD")]

    home, other = held_against(balances, "AUD", rolls, [], [], {"1": "AUD", "2": "USD"})

    assert told([home]) == [("receivables", "115.00", "110.00", "5.00")]
    assert (other["ledger"], other["documents"], other["beyond"]) == ("75.50", "", None)
    assert "not known" in other["why"]


def test_where_the_report_does_not_name_all_that_is_owed_nothing_is_held_against_it() -> None:
    balances = Balances(D("190.50"), None, {}, {"1": D("110.00")})
    [line] = held_against(balances, "AUD", [roll("110.00"), roll("50.00", "USD")], [], [], {"1": "AUD"})

    assert line["beyond"] is None
    assert line["why"]


def test_a_report_that_was_not_to_be_had_makes_no_line() -> None:
    assert held_against(Balances(None, None, {}), "AUD", [roll("110.00")], [GST], [ACCOUNT]) == []
