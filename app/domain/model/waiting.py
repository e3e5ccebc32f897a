"""What a record waits for that was laid aside: one of ten things, and nothing else.

Each has one stored text (`pending_change.waits_for`, and the key of the attention item that asks a person about it), which
only this module reads and writes. `app.storage.changes.forgotten` matches the same texts in SQL.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from app.domain.model.kinds import Kind, Side


@dataclass(frozen=True, slots=True)
class NextChange:
    """The record is itself at fault: the next event about it sets it free."""


@dataclass(frozen=True, slots=True, order=True)
class OtherRecord:
    """Another record that has to be synchronised first, or about which somebody has to say first which one it is."""

    kind: Kind
    side: Side
    id: str


@dataclass(frozen=True, slots=True, order=True)
class Twin:
    """A sale beside which this one is one too many: whatever becomes of it, or of its counterpart."""

    side: Side
    sale_id: str


@dataclass(frozen=True, slots=True)
class ConfigurationChoice:
    """Something that the merchant chooses ("payment method 3"), once for all records that it holds up.

    `matter` is empty where the choice concerns the record alone.
    """

    matter: str = ""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of one of QuickBooks' lists that is out of use: until it is in use again, or another one was chosen."""

    list: str
    """Account, Item or TaxCode."""
    id: str


@dataclass(frozen=True, slots=True, order=True)
class OpenPeriod:
    """That the period in which a document lies is no longer locked, or that somebody says what becomes of it (B1)."""

    kind: Kind
    side: Side
    id: str


@dataclass(frozen=True, slots=True, order=True)
class Uncleared:
    """That no bank statement holds the money of a receipt any more, or that somebody says what becomes of it (R3, R5, R7)."""

    kind: Kind
    side: Side
    id: str


@dataclass(frozen=True, slots=True)
class PersonsDecision:
    """Something that only a person can settle: `matter`, once for all records that it holds up, or the record alone."""

    matter: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """A person's yes to the removal of many records of one kind; None only in rows that say no more than "approval"."""

    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the question about one record; `scope` is the currency in which it is asked, where there are several."""

    kind: Kind
    side: Side
    id: str
    scope: str = ""


WaitsFor = (
    NextChange
    | OtherRecord
    | Twin
    | ConfigurationChoice
    | ListRow
    | OpenPeriod
    | Uncleared
    | PersonsDecision
    | Approval
    | Answer
)

ANY_CHANGE = NextChange()
UNDECIDED = ConfigurationChoice("payment methods")
"""The one matter under which the receipts of all methods wait that nobody has decided about (law 13)."""
OPENING = ConfigurationChoice("opening receivables")
"""What becomes of the sales from before the start date that were open on it (S1)."""


_TAX_CODE, _CURRENCY = "tax code ", "currency "
UNTAXED = ConfigurationChoice("tax code for untaxed lines")
"""Which code stands for lines without tax."""
VOUCHER_ITEM = ConfigurationChoice("item for vouchers")
"""Which item, on a liability account, the lines have that sell a voucher or redeem one."""
VOUCHER_CLEARING_ITEM = ConfigurationChoice("item for redeemed vouchers")
"""Which item, on the clearing account, the lines have that redeem a voucher, where vouchers are redeemed by a payment."""
VOUCHERS_REDEEMED = ConfigurationChoice("how vouchers are redeemed")
"""Vouchers are redeemed by a line, and a receipt redeems one."""
BAD_DEBT_ITEM = ConfigurationChoice("item for bad debts")
"""Which item, on an expense account, an adjustment has that writes a debt off."""
REASON_ITEMS = ConfigurationChoice("items for adjustment reasons")
"""Which items the adjustments of other reasons have."""


def choice_of_code(code: str) -> ConfigurationChoice:
    """Which code of the other side stands for a tax code."""
    return ConfigurationChoice(_TAX_CODE + code)


def choice_of_currency(currency: str) -> ConfigurationChoice:
    """Whether the company keeps a currency besides its own."""
    return ConfigurationChoice(_CURRENCY + currency)


def tax_code_or_currency(asked: WaitsFor | None) -> tuple[Literal["tax_code", "currency"], str] | None:
    """The tax code or currency that a choice is about; None for any other."""
    if not isinstance(asked, ConfigurationChoice) or asked == UNTAXED:
        return None
    if asked.matter.startswith(_TAX_CODE):
        return "tax_code", asked.matter.removeprefix(_TAX_CODE)
    if asked.matter.startswith(_CURRENCY):
        return "currency", asked.matter.removeprefix(_CURRENCY)
    return None


class Family(StrEnum):
    """Several things to wait for that come true together, by how their stored texts begin."""

    CONFIGURATION = "configuration"
    PRODUCTS = f"{Kind.ITEM}:{Side.ONCORD}"
    QUESTIONS_ABOUT_SALES = f"record:{Kind.SALE}"


_NEXT_CHANGE = "change"
_TWIN = "twin"
_CONFIGURATION = "configuration"
_LOCKED = "locked period "
LOCKED_PERIODS = f"{_CONFIGURATION}:{_LOCKED}"
"""How the stored texts of what a locked period holds back begin."""
_CLEARED = "cleared "
CLEARED_MONEY = f"{_CONFIGURATION}:{_CLEARED}"
"""How the stored texts of what a bank statement holds back begin."""
_PERSON = "person"
_APPROVAL = "approval"
_ANSWER = "record"
_MASS_REMOVAL = re.compile(rf"mass removal of ({'|'.join(Kind)})s")
_LIST_ROW = re.compile(r"(Account|Item|TaxCode) (\S+)")
_SCOPED = re.compile(r"(.*):([A-Z]{3})", re.DOTALL)


def deleted_counterpart(kind: Kind, record_id: str) -> PersonsDecision:
    """Whether the deleted counterpart of a record is to be made anew."""
    return PersonsDecision(f"deleted {kind} {record_id}")


def format_waits_for(value: WaitsFor | None) -> str:
    """The stored text; "" where nothing is waited for."""
    match value:
        case None:
            return ""
        case NextChange():
            return _NEXT_CHANGE
        case OtherRecord(kind, side, record_id):
            return f"{kind}:{side}:{record_id}"
        case Twin(side, sale_id):
            return f"{_TWIN}:{side}:{sale_id}"
        case ConfigurationChoice(matter):
            return _joined(_CONFIGURATION, matter)
        case ListRow(of_list, row_id):
            return f"{_CONFIGURATION}:{of_list} {row_id}"
        case OpenPeriod(kind, side, record_id):
            return f"{_CONFIGURATION}:{_LOCKED}{kind}:{side}:{record_id}"
        case Uncleared(kind, side, record_id):
            return f"{CLEARED_MONEY}{kind}:{side}:{record_id}"
        case PersonsDecision(matter):
            return _joined(_PERSON, matter)
        case Approval(kind):
            return _joined(_APPROVAL, f"mass removal of {kind}s" if kind else "")
        case Answer(kind, side, record_id, scope):
            return _joined(f"{_ANSWER}:{kind}:{side}:{record_id}", scope)


def parse_waits_for(text: str) -> WaitsFor | None:
    """What a stored text says; None for "" and for what nobody waits for (the keys of other attention items)."""
    head, _, rest = text.partition(":")
    match head:
        case "change":
            return None if rest else ANY_CHANGE
        case "configuration":
            return _of_configuration(rest)
        case "person":
            return PersonsDecision(rest)
        case "approval":
            return _approval(rest)
        case "twin":
            side, record_id = _placed(rest)
            return Twin(side, record_id) if side else None
        case "record":
            return _answer(rest)
    return _record(text)


def _of_configuration(rest: str) -> WaitsFor:
    """A row of a list, an open period, money that is free, or a choice: all are looked at again whenever the configuration
    is saved, and with each download."""
    row = _LIST_ROW.fullmatch(rest)
    if row:
        return ListRow(row[1], row[2])
    for begins, of in ((_LOCKED, OpenPeriod), (_CLEARED, Uncleared)):
        about = _record(rest.removeprefix(begins)) if rest.startswith(begins) else None
        if about:
            return of(about.kind, about.side, about.id)
    return ConfigurationChoice(rest)


def _joined(head: str, rest: str) -> str:
    return f"{head}:{rest}" if rest else head


def _approval(rest: str) -> Approval | None:
    match = _MASS_REMOVAL.fullmatch(rest)
    if match:
        return Approval(Kind(match[1]))
    return None if rest else Approval(None)


def _record(text: str) -> OtherRecord | None:
    head, _, rest = text.partition(":")
    kind = next((kind for kind in Kind if kind == head), None)
    side, record_id = _placed(rest)
    return OtherRecord(kind, side, record_id) if kind and side else None


def _answer(rest: str) -> Answer | None:
    about = _record(rest)
    if about is None:
        return None
    scoped = _SCOPED.fullmatch(about.id)
    record_id, scope = (scoped[1], scoped[2]) if scoped else (about.id, "")
    return Answer(about.kind, about.side, record_id, scope)


def _placed(text: str) -> tuple[Side | None, str]:
    """The side that a text begins with, and the id behind it."""
    head, colon, record_id = text.partition(":")
    if not colon:
        return None, ""
    return next((side for side in Side if side == head), None), record_id
