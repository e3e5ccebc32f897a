"""What QuickBooks has settled of a document by something that is no synchronised receipt or credit, and what it shows less as
settled than it is paid by: how much, and in words.

A difference is named and never guessed into a receipt. `app.domain.settlement.state` says how the sale then stands.
"""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from app.domain.model.currencies import with_currency, written
from app.domain.model.days import day_in_words
from app.domain.model.records import Kind, Receipt, Sale, Side, Snapshot
from app.domain.settlement.causes import BEYOND, ZERO, Cause, Part, summed
from app.domain.settlement.state import Applied

_WORDS = {
    Cause.DEPOSIT: "money up front that was entered on the invoice itself",
    Cause.JOURNAL: "a journal entry",
    Cause.BANK_DEPOSIT: "a bank deposit that was booked to Accounts Receivable",
    Cause.REFUND_RECEIPT: "a refund receipt",
    Cause.WRITTEN_OFF: "a write-off to bad debts",
    Cause.PAYMENT_THERE: "a payment that has no receipt in Oncord",
    Cause.CANCELLED_SALE: "the credit of a sale that was cancelled, or came to less, after it was paid",
    Cause.UNNAMED: "something that the document does not name",
}
_ADVICE = {
    Cause.DEPOSIT: "If it was a payment, take it off the invoice and record it as a payment in QuickBooks; it then comes "
    "over as a receipt.",
    Cause.JOURNAL: "If it stands for money that came in, record a payment in QuickBooks instead.",
    Cause.BANK_DEPOSIT: "If it is the customer's money, record a payment in QuickBooks and deposit that instead.",
    Cause.REFUND_RECEIPT: "If money went back, record a refund in Oncord instead.",
    Cause.WRITTEN_OFF: "If Oncord is to show it as credit, make an adjustment there in place of the journal entry.",
    Cause.PAYMENT_THERE: "Choose a payment method for its account in the configuration, or record the receipt in Oncord.",
    Cause.CANCELLED_SALE: "Nothing: the money came in for the other sale, and its receipt stays there.",
    Cause.UNNAMED: "Open the document in QuickBooks and look at what is applied to it.",
    Cause.NOT_SHOWN: "Open both in QuickBooks, and compare what the payment is applied to with what the document shows as open.",
}


def difference(invoice: Sale, applied: Iterable[Applied]) -> Decimal:
    """Total less balance of a document, less the payments and credits that are applied to it; below zero where more is
    applied than QuickBooks shows as settled. Void documents have none."""
    if invoice.voided:
        return ZERO
    return invoice.paid - sum((each.amount for each in applied if each.side is Side.QUICKBOOKS), ZERO)


def settled_by_writes(written_over: Iterable[tuple[Snapshot | None, Snapshot | None]]) -> dict[str, Decimal]:
    """By how much more of which document of the books is settled after writes of ours, each given as the payment before
    it and after it; a payment that is deleted or void settles nothing."""
    moved: dict[str, Decimal] = {}
    for before, after in written_over:
        for sign, snapshot in ((-1, before), (1, after)):
            for sale_id, amount in _settles(snapshot):
                moved[sale_id] = moved.get(sale_id, ZERO) + sign * amount
    return {sale_id: amount for sale_id, amount in moved.items() if amount}


def _settles(payment: Snapshot | None) -> list[tuple[str, Decimal]]:
    if payment is None or payment.deleted or payment.side is not Side.QUICKBOOKS:
        return []
    record = payment.record
    if not isinstance(record, Receipt) or record.voided:
        return []
    return [(str(a.sale_id), a.amount) for a in record.payment.allocations if a.kind is Kind.SALE]


def named(amount: Decimal, stated: Sequence[Part]) -> tuple[Part, ...]:
    """`amount` as what QuickBooks says it consists of; what that does not explain is unnamed."""
    named_parts: list[Part] = []
    rest = amount
    for part in stated:
        share = min(part.amount, rest)
        if share > 0:
            named_parts.append(Part(part.cause, share, part.label))
            rest -= share
    return (*named_parts, Part(Cause.UNNAMED, rest)) if rest > 0 else tuple(named_parts)


def without_receipt(applied: Iterable[Applied]) -> tuple[Part, ...]:
    """The payments of the books that no receipt tells of, as one part; and those that use the credit of cancelled sales."""
    there = [each for each in applied if each.side is Side.QUICKBOOKS and not each.receipt_id]
    amounts = {
        Cause.PAYMENT_THERE: sum((each.amount for each in there if not each.credit), ZERO),
        Cause.CANCELLED_SALE: sum((each.amount for each in there if each.credit and each.cancelled), ZERO),
    }
    return tuple(Part(cause, amount) for cause, amount in amounts.items() if amount > 0)


def not_shown(amount: Decimal, applied: Sequence[Applied], stated: Sequence[str]) -> Part:
    """`amount` that payments pay of a document beyond what it shows as settled. Blamed are those that the document itself
    does not name (`stated`: those that it does), or all of them."""
    payments = [each for each in applied if each.side is Side.QUICKBOOKS]
    strangers = [each for each in payments if each.id not in stated]
    return Part(Cause.NOT_SHOWN, amount, _listed("Payment", strangers or payments))


def receipts_that_pay_more(
    sale: Sale, invoice: Sale, applied: Sequence[Applied], moving: Collection[tuple[Side, str]] = ()
) -> tuple[Part, ...]:
    """The receipts that pay more of a sale than their payments do of its invoice, as far as the books show that as open;
    `moving`: what is still to be looked at, and is not compared yet."""
    here = _by_receipt(applied, Side.ONCORD)
    there = _by_receipt(applied, Side.QUICKBOOKS)
    paid_here = sum((a.amount for each in here.values() for a in each), ZERO)
    left = min(paid_here, sale.money.total) - invoice.paid
    parts: list[Part] = []
    for receipt_id, receipts in here.items():
        payments = there.get(receipt_id, [])
        more = min(left, sum((a.amount for a in receipts), ZERO) - sum((a.amount for a in payments), ZERO))
        if payments and more > 0 and not any((a.side, a.id) in moving for a in (*receipts, *payments)):
            parts.append(Part(Cause.RECEIPT_PAYS_MORE, more, _listed("Receipt", receipts)))
            left -= more
    return tuple(parts)


def _by_receipt(applied: Iterable[Applied], side: Side) -> dict[str, list[Applied]]:
    found: dict[str, list[Applied]] = {}
    for each in applied:
        if each.side is side and each.receipt_id:
            found.setdefault(each.receipt_id, []).append(each)
    return found


def _listed(noun: str, applied: Sequence[Applied]) -> str:
    """What money is called, by its days."""
    days = [f" of {day_in_words(each.date)}" if each.date else "" for each in applied]
    return ", ".join(f"{noun}{day}" for day in dict.fromkeys(days))


def settled_there(sale: Sale, parts: tuple[Part, ...], applied: Iterable[Applied]) -> Decimal:
    """What a sale is said to be settled by in the books: no more than what Oncord's own receipts leave open."""
    here = sum((each.amount for each in applied if each.side is Side.ONCORD), ZERO)
    settled = summed(tuple(part for part in parts if part.cause not in BEYOND))
    return max(ZERO, min(settled, sale.money.total - here))


def shown(parts: Sequence[Part], *, settled: bool) -> list[Part]:
    """What of it is shown on the sale: what has settled it only where some of that is left to be settled there."""
    return [part for part in parts if settled or part.cause in BEYOND]


def reason(parts: Sequence[Part], currency: str) -> str:
    """What has settled a document, and what is open of it all the same, in sentences for the shop; "" for nothing."""
    settled = [part for part in parts if part.cause not in BEYOND]
    sentences = [f"Settled in QuickBooks and not by a receipt: {_clauses(settled, currency, '; ')}."] if settled else []
    return " ".join([*sentences, *_beyond("it", parts, currency)])


def in_words(document: str, parts: Sequence[Part], currency: str) -> str:
    """What a person is told about one document, which is called `document`."""
    settled = [part for part in parts if part.cause not in BEYOND]
    if not settled:
        return " ".join(_beyond(document, parts, currency))
    told = (
        f"QuickBooks shows {document} as settled in a way that is no receipt in Oncord: "
        f"{_clauses(settled, currency, ' and ')}. The sale in Oncord says so, no receipt was made of it, and nobody is to be "
        "reminded of that part."
    )
    return " ".join([told, *_beyond("it", parts, currency)])


def _clauses(parts: Sequence[Part], currency: str, between: str) -> str:
    return between.join(f"{written(part.amount, currency)} {currency} by {_named(part)}" for part in parts)


def _beyond(document: str, parts: Sequence[Part], currency: str) -> list[str]:
    """What is paid of a document and not shown as settled there, a sentence for each."""
    sentences = []
    for part in (each for each in parts if each.cause in BEYOND):
        money = with_currency(part.amount, currency)
        if part.cause is Cause.NOT_SHOWN:
            paid_by = f" ({part.label})" if part.label else ""
            sentences.append(
                f"In QuickBooks payments are applied to {document} that come to {money} more than it shows as settled{paid_by}."
            )
        else:
            sentences.append(f"QuickBooks shows {money} less of {document} as paid: {part.label} is for less there.")
    return sentences


def advice(parts: Sequence[Part]) -> str:
    """What can be done about it."""
    ways = [_ADVICE[cause] for cause in dict.fromkeys(part.cause for part in parts) if cause in _ADVICE]
    return " ".join([*ways, "If it is right as it is, there is nothing to do. This closes by itself once it is gone."])


def _named(part: Part) -> str:
    return f"{_WORDS[part.cause]} ({part.label})" if part.label else _WORDS[part.cause]
