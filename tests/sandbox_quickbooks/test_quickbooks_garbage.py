"""Whatever is sent, the simulator answers as QBO does: with the object or with a fault, never by falling over."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest

from .books import open_books, payment_body
from .test_quickbooks_payments import paid_back

JUNK: list[Any] = [
    None,
    "",
    0,
    -1,
    1.005,
    10**18,
    "x",
    "9" * 30,
    True,
    [],
    {},
    [[]],
    [None],
    {"value": None},
    {"value": []},
    {"value": "1"},
    "NaN",
    1e-12,
]


def spoiled(chance: random.Random, value: Any) -> Any:
    """A copy with one node replaced by junk, dropped, or given an odd name."""
    found = copy.deepcopy(value)
    node, key = found, chance.choice(list(found))
    while isinstance(node[key], dict | list) and node[key] and chance.random() < 0.75:
        node = node[key]
        key = chance.choice(list(node)) if isinstance(node, dict) else chance.randrange(len(node))
    if isinstance(node, dict) and chance.random() < 0.2:
        node[chance.choice(["Oddity", "Id", "Amount", "sparse"])] = node.pop(key)
    else:
        node[key] = chance.choice(JUNK)
    return found


@pytest.mark.parametrize("country", ["AU", "US"])
async def test_spoiled_bodies_are_answered_with_an_object_or_a_fault(country: str) -> None:
    books, chance = open_books(country), random.Random(11)
    customer = await books.customer(
        "Someone", BillAddr={"Line1": "1", "CountrySubDivisionCode": "AZ"}, PrimaryEmailAddr={"Address": "a@b.example"}
    )
    invoice = await books.invoice(customer, books.line("1000000", Qty=1, UnitPrice=1000000))
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 5}}
    tax = {
        "TotalTax": 1,
        "TaxLine": [{"Amount": 1, "DetailType": "TaxLineDetail", "TaxLineDetail": {"TaxRateRef": {"value": "1"}}}],
    }
    form = {
        "CustomerRef": {"value": customer["Id"]},
        "Line": [books.line("10", Qty=2, UnitPrice=5), discount],
        "TxnTaxDetail": tax,
        "TxnDate": "2026-01-01",
    }
    item = {"Name": "I", "Type": "Service", "IncomeAccountRef": {"value": "79"}, "UnitPrice": 3}
    deposit = {
        "DepositToAccountRef": {"value": "35"},
        "Line": [
            {"Amount": 5, "DepositLineDetail": {"AccountRef": {"value": "79"}}, "DetailType": "DepositLineDetail"}
        ],
    }
    bodies = {
        "customer": {
            "DisplayName": "New",
            "GivenName": "G",
            "BillAddr": {"Line1": "1"},
            "PrimaryEmailAddr": {"Address": "c@d.example"},
            "CurrencyRef": {"value": "USD"},
        },
        "invoice": {**form, "GlobalTaxCalculation": "TaxInclusive", "SalesTermRef": {"value": "1"}},
        "creditmemo": form,
        "refundreceipt": {**form, "DepositToAccountRef": {"value": "35"}},
        "payment": payment_body(customer, 5, (invoice, 5), PaymentMethodRef={"value": "1"}),
        "purchase": paid_back(customer, 5),
        "deposit": deposit,
        "item": item,
        "account": {"Name": "A", "AccountType": "Bank", "CurrencyRef": {"value": "USD"}},
        "preferences": {"Id": "1", "SyncToken": "0", "sparse": True, "SalesFormsPrefs": {"AllowDeposit": True}},
        "taxservice/taxcode": {
            "TaxCode": "T",
            "TaxRateDetails": [{"TaxRateName": "R", "RateValue": "5", "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}],
        },
        "batch": {
            "BatchItemRequest": [
                {"bId": "1", "operation": "create", "Invoice": form},
                {"bId": "2", "Query": "select * from Item"},
            ]
        },
    }
    seen = {200: 0, 400: 0}
    for _ in range(1500):
        path, body = chance.choice(list(bodies.items()))
        answer = await books.call("POST", path, content=json.dumps(spoiled(chance, body)))
        seen[answer.status_code] += 1
        json.loads(answer.text)

    assert min(seen.values()) > 100
    assert (await books.query("select count(*) from Invoice"))["totalCount"] > 1
