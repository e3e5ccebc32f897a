"""What the demo chooses for its connection."""

from datetime import date
from typing import Any

from app.sandbox.demo import configuration_from, told

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


def test_the_demo_never_starts_in_closed_books() -> None:
    chosen = configuration_from(CHOICES | {"closed_until": "2026-10-31"}, date(2026, 10, 23))

    assert chosen["start_date"] == "2026-11-01"


def test_a_run_is_told_by_what_it_counted() -> None:
    assert told({"created": 3, "skipped": 12, "failed": 0}) == "3 created, 12 skipped"
    assert told({}) == "nothing to do"
