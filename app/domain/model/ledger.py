"""What QuickBooks' own reports say of a period: what customers owe on its last day, what stands on each label of a tax return,
and what lies in the accounts through which customers' money passes. Plain data, in the company's own currency."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What lies in an account at the end of the period."""

    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A transaction that QuickBooks lists, by its id; `kind` is what the screens call its type ("Sales Receipt")."""

    id: str
    kind: str
    number: str
    date: dt.date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Ledger:
    """Read at one moment. None, or a missing account: the report was not to be had, or does not say it."""

    read_at: dt.datetime
    first: dt.date
    last: dt.date
    basis: str
    """"Cash" or "Accrual": on which the labels were asked for."""
    receivables: Decimal | None = None
    """What all customers owe."""
    by_customer: Mapping[str, Decimal] = field(default_factory=dict)
    """The same by the customer's id, as far as the report names them: each has one currency, and is told of in the home currency."""
    labels: Mapping[str, Decimal] | None = None
    """By label ("G1", "1A")."""
    accounts: Mapping[str, AccountBalance] = field(default_factory=dict)
    """By the account's id: undeposited funds, and the clearing accounts that were asked for."""
    entries: tuple[LedgerEntry, ...] | None = None
    """Every transaction of the period that may stand in these figures; None where the list was not to be had."""
    not_told: tuple[str, ...] = ()
    """The reports that were refused or made no sense."""

    @property
    def says_something(self) -> bool:
        """Whether any report was to be had; where none was, nobody has looked at the ledger."""
        return self.receivables is not None or self.labels is not None or bool(self.accounts)
