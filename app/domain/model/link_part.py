"""Which of the links of one Oncord record is meant. Nearly all records have one only; that is the primary one.

A contact has one link for each of its customers, a receipt one for each of its payments, a refund one for each of its two
documents, a sale that was cancelled late one for its invoice and one for the credit memo that takes it back, a sale that
was changed after its period was locked one for its invoice and one for each document over a difference; that of a sale from
before the start date says so. It is stored as one
text ("", "USD", "17", "credit", "cancelled", "difference:1",
"opening 2026-07-01"): in the key of a link, beside an operation, at the end of the
marker of what a create makes, and in the JSON of a `Counterpart`. Only this module reads and writes that text.
"""

import datetime as dt
import re
from dataclasses import dataclass
from enum import Enum

from app.domain.model.kinds import Kind


class Named(Enum):
    """The parts that are what they are called."""

    PRIMARY = ""
    """The first link of a record, and nearly always its only one."""
    CREDIT = "credit"
    """The payment of zero that joins a refund's credit to its money out (R5)."""
    CANCELLATION = "cancelled"
    """The credit memo that takes the invoice of a sale back which was cancelled late, and the payment of zero that joins the
    two (S5). That payment belongs to no receipt, and has no link."""
    REFUND = "refund"
    """What the answer about a refund writes in Oncord itself (R5): the adjustment that was missing, and what the refund pays
    back from then on. The refund causes it, and it makes no link."""
    PAY_BACK = "pay_back"
    """The refund that somebody's answer records in Oncord for what a late cancellation has left open (S5). The sale causes it, and
    it makes no link: it goes over like any other refund."""
    WRITE_OFF = "write_off"
    """The receipt of zero that applies an adjustment for a bad debt to its sale in Oncord (S7). The adjustment causes it, and it makes
    no link: it goes over like any other."""


@dataclass(frozen=True, slots=True)
class InCurrency:
    """A further customer of a contact: the one of this currency."""

    code: str


@dataclass(frozen=True, slots=True)
class OfRecord:
    """A link that is told apart by the id of a record.

    Of a receipt: the customer (or the contact that is to become one) whose payment it is. Of anything else, and where
    another link has its part already: its own record in QuickBooks.
    """

    id: str


@dataclass(frozen=True, slots=True)
class RefundOf:
    """As `Named.REFUND`, where the refund names several sales: the adjustment of this one of them."""

    sale_id: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The document over what has changed of a sale after its invoice was locked (B1): the first, the second and so on; and the
    payment of zero that joins a credit memo of these to the invoice, which belongs to no receipt, and has no link."""

    number: int


@dataclass(frozen=True, slots=True)
class Opening:
    """The only link of a sale from before the start date that was open on it and that somebody has brought into the books (S1).

    `day` is the start date of then: what was received before it is in no payment. `whole`: its document is the sale itself,
    and no other one that only says what was open.
    """

    day: dt.date
    whole: bool = False


Part = Named | InCurrency | OfRecord | RefundOf | Difference | Opening
PRIMARY, CREDIT, CANCELLATION, REFUND = Named.PRIMARY, Named.CREDIT, Named.CANCELLATION, Named.REFUND
PAY_BACK, WRITE_OFF = Named.PAY_BACK, Named.WRITE_OFF

_CURRENCY = re.compile(r"[A-Z]{3}")
_DIFFERENCE = re.compile(r"difference:([0-9]{1,9})")
_REFUND_OF = f"{REFUND.value}:"
_OPENING = re.compile(r"opening ([0-9]{4}-[0-9]{2}-[0-9]{2})( whole)?")


def referred_to(part: Part) -> Part:
    """The part by which other records speak of a link: of an opening receivable, as of any other sale's."""
    return PRIMARY if isinstance(part, Opening) else part


def in_currency(code: str) -> Part:
    """The part of a further customer; the primary one where the company keeps one currency and names none."""
    return InCurrency(code) if code else PRIMARY


def stands_beside(part: Part) -> bool:
    """Whether a link of a sale is not that of its invoice, but of a document beside it: what takes a cancelled sale back (S5), or
    what a later difference comes to (B1)."""
    return part is CANCELLATION or isinstance(part, Difference)


def is_of_refund(part: Part) -> bool:
    """Whether the answer about a refund writes this in Oncord (R5)."""
    return part is REFUND or isinstance(part, RefundOf)


def stays_in_oncord(part: Part) -> bool:
    """Whether this is written in Oncord for a record of Oncord itself: it makes no link, and goes over by the rules."""
    return part in (PAY_BACK, WRITE_OFF) or is_of_refund(part)


def format_part(part: Part) -> str:
    """The stored text; the parts of one record are ordered by it, the primary one first."""
    match part:
        case Named():
            return part.value
        case InCurrency(code):
            return code
        case OfRecord(record_id):
            return record_id
        case RefundOf(sale_id):
            return f"{_REFUND_OF}{sale_id}"
        case Difference(number):
            return f"difference:{number}"
        case Opening(day, whole):
            return f"opening {day.isoformat()}{' whole' if whole else ''}"


def parse_part(kind: Kind, text: str) -> Part:
    """What a stored text says of a link of this kind: only contacts have customers in currencies, only receipts credit, what is
    paid back and what applies a bad debt, only documents and their money a cancellation or a difference, only documents an opening."""
    if not text:
        return PRIMARY
    if kind is Kind.RECEIPT and text == CREDIT.value:
        return CREDIT
    if kind in (Kind.SALE, Kind.RECEIPT) and text == CANCELLATION.value:
        return CANCELLATION
    if kind in (Kind.SALE, Kind.RECEIPT) and text == REFUND.value:
        return REFUND
    if kind is Kind.SALE and text.startswith(_REFUND_OF):
        return RefundOf(text.removeprefix(_REFUND_OF))
    if kind is Kind.RECEIPT and text in (PAY_BACK.value, WRITE_OFF.value):
        return Named(text)
    if kind in (Kind.SALE, Kind.RECEIPT) and (numbered := _DIFFERENCE.fullmatch(text)):
        return Difference(int(numbered.group(1)))
    opening = _opening(text) if kind is Kind.SALE else None
    if opening is not None:
        return opening
    if kind is Kind.CONTACT and _CURRENCY.fullmatch(text):
        return InCurrency(text)
    return OfRecord(text)


def made_for_refund(marker: str, receipt_id: str) -> bool:
    """Whether the marker of an adjustment in Oncord says that it was made for this refund, by somebody's answer (R5)."""
    return bool(re.search(rf":{Kind.SALE}:{re.escape(receipt_id)}:{REFUND.value}(:.+?)?(:g\d+)?$", marker))


def made_for_write_off(marker: str) -> str:
    """The adjustment for a bad debt that a receipt of Oncord was made to apply, by its marker (S7); "" for none."""
    made = re.search(rf":{Kind.RECEIPT}:([^:]+):{WRITE_OFF.value}(:g\d+)?$", marker)
    return made[1] if made else ""


def _opening(text: str) -> Opening | None:
    matched = _OPENING.fullmatch(text)
    if matched is None:
        return None
    try:
        return Opening(dt.date.fromisoformat(matched[1]), whole=bool(matched[2]))
    except ValueError:
        return None
