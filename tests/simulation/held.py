"""What is held back at the end of a life, or was left so by a person, is named with its amount; and a line without a tax code has
one that somebody has chosen.

Stated from the issue's words: a locked period and cleared money are asked about document by document, with the money; a line
without a code goes over once somebody has said what it is, and never as something else.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from tests.simulation import wholes
from tests.simulation.looking import Body, Question, World, held_by, lost_legs, stands_beside, void

_MONEY = re.compile(r"[\d,]*\d\.\d\d")


def judge(world: World) -> Iterator[str]:
    """What is held without a word about its money, and which lines got a code that nobody has chosen."""
    for (kind, record_id), question in held_by(world).items():
        yield from _named(world, kind, record_id, question)
    if world.life.guard is not None and world.life.world != "american":
        yield from _coded(world)


def _named(world: World, kind: str, record_id: str, question: Question) -> Iterator[str]:
    if not question.open and not question.resolution.startswith("leave"):
        return
    links = [x for x in world.live(kind) if x["oncord_id"] == record_id and x["part"] in ("", "primary")]
    legs = [x for x in world.live(kind) if x["oncord_id"] == record_id and not stands_beside(x)]
    ours = world.shop[kind].get(record_id)
    theirs = world.books[kind].get(links[0]["quickbooks_id"]) if links and len(legs) == 1 else None
    here, there = _amount(ours), _amount(wholes.whole(world, links[0], theirs) if theirs is not None else None)
    if here == there and not question.open:
        return  # it was left so once, and both sides say the same today
    named = [Decimal(each.replace(",", "")) for each in _MONEY.findall(question.summary)]
    if kind == "receipt" and here is not None and (sum(named) == here or here - (there or 0) in named):
        return  # each of the payments that it becomes, or what of it the books do not hold yet
    if there is not None and there not in named:
        yield f"B1: {kind} {record_id} is held with {there:.2f} in the books, of which its question says nothing: {question.summary}"
    alone = len(legs) < 2 and (ours is None or not lost_legs(world, ours))
    if here is not None and here != there and alone and here not in named:
        yield f"B1: {kind} {record_id} is held with {here:.2f} in the shop, of which its question says nothing: {question.summary}"


def _amount(record: Body | None) -> Decimal | None:
    if record is None or void(record) or record.get("status") == "cancelled":
        return None
    value = next(record[name] for name in ("total", "amount", "TotalAmt") if name in record)
    return abs(Decimal(str(value))).quantize(Decimal("0.01"))


def _coded(world: World) -> Iterator[str]:
    """Of sales that began in the shop: the lines without a code, found in the books by their words."""
    for link in world.live("sale"):
        sale, document = world.shop["sale"].get(link["oncord_id"]), world.books["sale"].get(link["quickbooks_id"])
        if link["part"] or link["origin"] != "oncord" or sale is None or document is None:
            continue
        there = {line.get("Description"): line.get("SalesItemLineDetail") or {} for line in document["Line"]}
        for line in sale["lines"]:
            detail = there.get(line["description"])
            if line["tax_code"] or not detail or not float(line["line_total"]):
                continue
            code, item = (str((detail.get(name) or {}).get("value")) for name in ("TaxCodeRef", "ItemRef"))
            if line.get("voucher"):
                if item != _voucher_item(world, line):
                    yield f"S1: a voucher of sale {sale['id']} is item {item} in the books, and not {_voucher_item(world, line)}"
            elif code not in _said_of(world, sale):
                yield f"S1: line {line['description']!r} of sale {sale['id']} has no code and got {code}, which nobody has chosen"


def _voucher_item(world: World, line: Body) -> str:
    """What a voucher is in the books: owed, or where payments by voucher lie once it is redeemed, if that is how they are redeemed."""
    ways = world.life.ways
    return ways.clearing_item if ways.voucher_account and float(line["line_total"]) < 0 else world.life.voucher_item


def _said_of(world: World, sale: Body) -> set[str]:
    """The codes that somebody has chosen for where a sale goes; a line keeps the one that it has when that changes."""
    goes = {world.life.destination(sale), *world.life.goes.get(str(sale["id"]), ())}
    return {code for each in goes for code in (world.life.said if each == "home" else world.life.said_abroad)}
