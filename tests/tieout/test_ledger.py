"""What the ledger holds that no synchronised document explains, and what cannot be held against it."""

from typing import Any

from app.tieout.ledger import Balances, held_against
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


def test_labels_of_other_currencies_are_said_instead() -> None:
    lines = held_against(Balances(None, {"G1": D(1)}, {}), "AUD", [], [GST, code("10", ["G1"], "5", "0", "USD")], [])

    assert lines
    assert all(line["beyond"] is None and line["why"] for line in lines)


def test_what_customers_owe_is_held_against_the_documents_currency_by_currency() -> None:
    """A customer has one currency; one of whom there is no document counts at home, where it is beyond the documents."""
    balances = Balances(D("190.50"), None, {}, {"1": D("110.00"), "2": D("75.50"), "9": D("5.00")})
    rolls = [roll("110.00"), roll("50.00", "USD")]

    home, dollars = held_against(balances, "AUD", rolls, [], [], {"1": "AUD", "2": "USD"})

    assert told([home]) == [("receivables", "115.00", "110.00", "5.00")]
    assert (dollars["ledger"], dollars["currency"], dollars["documents"], dollars["beyond"]) == (
        "75.50",
        "AUD",
        "",
        None,
    )
    assert dollars["name"] == "Owed by customers on the last day, by customers in USD"
    assert "50.00 USD" in dollars["why"]
    assert "tells in AUD" in dollars["why"]


def test_where_the_report_does_not_name_all_that_is_owed_nothing_is_held_against_it() -> None:
    balances = Balances(D("190.50"), None, {}, {"1": D("110.00")})
    [line] = held_against(balances, "AUD", [roll("110.00"), roll("50.00", "USD")], [], [], {"1": "AUD"})

    assert line["beyond"] is None
    assert line["why"]


def test_a_report_that_was_not_to_be_had_makes_no_line() -> None:
    assert held_against(Balances(None, None, {}), "AUD", [roll("110.00")], [GST], [ACCOUNT]) == []
