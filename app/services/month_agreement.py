"""How far both sides agree in one month, by kind and by account: the figures of the last comparison of everything, with what stands by now.

Nothing is told to agree over a difference: where sums are alike and single records are not, that is what is said (law 11).
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from app.services.agreement import KNOWN_FOR
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.connections.channel_names import channel_names, nameless
from app.storage.tieouts import results
from app.storage.tieouts.ledger_looks import LedgerLook, last_look
from app.storage.tieouts.results import Stands
from app.tie_out_certificates import zone_name

KINDS = ("sales", "credits", "receipts", "refunds", "settled_otherwise")
_OF_FIGURES = {
    "sales": ("sales", "credits"),
    "sales_by_code": ("sales", "credits"),
    "tax_by_code": ("sales", "credits"),
    "money_in": ("receipts",),
    "money_out": ("refunds",),
    "paid": ("receipts", "refunds"),
    "owed": ("settled_otherwise",),
}
"""Which rows a figure belongs to that no record accounts for."""
_OF_KINDS = {"sale": ("sales", "credits"), "receipt": ("receipts", "refunds")}
"""And a record of which nobody has kept which it is."""
Standing = Literal["agrees", "same_sum", "differs", "older", "unexplained", "unknown"]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the month on both sides. `what` is a kind of record, or what an account or payment method is called.

    `agrees`: to the cent, with no difference in any record of its sort. `same_sum`: the sums are alike, and single records are not.
    `older`: something was compared since, and what stands by now does not go with these sums any more.
    """

    what: str
    account: bool
    currency: str
    oncord: Decimal
    quickbooks: Decimal
    stands: Standing
    differences: int
    """How many of the records of its sort differ."""


@dataclass(frozen=True, slots=True)
class MonthAgreement:
    """`month` is None where everything was never compared, or not since comparisons keep a month. `light_since`: since when the
    light of the connection is what it is, as far back as comparisons are kept. `later_at`: when something was compared after
    `compared_at`, which the sums are of; None: nothing was."""

    month: str | None
    compared_at: dt.datetime | None
    tie_out_id: str
    light_since: dt.datetime | None
    rows: tuple[Row, ...]
    later_at: dt.datetime | None = None
    ledger: LedgerLook = field(default_factory=LedgerLook)
    ledger_known: bool = False
    """Whether QuickBooks' own reports, up to their own day, were looked at no longer ago than the light may be."""


async def read_month(container: ServiceContainer, connection_id: str) -> MonthAgreement:
    """The month in which everything was last compared. Raises `NotFound` without the connection."""
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        whole = await results.last_with_month(tx, connection_id)
        since = await results.light_since(tx, connection_id, zone_name(connection))
        if whole is None:
            return MonthAgreement(None, None, "", since, ())
        later = await results.looked_at_since(tx, connection_id, whole.taken_at)
        ledger = await last_look(tx, connection_id, zone_name(connection))
        recent = ledger.until is None and ledger.looked_at is not None and now - ledger.looked_at <= KNOWN_FOR
        month = whole.month
        stands = await results.standing_in_month(tx, connection_id, month["month"]) if month is not None else []
    if month is None:
        return MonthAgreement(None, whole.taken_at, whole.id, since, (), later, ledger, recent)
    known = now - whole.taken_at <= KNOWN_FOR
    figures = _figures(month, channel_names(connection))
    rows = tuple(_row(figure, stands, known=known, later=later is not None) for figure in figures)
    return MonthAgreement(month["month"], whole.taken_at, whole.id, since, rows, later, ledger, recent)


@dataclass(frozen=True, slots=True)
class _Figure:
    what: str
    channel: str
    """Of an account; "" of a kind of record."""
    currency: str
    oncord: Decimal
    quickbooks: Decimal


def _figures(month: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[_Figure]:
    """What there is of each kind and account; what is nothing on both sides is left out. `names`: what channels are called by now."""
    for roll in month["roll_forward"]:
        for kind in KINDS:
            here, there = (_sum_of(kind, roll[side]) for side in ("oncord", "quickbooks"))
            if here or there:
                yield _Figure(kind, "", roll["currency"], here, there)
    for account in month["accounts"]:
        here, there = (
            Decimal(account[side]["in"]) - Decimal(account[side]["out"]) for side in ("oncord", "quickbooks")
        )
        moved = any(Decimal(account[side][way]) for side in ("oncord", "quickbooks") for way in ("in", "out"))
        if moved:
            channel = account["channel"]
            name = account["name"] or names.get(channel) or nameless(channel)
            yield _Figure(name, channel, account["currency"], here, there)


def _sum_of(kind: str, sums: Mapping[str, str]) -> Decimal:
    """What a kind comes to; what was written off stands with what was settled otherwise. A month of before has no such part."""
    written_off = Decimal(sums.get("written_off", "0")) if kind == "settled_otherwise" else Decimal(0)
    return Decimal(sums[kind]) + written_off


def _row(figure: _Figure, stands: Sequence[Stands], *, known: bool, later: bool) -> Row:
    about = [each for each in stands if each.currency in ("", figure.currency) and _concerns(each, figure)]
    differences, unexplained = sum(each.differences for each in about), sum(each.unexplained for each in about)
    alike = figure.oncord == figure.quickbooks
    if not known:
        standing: Standing = "unknown"
    elif unexplained:
        standing = "unexplained"
    elif later and alike is bool(differences):
        standing = "older"
    elif not alike:
        standing = "differs"
    else:
        standing = "same_sum" if differences else "agrees"
    of_account = bool(figure.channel)
    return Row(figure.what, of_account, figure.currency, figure.oncord, figure.quickbooks, standing, differences)


def _concerns(stands: Stands, figure: _Figure) -> bool:
    """Whether differences are in records, or in money, of a row's own."""
    if figure.channel:
        return figure.channel in stands.accounts
    if stands.what == "settled":
        return figure.what == "settled_otherwise"
    if stands.kind == "figure":
        return figure.what in _OF_FIGURES.get(stands.what, ())
    return figure.what in ((stands.sort,) if stands.sort else _OF_KINDS[stands.kind])
