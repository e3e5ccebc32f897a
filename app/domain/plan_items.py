"""Products and items: found by code or name, created when a sale needs them; their details stay each side's own."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.directory import Directory, Obstacle
from app.domain.evidence import Match, sure
from app.domain.identity import identified, subject
from app.domain.links import Origin
from app.domain.matching import natural_keys, normalised
from app.domain.operations import Action, Operation
from app.domain.records import Item, Kind, Sale, Side
from app.domain.situation import Situation, Touched
from app.domain.translate import item_to

LONGEST_NAME = 100
_NOT_SOLD = frozenset({"category", "group", "bundle"})


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
    own = situation.snapshots[Side.ONCORD, Kind.ITEM, product_id]
    found = identified(situation, directory, own, _matches(situation, directory, product), lambda _: [])
    if isinstance(found, Operation):
        raise Obstacle(
            subject(found), "It waits until somebody has said which QuickBooks item its product is.", asks=[found]
        )
    if found is not None:
        directory.pair(Kind.ITEM, product_id, found.id)
        yield Operation(
            Action.ADOPT,
            Side.QUICKBOOKS,
            Kind.ITEM,
            "S1",
            "A QuickBooks item has the product's code or name.",
            source_id=product_id,
            target_id=found.id,
            origin=Origin.BOTH,
        )
        return
    directory.coming.add((Side.ONCORD, Kind.ITEM, product_id))
    wanted = item_to(Side.QUICKBOOKS, product, situation.configuration)
    name = _free_name(situation, product)
    situation.item_names_taken[normalised(name)] = "coming"
    yield Operation(
        Action.CREATE,
        Side.QUICKBOOKS,
        Kind.ITEM,
        "S1",
        "A sale needs this product as a QuickBooks item.",
        source_id=product_id,
        record=replace(wanted, name=name, income_account_id=situation.configuration.items.income_account_id),
        fields=("name",),
        origin=Origin.ONCORD,
    )


def _matches(situation: Situation, directory: Directory, product: Item) -> list[Match]:
    """The items that a product is: those with its code, else those with its name and no code that says otherwise.

    Categories and bundles cannot be sold as one line, whatever they are called.
    """
    keys = natural_keys(product)
    sold = [
        c
        for c in situation.candidates.get((Side.QUICKBOOKS, Kind.ITEM), ())
        if isinstance(c.record, Item)
        and not set(c.extras) & _NOT_SOLD
        and directory.across(Side.QUICKBOOKS, Kind.ITEM, c.id) is None
    ]
    codes = {c.id: natural_keys(c.record).number for c in sold if c.record is not None}
    coded = [c for c in sold if keys.number and codes[c.id] == keys.number]
    named = [
        c
        for c in sold
        if c.record is not None
        and natural_keys(c.record).name in _plain_names(product)
        and not (keys.number and codes[c.id])
    ]
    return sure(coded or named)


def _plain_names(product: Item) -> set[str]:
    return {normalised(product.name), normalised(name_choices_of_item(product)[0])} - {""}


def name_choices_of_item(product: Item) -> list[str]:
    """The names that a product's item may get in QuickBooks, the plainest first: each is given once there, has 100
    characters at most and no colon. Variants of one title are told apart by their codes."""
    title = " ".join(product.name.replace(":", " ").split()) or product.code or "Product"
    code = " ".join(product.code.replace(":", " ").split())
    endings = [f" ({code})"] if code and normalised(code) != normalised(title) else []
    endings += [f"{endings[0] if endings else ''} {n}" for n in range(2, 20)]
    return [title[:LONGEST_NAME].strip(), *(f"{title[: LONGEST_NAME - len(e)].strip()}{e}" for e in endings)]


def _free_name(situation: Situation, product: Item) -> str:
    choices = name_choices_of_item(product)
    return next((c for c in choices if normalised(c) not in situation.item_names_taken), choices[-1])
