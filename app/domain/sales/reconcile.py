"""How a sale and its invoice come to say the same: rules S2 and S5, and their share of S7.

Amounts move as one block. While either side is void nothing but the void itself moves.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from app.domain.contacts.ensure import belongs, provide_contact
from app.domain.items.plan import provide_items, reactivate_items
from app.domain.matching.documents import differing
from app.domain.matching.natural_keys import normalised
from app.domain.model.currencies import written
from app.domain.model.description import decided_at_meeting, filled_at_meeting
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Kind,
    Reference,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.write_fields import BooksMark, BooksStatus, WriteField
from app.domain.planning.conversion import check_currency, check_same_currency
from app.domain.planning.decisions import (
    agreed,
    at_fault,
    linked_again,
    obstructed,
    park,
    skip,
    words,
)
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.merge import (
    Merged,
    agrees,
    changed_groups,
    first_meeting,
    is_unsettled,
    three_way,
)
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.write_effects import SHORTEST_CUT
from app.domain.sales.conversion import sale_to
from app.domain.sales.moves import made_room
from app.domain.sales.whose import after_merges_here, after_merges_there, customer_meant, customer_needed

_FROZEN_WHILE_VOID = frozenset({"money"})
"""Of a void document amounts alone are neither compared nor pushed (S5): what people type besides goes over."""


def agree_sale(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link) -> Iterator[Operation]:
    """Compare a pair that is there on both sides and carry over what has moved."""
    oncord = plan_input.snapshots[Side.ONCORD, Kind.SALE, link.oncord_id]
    quickbooks = plan_input.snapshots[Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id]
    ours, theirs = oncord.record, quickbooks.record
    rule = _rule(change.side, theirs)
    if not isinstance(ours, Sale) or not isinstance(theirs, Sale):
        yield park(change, rule, "One of the two could not be read; correct it where it was made.")
        return
    if ours.type != theirs.type:
        yield park(change, "S7", "One side has a sale here and the other one a credit. Delete one of the two.")
        return
    if ours.status == "draft":
        yield skip(change, "S1", "It is a draft again; what changes is synchronised once it is confirmed.")
        return
    ours = _effective(ours)
    base_ours, base_theirs = _as_sale(link.base_oncord), _as_sale(link.base_quickbooks)
    base_ours = _effective(base_ours) if base_ours else None
    if is_unsettled(base_ours, ours) and base_theirs is not None and base_theirs.money != theirs.money:
        base_ours = replace(base_ours, money=ours.money) if base_ours else None  # the books' newer figures go on
    base_ours = after_merges_here(plan_input, base_ours, ours)
    base_theirs = after_merges_there(plan_input, base_theirs, theirs)
    ignored = _ignored(plan_input, id_map, ours, theirs)
    changed = (changed_groups(Kind.SALE, base_ours, ours) | changed_groups(Kind.SALE, base_theirs, theirs)) - ignored
    if not ours.voided and not theirs.voided:
        yield from linked_again(link, oncord, rule)
    if not changed:
        yield _rested(change, link, rule, ours, theirs)
        return
    if _nothing_new(plan_input, link, changed, ours, theirs):
        yield skip(change, rule, "QuickBooks works its amounts out differently than Oncord; that waits for a person.")
        return
    customer: Reference | None = theirs.contact_id
    try:
        if "money" in changed:
            check_same_currency(ours.money.currency, theirs.money.currency, plan_input.configuration)
            yield from provide_items(plan_input, id_map, ours)
        if "contact_id" in changed:
            yield from customer_needed(plan_input, id_map, base_ours, ours)
            customer = customer_meant(base_ours, ours, base_theirs, theirs)
        as_theirs = _as_theirs(plan_input, id_map, link, ours, theirs, "money" in changed, customer)
        found = three_way(
            Kind.SALE,
            base_oncord=base_ours,
            oncord=ours,
            base_quickbooks=base_theirs,
            quickbooks=theirs,
            winner=plan_input.configuration.conflict_winner[Kind.SALE],
            same=lambda group: agrees(group, getattr(as_theirs, group), getattr(theirs, group)),
            ignore=ignored,
        )
        if "money" in found.to_quickbooks and ours.money.total < 0:
            yield at_fault(change, rule, below_zero(ours))
            found = replace(found, to_quickbooks=tuple(g for g in found.to_quickbooks if g != "money"))
            if not found.to_quickbooks and not found.to_oncord:
                return
        if "money" in found.to_quickbooks:
            check_currency(ours.money.currency, plan_input.configuration)
            held = frozenset(line.item for line in theirs.money.lines)
            yield from reactivate_items(plan_input, id_map, as_theirs, held)
        if "contact_id" in found.to_quickbooks:
            yield from made_room(plan_input, id_map, link, as_theirs.contact_id)
        if found.to_quickbooks:
            yield from _to_quickbooks(plan_input, change, link, quickbooks, as_theirs, found)
        if found.to_oncord:
            yield from _to_oncord(plan_input, id_map, link, oncord, theirs, found)
    except Obstacle as obstacle:
        yield from obstructed(change, rule, obstacle)
        return
    if not found.to_quickbooks and not found.to_oncord:
        yield _rested(change, link, rule, ours, theirs)


def _rested(change: ChangedRecord, link: Link, rule: str, ours: Sale, theirs: Sale) -> Operation:
    """Nothing is to be carried over; "the same" is said only of money that is the same (law 11)."""
    rests, differs = agreed(change, link, rule), differing(ours, theirs)
    if not differs or ours.voided or theirs.voided:
        return rests
    told = f"Nothing has changed since they became one, but {' and '.join(differs)}. What you change reaches the other one."
    return replace(rests, reason=told)


def below_zero(sale: Sale) -> str:
    """What to do about a sale that gives back more than it charges, which no invoice can."""
    total = f"{written(sale.money.total, sale.money.currency)} {sale.money.currency}".rstrip()
    return (
        f"It comes to {total}, and QuickBooks has no invoice below zero. In Oncord, take what is given back off this sale "
        "and enter it as an adjustment with a negative total; that becomes a credit in QuickBooks. The rest is then "
        "synchronised by itself."
    )


def first_agreement(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, own: Snapshot, found: Snapshot
) -> Iterator[Operation]:
    """What two documents that have just become one still have to tell each other.

    What people type into a document is decided: its date, and its notes while it is open; the winner goes on. Due dates
    and addresses follow from each side's own terms and contacts: only gaps are filled, and while it is open. An earlier
    document than the start date is left as it is on both sides.
    """
    oncord, quickbooks = (own, found) if own.side is Side.ONCORD else (found, own)
    ours, theirs = oncord.record, quickbooks.record
    assert isinstance(ours, Sale)
    assert isinstance(theirs, Sale)
    early = ours.date is not None and ours.date < plan_input.configuration.start_date
    if early or ours.voided or theirs.voided:
        return
    is_open = ours.paid < ours.money.total and theirs.paid < theirs.money.total
    merged = first_meeting(
        Kind.SALE,
        oncord=ours,
        quickbooks=theirs,
        winner=plan_input.configuration.conflict_winner[Kind.SALE],
        same=lambda group: _says_the_same(group, getattr(ours, group), getattr(theirs, group)),
        fill=filled_at_meeting(Kind.SALE, is_open=is_open) - ({"due_date"} if ours.type == "adjustment" else set()),
        decide=decided_at_meeting(Kind.SALE, is_open=is_open),
    )
    link = Link(0, Kind.SALE, oncord.id, quickbooks.id, Origin.BOTH)
    if merged.to_quickbooks:
        as_theirs = _as_theirs(plan_input, id_map, link, ours, theirs, False, theirs.contact_id)
        for told in _to_quickbooks(plan_input, change, link, quickbooks, as_theirs, merged):
            yield replace(told, reason=f"As they met for the first time, from Oncord: {words(merged.to_quickbooks)}.")
    if merged.to_oncord:
        for told in _to_oncord(plan_input, id_map, link, oncord, theirs, merged):
            yield replace(told, reason=f"As they met for the first time, from QuickBooks: {words(merged.to_oncord)}.")


def _says_the_same(group: str, mine: object, theirs: object) -> bool:
    """Whether two values that were typed apart differ in form only: a text that was cut, or a day that was already the
    next one in another time zone."""
    if isinstance(mine, date) and isinstance(theirs, date):
        return abs((mine - theirs).days) <= 1
    if isinstance(mine, str) and isinstance(theirs, str) and len(theirs) >= SHORTEST_CUT:
        return normalised(mine).startswith(normalised(theirs))
    return agrees(group, mine, theirs)


def _rule(side: Side, theirs: object) -> str:
    if isinstance(theirs, Sale) and theirs.type == "adjustment":
        return "S7"
    return "S2" if side is Side.ONCORD else "S5"


def _effective(sale: Sale) -> Sale:
    """A cancelled sale counts as void."""
    return replace(sale, voided=True) if sale.status == "cancelled" else sale


def _as_sale(record: object) -> Sale | None:
    return record if isinstance(record, Sale) else None


def _ignored(plan_input: PlanInput, id_map: IdMap, ours: Sale, theirs: Sale) -> frozenset[str]:
    ignored = set(_FROZEN_WHILE_VOID) if ours.voided or theirs.voided else set[str]()
    if plan_input.configuration.document_numbers != "oncord":
        ignored.add("number")
    if ours.type == "adjustment":
        ignored.add("due_date")
    if belongs(plan_input, id_map, theirs.contact_id, ours.contact_id):
        # An invoice on any customer of the contact agrees, on a sub-customer or project of it, too.
        ignored.add("contact_id")
    return frozenset(ignored)


def _nothing_new(plan_input: PlanInput, link: Link, changed: frozenset[str], ours: Sale, theirs: Sale) -> bool:
    """Whether all that differs is what QuickBooks has worked out differently before, and only QuickBooks speaks of it: an
    echo of that write, say. An edit or a retry in Oncord tries once more."""
    base = _as_sale(link.base_quickbooks)
    return (
        changed == {"money"}
        and is_unsettled(link.base_oncord, ours)
        and base is not None
        and base.money == theirs.money
        and all(t.key != (Side.ONCORD, Kind.SALE, link.oncord_id) for t in plan_input.changes)
    )


def _as_theirs(
    plan_input: PlanInput,
    id_map: IdMap,
    link: Link,
    ours: Sale,
    theirs: Sale,
    money: bool,
    customer: Reference | None,
) -> Sale:
    """Our sale in QuickBooks' words; what has not moved is not translated, so that it cannot stand in the way."""
    wanted = ours if money else replace(ours, money=replace(ours.money, lines=()))
    return sale_to(
        Side.QUICKBOOKS,
        wanted,
        id_map,
        plan_input.configuration,
        contact=customer,
        base_source=_as_sale(link.base_oncord),
        base_target=_as_sale(link.base_quickbooks),
        standing=theirs,
    )


def _to_quickbooks(
    plan_input: PlanInput, change: ChangedRecord, link: Link, quickbooks: Snapshot, wanted: Sale, found: Merged
) -> Iterator[Operation]:
    if "money" not in found.to_quickbooks and isinstance(quickbooks.record, Sale):
        # What it comes to there is what it still has to come to after this write, whatever QuickBooks works out anew.
        wanted = replace(wanted, money=quickbooks.record.money)
    write = Operation(
        Action.UPDATE,
        Side.QUICKBOOKS,
        Kind.SALE,
        "S7" if wanted.type == "adjustment" else "S2",
        f"Changed in Oncord: {words(found.to_quickbooks)}.",
        source_id=link.oncord_id,
        target_id=link.quickbooks_id,
        record=wanted,
        fields=found.to_quickbooks,
        expected_version=quickbooks.version,
        disagreements=found.lost_on(Side.QUICKBOOKS),
        backfill=plan_input.backfill,
    )
    if "voided" not in found.to_quickbooks:
        yield write
        return
    others = tuple(group for group in found.to_quickbooks if group != "voided")
    if wanted.voided and link.origin is Origin.ONCORD:
        # What was typed besides is written once the document is void: its version moves on with that.
        yield replace(write, action=Action.VOID, rule="S5", reason="Voided in Oncord.", fields=("voided",))
        return
    if others:
        yield replace(write, fields=others, reason=f"Changed in Oncord: {words(others)}.")
    if wanted.voided:
        yield park(
            change,
            "S5",
            "The sale was voided in Oncord, but its invoice did not begin there, so it is not voided for you. Void it in "
            "QuickBooks, or put the sale back.",
        )
    else:
        asked = park(
            change,
            "S5",
            "The sale is no longer void in Oncord, but QuickBooks cannot bring a voided invoice back. Make its invoice "
            "anew, or void the sale again.",
        )
        yield replace(asked, recreates=(Side.ONCORD, Kind.SALE, link.oncord_id))


def _to_oncord(
    plan_input: PlanInput, id_map: IdMap, link: Link, oncord: Snapshot, theirs: Sale, found: Merged
) -> Iterator[Operation]:
    ours = oncord.record
    assert isinstance(ours, Sale)
    owner: Reference = ours.contact_id
    if "contact_id" in found.to_oncord:
        owner, prerequisites = provide_contact(plan_input, id_map, str(theirs.contact_id))
        yield from prerequisites
    wanted = theirs if "money" in found.to_oncord else replace(theirs, money=replace(theirs.money, lines=()))
    as_ours = sale_to(
        Side.ONCORD,
        wanted,
        id_map,
        plan_input.configuration,
        contact=owner,
        base_source=_as_sale(link.base_quickbooks),
        base_target=_as_sale(link.base_oncord),
        standing=ours,
    )
    fields: tuple[WriteField, ...] = found.to_oncord
    reason = f"Changed in QuickBooks: {words(found.to_oncord)}."
    if "voided" in fields:
        fields = (*fields, BooksMark(BooksStatus.VOID if theirs.voided else BooksStatus.LINKED))
        reason = "Voided in QuickBooks." if theirs.voided else reason
    yield Operation(
        Action.UPDATE,
        Side.ONCORD,
        Kind.SALE,
        "S7" if theirs.type == "adjustment" else "S5",
        reason,
        source_id=link.quickbooks_id,
        target_id=link.oncord_id,
        record=as_ours,
        fields=fields,
        expected_version=oncord.version,
        disagreements=found.lost_on(Side.ONCORD),
        backfill=plan_input.backfill,
    )
