"""S1, R1: sales from before the start date, stated from the money and from what people have said of them.

What was open then comes as an invoice of its own date, or as an opening balance of the start date, of one line outside tax; and
what was received before that never goes over. Nothing comes before somebody has said so.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.simulation import cancelled
from tests.simulation.looking import Body, World, opening_day, void


def judge(world: World) -> Iterator[str]:
    """What has come of them otherwise than the money says, or although nobody had said so."""
    if not world.life.starts:
        return
    for link in world.live("sale"):
        sale, document = world.shop["sale"].get(link["oncord_id"]), world.books["sale"].get(link["quickbooks_id"])
        if sale is not None and document is not None and not world.excuse(link) and link["origin"] == "oncord":
            yield from _came(world, link, sale, document)
    for link in world.live("receipt"):
        receipt = world.shop["receipt"].get(link["oncord_id"])
        if receipt is not None and receipt["allocations"] and not link["part"] and not world.excuse(link):
            paid = [part["sale_id"] for part in receipt["allocations"]]
            if all(is_received_before(world, receipt, sale_id) for sale_id in paid):
                yield f"R1: receipt {receipt['id']} of {receipt['date']} went over, and what it pays came later"


def _came(world: World, link: Body, sale: Body, document: Body) -> Iterator[str]:
    day, whole = opening_day(link)
    if not day:
        if is_early(world, sale) and not link["part"] and sale["id"] in world.life.early:
            yield f"S1: sale {sale['id']} of {sale['date']} went over like any other"
        return
    said = {world.life.openings.get(sale["id"], ""), *world.life.opening_choices}
    if not said & {"create" if whole else "bring_in"}:
        yield f"S1: sale {sale['id']} went over as {link['part']}, which nobody has chosen"
    if whole or void(document) or void(sale) or ("sale", sale["id"]) in world.life.edited:
        return
    if cancelled.changed_by_others(world, sale):
        return
    expected = {_money(sale["total"]) - received(world, sale["id"], day), world.life.open_then.get(sale["id"])}
    if _money(document["TotalAmt"]) not in expected:
        yield f"S1: {document['TotalAmt']} of sale {sale['id']} was brought in, of which {expected} was open"
    if document["TxnDate"] != day or _money((document.get("TxnTaxDetail") or {}).get("TotalTax")):
        yield f"S1: what sale {sale['id']} brought in is of {document['TxnDate']}, or has tax"
    items = [(line.get("SalesItemLineDetail") or {}).get("ItemRef") for line in document["Line"]]
    if {str(item["value"]) for item in items if item} != {world.life.opening_item}:
        yield f"S1: what sale {sale['id']} brought in is of items {items}"


def is_early(world: World, sale: Body) -> bool:
    """Whether a sale of the shop is from before the start date."""
    return bool(world.life.starts and sale["kind"] == "sale" and sale["date"] < world.life.starts)


def received(world: World, sale_id: str, before: str) -> Decimal:
    """What receipts dated before a day pay of a sale."""
    parts = [
        _money(part["amount"])
        for receipt in world.shop["receipt"].values()
        if receipt["date"] < before
        for part in receipt["allocations"]
        if part["sale_id"] == sale_id
    ]
    return sum(parts, Decimal(0))


def is_credit_from_before(world: World, receipt: Body) -> bool:
    """Whether a receipt pays nothing and is from before the start date: credit that was open then stays in the shop."""
    return bool(world.life.starts and receipt["date"] < world.life.starts and not receipt["allocations"])


def is_received_before(world: World, receipt: Body, sale_id: str) -> bool:
    """Whether what a receipt pays of a sale was received before that came into the books, so that it never goes over."""
    sale = world.shop["sale"].get(sale_id)
    links = [x for x in world.live("sale") if x["oncord_id"] == sale_id]
    days = [opening_day(x)[0] for x in links if opening_day(x)[0]]
    if days:
        return bool(receipt["date"] < days[0])
    return sale is not None and not links and is_early(world, sale) and receipt["date"] < world.life.starts


def stays(world: World, sale: Body) -> bool:
    """Whether a sale stays in the shop: it was settled on the start date, or somebody has said so."""
    if not is_early(world, sale):
        return False
    said = world.life.openings.get(sale["id"]) or world.life.opening_choice
    return said == "left_out" or received(world, sale["id"], world.life.starts) >= _money(sale["total"])


def undecided(world: World, sale: Body) -> bool:
    """Whether nobody has said what becomes of a sale, or what was said cannot be done."""
    life, guard = world.life, world.life.guard
    if guard is None or not is_early(world, sale) or stays(world, sale):
        return False
    said = life.openings.get(sale["id"]) or life.opening_choice
    if said == "create":
        return bool(received(world, sale["id"], life.starts)) or sale["date"] <= guard.until
    if said == "bring_in":
        return life.starts <= guard.until or not guard.allocations_are_free or not life.opening_item
    return True


def _money(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))
