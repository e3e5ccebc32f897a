"""What passes between a run and a side: pages and changes coming in, writes and batches going out, outcomes coming back.

Plain data, so that both vendors' rooms can speak it without knowing the engine. Who asks for it when is said by the
protocol `app.sync.ports.SyncSide`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from app.domain.model.operations import Operation
from app.domain.model.records import (
    Kind,
    Record,
    Side,
    Snapshot,
)
from app.domain.model.write_fields import BooksStatus

Document = dict[str, Any]
"""A record in a side's own JSON (numbers as Decimal); only the side itself looks inside."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some records of one side, and where to go on.

    `cursor` is opaque to the engine and None on the last page. `as_of` is the side's own clock, taken before the first
    record was read: the next watermark. `tells_deletes`: these pages show what was deleted since, too.
    """

    snapshots: tuple[Snapshot, ...]
    cursor: str | None
    as_of: datetime
    tells_deletes: bool = False


@dataclass(frozen=True, slots=True)
class Changes:
    """What moved since a watermark. `complete` is False where the side cut the answer or no longer remembers that far
    back: then `pages` and, for deletes that those do not tell, `ids` are asked instead."""

    snapshots: tuple[Snapshot, ...]
    as_of: datetime
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Fetched:
    """Records read in bulk by id. `missing` are unknown to the side, which is not taken for a delete on Oncord's side."""

    snapshots: tuple[Snapshot, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a bookkeeper would have typed besides on a document that is made for a record; never compared or merged.

    `note` names the record in the other side's own words, for people. `email` is where the document would be sent, and
    `payment_method` the name of how it was paid; "" where nothing is known, or where it is better left out.
    """

    note: str = ""
    email: str = ""
    payment_method: str = ""
    rate_of: date | None = None
    """The day whose exchange rate a new document has, where that is not its own: what takes another one back has that one's."""


@dataclass(frozen=True, slots=True)
class Write:
    """One operation on its way out: its row id, its content with every reference resolved, and, where the target must be
    sent whole, the document as the side holds it now."""

    operation_id: str
    operation: Operation
    record: Record | None
    document: Document | None = None
    base: Record | None = None
    external_ref: str = ""
    particulars: Particulars = Particulars()
    spell_out: bool = False
    """Say in lines what the document holds in a form of its own (a discount for the whole), since that came out otherwise."""
    at: datetime | None = None
    """When it was prepared; what Oncord is told of a document in the books is as of then."""
    books_url: str = ""
    """Where a person finds the counterpart in the books; "" where that is not known, or not asked."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a record of Oncord stands in the books: its status, why in words, and where a person finds it there."""

    kind: Kind
    id: str
    status: BooksStatus
    reason: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One position of a batch. `key` is the side's idempotency key of the item (QBO: bId), `body` what is sent."""

    operation_id: str
    key: str
    body: Document


@dataclass(frozen=True, slots=True)
class Batch:
    """Exactly what one call will send. `request_id` is derived from the operations, never fresh per try."""

    side: Side
    kind: Kind
    request_id: str
    items: tuple[BatchItem, ...]
    backfill: bool = False


MOVED = "moved"
"""The code of a write whose document, as it was read for it, says what the mirror does not: read again, and planned anew."""
ABSENT = "absent"
"""The code of a write that lacks something at the side, as far as that was read: read it once more before refusing."""


@dataclass(frozen=True, slots=True)
class Unpreparable:
    """A write whose body cannot be rendered without being wrong (a cent that would move): park it, nothing was sent."""

    operation_id: str
    code: str
    message: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The batches of some writes, in order, and the writes that must not be sent."""

    batches: tuple[Batch, ...]
    refused: tuple[Unpreparable, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    """By operation: what had to be cut or left out for the side to take it, in words."""


class OutcomeState(StrEnum):
    """How one write ended, named by what to do next (the names of `app.errors`)."""

    DONE = "done"
    EXISTS = "exists"
    STALE = "stale"
    REFUSED = "refused"
    CLASH = "clash"
    """A name or number is taken (QBO 6240, 6140): look for a twin, else choose another name."""
    AMBIGUOUS = "ambiguous"
    """Something it refers to is gone or inactive (QBO 610, 2500, 6250): read the ids involved, then decide."""
    GONE = "gone"
    UNKNOWN = "unknown"
    """No answer for this item although the call succeeded, or an error that says try again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the side answered for one operation; `snapshot` is the record as the side itself returned it."""

    operation_id: str
    state: OutcomeState
    snapshot: Snapshot | None = None
    code: str = ""
    message: str = ""
    advice: str = ""
    trace_id: str = ""
    books_closed: bool = False
    """Refused, since the books are closed for the date of the document (QBO 6200, 6210)."""


@dataclass(frozen=True, slots=True)
class OutOfUse:
    """A row of one of a side's lists (an account, an item, a tax code) that documents can no longer refer to."""

    list: str
    id: str
    sort: str
    """What people call it where it is used ("deposit account")."""
    name: str
    gone: bool = False
    """Whether it is not there at all, and not only inactive."""


@dataclass(frozen=True, slots=True)
class SideFacts:
    """What a side says of itself: identity, home currency, country, time zone, features and switches."""

    id: str
    name: str
    country: str
    currency: str
    time_zone: str = ""
    multi_currency: bool = False
    features: frozenset[str] = field(default=frozenset())
    closed_until: str = ""
    tax_codes: Mapping[str, str] = field(default_factory=dict)
    """QuickBooks: what its tax codes are called, by id."""
    accounts: Mapping[str, str] = field(default_factory=dict)
    """QuickBooks: what the accounts are called that money can lie in, by id."""
    record_url: str = ""
    """Oncord: where a person finds a record there, with `{kind}` and `{id}` in it; "" where the site does not say."""
