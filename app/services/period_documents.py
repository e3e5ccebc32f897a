"""The documents of a period and its payments, one by one and as each side has them: what an accountant ticks off.

They are listed as both sides were last read when the list is made, a month at a time.
"""

import datetime as dt
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Literal

from app.domain.model.currencies import written
from app.domain.model.records import Kind, Receipt, Sale, Side, Snapshot
from app.domain.planning.labels import label_of
from app.services.archives import BOM, csv_line
from app.services.pairs import people_of_both
from app.services.ports import ServiceContainer
from app.storage.records import dated, mirrors
from app.tieout.period import Period, month_of

Listed = Literal["documents", "payments"]
Known = Mapping[tuple[Side, Kind, str], Snapshot]
People = Mapping[Side, Mapping[str, str]]
KINDS: Mapping[Listed, Kind] = {"documents": Kind.SALE, "payments": Kind.RECEIPT}
_AT_ONCE = 500
_ABOVE = "as above"


def columns(listed: Listed) -> tuple[str, ...]:
    """What the columns of a list are called."""
    figures = ("currency", "total", "tax", "state") if listed == "documents" else ("currency", "amount", "state")
    number = "number" if listed == "documents" else "reference"
    beside = tuple(f"{name} in QuickBooks" for name in (number, "date", "customer"))
    return (
        listed.removesuffix("s"),
        number,
        "date",
        "customer",
        *(f"{name} in {side.called}" for side in Side for name in figures),
        *beside,
    )


async def as_csv(
    container: ServiceContainer, connection_id: str, listed: Listed, period: Mapping[str, str]
) -> AsyncIterator[bytes]:
    """A list as a file, some hundred rows at a time. `period`: its `first` and `last` day, as a certificate says them.

    A row has the record of Oncord and what it has in QuickBooks, or what is on one side only; of several documents that one sale has
    each has a row, and the sale's own figures stand in the first. Credits and money that is paid back are below zero. Number, date and
    customer of QuickBooks stand only where they are others.
    """
    yield BOM + csv_line(columns(listed))
    async for rows in _rows(container, connection_id, listed, period):
        yield b"".join(map(csv_line, rows))


async def _rows(
    container: ServiceContainer, connection_id: str, listed: Listed, period: Mapping[str, str]
) -> AsyncIterator[list[tuple[Any, ...]]]:
    kind, whole = KINDS[listed], Period(*(dt.date.fromisoformat(period[end]) for end in ("first", "last")))
    above = ""
    for month in map(month_of, sorted(whole.months())):
        days = (max(month.first, whole.first), min(month.last, whole.last))
        async with container.database.transaction(connection_id) as tx:
            pairs = await dated.pairs_dated(tx, connection_id, kind, days, (whole.first, whole.last))
        for start in range(0, len(pairs), _AT_ONCE):
            some = pairs[start : start + _AT_ONCE]
            keys = [(side, kind, i) for pair in some for side, i in zip(Side, pair, strict=True) if i]
            async with container.database.transaction(connection_id) as tx:
                known = await mirrors.load_several(tx, connection_id, keys)
                people = await people_of_both(tx, connection_id, known.values())
            rows = []
            for oncord_id, quickbooks_id in some:
                both = known.get((Side.ONCORD, kind, oncord_id)), known.get((Side.QUICKBOOKS, kind, quickbooks_id))
                rows.append(tuple(_row(*both, people, repeated=bool(oncord_id) and oncord_id == above)))
                above = oncord_id
            yield rows


def _row(oncord: Snapshot | None, quickbooks: Snapshot | None, people: People, *, repeated: bool) -> Iterator[Any]:
    """What both sides say of one; `repeated`: what Oncord says stands in the row above."""
    first = oncord if oncord is not None and not oncord.deleted else quickbooks
    named, across = (_named(each, people) for each in (first, quickbooks))
    yield from named
    yield from _figures(oncord, quickbooks, repeated=repeated)
    yield from _figures(quickbooks, oncord)
    yield from (
        there if first is not quickbooks and there != here else ""
        for here, there in zip(named[1:], across[1:], strict=True)
    )


def _named(snapshot: Snapshot | None, people: People) -> tuple[Any, ...]:
    """What a record is, its number or reference, its date and its customer."""
    record = snapshot.record if snapshot is not None else None
    if snapshot is None or not isinstance(record, Sale | Receipt):
        return "", "", None, ""
    label = label_of(snapshot.side, snapshot.kind, record)
    word = label.called.removesuffix(label.number).strip()
    return word, label.number, record.date, people[snapshot.side].get(str(record.contact_id), "")


def _figures(snapshot: Snapshot | None, across: Snapshot | None, *, repeated: bool = False) -> tuple[str, ...]:
    """Currency, amounts and state of one side; empty amounts where it has nothing."""
    record = snapshot.record if snapshot is not None else None
    told = record if record is not None else across.record if across is not None else None
    blank = ("",) * (3 if isinstance(told, Sale) else 2)
    if repeated:
        return *blank, _ABOVE
    if snapshot is None:
        return *blank, "not there"
    if snapshot.deleted:
        return *blank, "deleted"
    if isinstance(record, Sale):
        sign, currency = -1 if record.type == "adjustment" else 1, record.money.currency
        amounts = (written(sign * each, currency) for each in (record.money.total, record.money.tax_total))
        return currency, *amounts, _state_of_a_document(record)
    if isinstance(record, Receipt):
        paid = record.payment
        state = "void" if record.voided else "paid back" if paid.amount < 0 else "received"
        return paid.currency, written(paid.amount, paid.currency), state
    return *blank, "cannot be read"


def _state_of_a_document(sale: Sale) -> str:
    if sale.voided:
        return "void"
    if sale.status != "confirmed":
        return sale.status
    credit, settled = sale.type == "adjustment", sale.paid + sale.books_settled
    if settled >= sale.money.total:
        return "used" if credit else "paid"
    if settled:
        return "partly used" if credit else "partly paid"
    return "not used" if credit else "open"
