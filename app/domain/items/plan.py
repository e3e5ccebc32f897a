"""Products and items: found by code or name, created when a sale needs them; their details stay each side's own."""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.matching.evidence import Match, sure
from app.domain.matching.natural_keys import natural_keys, normalised
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Item,
    Kind,
    Reference,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.write_fields import ACTIVE
from app.domain.planning.conversion import item_to
from app.domain.planning.decisions import adopted, repointed, skip
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.questions import identified, subject
from app.domain.planning.writes import create, update

LONGEST_NAME = 100
_NOT_SOLD = frozenset({"category", "group", "bundle"})


def plan_item(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord) -> Iterator[Operation]:
    """A touched product or item changes nothing by itself."""
    yield skip(change, "S1", "Products and items are only matched where a sale's lines need them.")


def provide_items(plan_input: PlanInput, id_map: IdMap, sale: Sale) -> Iterator[Operation]:
    """Link or create the items of a sale's product lines, where the configuration asks for an item per product."""
    if plan_input.configuration.items.mode != "match":
        return
    for line in sale.money.lines:
        if line.kind != "item" or line.voucher or not isinstance(line.item, str) or not line.item:
            continue
        key = (Side.ONCORD, Kind.ITEM, line.item)
        product = plan_input.record(*key)
        yield from _where_it_went(plan_input, id_map, line.item)
        if id_map.find(*key) is not None or not isinstance(product, Item):
            continue
        yield from _provide(plan_input, id_map, line.item, product)


def reactivate_items(
    plan_input: PlanInput, id_map: IdMap, sale: Sale, held: frozenset[Reference] = frozenset()
) -> Iterator[Operation]:
    """Make the linked items active again that an invoice's lines need and QuickBooks holds as inactive (like C6).

    `sale` as it is for QuickBooks; the items that are `held` by the invoice already may stay as they are.
    """
    for item_id in dict.fromkeys(line.item for line in sale.money.lines):
        if not isinstance(item_id, str) or item_id in held or id_map.is_reactivated(Kind.ITEM, item_id):
            continue
        snapshot = plan_input.snapshot(Side.QUICKBOOKS, Kind.ITEM, item_id)
        link = plan_input.links.live((Side.QUICKBOOKS, Kind.ITEM, item_id))
        if link is None or snapshot is None or not _asleep(snapshot):
            continue
        assert isinstance(snapshot.record, Item)
        id_map.reactivate(Kind.ITEM, item_id)
        yield update(
            snapshot,
            link.oncord_id,
            replace(snapshot.record, active=True),
            "C6",
            "A sale needs this inactive item; it is made active again.",
            fields=(ACTIVE,),
        )


def _asleep(snapshot: Snapshot) -> bool:
    return isinstance(snapshot.record, Item) and not snapshot.record.active and not snapshot.deleted


def _where_it_went(plan_input: PlanInput, id_map: IdMap, product_id: str) -> Iterator[Operation]:
    """A product whose item was merged into another one in QuickBooks goes on with that one; nothing is undone there."""
    item_id = id_map.find(Side.ONCORD, Kind.ITEM, product_id)
    survivor = _survivor(plan_input, item_id) if isinstance(item_id, str) else None
    if survivor is None or not isinstance(item_id, str):
        return
    id_map.goes_on_with(Kind.ITEM, product_id, survivor)
    if id_map.find(Side.QUICKBOOKS, Kind.ITEM, survivor) is not None:
        return  # it is another product's item as well, and stays linked with that one
    id_map.belongs_to(Kind.ITEM, survivor, product_id)
    reason = "The item was merged into another one in QuickBooks; its product is sold as that one from now on."
    yield repointed(Side.QUICKBOOKS, Kind.ITEM, item_id, survivor, "C5", reason)


def _survivor(plan_input: PlanInput, item_id: str) -> str | None:
    """The active item that an inactive one was merged into in the end, where events told of it."""
    seen: set[str] = set()
    snapshot = plan_input.snapshot(Side.QUICKBOOKS, Kind.ITEM, item_id)
    while snapshot is not None and _asleep(snapshot) and snapshot.merged_into and snapshot.id not in seen:
        seen.add(snapshot.id)
        snapshot = plan_input.snapshot(Side.QUICKBOOKS, Kind.ITEM, snapshot.merged_into)
    usable = snapshot is not None and seen and isinstance(snapshot.record, Item) and snapshot.record.active
    return snapshot.id if usable and snapshot is not None and not snapshot.deleted else None


def _provide(plan_input: PlanInput, id_map: IdMap, product_id: str, product: Item) -> Iterator[Operation]:
    own = plan_input.snapshots[Side.ONCORD, Kind.ITEM, product_id]
    match_or_question = identified(plan_input, id_map, own, _matches(plan_input, id_map, product), lambda _: [])
    if isinstance(match_or_question, Operation):
        raise Obstacle(
            subject(match_or_question),
            "It waits until somebody has said which QuickBooks item its product is.",
            asks=[match_or_question],
        )
    if match_or_question is not None:
        reason = "A QuickBooks item has the product's code or name."
        yield adopted(id_map, Kind.ITEM, product_id, match_or_question.id, "S1", reason)
        return
    id_map.plan_create((Side.ONCORD, Kind.ITEM, product_id))
    item = item_to(Side.QUICKBOOKS, product, plan_input.configuration)
    name = _free_name(plan_input, id_map, product)
    id_map.give_name(Kind.ITEM, normalised(name))
    account = plan_input.configuration.items.income_account_id
    yield create(
        Side.QUICKBOOKS,
        Kind.ITEM,
        product_id,
        replace(item, name=name, income_account_id=account),
        "S1",
        "A sale needs this product as a QuickBooks item.",
        fields=("name",),
    )


def _matches(plan_input: PlanInput, id_map: IdMap, product: Item) -> list[Match]:
    """The items that a product is: those with its code, else those with its name and no code that says otherwise.

    Categories and bundles cannot be sold as one line, whatever they are called.
    """
    keys = natural_keys(product)
    sold = [item for item in plan_input.candidates.get((Side.QUICKBOOKS, Kind.ITEM), ()) if _is_sold(id_map, item)]
    codes = {item.id: natural_keys(item.record).number for item in sold if item.record is not None}
    coded = [item for item in sold if keys.number and codes[item.id] == keys.number]
    if coded:
        return sure(coded)
    another_code = {item_id for item_id, code in codes.items() if keys.number and code}
    names = _plain_names(product)
    return sure([item for item in sold if _name_of(item) in names and item.id not in another_code])


def _is_sold(id_map: IdMap, item: Snapshot) -> bool:
    """Whether an item can be a line of its own, and is no product's yet."""
    if not isinstance(item.record, Item) or set(item.extras) & _NOT_SOLD:
        return False
    return id_map.find(Side.QUICKBOOKS, Kind.ITEM, item.id) is None


def _name_of(item: Snapshot) -> str:
    return natural_keys(item.record).name if item.record is not None else ""


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


def _free_name(plan_input: PlanInput, id_map: IdMap, product: Item) -> str:
    choices = name_choices_of_item(product)
    for choice in choices:
        name = normalised(choice)
        if name not in plan_input.item_names_taken and not id_map.gives_name(Kind.ITEM, name):
            return choice
    return choices[-1]
