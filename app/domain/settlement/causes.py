"""What settles a document, by name: a closed list, in the order in which it is told."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Cause(StrEnum):
    """What has settled some part of a document."""

    RECEIPT = "receipt"
    """A receipt and its payment: both sides hold it."""
    RECEIPT_HERE = "receipt_in_oncord"
    """A receipt that only Oncord holds (it waits, or its payment method is left out)."""
    PAYMENT_THERE = "payment_in_quickbooks"
    """A payment that only QuickBooks holds (its account is not mapped, it waits, or it is asked about)."""
    CREDIT = "credit"
    """Credit of an adjustment or credit memo."""
    CANCELLED_SALE = "cancelled_sale"
    """Credit of a sale that was cancelled, or came to less, after it was paid, which is in QuickBooks only (S5, B1)."""
    DEPOSIT = "deposit"
    """Money up front, entered on the invoice itself."""
    JOURNAL = "journal"
    """A journal entry."""
    BANK_DEPOSIT = "bank_deposit"
    """A bank deposit that was booked to Accounts Receivable."""
    REFUND_RECEIPT = "refund_receipt"
    """A refund receipt that was given for the document itself."""
    WRITTEN_OFF = "written_off"
    """A journal entry against bad debts, or an adjustment that writes a bad debt off."""
    UNNAMED = "unnamed"
    """QuickBooks shows it as settled and does not say by what, or was not asked yet."""
    NOT_SHOWN = "not_shown"
    """No settlement: what payments of the books pay of the document, and the document does not show as settled."""
    RECEIPT_PAYS_MORE = "receipt_pays_more"
    """No settlement: what a receipt in Oncord pays beyond what its payment in QuickBooks does."""


OF_PAYMENTS = frozenset({Cause.PAYMENT_THERE, Cause.CANCELLED_SALE})
"""What payments of the books settle that no receipt tells of: found out anew each time, from the payments."""
BEYOND = frozenset({Cause.NOT_SHOWN, Cause.RECEIPT_PAYS_MORE})
"""What the books show less as settled than it is paid by."""


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a document that one thing has settled; `label` is what people call that thing ("" where it has no name)."""

    cause: Cause
    amount: Decimal
    label: str = ""


@dataclass(frozen=True, slots=True)
class SettledBy:
    """What QuickBooks says of a document when it is asked: what settled it besides payments, and the payments by id."""

    parts: tuple[Part, ...] = ()
    payments: tuple[str, ...] = ()
    paid: Decimal | None = None
    """The document's total less its balance when it was asked."""


def summed(parts: tuple[Part, ...]) -> Decimal:
    """What some parts come to."""
    return sum((part.amount for part in parts), ZERO)
