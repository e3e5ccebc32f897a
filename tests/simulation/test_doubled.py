"""The oracle of what is there twice: a payment of ours has a receipt, unless it joins the documents of one sale."""

from types import SimpleNamespace
from typing import cast

import pytest

from tests.simulation import verdict
from tests.simulation.life import Life
from tests.simulation.looking import Body, World
from tests.simulation.outside import Call, Outside

NOTE = "Takes back Oncord sale 1002, which was cancelled [oncord:op_5]"
VOIDED: Body = {"Id": "6", "entity": "payment", "TotalAmt": 0, "Line": [], "PrivateNote": f"Voided - {NOTE}"}
OTHER = [{"TxnId": "2", "TxnType": "Invoice"}, {"TxnId": "9", "TxnType": "CreditMemo"}]
JOINED = [{"TxnId": "2", "TxnType": "Invoice"}, {"TxnId": "3", "TxnType": "CreditMemo"}]


def _unknown(payment: Body, sent: list[Call], part: str = "cancelled") -> int:
    """How many payments of ours nobody knows, where the sale of invoice 2 has document 3 beside it."""
    link: Body = {"kind": "sale", "oncord_id": "7", "state": "live", "part": "", "quickbooks_id": "2"}
    books: dict[str, dict[str, Body]] = {
        "contact": {},
        "sale": {"2": {"Id": "2", "entity": "invoice"}, "3": {"Id": "3", "entity": "creditmemo"}},
        "receipt": {payment["Id"]: payment},
    }
    shop: dict[str, dict[str, Body]] = {"contact": {}, "sale": {"7": {"id": "7"}}, "receipt": {}}
    life = cast(Life, SimpleNamespace(outside=Outside(calls=sent)))
    links = [link, {**link, "part": part, "quickbooks_id": "3"}]
    world, told = World(life, shop, books, links, [], [], set(), {}, {}, set()), verdict.Verdict()
    verdict.look_for_doubles(world, "receipt", told)
    return len(told.violations)


def _sent(ties: list[Body], total: float = 0, note: str = NOTE, action: str = "create") -> Call:
    body = {"TotalAmt": total, "PrivateNote": note, "Line": [{"Amount": 9, "LinkedTxn": [tie]} for tie in ties]}
    return Call("quickbooks", "payment", action, "", body)


@pytest.mark.parametrize("part", ["cancelled", "difference:1"])
def test_a_payment_that_joined_documents_of_one_sale_until_it_was_voided_has_no_receipt(part: str) -> None:
    assert _unknown({**VOIDED, **_sent(JOINED).body}, [], part) == 0
    assert _unknown(VOIDED, [_sent(JOINED)], part) == 0


@pytest.mark.parametrize(
    "sent",
    [
        [],
        [_sent(JOINED[:1])],
        [_sent(JOINED, total=9.0)],
        [_sent(OTHER)],
        [_sent(JOINED, note="Oncord receipt 4 [oncord:op_6]")],
        [_sent(JOINED, note="")],
        [_sent(JOINED, action="update")],
    ],
    ids=["never made", "pays a sale", "is money", "uses another credit", "another payment", "no note", "not made so"],
)
def test_any_other_voided_payment_of_ours_that_has_no_receipt_is_there_twice(sent: list[Call]) -> None:
    assert _unknown(VOIDED, sent) == 1
