"""What the demo chooses for its connection."""

from datetime import date
from typing import Any

from app.sandbox.local.demo import account_for, configuration_from, told

CHOICES: dict[str, Any] = {
    "deposit_accounts": [
        {"id": "4", "name": "Undeposited Funds", "kind": "Other Current Asset"},
        {"id": "35", "name": "Cheque Account", "kind": "Bank"},
    ],
    "payment_methods": [
        {"id": "1", "kind": "credit_card", "active": True},
        {"id": "2", "kind": "paypal", "active": True},
        {"id": "3", "kind": "cash", "active": True},
        {"id": "4", "kind": "other", "active": False},
    ],
    "untaxed_codes": [{"id": "2", "name": "GST-free"}, {"id": "6", "name": "GST-free exports"}],
    "closed_until": None,
    "suggested": {"start_date": "2026-11-22", "tax_codes": [{"code": "GST", "quickbooks_id": "6", "rate": "10"}]},
}


def test_every_method_in_use_has_an_account_and_every_account_one_preferred_method() -> None:
    chosen = configuration_from(CHOICES, date(2026, 10, 23))

    assert [(m["id"], m["deposit_account_id"], m["preferred"]) for m in chosen["payment_methods"]] == [
        ("1", "35", True),
        ("2", "35", False),
        ("3", "4", True),
    ]
    assert chosen["tax_codes"] == CHOICES["suggested"]["tax_codes"]
    assert chosen["start_date"] == "2026-10-23"


def test_money_that_reaches_the_bank_later_goes_to_the_account_of_whoever_holds_it_and_vouchers_never_to_the_bank() -> (
    None
):
    accounts = [
        *CHOICES["deposit_accounts"],
        {"id": "90", "name": "Stripe Clearing", "kind": "Bank"},
        {"id": "91", "name": "PayPal Clearing", "kind": "Bank"},
        {"id": "94", "name": "Gift Voucher Clearing", "kind": "Other Current Asset"},
    ]
    kinds = ("credit_card", "credit_card_phone", "paypal", "direct_deposit", "cheque", "cash", "other")

    assert {kind: account_for(kind, accounts) for kind in kinds} == {
        "credit_card": "90",
        "credit_card_phone": "90",
        "paypal": "91",
        "direct_deposit": "35",
        "cheque": "4",
        "cash": "4",
        "other": "94",
    }
    clearing_first = [accounts[2], accounts[0], accounts[1]]
    assert account_for("direct_deposit", clearing_first) == "35"


def test_vouchers_without_an_account_of_their_own_are_left_out_openly() -> None:
    methods = [{"id": "7", "kind": "other", "active": True}]
    [chosen] = configuration_from(CHOICES | {"payment_methods": methods}, date(2026, 10, 23))["payment_methods"]

    assert (chosen["choice"], chosen["deposit_account_id"]) == ("none", None)


def test_lines_without_a_tax_code_are_gst_free_here_and_exports_abroad() -> None:
    chosen = configuration_from(CHOICES, date(2026, 10, 23))["untaxed_lines"]

    assert set(chosen["home"].values()) == {"2"}
    assert set(chosen["abroad"].values()) == {"6"}
    nothing = configuration_from(CHOICES | {"untaxed_codes": []}, date(2026, 10, 23))["untaxed_lines"]
    assert set(nothing["home"].values()) == {None}


def test_the_demo_never_starts_in_closed_books() -> None:
    chosen = configuration_from(CHOICES | {"closed_until": "2026-10-31"}, date(2026, 10, 23))

    assert chosen["start_date"] == "2026-11-01"


def test_a_run_is_told_by_what_it_counted() -> None:
    assert told({"created": 3, "skipped": 12, "failed": 0}) == "3 created, 12 skipped"
    assert told({}) == "nothing to do"
