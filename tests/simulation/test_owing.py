"""The oracle of bad debts, of money back for no adjustment, of sales from before the start date, and of what has changed of a locked
sale: what the books should hold is none of its violations, and anything else is."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.simulation import early, lost, settled, wholes
from tests.simulation.guarded import Guard
from tests.simulation.life import Life
from tests.simulation.looking import World

Body = dict[str, Any]
STARTS = "2026-09-01"


def _world(shop: dict[str, list[Body]], books: dict[str, list[Body]], links: list[Body], **remembered: Any) -> World:
    empty: Body = {
        "starts": "",
        "early": set(),
        "open_then": {},
        "openings": {},
        "opening_choice": "",
        "opening_choices": set(),
    }
    empty |= {
        "opening_item": "9",
        "bad_debt_item": "5",
        "used": set(),
        "given": {},
        "edited": set(),
        "receivable": "84",
    }
    life = SimpleNamespace(
        **{**empty, "restored": set(), "mapped_accounts": {"35"}, "currencies": ("AUD",), "apart": {}, **remembered},
        outside=SimpleNamespace(calls=[]),
        guard=cast(Guard, SimpleNamespace(until="", allocations_are_free=True)),
    )
    own = {kind: {each["id"]: each for each in records} for kind, records in shop.items()}
    theirs = {kind: {each["Id"]: each for each in records} for kind, records in books.items()}
    made = [{"id": n, "state": "live", "origin": "oncord", "part": "", **link} for n, link in enumerate(links)]
    found = World(cast(Life, life), own, theirs, made, [], [], set(), {}, {"4": {"AUD"}}, set())
    for each in ("sale", "receipt", "contact"):
        found.shop.setdefault(each, {})
        found.books.setdefault(each, {})
    return found


def _sale(**members: Any) -> Body:
    made: Body = {
        "id": "7",
        "kind": "sale",
        "date": "2026-08-20",
        "total": "100.00",
        "voided": False,
        "contact_id": "1",
    }
    made["tax_total"] = "0.00"
    return {**made, "currency": "AUD", "status": "confirmed", **members}


def _document(item: str = "9", **members: Any) -> Body:
    line = {"Amount": 60, "SalesItemLineDetail": {"ItemRef": {"value": item}}}
    made = {"Id": "90", "entity": "invoice", "TxnDate": STARTS, "TotalAmt": 60, "Line": [line], "SyncToken": "0"}
    return {**made, "CustomerRef": {"value": "2"}, **members}


def _receipt(day: str, amount: str, **members: Any) -> Body:
    made = {"id": "20", "date": day, "allocations": [{"sale_id": "7", "amount": amount}], "currency": "AUD"}
    return {**made, "amount": amount, "contact_id": "1", "payment_method_id": "4", **members}


BEFORE = _receipt("2026-08-25", "40.00")
BROUGHT_IN = {"kind": "sale", "oncord_id": "7", "quickbooks_id": "90", "part": f"opening {STARTS}"}
SAID = {"starts": STARTS, "early": {"7"}, "openings": {"7": "bring_in"}, "open_then": {"7": Decimal("60.00")}}


def _early(document: Body, *links: Body, **remembered: Any) -> list[str]:
    shop, books = {"sale": [_sale()], "receipt": [BEFORE]}, {"sale": [document]}
    return list(early.judge(_world(shop, books, [*(links or (BROUGHT_IN,))], **{**SAID, **remembered})))


def test_s1_what_was_open_is_brought_in_on_the_start_date_outside_tax_and_by_its_item() -> None:
    assert _early(_document()) == []
    assert len(_early(_document(TotalAmt=100))) == 1
    assert len(_early(_document(TxnDate="2026-08-20"))) == 1
    assert len(_early(_document(TxnTaxDetail={"TotalTax": 5.45}))) == 1
    assert len(_early(_document("3"))) == 1


def test_s1_nothing_from_before_the_start_date_comes_unasked() -> None:
    assert len(_early(_document(), openings={})) == 1
    assert _early(_document(), openings={}, opening_choices={"bring_in"}) == []
    assert len(_early(_document(), {**BROUGHT_IN, "part": ""})) == 1


def test_r1_what_was_received_before_the_start_date_never_goes_over() -> None:
    paid = {"kind": "receipt", "oncord_id": "20", "quickbooks_id": "95"}
    assert len(_early(_document(), BROUGHT_IN, paid)) == 1


@pytest.mark.parametrize(("said", "waits"), [("", True), ("bring_in", False), ("left_out", False), ("create", True)])
def test_s1_a_sale_waits_as_long_as_nobody_has_said_what_can_be_done_with_it(said: str, waits: bool) -> None:
    world = _world({"sale": [_sale()], "receipt": [BEFORE]}, {}, [], **{**SAID, "openings": {"7": said}})
    assert early.undecided(world, _sale()) is waits
    assert early.stays(world, _sale()) is (said == "left_out")


def _lost(item: str = "5", entity: str = "creditmemo", **remembered: Any) -> list[str]:
    adjustment = _sale(kind="adjustment", adjustment_reason="bad_debt")
    books = {"sale": [_document(item, entity=entity)]}
    link = {"kind": "sale", "oncord_id": "7", "quickbooks_id": "90"}
    return list(lost.judge(_world({"sale": [adjustment]}, books, [link], **{"used": {"7"}, **remembered})))


def test_s7_a_bad_debt_is_a_credit_memo_of_its_item_that_was_applied() -> None:
    assert _lost() == []
    assert len(_lost("3")) == 1
    assert len(_lost(entity="invoice")) == 1
    assert len(_lost(used=set())) == 1


def test_s7_a_bad_debt_that_the_service_has_applied_is_applied() -> None:
    adjustment = _sale(kind="adjustment", adjustment_reason="bad_debt")
    books = {"sale": [_document("5", entity="creditmemo")]}
    shop = {"sale": [adjustment], "receipt": [_receipt("2026-11-18", "-22.00")]}
    link = {"kind": "sale", "oncord_id": "7", "quickbooks_id": "90"}
    assert list(lost.judge(_world(shop, books, [link]))) == []


def _given(said: str, account: str, kind: str, *, allocated: bool = True) -> list[str]:
    refund = _receipt("2026-11-20", "-22.00")
    refund["allocations"] = refund["allocations"] if allocated else []
    line = {"AccountBasedExpenseLineDetail": {"AccountRef": {"value": account}}}
    shop = {"sale": [_sale(kind=kind)], "receipt": [refund]}
    link = {"kind": "receipt", "oncord_id": "20", "quickbooks_id": "96"}
    world = _world(shop, {"receipt": [{"Id": "96", "entity": "purchase", "Line": [line]}]}, [link], given={"20": said})
    return list(lost.judge(world))


def test_r5_a_refund_is_what_somebody_has_said_that_it_gives_back() -> None:
    assert _given("given_back", "84", "adjustment") == []
    assert _given("overpayment", "84", "sale", allocated=False) == []
    assert _given("goodwill", "70", "sale", allocated=False) == []
    assert len(_given("given_back", "84", "adjustment", allocated=False)) == 1
    assert len(_given("overpayment", "84", "sale")) == 1
    assert len(_given("overpayment", "70", "sale", allocated=False)) == 1
    assert len(_given("goodwill", "84", "sale", allocated=False)) == 1


def _difference(amount: float, paid: str = "60.00", used: str = "20.00") -> World:
    """A sale of 80.00 with an invoice of 100.00, a credit memo over what has changed, and what pays it."""
    shop = {"sale": [_sale(total="80.00", date="2026-11-01")], "receipt": [_receipt("2026-11-20", "60.00")]}
    tie = {"Amount": paid, "LinkedTxn": [{"TxnId": "90", "TxnType": "Invoice"}]}
    joining = [
        {"Amount": used, "LinkedTxn": [{"TxnId": "90", "TxnType": "Invoice"}]},
        {"Amount": used, "LinkedTxn": [{"TxnId": "91", "TxnType": "CreditMemo"}]},
    ]
    payment = {"Id": "95", "entity": "payment", "TotalAmt": paid, "Line": [tie], "CustomerRef": {"value": "2"}}
    payment["DepositToAccountRef"] = {"value": "35"}
    books = {
        "sale": [_document(TotalAmt=100), _document(Id="91", entity="creditmemo", TotalAmt=amount)],
        "receipt": [payment, {**payment, "Id": "97", "TotalAmt": 0, "Line": joining}],
    }
    links = [
        {"kind": "sale", "oncord_id": "7", "quickbooks_id": "90"},
        {"kind": "sale", "oncord_id": "7", "quickbooks_id": "91", "part": "difference:1"},
        {"kind": "receipt", "oncord_id": "20", "quickbooks_id": "95"},
        {"kind": "contact", "oncord_id": "1", "quickbooks_id": "2"},
    ]
    world = _world(shop, books, links)
    world.party[("quickbooks", "2")] = ("oncord", "1")
    return world


def test_b1_a_sale_and_the_documents_over_its_differences_are_held_together_by_their_sums() -> None:
    world = _difference(20)
    [first] = [x for x in world.links if x["quickbooks_id"] == "90"]
    assert wholes.whole(world, first, world.books["sale"]["90"])["TotalAmt"] == 80
    assert wholes.joins(world, world.books["receipt"]["97"])
    assert not wholes.joins(world, world.books["receipt"]["95"])
    assert settled.judge(world) == []
    assert len(settled.judge(_difference(21))) == 2, "per document and per party"
    assert len(settled.judge(_difference(20, paid="50.00"))) == 2
