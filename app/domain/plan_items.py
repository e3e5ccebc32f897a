"""Products and items: found by code or name, created when a sale needs them; their details stay each side's own."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.directory import Directory, Obstacle
from app.domain.links import Origin
from app.domain.matching import natural_keys, normalised
from app.domain.operations import Action, Operation
from app.domain.records import Item, Kind, Sale, Side
from app.domain.situation import Situation, Touched
from app.domain.translate import item_to


def plan_item(situation: Situation, directory: Directory, touched: Touched) -> Iterator[Operation]:
    """A touched product or item changes nothing by itself."""
    yield Operation(
        Action.SKIP,
        touched.side.other,
        Kind.ITEM,
        "S1",
        "Products and items are only matched where a sale's lines need them.",
        source_id=touched.id,
    )


def provide_items(situation: Situation, directory: Directory, sale: Sale) -> Iterator[Operation]:
    """Link or create the items of a sale's product lines, where the configuration asks for an item per product."""
    if situation.configuration.items.mode != "match":
        return
    for line in sale.money.lines:
        if line.kind != "item" or not isinstance(line.item, str) or not line.item:
            continue
        key = (Side.ONCORD, Kind.ITEM, line.item)
        product = situation.record(*key)
        if directory.across(*key) is not None or not isinstance(product, Item):
            continue
        yield from _provide(situation, directory, line.item, product)


def _provide(situation: Situation, directory: Directory, product_id: str, product: Item) -> Iterator[Operation]:
    keys = natural_keys(product)
    found = [
        c
        for c in situation.candidates.get((Side.QUICKBOOKS, Kind.ITEM), ())
        if isinstance(c.record, Item)
        and (
            (keys.number and normalised(c.record.code) == keys.number)
            or (keys.name and normalised(c.record.name) == keys.name)
        )
        and directory.across(Side.QUICKBOOKS, Kind.ITEM, c.id) is None
    ]
    exact = [c for c in found if keys.number and normalised(getattr(c.record, "code", "")) == keys.number] or found
    if len(exact) > 1:
        raise Obstacle(
            "person", f"{len(exact)} QuickBooks items could be its product {product.name}. Say which one it is."
        )
    if exact:
        directory.pair(Kind.ITEM, product_id, exact[0].id)
        yield Operation(
            Action.ADOPT,
            Side.QUICKBOOKS,
            Kind.ITEM,
            "S1",
            "A QuickBooks item has the product's code or name.",
            source_id=product_id,
            target_id=exact[0].id,
            origin=Origin.BOTH,
        )
        return
    directory.coming.add((Side.ONCORD, Kind.ITEM, product_id))
    wanted = item_to(Side.QUICKBOOKS, product, situation.configuration)
    yield Operation(
        Action.CREATE,
        Side.QUICKBOOKS,
        Kind.ITEM,
        "S1",
        "A sale needs this product as a QuickBooks item.",
        source_id=product_id,
        record=replace(wanted, income_account_id=situation.configuration.items.income_account_id),
        fields=("name",),
        origin=Origin.ONCORD,
    )
