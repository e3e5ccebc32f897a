"""What QuickBooks has settled of a document by something that is no synchronised receipt or credit: how much, and in words.

A difference is named and never guessed into a receipt. `app.domain.settlement.state` says how the sale then stands.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from app.domain.model.currencies import written
from app.domain.model.records import Kind, Receipt, Sale, Side, Snapshot
from app.domain.settlement.causes import ZERO, Cause, Part, summed
from app.domain.settlement.state import Applied

_WORDS = {
    Cause.DEPOSIT: "money up front that was entered on the invoice itself",
    Cause.JOURNAL: "a journal entry",
    Cause.BANK_DEPOSIT: "a bank deposit that was booked to Accounts Receivable",
    Cause.REFUND_RECEIPT: "a refund receipt",
    Cause.WRITTEN_OFF: "a write-off to bad debts",
    Cause.PAYMENT_THERE: "a payment that has no receipt in Oncord",
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
    Cause.UNNAMED: "Open the document in QuickBooks and look at what is applied to it.",
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
    """The payments of the books that no receipt tells of, as one part."""
    amount = sum((a.amount for a in applied if a.side is Side.QUICKBOOKS and not a.receipt_id and not a.credit), ZERO)
    return (Part(Cause.PAYMENT_THERE, amount),) if amount > 0 else ()


def settled_there(sale: Sale, parts: tuple[Part, ...], applied: Iterable[Applied]) -> Decimal:
    """What a sale is said to be settled by in the books: no more than what Oncord's own receipts leave open."""
    here = sum((each.amount for each in applied if each.side is Side.ONCORD), ZERO)
    return max(ZERO, min(summed(parts), sale.money.total - here))


def reason(parts: Sequence[Part], currency: str) -> str:
    """What has settled a document, in one sentence for the shop; "" for nothing."""
    if not parts:
        return ""
    clauses = [f"{written(part.amount, currency)} {currency} by {_named(part)}" for part in parts]
    return f"Settled in QuickBooks and not by a receipt: {'; '.join(clauses)}."


def in_words(document: str, parts: Sequence[Part], currency: str) -> str:
    """What a person is told about one document, which is called `document`."""
    clauses = " and ".join(f"{written(part.amount, currency)} {currency} by {_named(part)}" for part in parts)
    return (
        f"QuickBooks shows {document} as settled in a way that is no receipt in Oncord: {clauses}. The sale in Oncord says so, "
        "no receipt was made of it, and nobody is to be reminded of that part."
    )


def advice(parts: Sequence[Part]) -> str:
    """What can be done about it."""
    ways = [_ADVICE[cause] for cause in dict.fromkeys(part.cause for part in parts)]
    return " ".join([*ways, "If it is right as it is, there is nothing to do. This closes by itself once it is gone."])


def too_much_applied(document: str, amount: Decimal, currency: str) -> str:
    """What a person is told where more is applied to a document than QuickBooks shows as settled."""
    return (
        f"In QuickBooks payments are applied to {document} that come to {written(amount, currency)} {currency} more than it "
        "shows as settled. Open the document there and look at what is applied to it."
    )


def _named(part: Part) -> str:
    return f"{_WORDS[part.cause]} ({part.label})" if part.label else _WORDS[part.cause]
