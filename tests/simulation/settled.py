"""Settled money, judged by itself (I19): per document what is open, per party what is owed, on both sides.

Over synchronised payments, credits and refunds: what people were asked about, what they left unmapped, and what they
deleted on one side (where a rule lets the other stay) is left out on both sides alike.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.simulation import cancelled, early, wholes
from tests.simulation.looking import Body, World, opening_day, stands_beside, void

Where = tuple[tuple[str, str], str]
"""A party and a currency."""


def judge(world: World) -> list[str]:
    """What does not come out the same on both sides."""
    return [*_open(world), *_owed(world)]


def _money(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))


def account_known(world: World, payment: Body) -> bool:
    """Whether the money went into an account that some payment method of the shop stands for."""
    account = str((payment.get("DepositToAccountRef") or payment.get("AccountRef") or {}).get("value"))
    return account in world.life.mapped_accounts


def payers(world: World, receipt: Body) -> set[tuple[str, str]]:
    """Whose a receipt's payment may be: the books put it on the customer of what it pays, the shop on whoever paid."""
    paid = [world.shop["sale"].get(a["sale_id"]) for a in receipt["allocations"]]
    owners = {receipt["contact_id"], *(sale["contact_id"] for sale in paid if sale)}
    return {world.owner("oncord", contact) for contact in owners} | _of_others(world, receipt)


def _of_others(world: World, receipt: Body) -> set[tuple[str, str]]:
    """Whose the documents are that a receipt pays and that somebody left with other people than their sales."""
    sales = {a["sale_id"] for a in receipt["allocations"]}
    pairs = [x for x in world.live("sale") if x["oncord_id"] in sales]
    both = [(world.shop["sale"].get(x["oncord_id"]), world.books["sale"].get(x["quickbooks_id"])) for x in pairs]
    return {
        world.owner("quickbooks", str(theirs["CustomerRef"]["value"]))
        for ours, theirs in both
        if ours and theirs and world.kept_apart(ours, theirs)
    }


def held_there(world: World, payment: Body) -> set[tuple[str, str]]:
    """Whose a payment has to be for what it still pays in the books alone: an invoice that is void, or that stays though
    its sale was deleted (S3). QuickBooks joins only documents of one customer, and what is buried is not compared."""
    from tests.simulation.verdict import buried

    paid = {str(tie["TxnId"]) for line in payment["Line"] for tie in line.get("LinkedTxn", [])}
    documents = [world.books["sale"][i] for i in sorted(paid) if i in world.books["sale"]]
    stay = [d for d in documents if buried(world, "quickbooks", str(d["Id"]))]
    return {world.owner("quickbooks", str(d["CustomerRef"]["value"])) for d in stay}


def waits(world: World, receipt: Body) -> bool:
    """Whether a question is open about something that a receipt pays."""
    sales = {a["sale_id"] for a in receipt["allocations"]}
    held = any(("oncord", "sale", sale) in world.excused for sale in sales)
    return held or any(x["oncord_id"] in sales and world.excuse(x) for x in world.live("sale"))


def _left_out(world: World) -> tuple[set[str], set[str]]:
    """Receipts and payments that are not looked at: excused, or with a counterpart that a person deleted or voided."""
    receipts, payments = set[str](), set[str]()
    for link in world.links:
        if link["kind"] != "receipt":
            continue
        ours, theirs = world.shop["receipt"].get(link["oncord_id"]), world.books["receipt"].get(link["quickbooks_id"])
        lost = ours is None or theirs is None or void(theirs) or waits(world, ours)
        if lost or world.excuse(link) or world.left_so(link, ours, theirs):
            receipts.add(link["oncord_id"])
            payments.add(link["quickbooks_id"])
    for link in world.links:  # the other payments of a receipt that is left out go with it
        if link["kind"] == "receipt" and link["oncord_id"] in receipts:
            payments.add(link["quickbooks_id"])
    linked = {x["oncord_id"] for x in world.live("receipt")}
    for i, receipt in world.shop["receipt"].items():
        mapped = receipt["currency"] in world.methods.get(receipt["payment_method_id"], set())
        if ("oncord", "receipt", i) in world.excused or (i not in linked and not mapped):
            receipts.add(i)
    joined = {x["quickbooks_id"] for x in world.live("receipt")}
    for i, payment in world.books["receipt"].items():
        if cancelled.uses(world, payment) or wholes.used_elsewhere(world, payment):
            payments.add(i)
        # What is one with a receipt counts whatever its account is mapped to now (7: a new mapping rewrites nothing).
        unknown = i not in joined and bool(_money(payment["TotalAmt"])) and not account_known(world, payment)
        if ("quickbooks", "receipt", i) in world.excused or unknown:
            payments.add(i)
    return receipts, payments


def _comparable(world: World) -> Iterator[tuple[Body, Body, Body]]:
    """The pairs whose money is one; where a person was told of a difference and left it, the shop's side is counted as
    the books': what follows from that is what was accepted, and anything else still shows."""
    for link in world.live("sale"):
        ours, theirs = world.shop["sale"].get(link["oncord_id"]), world.books["sale"].get(link["quickbooks_id"])
        if stands_beside(link):
            continue
        if ours is None or theirs is None or void(ours) or void(theirs) or world.excuse(link):
            continue
        if ours["status"] != "confirmed" or ours["id"] in world.life.restored:
            continue
        theirs = wholes.whole(world, link, theirs)
        day, whole = opening_day(link)
        if day and not whole:  # what was open of it then; `early` judges how much that is
            ours = {**ours, "total": _money(theirs["TotalAmt"])}
        if world.left_so(link, ours, theirs):
            sign = -1 if theirs["entity"] == "creditmemo" else 1
            ours = {**ours, "total": sign * _money(theirs["TotalAmt"])}
        yield link, ours, theirs


def _open(world: World) -> Iterator[str]:
    """Per document: what is still to be paid, or to be used of a credit."""
    receipts, payments = _left_out(world)
    here: dict[str, Decimal] = defaultdict(Decimal)
    there: dict[str, Decimal] = defaultdict(Decimal)
    touched: set[str] = set()
    across, place = world.across(), wholes.places(world)
    for i, receipt in world.shop["receipt"].items():
        for part in receipt["allocations"]:
            if i in receipts:
                touched.add(across.get(part["sale_id"], ""))
            elif not early.is_received_before(world, receipt, part["sale_id"]):
                here[part["sale_id"]] += abs(_money(part["amount"]))
    for i, payment in world.books["receipt"].items():
        for line in payment["Line"]:
            for tie in line.get("LinkedTxn", []):
                key, sign = place.get(str(tie["TxnId"]), (str(tie["TxnId"]), 1))
                if i in payments:
                    touched.add(key)
                else:
                    there[key] += sign * _money(line["Amount"])
    for _, ours, theirs in _comparable(world):
        key = str(theirs["Id"])
        if key in touched:
            continue  # something that is left out pays it, too; the pairs are compared one by one
        left = abs(_money(ours["total"])) - here[ours["id"]], _money(theirs["TotalAmt"]) - there[key]
        if left[0] != left[1]:
            yield f"I19: sale {ours['id']} has {left[0]} open in the shop, {theirs['entity']} {key} {left[1]} in the books"


def _owed(world: World) -> Iterator[str]:
    """Per party and currency: documents less credits and money, over the pairs that both sides hold."""
    receipts, payments = _left_out(world)
    here: dict[Where, Decimal] = defaultdict(Decimal)
    there: dict[Where, Decimal] = defaultdict(Decimal)
    for _, ours, theirs in _comparable(world):
        sign = -1 if theirs["entity"] == "creditmemo" else 1
        apart = world.kept_apart(ours, theirs)
        here[_where(world, *(("quickbooks", theirs) if apart else ("oncord", ours)))] += _money(ours["total"])
        there[_where(world, "quickbooks", theirs)] += sign * _money(theirs["TotalAmt"])
    paired = {x["oncord_id"] for x in world.live("receipt")}
    for i, receipt in world.shop["receipt"].items():
        if i in paired and i not in receipts:
            here[_where(world, "oncord", receipt)] -= _money(receipt["amount"])
            several = [x for x in world.live("receipt") if x["oncord_id"] == i]
            if (
                len(several) > 1 or len(payers(world, receipt) | _held_on(world, several)) > 1
            ):  # a receipt over several customers belongs to one contact in the shop
                here[_where(world, "oncord", receipt)] += _money(receipt["amount"])
                payments |= {x["quickbooks_id"] for x in several}
    known = {x["quickbooks_id"] for x in world.live("receipt")}
    for i, payment in world.books["receipt"].items():
        if i in known and i not in payments:
            sign = 1 if payment["entity"] == "purchase" else -1
            there[_where(world, "quickbooks", payment)] += sign * _money(payment["TotalAmt"])
    for where in sorted({*here, *there}):
        if here[where] != there[where]:
            yield f"I19: {where[0]} owes {here[where]} {where[1]} in the shop and {there[where]} in the books"


def _held_on(world: World, links: list[Body]) -> set[tuple[str, str]]:
    payments = [world.books["receipt"].get(x["quickbooks_id"]) for x in links]
    return {owner for payment in payments if payment for owner in held_there(world, payment)}


def _where(world: World, side: str, record: Body) -> Where:
    if side == "oncord":
        return world.owner(side, record["contact_id"]), str(record["currency"])
    owner = record.get("CustomerRef") or record.get("EntityRef") or {}
    currency = (record.get("CurrencyRef") or {}).get("value", world.life.currencies[0])
    return world.owner(side, str(owner.get("value"))), str(currency)
