"""Small records and whole situations for the tests of the domain, in as few words as each test needs."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zlib import crc32

from app.domain.model.configuration import (
    Configuration,
    ItemPolicy,
    MappedMethod,
    MappedTaxCode,
)
from app.domain.model.links import Link, LinkState, Origin
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Allocation,
    Contact,
    Kind,
    Line,
    Money,
    Name,
    Payment,
    Receipt,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.untaxed_lines import UntaxedCodes, UntaxedLines
from app.domain.planner import plan
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import ChangedRecord, PlanInput

CONFIGURATION = Configuration(
    start_date=date(2026, 1, 1),
    payment_methods=(
        MappedMethod("card", "bank"),
        MappedMethod("paypal", "bank", preferred=True),
        MappedMethod("cash", left_out=True),
    ),
    tax_codes=(MappedTaxCode("GST", "5", "10"), MappedTaxCode("FREE", "4", "0")),
    untaxed_lines=UntaxedLines(UntaxedCodes("4", "4", "4", "4"), UntaxedCodes("4", "4", "4", "4")),
    items=ItemPolicy("single", "item"),
)


def contact(first: str = "Ada", last: str = "Lovelace", **members: Any) -> Contact:
    """A person; her display name is composed as both sides compose it."""
    name = Name(first=first, last=last, display=f"{first} {last}".strip())
    return Contact(**{"name": name, "email": f"{first}@example.com".lower(), **members})


def line(total: str = "22.00", words: str = "Tea", code: str = "GST", **members: Any) -> Line:
    """A line of goods."""
    return Line(Decimal(total), description=words, tax_code=code, **members)


def sale(contact_id: str = "1", *lines: Line, **members: Any) -> Sale:
    """A confirmed sale of 22.00, tax included, unless lines are given."""
    chosen = lines or (line(),)
    total = sum((x.total for x in chosen), Decimal(0))
    return Sale(
        contact_id, Money("AUD", chosen, True, Decimal("2.00"), total), **{"date": date(2026, 11, 1), **members}
    )


def receipt(
    contact_id: str = "1", amount: str = "22.00", pays: dict[str, str] | None = None, **members: Any
) -> Receipt:
    """A receipt by card, or with `channel` another way."""
    parts = tuple(Allocation(i, Decimal(a)) for i, a in (pays or {}).items())
    payment = Payment(Decimal(amount), "AUD", parts)
    return Receipt(contact_id, payment, **{"channel": "card", "date": date(2026, 11, 1), **members})


def seen(side: Side, kind: Kind, record_id: str, record: Record | None, **members: Any) -> Snapshot:
    """What the mirror holds."""
    return Snapshot(side, kind, record_id, "1", record, **members)


def linked(
    kind: Kind, oncord_id: str, quickbooks_id: str, ours: Record | None, theirs: Record | None, **members: Any
) -> Link:
    """A live pair that agreed on these; its id follows from its records."""
    number = crc32(f"{kind}:{oncord_id}:{quickbooks_id}".encode())
    return Link(
        **{
            "id": number,
            "kind": kind,
            "oncord_id": oncord_id,
            "quickbooks_id": quickbooks_id,
            "origin": Origin.ONCORD,
            "base_oncord": ours,
            "base_quickbooks": theirs,
            **members,
        }
    )


def tombstoned(link: Link, gone: Side) -> Link:
    """The same pair after one of the two was deleted."""
    return replace(link, state=LinkState.TOMBSTONE, gone=gone)


def plan_input(
    *things: Snapshot | Link | ChangedRecord, configuration: Configuration = CONFIGURATION, **members: Any
) -> PlanInput:
    """Everything in sight; unlinked records are candidates for matching."""
    snapshots = [t for t in things if isinstance(t, Snapshot)]
    links = LinkIndex.of(t for t in things if isinstance(t, Link))
    free: dict[tuple[Side, Kind], list[Snapshot]] = {}
    for snapshot in snapshots:
        if links.live((snapshot.side, snapshot.kind, snapshot.id)) is None and not snapshot.deleted:
            free.setdefault((snapshot.side, snapshot.kind), []).append(snapshot)
    return PlanInput(
        configuration=configuration,
        changes=[t for t in things if isinstance(t, ChangedRecord)],
        snapshots={(s.side, s.kind, s.id): s for s in snapshots},
        links=links,
        candidates=free,
        **members,
    )


def decided(*things: Snapshot | Link | ChangedRecord, **members: Any) -> list[Operation]:
    """The operations of a plan, in the order in which they are carried out."""
    made = plan(plan_input(*things, **members))
    return [operation for stage in made.stages() for _, operation in stage.operations]


def told(operations: Iterable[Operation]) -> list[str]:
    """Operations in a word each: "create quickbooks sale S1"."""
    return [f"{o.action} {o.side} {o.kind} {o.rule}" for o in operations]
