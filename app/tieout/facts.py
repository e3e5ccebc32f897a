"""What a tie-out looks at: records as each side said them, who they belong to, and what holds them up. Plain data.

Amounts are `Decimal` in the record's currency; those of adjustments are positive here, as both mirrors keep them. Ids
are each side's own. Nothing here knows what the two sides last agreed on, or what should be done.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Side = Literal["oncord", "quickbooks"]
ZERO = Decimal(0)
BAD_DEBT = "bad_debt"
"""The reason of an adjustment in Oncord that writes off what a customer owes (docs/oncord.md)."""


@dataclass(frozen=True, slots=True)
class Held:
    """A record that is queued (`parked` False and nothing to wait for), postponed, or laid aside."""

    parked: bool = False
    waits_for: str = ""
    """As it is stored (`app.domain.model.waiting`)."""
    reason: str = ""
    refused: bool = False
    """Whether it was laid aside since one side does not take it."""
    unread: bool = False
    """Whether it was told of and not read since."""
    let_be: str = ""
    """What the person was told whose answer it waits for, and who left it so: nobody is asked any more."""


@dataclass(frozen=True, slots=True)
class TaxedLine:
    """What one line comes to without tax, its tax, and the side's own tax code."""

    code: str
    net: Decimal
    tax: Decimal
    outside_tax: bool = False
    """Whether Oncord says itself what it is, and that this is outside tax: it rounds the total off, or is a voucher."""
    rounds_off: bool = False
    """Whether the side says itself that it only rounds the total off: Oncord by its sort, QuickBooks by its words."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Money of a receipt that pays a sale, or uses the credit of an adjustment; `document_id` is the side's own id."""

    document_id: str
    amount: Decimal
    credit: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """A part of a document that something settles which is no payment, as QuickBooks says when it is asked.

    `by` is "journal", "bank_deposit", "refund_receipt", "written_off" or "deposit" (money up front); what it does not name is
    no part. `label` is what people call that thing.
    """

    by: str
    amount: Decimal
    label: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """A counterpart of which it is known that it was deleted on `side`; its pair began on `origin` ("both": before they met).

    Of money: whose it was, and what it came to and paid when it was last seen (ids of `side`).
    """

    side: Side
    origin: Literal["oncord", "quickbooks", "both"]
    there: bool = False
    """Whether its side shows it all the same."""
    along: bool = False
    """Whether it was deleted together with its contact."""
    beside: Decimal | None = None
    """Of a document: what the credit that takes it back comes to (below zero), or the document that it takes back; None where
    there is no such other."""
    left: bool = False
    """Of a document that was cancelled late: whether the other one of the two was deleted or voided in QuickBooks by now."""
    last: bool = True
    """Whether nothing else is left of what belonged to the same record of Oncord."""
    contact_id: str = ""
    total: Decimal = ZERO
    applied: tuple[Applied, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One document or one piece of money of one side, and all that is known of what holds it up."""

    side: Side
    id: str
    is_document: bool = True
    number: str = ""
    """Its number, or the reference of money."""
    date: dt.date | None = None
    currency: str = ""
    contact_id: str = ""
    void: bool = False
    """Void, cancelled or still a draft: its amounts do not count."""
    credit: bool = False
    """An adjustment or credit memo."""
    takes_back: bool = False
    """Whether it is the credit that takes a sale back which was cancelled after its month, after payment or too late for its
    period (S5)."""
    adds: bool = False
    """Whether it is the document over a later difference of a sale whose invoice was locked (B1)."""
    opening: dt.date | None = None
    """Of a document in QuickBooks: the day on which what was open of a sale from before it came into the books (S1)."""
    only_open: bool = False
    """Whether such a document stands for no more than what was open then, and is not the sale itself."""
    open_then: Decimal = ZERO
    """What that was: the sale's total less what receipts in Oncord pay of it that are dated before that day."""
    total: Decimal = ZERO
    """Of money: the cash, below zero where it was paid back."""
    tax_total: Decimal = ZERO
    lines: tuple[TaxedLine, ...] = ()
    stated_paid: Decimal | None = None
    """What the side says has been applied to a document, whatever did it; None where that may be out of date."""
    settled_by: tuple[Settled, ...] = ()
    """What QuickBooks has said of what settles it besides payments."""
    says_paid: Decimal | None = None
    """What Oncord says has been paid of a sale; it explains nothing but what was open before the start."""
    linked_paid: Decimal = ZERO
    """What the receipts and credits of the same side apply to it."""
    channel: str = ""
    untouched: bool = False
    """Whether nobody has changed a payment since it was made, or an invoice since the service made it."""
    put_there: bool = False
    """Whether the service itself has put a payment, once it was there, into the account that it lies in."""
    changed_there: bool = False
    """Whether somebody has changed a payment in QuickBooks since it was made, after the service gave it a customer, if it did."""
    deposited: bool = False
    """Whether a payment is part of a bank deposit."""
    expensed: bool = False
    """Whether money paid back was booked to an expense, as goodwill: nobody owes it."""
    applied: tuple[Applied, ...] = ()
    joined: tuple[tuple[str, Decimal], ...] = ()
    """Of a payment in QuickBooks: the money paid back (ids) that it is joined to, and for how much."""
    reason: str = ""
    """Of an adjustment in Oncord: why it was made."""
    items: frozenset[str] = frozenset()
    """Of a credit memo in QuickBooks: the items on its lines."""
    rate: Decimal | None = None
    """Of QuickBooks' in another currency: home currency for one of its own; None where it was not read since that is kept."""
    at_home: Decimal | None = None
    """What QuickBooks says that its total comes to at home; None where it does not."""
    share_of: str = ""
    """Of one payment among several of a receipt: the customer whose share it was made for; "" of the first."""
    held: Held | None = None
    counterpart_held: Held | None = None
    """What holds up the deletion of its counterpart, which is gone: until that is through, they still belong together."""
    question: str = ""
    """What an open question about it, or about its counterpart that is gone, says."""
    dismissed: tuple[str, ...] = ()
    """What persons were told about it, or about its counterpart that is gone, and left as it was."""
    dismissed_before: tuple[str, ...] = ()
    """The same of what somebody has edited since."""
    left_locked: tuple[str, ...] = ()
    """What persons have left as it is, since it belongs to a locked period: what it is, who has said so, and when."""
    left_cleared: tuple[str, ...] = ()
    """The same of money that the bank reconciliation holds."""
    chosen: tuple[str, ...] = ()
    """The ids of those on the other side of which a person has said that they are this one."""
    lost: tuple[Lost, ...] = ()
    """What it had on the other side once and was deleted: of a document the last one, of money every part."""
    unreadable: str = ""

    @property
    def sign(self) -> int:
        """What its amounts count as: a credit takes away."""
        return -1 if self.credit else 1


@dataclass(frozen=True, slots=True)
class Group:
    """What should be one: a sale and its document, or a receipt and the payments that it became in QuickBooks."""

    oncord: Entry | None
    quickbooks: tuple[Entry, ...] = ()
    adopted: bool = False
    """Whether both were there before they met."""

    @property
    def document(self) -> Entry | None:
        """Of a sale: its document in QuickBooks, and neither what takes it back nor what a later difference comes to."""
        return next((entry for entry in self.quickbooks if not entry.takes_back and not entry.adds), None)

    @property
    def taking_back(self) -> tuple[Entry, ...]:
        """What takes the document of a cancelled sale back, as far as it counts."""
        return tuple(entry for entry in self.quickbooks if entry.takes_back and not entry.void)

    @property
    def differences(self) -> tuple[Entry, ...]:
        """The documents over later differences of a sale, as far as they count."""
        return tuple(entry for entry in self.quickbooks if entry.adds and not entry.void)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Both sides' records."""
        return ((self.oncord,) if self.oncord else ()) + self.quickbooks


@dataclass(frozen=True, slots=True)
class Ties:
    """Which ids are one: documents (QuickBooks' id to Oncord's), and people (a side and an id to the party's name)."""

    documents: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[tuple[str, str], str] = field(default_factory=dict)
    document_people: Mapping[str, str] = field(default_factory=dict)
    """The party of a document that money pays, by the document's name (`document`)."""

    def document(self, side: Side, record_id: str) -> str:
        """The name that a document has on both sides: Oncord's id, or QuickBooks' where it has no counterpart."""
        if side == "oncord":
            return f"oncord:{record_id}"
        oncord_id = self.documents.get(record_id)
        return f"quickbooks:{record_id}" if oncord_id is None else f"oncord:{oncord_id}"

    def party(self, side: Side, contact_id: str) -> str:
        """The name of whoever a contact or customer is on both sides."""
        return self.people.get((side, contact_id), f"{side}:{contact_id}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What was configured, as far as it says what should be equal."""

    start_date: dt.date
    accounts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(payment method, currency or "" where the company keeps one) to deposit account."""
    unmapped_account: str = ""
    """The deposit account of methods that are neither mapped nor left out; "" where their money waits."""
    left_out: frozenset[tuple[str, str]] = frozenset()
    """The methods (keyed as `accounts` is) whose money stays in Oncord."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """Oncord's tax code to QuickBooks'."""
    several_currencies: bool = False
    home_currency: str = ""
    numbers_travel: bool = True
    """Whether both sides of a pair carry one number."""
    accounts_before: frozenset[tuple[str, str]] = frozenset()
    """The (payment method, account) that somebody had mapped before: what was written with them stays where it is. ("",
    account) of one to which the money of unmapped methods went."""
    codes_before: frozenset[str] = frozenset()
    """QuickBooks' tax codes that somebody had mapped before: what was written with them keeps them."""
    code_of_none: str = ""
    """QuickBooks' tax code that is meant for lines that have none in Oncord, where it is one for all of them."""
    codes_of_none: frozenset[str] = frozenset()
    """Every one that is, or was before, chosen for some of these lines."""
    bad_debt_item: str = ""
    """The item of QuickBooks that is chosen for bad debts."""

    def writes_off(self, entry: Entry, pair: Entry | None = None) -> bool:
        """Whether a credit writes off a bad debt: by its reason in Oncord, its own or that of its `pair`, or by its item in
        QuickBooks."""
        reasons = {entry.reason, pair.reason if pair is not None else ""}
        return entry.credit and (BAD_DEBT in reasons or self.bad_debt_item in entry.items)

    def account(self, method: str, currency: str) -> str | None:
        """The deposit account that a payment method's money goes to."""
        key = (method, (currency or self.home_currency) if self.several_currencies else "")
        found = self.accounts.get(key)
        if found is None and method and key not in self.left_out:
            return self.unmapped_account or None
        return found

    def channel(self, entry: Entry) -> str:
        """Where money is, in one name for both sides: the account, or the method that has none."""
        if entry.side == "quickbooks":
            return f"account:{entry.channel}"
        account = self.account(entry.channel, entry.currency)
        return f"method:{entry.channel}" if account is None else f"account:{account}"

    def code(self, side: Side, code: str) -> str:
        """A tax code in QuickBooks' words; Oncord's own where it is not mapped, "" for none."""
        if side == "quickbooks" or not code:
            return code
        return self.codes.get(code, f"oncord:{code}")

    def unmapped(self, entry: Entry) -> str:
        """What of a record nobody has mapped, in words; "" where all is."""
        if entry.is_document:
            code = self._unknown_code(entry)
            if not code:
                return ""
            return (
                f"Tax code {code} is not mapped."
                if entry.side == "oncord"
                else "Its tax code in QuickBooks is not mapped."
            )
        if not entry.total or self.channel_is_mapped(entry):
            return ""
        what = "Its payment method" if entry.side == "oncord" else "Its account"
        return f"{what} is not mapped."

    def knows(self, entry: Entry) -> bool:
        """Whether the other side has a word for each tax code of a document."""
        return not self._unknown_code(entry)

    def never_led_to(self, code: str) -> bool:
        """Whether no mapping, of now or of before, says a QuickBooks tax code."""
        return bool(code) and code not in self.codes_before and code not in self.codes.values()

    def never_chosen(self, code: str) -> bool:
        """The same, and nobody has chosen it for lines without a code either: no write of ours can have put it anywhere."""
        return self.never_led_to(code) and code not in self.codes_of_none

    def _unknown_code(self, entry: Entry) -> str:
        known = self.codes if entry.side == "oncord" else self.codes_of_none | frozenset(self.codes.values())
        return next((line.code for line in entry.lines if line.code and line.code not in known), "")

    def channel_is_mapped(self, entry: Entry) -> bool:
        """Whether money lies where some mapping leads."""
        if entry.side == "oncord":
            return self.account(entry.channel, entry.currency) is not None
        return entry.channel in set(self.accounts.values())
