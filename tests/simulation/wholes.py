"""B1: a sale of a locked period and the documents over what has changed of it since, taken together.

What is held against the sale is the sum of its documents, and what pays one of them pays the sale. A credit memo among them
counts against an invoice.
"""

from decimal import Decimal
from typing import Any

from tests.simulation.looking import DIFFERENCE, Body, World, stands_beside, void


def is_difference(link: Body) -> bool:
    """Whether a link is that of a document over a difference."""
    return bool(link["kind"] == "sale" and link["part"].startswith(DIFFERENCE))


def of_sale(world: World, sale_id: str) -> list[Body]:
    """The documents over differences of a sale that stand."""
    mine = [x for x in world.live("sale") if x["oncord_id"] == sale_id and is_difference(x)]
    documents = [world.books["sale"].get(x["quickbooks_id"]) for x in mine]
    return [each for each in documents if each is not None and not void(each)]


def whole(world: World, link: Body, document: Body) -> Body:
    """The document of a sale with the amounts of all that belong to it."""
    if link["kind"] != "sale" or stands_beside(link):
        return document
    total, tax = _total(document), _tax(document)
    for other in of_sale(world, link["oncord_id"]):
        sign = 1 if other["entity"] == document["entity"] else -1
        total, tax = total + sign * _total(other), tax + sign * _tax(other)
    return {**document, "TotalAmt": total, "TxnTaxDetail": {**(document.get("TxnTaxDetail") or {}), "TotalTax": tax}}


def places(world: World) -> dict[str, tuple[str, int]]:
    """By the id of a document over a difference: that of the document it belongs to, and how it counts for that."""
    first = world.across()
    found: dict[str, tuple[str, int]] = {}
    for link in world.live("sale"):
        mine, other = first.get(link["oncord_id"], ""), world.books["sale"].get(link["quickbooks_id"])
        document = world.books["sale"].get(mine)
        if is_difference(link) and document is not None and other is not None:
            found[link["quickbooks_id"]] = mine, 1 if other["entity"] == document["entity"] else -1
    return found


def joins(world: World, payment: Body) -> bool:
    """Whether a payment moves no money and joins documents of one sale: it has no receipt."""
    place = places(world)
    tied = _ties(payment)
    if float(payment.get("TotalAmt") or 0) or not any(each in place for each in tied):
        return False
    return len({place.get(each, (each, 1))[0] for each in tied}) == 1


def used_elsewhere(world: World, payment: Body) -> bool:
    """Whether a payment uses the credit of a difference for something else: the shop has no document for that."""
    place = places(world)
    return any(place.get(each, ("", 1))[1] < 0 for each in _ties(payment)) and not joins(world, payment)


def _ties(payment: Body) -> list[str]:
    return [str(tie["TxnId"]) for line in payment.get("Line") or [] for tie in line.get("LinkedTxn", [])]


def _total(document: Body) -> Decimal:
    return _money(document["TotalAmt"])


def _tax(document: Body) -> Decimal:
    return _money((document.get("TxnTaxDetail") or {}).get("TotalTax"))


def _money(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))
