"""How far a sale is settled, from what both sides hold, and whether anybody may be asked to pay the rest.

Money that both sides hold is counted once. What only one of them holds counts too, since a reminder to somebody who has
paid is worse than one that comes a day later; where both such sums together would overpay the sale, they are taken for
the same money.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from app.domain.model.records import Sale, Side, is_void
from app.domain.settlement.causes import BEYOND, OF_PAYMENTS, ZERO, Cause, Part, summed

State = Literal["paid", "overpaid", "partly", "open", "credited", "written_off", "void", "gone", "unknown"]
FRESH = dt.timedelta(hours=24)
"""How old the reading of either side may be where somebody is to be asked to pay."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What one receipt or payment settles of the document on its side. `receipt_id` is that of the pair's receipt in
    Oncord, "" where it has no counterpart; `credit`: no money moved, credit was used."""

    side: Side
    id: str
    amount: Decimal
    receipt_id: str = ""
    credit: bool = False
    cancelled: bool = False
    """A payment of zero that uses the credit of a sale that was cancelled, or came to less (S5, B1)."""
    written_off: bool = False
    """A receipt of zero that uses the credit of an adjustment for a bad debt."""
    stays: bool = False
    """A payment whose receipt was deleted in Oncord, and which stays by rule (R3)."""
    date: dt.date | None = None
    back: bool = False
    """Money that was paid back: of a sale that settles nothing, of an adjustment it uses the credit."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What both sides hold about one sale."""

    sale: Sale | None = None
    sale_deleted: bool = False
    linked: bool = False
    invoice: Sale | None = None
    invoice_gone: bool = False
    """The invoice was deleted, and no other one was made."""
    applied: tuple[Applied, ...] = ()
    otherwise: tuple[Part, ...] = ()
    """What was named of that which QuickBooks has settled in other ways."""
    as_of: dt.datetime | None = None
    """How far both sides were read; None where one never was."""
    doubted: bool = False
    """Whether a person is asked about it, something of it waits, or something has moved that was not read yet."""
    opening: dt.date | None = None
    """The day on which its invoice stands for what was open of it, and is not the sale itself (S1)."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is said of one sale. Amounts are in its currency, "" where the sale is not known."""

    state: State
    total: Decimal = ZERO
    settled: Decimal = ZERO
    open: Decimal = ZERO
    currency: str = ""
    causes: tuple[Part, ...] = ()
    as_of: dt.datetime | None = None
    chase: bool = False
    opening_since: dt.date | None = None
    """The day of its opening balance in the books, where it has one."""
    opening_balance: Decimal = ZERO


def settlement_of(standing: Standing, now: dt.datetime, today: dt.date) -> Settlement:
    """How a sale stands. `today` is the day at the shop, `now` the present moment."""
    sale = standing.sale
    unpayable = _unpayable(standing)
    if sale is None or unpayable is not None:
        total, currency = (sale.money.total, sale.money.currency) if sale is not None else (ZERO, "")
        return Settlement(unpayable or "unknown", total, currency=currency, as_of=standing.as_of)
    causes = tuple(_causes(standing))
    settled = _settled(causes, sale.money.total)
    state = _state(sale.money.total, settled, causes)
    return Settlement(
        state,
        sale.money.total,
        settled,
        max(ZERO, sale.money.total - settled),
        sale.money.currency,
        causes,
        standing.as_of,
        chase=state in ("open", "partly") and _may_chase(standing, sale, now, today),
        opening_since=standing.opening,
        opening_balance=standing.invoice.money.total if standing.opening and standing.invoice else ZERO,
    )


def elsewhere(invoice: Sale, applied: Iterable[Applied]) -> Decimal:
    """What QuickBooks shows as settled of a document beyond the payments that are applied to it (docs/quickbooks.md 9.16).

    Never below zero: a payment of our own is known before the invoice that it pays is read again.
    """
    paid = sum((each.amount for each in applied if each.side is Side.QUICKBOOKS), ZERO)
    return max(ZERO, invoice.paid - paid)


def _unpayable(standing: Standing) -> State | None:
    """Why nothing can be said of what is paid; None where it can."""
    sale, invoice = standing.sale, standing.invoice
    if standing.sale_deleted or standing.invoice_gone:
        return "gone"
    if sale is None or standing.as_of is None or (standing.linked and invoice is None):
        return "unknown"
    return "void" if is_void(sale) or (invoice is not None and is_void(invoice)) else None


def _causes(standing: Standing) -> Iterable[Part]:
    of_sale = standing.sale is not None and standing.sale.type == "sale"
    settling = tuple(each for each in standing.applied if not (of_sale and each.back))
    yield from _of_pairs(settling)
    single = [each for each in settling if not each.receipt_id]
    for each in single:
        if each.written_off or each.credit:
            yield Part(Cause.WRITTEN_OFF if each.written_off else Cause.CREDIT, each.amount)
        else:
            yield Part(Cause.RECEIPT_HERE if each.side is Side.ONCORD else Cause.PAYMENT_THERE, each.amount)
    if standing.invoice is None:
        return
    rest = elsewhere(standing.invoice, standing.applied)
    for part in (each for each in standing.otherwise if each.cause not in BEYOND | OF_PAYMENTS):
        share = min(part.amount, rest)
        if share > 0:
            yield Part(part.cause, share, part.label)
            rest -= share
    if rest > 0:
        yield Part(Cause.UNNAMED, rest)


def _of_pairs(applied: Iterable[Applied]) -> Iterable[Part]:
    """Each receipt with its payments once; what one side was told later counts."""
    pairs: dict[str, dict[Side, Decimal]] = {}
    causes: dict[str, Cause] = {}
    for each in applied:
        if each.receipt_id:
            sums = pairs.setdefault(each.receipt_id, dict.fromkeys(Side, ZERO))
            sums[each.side] += each.amount
            if each.written_off:
                causes[each.receipt_id] = Cause.WRITTEN_OFF
            elif each.credit:
                causes.setdefault(each.receipt_id, Cause.CREDIT)
    for receipt_id, sums in pairs.items():
        yield Part(causes.get(receipt_id, Cause.RECEIPT), max(sums.values()))


def _settled(causes: tuple[Part, ...], total: Decimal) -> Decimal:
    on_both = summed(tuple(p for p in causes if p.cause in (Cause.RECEIPT, Cause.CREDIT)))
    in_oncord = summed(tuple(p for p in causes if p.cause is Cause.RECEIPT_HERE))
    in_quickbooks = summed(causes) - on_both - in_oncord
    if on_both + in_oncord + in_quickbooks > total and in_oncord and in_quickbooks:
        return max(total, on_both + max(in_oncord, in_quickbooks))
    return on_both + in_oncord + in_quickbooks


def _state(total: Decimal, settled: Decimal, causes: tuple[Part, ...]) -> State:
    if settled > total:
        return "overpaid"
    if settled < total:
        return "partly" if settled > 0 else "open"
    if any(part.cause is Cause.WRITTEN_OFF for part in causes):
        return "written_off"
    return "credited" if causes and all(part.cause is Cause.CREDIT for part in causes) else "paid"


def _may_chase(standing: Standing, sale: Sale, now: dt.datetime, today: dt.date) -> bool:
    is_owed = sale.type == "sale" and sale.status == "confirmed"
    past_due = sale.due_date is not None and sale.due_date < today
    fresh = standing.as_of is not None and now - standing.as_of <= FRESH
    return is_owed and past_due and fresh and not standing.doubted
