"""Rings for what moves in a month that was sealed: one item a document, which says what it was and what it is on each side.

The figures that were kept are held against the mirrors by each tie-out (`app.storage.tieouts.seals`); here they become
words. A document that is again as it was sealed closes its item; one that a person has seen and dismissed rings again
only once it moves further, and not when the other side follows.
"""

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol

from app.domain.model.currencies import written
from app.domain.model.links import LinkState
from app.domain.model.records import Receipt, Sale
from app.domain.planning.labels import label_of
from app.storage.database import Transaction
from app.storage.people import attention
from app.storage.records import links, mirrors
from app.storage.tieouts import results, seals
from app.storage.tieouts.seals import Figures, Moved

KIND = "sealed_month"
AT_ONCE = 500
"""So many records that have moved are told of, at the most; the others are counted on the certificate."""
ADVICE = (
    "If that was not meant, put it back where it was changed; it goes to the other side by itself. If it was, leave it,"
    " or unseal the month, under Sealed months, and seal it again."
)
DELETED = (
    "If that was not meant, put it back: it is made anew. If it was, leave it deleted, or unseal the month, under Sealed months, and seal"
    " it again."
)


class Ids(Protocol):
    """Makes ids that sort by time."""

    def new(self, prefix: str) -> str:
        """Make an id with this prefix."""
        ...


async def ring(tx: Transaction, ids: Ids, connection_id: str, now: dt.datetime) -> None:
    """Tell of what is not as it was sealed, and close what is again."""
    found = await seals.moved(tx, connection_id, AT_ONCE)
    told = set()
    for (month, kind, pair), group in groupby(found, key=lambda each: (each.month, each.kind, each.pair)):
        records = _without_what_was_put_back(list(group))
        if not records:
            continue
        key = f"{KIND}:{month}:{kind}:{pair}"
        told.add(key)
        await _tell(tx, ids, connection_id, key, records, now)
    if len(found) < AT_ONCE:
        stale = sorted(await attention.open_keys(tx, connection_id, KIND) - told)
        await attention.settle(tx, connection_id, stale, reason="It is again as it was sealed.", now=now)


def _without_what_was_put_back(records: list[Moved]) -> list[Moved]:
    """What has moved, but for what was deleted and made anew just as it was."""
    anew = {(each.side, str(each.today)): each for each in records if each.figures is None}
    back = [
        (each, again) for each in records if each.today is None and (again := anew.get((each.side, str(each.figures))))
    ]
    gone = {id(each) for pair in back for each in pair}
    return [each for each in records if id(each) not in gone]


async def _tell(
    tx: Transaction, ids: Ids, connection_id: str, key: str, records: Sequence[Moved], now: dt.datetime
) -> None:
    first = records[0]
    known = await mirrors.load(tx, connection_id, first.side, first.kind, [first.id])
    record = known[first.id].record if first.id in known else None
    person = f"{first.side}:{record.contact_id}" if isinstance(record, Sale | Receipt) else ""
    names = await results.names(tx, connection_id, [person])
    label = label_of(first.side, first.kind, record, names.get(person, ""))
    summary = f"{label.label} belongs to {named(first.month)}, which is sealed. {' '.join(in_words(records))}"
    if await attention.was_said(tx, connection_id, key, summary) or await _was_seen(tx, connection_id, key, records):
        return
    to_put_back = await _put_back(tx, connection_id, records)
    await attention.open_item(
        tx,
        connection_id,
        item_id=ids.new("att"),
        key=key,
        kind=KIND,
        rule="",
        summary=summary,
        advice=DELETED if to_put_back else ADVICE,
        side=first.side,
        record_kind=first.kind,
        record_id=first.id,
        detail={"moved": [{"side": r.side, "sealed": r.figures, "today": r.today} for r in records]}
        | ({"put_back": to_put_back} if to_put_back else {}),
        actions=(attention.PUT_BACK, "dismiss") if to_put_back else ("dismiss",),
        subject=label,
        now=now,
    )


async def _was_seen(tx: Transaction, connection_id: str, key: str, records: Sequence[Moved]) -> bool:
    """Whether a person who has left the matter as it is has seen all of it: that the other side has followed since is nothing new."""
    left = await attention.last_left(tx, connection_id, key)
    seen = left.get("moved", ()) if left is not None else ()
    return bool(seen) and all(any(_is_as_seen(each, before) for before in seen) for each in records)


def _is_as_seen(record: Moved, seen: Mapping[str, Any]) -> bool:
    if record.side == seen["side"]:
        return (record.figures, record.today) == (seen["sealed"], seen["today"])
    return _on_both_sides(record.today) == _on_both_sides(seen["today"])


def _on_both_sides(figures: Figures | None) -> Figures | None:
    """What a document says of itself wherever it is: no account, no tax code, no number of a side's own."""
    if figures is None:
        return None
    return {name: value for name, value in figures.items() if name in ("amount", "tax", "currency", "date", "void")}


async def _put_back(tx: Transaction, connection_id: str, records: Sequence[Moved]) -> dict[str, str]:
    """What is still there of a pair of which one was deleted, so that this one can be made anew; empty where nothing can be."""
    for gone in (each for each in records if each.today is None):
        pairs = await links.of_records(tx, connection_id, gone.kind, gone.side, [gone.id])
        lost = next((link for link in pairs if link.state is LinkState.TOMBSTONE and link.gone is gone.side), None)
        survivor = lost.id_on(gone.side.other) if lost is not None else ""
        there = (await mirrors.load(tx, connection_id, gone.side.other, gone.kind, [survivor])).get(survivor)
        if there is not None and not there.deleted:
            return {"side": gone.side.other, "kind": gone.kind, "id": survivor}
    return {}


def named(month: str) -> str:
    """A month as people call it ("October 2026")."""
    year, number = month.split("-")
    return f"{calendar.month_name[int(number)]} {year}"


def in_words(records: Iterable[Moved]) -> list[str]:
    """A sentence for each side on which it has moved, with both values."""
    return [f"In {each.side.called} {_moved(each.figures, each.today)}." for each in records]


def _moved(was: Figures | None, now: Figures | None) -> str:
    if was is None:
        return f"it was added since: {_money(now or {})}"
    if now is None:
        return f"it is gone: it was {_money(was)}"
    said = list(_changes(was, now))
    return " and ".join(said) if said else "its amounts stand under other tax codes"


def _changes(was: Figures, now: Figures) -> Iterable[str]:
    if bool(was.get("void")) is not bool(now.get("void")):
        yield f"it is {'void now' if now.get('void') else 'void no more'}: {_money(was)} before, {_money(now)} now"
        return
    if (was.get("amount"), was.get("currency")) != (now.get("amount"), now.get("currency")):
        yield f"the amount was {_money(was)} and is {_money(now)}"
    if was.get("tax") != now.get("tax"):
        yield f"the tax was {_amount(was, 'tax')} and is {_amount(now, 'tax')}"
    for name in ("date", "number"):
        if was.get(name) != now.get(name):
            yield f"the {name} was {was.get(name) or 'missing'} and is {now.get(name) or 'missing'}"
    if was.get("account") != now.get("account"):
        yield f"{_money(now)} went another way (payment method or account)"


def _money(figures: Figures) -> str:
    return f"{_amount(figures, 'amount')} {figures.get('currency', '')}".strip()


def _amount(figures: Figures, name: str) -> str:
    return written(Decimal(str(figures.get(name) or 0)), str(figures.get("currency") or ""))
