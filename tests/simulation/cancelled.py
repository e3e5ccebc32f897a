"""S5: what becomes in the books of a sale that the shop has cancelled, stated from the money and not from the code.

A sale that began in the shop and counts no more comes to nothing in the books: its invoice is void, or stands beside a credit
memo of ours for just as much, with just as much tax, for the same customer, not dated before it. It is void only where no
money was on it and its month was not over. A sale that counts has no such credit memo. Of an adjustment it is the other way about.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.simulation import wholes
from tests.simulation.guarded import BANKED
from tests.simulation.life import Body, Life
from tests.simulation.looking import CANCELLED, World, void
from tests.simulation.outside import Call


def judge(world: World) -> Iterator[str]:
    """What a cancelled sale has left in the books that it should not have."""
    memos = {x["oncord_id"]: x for x in world.live("sale") if x["part"] == CANCELLED}
    for link in world.live("sale"):
        sale, invoice = world.shop["sale"].get(link["oncord_id"]), world.books["sale"].get(link["quickbooks_id"])
        if link["part"] or link["origin"] != "oncord" or sale is None or invoice is None or world.excuse(link):
            continue
        beside = memos.get(link["oncord_id"])
        memo = world.books["sale"].get(beside["quickbooks_id"]) if beside is not None else None
        if not _counts(sale):
            yield from _taken_back(world, sale, invoice, memo)
        elif memo is not None and beside is not None and not world.excuse(beside) and not void(memo):
            yield f"S5: sale {sale['id']} stands, and credit memo {memo['Id']} takes its invoice back"


def _taken_back(world: World, sale: Body, invoice: Body, memo: Body | None) -> Iterator[str]:
    if changed_by_others(world, sale) or sale["id"] in world.life.restored:
        return
    held = [] if void(invoice) else [invoice, *wholes.of_sale(world, sale["id"])]
    back = [] if memo is None or void(memo) else [memo]
    for name, figure in (("total", _total), ("tax", _tax)):
        left = sum((_sign(each) * figure(each) for each in (*held, *back)), Decimal(0))
        if left:
            yield f"S5: sale {sale['id']} counts no more, and the books still hold {left} of its {name}"
    if held and back:
        if invoice["CustomerRef"]["value"] != back[0]["CustomerRef"]["value"]:
            yield f"S5: the invoice of sale {sale['id']} is taken back for another customer"
        if back[0]["TxnDate"] < invoice["TxnDate"]:
            yield f"S5: the invoice of sale {sale['id']} is taken back before its own day"


def _sign(document: Body) -> int:
    return 1 if document["entity"] == "invoice" else -1


def changed_by_others(world: World, sale: Body) -> bool:
    """Whether the bookkeeper has had a hand in one of its documents: what they do there stays so."""
    for link in world.links:
        if link["kind"] == "sale" and link["oncord_id"] == sale["id"]:
            document = world.books["sale"].get(link["quickbooks_id"])
            if document is None or int(document.get("SyncToken") or 0) > _ours(world, document):
                return True
    return False


def _ours(world: World, document: Body) -> int:
    """How often the service has written to a document since it was made."""
    return sum(
        c.side == "quickbooks" and c.entity == document["entity"] and c.id == str(document["Id"])
        for c in world.life.outside.calls
    )


def joins(world: World, payment: Body) -> bool:
    """Whether a payment moves no money and joins a document to the one that takes it back: it has no receipt."""
    if float(payment.get("TotalAmt") or 0):
        return False
    return any(tie in _memos(world) for tie in _ties(payment))


def uses(world: World, payment: Body) -> bool:
    """Whether a payment uses the credit of a cancelled sale, or pays what takes an adjustment back: the shop has no document for
    that."""
    return any(tie in _memos(world) for tie in _ties(payment))


def _memos(world: World) -> set[str]:
    return {x["quickbooks_id"] for x in world.links if x["kind"] == "sale" and x["part"] == CANCELLED}


def _ties(payment: Body) -> list[str]:
    return [
        str(t["TxnId"])
        for n in payment.get("Line") or []
        for t in n.get("LinkedTxn", [])
        if t["TxnType"] in ("CreditMemo", "Invoice")
    ]


async def forbidden(life: Life, call: Call) -> None:
    """A void of an invoice of ours, at the moment of it: neither with money on it, but what goes itself, nor in a month that is over,
    unless its sale was deleted (S3)."""
    if call.entity != "invoice" or call.action != "void":
        return
    document = next((r for r in await life.joint.books_list("invoice") if str(r["Id"]) == call.id), None)
    sales = {str(s["id"]) for s in await life.joint.shop_list("sales")}
    ties = [tie for tie in await life.links("sale", call.id) if str(tie["oncord_id"]) in sales]
    if document is None or not ties or document["SyncToken"] != call.body.get("SyncToken"):
        return
    paid = [t for t in document.get("LinkedTxn", []) if t["TxnType"] == "Payment"]
    if paid and (not await _receipt_gone(life, paid) or any(_is_held(life, tie) for tie in paid)):
        life.faults.append(f"S5: the service voids invoice {call.id}, on which there is money")
    saved = min(
        s["modified_at"] for s in await life.joint.shop_list("sales") if str(s["id"]) == str(ties[0]["oncord_id"])
    )
    if in_a_month_that_was_over(document, saved):
        life.faults.append(f"S5: the service voids invoice {call.id} of a month that is over")


def in_a_month_that_was_over(document: Body, moment: str) -> bool:
    """Whether the month of a document was over at a moment in every zone."""
    return str(document["TxnDate"])[:7] < min(moment[:7], _day_there(document, moment)[:7])


def _day_there(document: Body, moment: str) -> str:
    """The day of a moment in the company's own zone, whose offset QuickBooks writes into each of its times."""
    zone = datetime.fromisoformat(document["MetaData"]["LastUpdatedTime"]).tzinfo
    return datetime.fromisoformat(moment).astimezone(zone).date().isoformat()


async def _receipt_gone(life: Life, paid: list[Any]) -> bool:
    """Whether all of what pays was deleted in the shop, and goes as well (R3)."""
    there = {str(r["id"]) for r in await life.joint.shop_list("receipts")}
    for tie in paid:
        own = await life.links("receipt", str(tie["TxnId"]))
        if not own or any(str(link["oncord_id"]) in there for link in own):
            return False
    return True


def _is_held(life: Life, tie: Body) -> bool:
    """Whether a payment may not go before somebody has said so: it lies in a locked period (B1), or the bank has told of it (R3)."""
    if life.guard is None:
        return False
    figures = life.guard.figures(("Payment", str(tie["TxnId"])))
    return figures is not None and (figures.day <= life.guard.until or figures.bank in BANKED)


def _counts(sale: Body) -> bool:
    return sale["status"] == "confirmed" and not sale["voided"]


def _total(document: Body) -> Decimal:
    return Decimal(str(document["TotalAmt"])).quantize(Decimal("0.01"))


def _tax(document: Body) -> Decimal:
    return Decimal(str((document.get("TxnTaxDetail") or {}).get("TotalTax") or 0)).quantize(Decimal("0.01"))
