"""What a locked period (B1) and the bank's word (R3, R5, R7) leave of the rules, as a table beside that of `rules_cells`.

A cell is (company, entity, origin, state, side, change). The company is Australian and reports GST by what is invoiced
(`accrual`) or by what is paid (`cash`), or American. The state says what holds the document: nothing (`open`), a BAS that was lodged
(`lodged`), QuickBooks' closing date (`closed`), a bank statement (`cleared`, `reconciled`), both (`lodged-and-reconciled`), or a bank
deposit (`deposited`); or that it was paid in a period that was lodged (`paid-when-lodged`). A refund is money out with what joins it to its credit memo.

The expectation is what becomes of the counterpart: `updated`, `same`, `deleted`, `void`, `taken-back`, `created`, `none`; and what is
said of it: `locked` (B1 asks), `cleared` (the bank's word asks), `asks` (something else does), `waits` (nobody is asked), `gone` or
`voided` (Oncord's record is marked).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

COMPANIES = ("accrual", "cash", "america")
ORIGINS = ("oncord", "quickbooks", "both")
DOCUMENTS = ("sale", "adjustment")
IN_PERIODS = ("open", "lodged", "closed")
HELD_BY_BANK = ("cleared", "reconciled")
OF_MONEY = (*IN_PERIODS, *HELD_BY_BANK, "lodged-and-reconciled", "deposited")
OF_REFUNDS = (*IN_PERIODS, *HELD_BY_BANK, "lodged-and-reconciled")
CHANGES = (
    *("create", "amount", "tax", "date", "customer", "address", "note", "account", "pays", "reference"),
    *("less", "delete", "void"),
)
PAID_WHEN_LODGED = "paid-when-lodged"
_ASKS_WHERE_IT_BEGAN = ("amount", "delete", "void")


@dataclass(frozen=True)
class Guarded:
    """One cell, and what the design says of it."""

    company: str
    entity: str
    origin: str
    state: str
    side: str
    change: str
    expected: str

    @property
    def id(self) -> str:
        return "-".join((self.entity, self.origin, self.state, self.side, self.change, "is", self.expected))

    @property
    def day(self) -> str:
        """The day of its document."""
        if self.state == "closed":
            return "2026-06-12"
        return "2026-09-12" if self.state.startswith("lodged") else "2026-11-12"


def cells(company: str) -> tuple[Guarded, ...]:
    """The cells of one company. Only a delete and a void ask where a pair began, so that one that was on both sides plays those and
    its amount. Where it makes no difference what a company is, the Australian one that reports by what is invoiced
    plays all of them, the others those that began in Oncord; only money differs by what GST is reported by."""
    every = (*_documents(company), *_money(company), *_refunds(company), *_paid(company))
    found = tuple(cell for cell in every if cell.origin != "both" or cell.change in _ASKS_WHERE_IT_BEGAN)
    if company == "accrual":
        return found
    kinds = ("receipt", "refund") if company == "cash" else ("sale", "adjustment", "receipt", "refund")
    plays = (cell for cell in found if cell.entity in kinds or cell.state == PAID_WHEN_LODGED)
    return tuple(cell for cell in plays if cell.origin == "oncord")


def _documents(company: str) -> Iterator[Guarded]:
    moves = ("amount", "date", "customer", *(() if company == "america" else ("tax",)))
    for entity, origin, state in product(DOCUMENTS, ORIGINS, IN_PERIODS):

        def say(
            side: str, change: str, expected: str, about: tuple[str, str, str] = (entity, origin, state)
        ) -> Guarded:
            return Guarded(company, *about, side, change, expected)

        locked = state != "open"
        for change in moves:
            yield say("oncord", change, "same locked" if locked else "updated")
            yield say("quickbooks", change, "updated")
        shut = "same waits" if state == "closed" else "updated"
        yield say("oncord", "note", shut)
        yield say("quickbooks", "note", "updated")
        if entity == "sale":  # where the goods go decides the sales tax in America
            yield say("oncord", "address", "same locked" if locked and company == "america" else shut)
            yield say("quickbooks", "address", "updated")
        ours = origin == "oncord"
        if ours:
            yield say("oncord", "delete", "same locked" if locked else "deleted")
            yield say("oncord", "void", "taken-back" if locked else "void")
            yield say("oncord", "create", "none locked" if locked else "created")
        else:
            yield say("oncord", "delete", "same")
            yield say("oncord", "void", "same asks")
        if origin == "quickbooks":
            yield say("quickbooks", "create", "created")
        yield say("quickbooks", "delete", "same gone")
        yield say("quickbooks", "void", "void voided")


def _paid(company: str) -> Iterator[Guarded]:
    """A sale that comes to less than was paid of it: QuickBooks takes the rest off the payment by itself, which moves what was
    reported where GST is reported by what is paid."""
    expected = "same locked" if company == "cash" else "updated"
    yield Guarded(company, "sale", "oncord", PAID_WHEN_LODGED, "oncord", "less", expected)


def _money(company: str) -> Iterator[Guarded]:
    for origin, state in product(ORIGINS, OF_MONEY):

        def say(side: str, change: str, expected: str, about: tuple[str, str] = (origin, state)) -> Guarded:
            return Guarded(company, "receipt", *about, side, change, expected)

        held = _held(state)
        for change in ("amount", "date"):
            yield say("oncord", change, held or "updated")
        # A method moves no payment that somebody has banked, and the account is no difference then (R7).
        yield say("oncord", "account", "same" if state == "deposited" else held or "updated")
        yield say("oncord", "pays", _pays(company, state))
        yield say("oncord", "reference", {"closed": "same waits", "deposited": "same asks"}.get(state, "updated"))
        yield say("oncord", "delete", (held or "deleted") if origin == "oncord" else "same")
        if origin == "oncord" and state in IN_PERIODS:
            yield say("oncord", "create", "none locked" if held else "created")
        if state == "deposited":  # QuickBooks lets nobody touch it
            continue
        for change in ("amount", "date", "pays", "reference"):
            yield say("quickbooks", change, "updated")
        yield say("quickbooks", "account", "same")  # the account belongs to the books, the method to the shop (R7)
        yield say("quickbooks", "delete", "same gone")
        yield say("quickbooks", "void", "same voided")
        if origin == "quickbooks" and state in IN_PERIODS:
            yield say("quickbooks", "create", "created")


def _held(state: str) -> str:
    """What becomes of a change of amount, day or account, or of a delete; "" where nothing holds it."""
    if state == "deposited":
        return "same asks"
    if state in HELD_BY_BANK:
        return "same cleared"
    return "" if state == "open" else "same locked"


def _pays(company: str, state: str) -> str:
    """What becomes of what a payment pays: that moves no figure where GST is reported by what is invoiced, and is no matter of a
    bank statement. America's sales tax has no such basis."""
    if state == "deposited":
        return "same asks"
    if state == "closed" or (state.startswith("lodged") and company == "cash"):
        return "same locked"
    return "updated"


def _refunds(company: str) -> Iterator[Guarded]:
    for origin, state in product(("oncord", "quickbooks"), OF_REFUNDS):

        def say(side: str, change: str, expected: str, about: tuple[str, str] = (origin, state)) -> Guarded:
            return Guarded(company, "refund", *about, side, change, expected)

        held = _held(state)
        for change in ("amount", "date", "account"):
            yield say("oncord", change, held or "updated")
        yield say("oncord", "reference", "same waits" if state == "closed" else "updated")
        yield say("oncord", "delete", (held or "deleted") if origin == "oncord" else "same")
        for change in ("date", "reference"):
            yield say("quickbooks", change, "updated")
        yield say("quickbooks", "account", "same")
        yield say("quickbooks", "delete", "same gone")
        if origin == "oncord" and state in IN_PERIODS:
            yield say("oncord", "create", "none locked" if held else "created")
        if origin == "quickbooks" and state in IN_PERIODS:
            yield say("quickbooks", "create", "created")
