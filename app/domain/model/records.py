"""Contacts, sales and receipts in words that belong to neither vendor.

Each attribute that `model.description` declares as merged is an *atomic group*: the merge takes it from one side or the
other as a whole and never mixes two halves of an address or of an invoice's money. Ids, tax codes, items and deposit
channels are the ids of the side that the record came from; translating them is the planner's work (`translate`).
Money is `Decimal` in the record's currency; quantities and unit prices have up to seven decimals.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from app.domain.model.deletion import DeletedWith
from app.domain.model.kinds import Kind as Kind
from app.domain.model.kinds import Side as Side


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A reference that is not known yet: the record that is linked to record `id` of kind `kind` on the other side.

    `part` is that of the link, where record `id` has several (a contact has a customer per currency): its text, as
    `link_part` writes it, since references are stored within records.
    """

    kind: Kind
    id: str
    part: str = ""


Reference = str | Counterpart


@dataclass(frozen=True, slots=True)
class Name:
    """Who a contact is. `display` is what the side shows: QBO's unique DisplayName, composed on Oncord's side."""

    type: Literal["individual", "company"] = "individual"
    first: str = ""
    last: str = ""
    company: str = ""
    display: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; the empty address is `Address()`.

    QuickBooks' screens keep one as free text: `addressed` are then its lines down to the street, who it is for among them,
    and `closing` those that say suburb, state, postcode and country, where that is certain. What of it is no name is found
    out with the names of its customer (`planning.free_text`); until then `line1` and `line2` hold all of `addressed`.
    """

    line1: str = ""
    line2: str = ""
    suburb: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    addressed: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether it is free text of which nobody has said yet what is a name and what a street."""
        return bool(self.addressed)

    @property
    def has_locality(self) -> bool:
        """Whether it says where it is, not just a street."""
        return bool(self.suburb or self.state or self.postcode)


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact of Oncord, a customer of QuickBooks."""

    name: Name = Name()
    email: str = ""
    phone: str = ""
    mobile: str = ""
    fax: str = ""
    website: str = ""
    billing_address: Address = Address()
    shipping_address: Address = Address()
    tax_number: str = ""
    currency: str = ""
    active: bool = True
    parent_id: str = ""
    """QBO: the customer that this sub-customer or project belongs to."""
    is_project: bool = False
    sales_count: int = 0
    books_status: str = ""
    """Oncord only: how it stands in the books (`write_fields.BooksStatus`); written, never merged."""
    books_reason: str = ""
    """Oncord only: why that is so, in words; written, never merged."""
    books_url: str = ""
    """Oncord only: where a person finds it in the books; written, never merged."""


@dataclass(frozen=True, slots=True)
class Item:
    """A product of Oncord, an item of QuickBooks."""

    code: str = ""
    name: str = ""
    price: Decimal = Decimal(0)
    tax_code: str = ""
    active: bool = True
    income_account_id: str = ""
    """QBO: the account that its sales go to; needed to create it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sale. `total` is quantity times price less discount, in the sale's own tax mode."""

    total: Decimal
    kind: Literal["item", "text", "subtotal", "discount", "shipping", "rounding", "opening"] = "item"
    """`opening`: what was owed before the start date; only in what is written to QuickBooks (S1)."""
    id: str = ""
    item: Reference = ""
    """The product (Oncord) or item (QBO); empty for free text."""
    item_code: str = ""
    description: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    discount: Decimal = Decimal(0)
    tax_code: str = ""
    tax_rate: Decimal | None = None
    """Percent, for instance 10."""
    tax: Decimal = Decimal(0)
    """The tax on this line, as the side states it, or as it follows from the side's totals."""
    voucher: bool = field(default=False, compare=False)
    """Oncord only: that it sells a voucher, or, below zero, redeems one. It says what a new line becomes; what is linked
    keeps its item, so that it is no edit."""


@dataclass(frozen=True, slots=True)
class Money:
    """The money block of a sale: merged, compared and conflicting only as a whole.

    `lines` holds everything that has an amount: goods, order discounts (kind "discount", negative total), shipping
    (kind "shipping") and rounding. sum(line.total) plus, when amounts exclude it, `tax_total` equals `total`.
    """

    currency: str
    lines: tuple[Line, ...] = ()
    amounts_include_tax: bool = False
    tax_total: Decimal = Decimal(0)
    total: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale (Oncord) or invoice (QBO); with `type` "adjustment" a negative adjustment or credit memo.

    An adjustment's amounts are positive in this vocabulary: the credit that it gives (S7).
    """

    contact_id: Reference
    money: Money
    type: Literal["sale", "adjustment"] = "sale"
    status: Literal["draft", "confirmed", "cancelled"] = "confirmed"
    number: str = ""
    date: dt.date | None = None
    due_date: dt.date | None = None
    notes: str = ""
    reference: str = ""
    billing_address: Address = Address()
    shipping_address: Address = Address()
    voided: bool = False
    paid: Decimal = Decimal(0)
    """What has been applied to it, as the side says; never pushed."""
    adjusts_id: Reference = ""
    adjustment_reason: str = ""
    """Oncord only: why an adjustment was made ("bad_debt"); it chooses the item of a new one (`items.reason_items`)."""
    books_status: str = ""
    """Oncord only: how its document stands in the books (`write_fields.BooksStatus`); written, never merged."""
    books_reason: str = ""
    """Oncord only: why that is so, in words; written, never merged."""
    books_url: str = ""
    """Oncord only: where a person finds it in the books; written, never merged."""
    books_settled: Decimal = Decimal(0)
    """Oncord only: what was settled of it in the books by something that is no receipt; written, never merged."""


def is_void(sale: Sale) -> bool:
    """Whether a document does not count: it is void, or was cancelled."""
    return sale.voided or sale.status == "cancelled"


@dataclass(frozen=True, slots=True)
class Allocation:
    """`amount` of a receipt that pays the sale `sale_id` (or, for an adjustment, uses its credit)."""

    sale_id: Reference
    amount: Decimal
    type: Literal["sale", "adjustment", "refund"] = "sale"
    """What `sale_id` is: QBO links an Invoice or a CreditMemo, whose ids alone do not tell; or, only there, the money
    that was paid back to the customer (`sale_id` is then the receipt of a refund)."""

    @property
    def kind(self) -> Kind:
        """The kind of the record that `sale_id` names."""
        return Kind.RECEIPT if self.type == "refund" else Kind.SALE


@dataclass(frozen=True, slots=True)
class Payment:
    """The money block of a receipt: merged, compared and conflicting only as a whole.

    `amount` is cash: zero for a payment that only joins credits to charges (R6), negative for a refund (R5).
    """

    amount: Decimal
    currency: str
    allocations: tuple[Allocation, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt (Oncord) or payment (QBO)."""

    contact_id: Reference
    payment: Payment
    channel: str = ""
    """Where the money went: a payment method (Oncord) or a deposit account (QBO)."""
    date: dt.date | None = None
    reference: str = ""
    voided: bool = False
    expense_account: str = ""
    """QuickBooks only: the account that money paid back is booked to where it is goodwill (R5); "" against Accounts Receivable.
    Written once, never merged."""
    books_status: str = ""
    """Oncord only: how its payment stands in the books (`write_fields.BooksStatus`); written, never merged."""
    books_reason: str = ""
    """Oncord only: why that is so, in words; written, never merged."""
    books_url: str = ""
    """Oncord only: where a person finds it in the books; written, never merged."""
    means: str = ""
    """Oncord only: `VOUCHER` or `ACCOUNT_CREDIT` where its payment method is no money that comes in; read, never written."""


Record = Contact | Item | Sale | Receipt


def sort_of(record: Record) -> str:
    """What a record is to people: contact, item, sale, adjustment, receipt or refund."""
    match record:
        case Contact():
            return "contact"
        case Item():
            return "item"
        case Sale():
            return record.type
        case Receipt():
            return "refund" if record.payment.amount < 0 else "receipt"


VOUCHER, ACCOUNT_CREDIT = "voucher", "account_credit"
"""The payment methods that are no money: a voucher is redeemed, or credit of the customer is used."""

UNREADABLE = "unreadable"
"""The extra of a record that makes no sense, with the reason behind a colon: it has no record, and it is not deleted."""
STATEMENT_CHARGES = "statement_charges"
"""The extra of an invoice whose lines stand elsewhere (charges of a statement): its amounts are read and never written."""
ELSEWHERE = "elsewhere"
"""The extra of a document that is none of the synchronised kinds: one that was, counts as deleted; others are unknown."""

DEPOSITED = "deposited"
"""The extra of a payment that is in a bank deposit, which freezes it (QBO 6540)."""
_EVENS_OUT = "evens_out"


def evens_out(purchase_id: str, amount: Decimal) -> str:
    """The extra of a payment that brings money and is joined to money that was paid back: to which, and for how much."""
    return f"{_EVENS_OUT}:{purchase_id}:{amount}"


def evened_out(extras: Iterable[str], purchase_id: str) -> Decimal:
    """How much of money that was paid back a payment evens out, by its extras."""
    parts = (extra.split(":") for extra in extras)
    return sum((Decimal(p[2]) for p in parts if p[:2] == [_EVENS_OUT, purchase_id]), Decimal(0))


def all_evened_out(extras: Iterable[str]) -> tuple[tuple[str, Decimal], ...]:
    """The money paid back that a payment evens out, by its extras, with how much of each."""
    parts = (extra.split(":") for extra in extras)
    return tuple((p[1], Decimal(p[2])) for p in parts if p[0] == _EVENS_OUT)


SENT, PRINTED = "sent", "printed"
"""The extras of a document that was sent by e-mail, or printed: somebody else may hold it."""
DISCOUNT_LINE = "discount_line"
"""The extra of a document with a discount for the whole of it in a line of its own kind."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What we last saw of one record on one side; a row of the mirror.

    `record` is None for a deleted record. `deleted_with` tells what took it along, or that it is merely
    no longer there; `merged_into` is the survivor of a merge, or the customer itself where its documents
    showed that it is merely inactive.
    """

    side: Side
    kind: Kind
    id: str
    version: str
    record: Record | None
    modified_at: dt.datetime | None = None
    deleted: bool = False
    deleted_with: DeletedWith | None = None
    merged_into: str = ""
    marker: str = ""
    """The operation id that the record carries (QBO PrivateNote) or its external_ref (Oncord); "" if none."""
    extras: tuple[str, ...] = field(default=())
    """What the record holds that this vocabulary cannot: "bundle", "class", "service_date" ...; such lines are preserved."""

    vocabulary: int | None = None
    """The number of the vocabulary that it was read in, where that is an earlier one; None: it is the present one."""

    @property
    def unreadable(self) -> str:
        """Why the record makes no sense as it is now; "" where it does."""
        unreadable = next((extra for extra in self.extras if extra.startswith(UNREADABLE)), None)
        if unreadable is None:
            return ""
        return unreadable.removeprefix(UNREADABLE).removeprefix(": ") or "it makes no sense"
