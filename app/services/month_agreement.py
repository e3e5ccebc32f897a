"""How far both sides agree in one month, by kind and by account: the figures of the last comparison of everything, with what stands by now.

Nothing is told to agree over a difference: where sums are alike and single records are not, that is what is said (law 11).
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from app.services.agreement import KNOWN_FOR
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.tieouts import results
from app.storage.tieouts.results import Counts

KINDS = ("sales", "credits", "receipts", "refunds", "settled_otherwise")
_OF_DOCUMENTS = ("sales", "credits")
Stands = Literal["agrees", "same_sum", "differs", "unexplained", "unknown"]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the month on both sides. `what` is a kind of record, or what an account or payment method is called.

    `agrees`: to the cent, with no difference in any record of its sort. `same_sum`: the sums are alike, and single records are not.
    """

    what: str
    account: bool
    currency: str
    oncord: Decimal
    quickbooks: Decimal
    stands: Stands
    differences: int
    """How many of the records of its sort differ."""


@dataclass(frozen=True, slots=True)
class MonthAgreement:
    """`month` is None where everything was never compared, or not since there are months in a certificate. `light_since`: since when the
    light of the connection is what it is, as far back as comparisons are kept."""

    month: str | None
    compared_at: dt.datetime | None
    tie_out_id: str
    light_since: dt.datetime | None
    rows: tuple[Row, ...]


async def read_month(container: ServiceContainer, connection_id: str) -> MonthAgreement:
    """The month in which everything was last compared. Raises `NotFound` without the connection."""
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        whole = await results.last_with_month(tx, connection_id)
        since = await results.light_since(tx, connection_id)
        month = whole.month if whole is not None else None
        stands = await results.standing_in_month(tx, connection_id, month["month"]) if month is not None else {}
    if whole is None or month is None:
        return MonthAgreement(None, whole.taken_at if whole else None, whole.id if whole else "", since, ())
    known = now - whole.taken_at <= KNOWN_FOR
    rows = tuple(_row(figure, stands, known=known) for figure in _figures(month))
    return MonthAgreement(month["month"], whole.taken_at, whole.id, since, rows)


_Figure = tuple[str, bool, str, Decimal, Decimal]


def _figures(month: Mapping[str, Any]) -> Iterator[_Figure]:
    """What there is of each kind and account; what is nothing on both sides is left out."""
    for roll in month["roll_forward"]:
        for kind in KINDS:
            here, there = Decimal(roll["oncord"][kind]), Decimal(roll["quickbooks"][kind])
            if here or there:
                yield kind, False, roll["currency"], here, there
    for account in month["accounts"]:
        here, there = (
            Decimal(account[side]["in"]) - Decimal(account[side]["out"]) for side in ("oncord", "quickbooks")
        )
        moved = any(Decimal(account[side][way]) for side in ("oncord", "quickbooks") for way in ("in", "out"))
        if moved:
            yield account["name"] or account["channel"], True, account["currency"], here, there


def _row(figure: _Figure, stands: Mapping[tuple[str, str], Counts], *, known: bool) -> Row:
    what, account, currency, here, there = figure
    sort = "sale" if what in _OF_DOCUMENTS and not account else "receipt"
    about = [counts for (kind, of), counts in stands.items() if kind in (sort, "figure") and of in ("", currency)]
    differences, unexplained = sum(each.differences for each in about), sum(each.unexplained for each in about)
    if not known:
        standing: Stands = "unknown"
    elif unexplained:
        standing = "unexplained"
    elif here != there:
        standing = "differs"
    else:
        standing = "same_sum" if differences else "agrees"
    return Row(what, account, currency, here, there, standing, differences)
