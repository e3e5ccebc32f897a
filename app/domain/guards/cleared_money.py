"""Money that the bank has told of: what a bank feed has matched, or a reconciliation holds, stays as it is unless somebody
says so (R3, R5, R7).

A payment of QuickBooks does not say it. Two reports do, which are read only before a plan would touch such money. Where they
are not to be had, money that has been in a bank account for more than three days counts as cleared.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FEED_DAYS = 3
"""How many days old money in a bank account may be that nobody is taken to have matched yet."""


class Hold(StrEnum):
    """Why money stays where it is."""

    RECONCILED = "reconciled"
    """A reconciliation of the account holds it."""
    CLEARED = "cleared"
    """It is matched with the bank's statement, and not reconciled yet."""
    TAKEN_FOR_CLEARED = "taken_for_cleared"
    """Nobody could say, and it has been in a bank account for long enough."""

    @property
    def in_words(self) -> str:
        """Why, as a sentence without its full stop."""
        match self:
            case Hold.RECONCILED:
                return "the bank reconciliation holds it"
            case Hold.CLEARED:
                return "it is matched with the bank statement (cleared), so that the bank reconciliation holds it"
            case Hold.TAKEN_FOR_CLEARED:
                return (
                    "QuickBooks does not tell whether the bank reconciliation holds it, and money that came into a bank"
                    f" account more than {FEED_DAYS} days ago is taken to be held by it"
                )


@dataclass(frozen=True, slots=True)
class MoneyAccount:
    """An account that customers' money can lie in, as people call it."""

    name: str
    is_bank: bool


@dataclass(frozen=True, slots=True)
class ClearedMoney:
    """What QuickBooks says of the money of some days: the ids of the transactions that are reconciled, and of those that are
    cleared; `told` is false where it does not say."""

    reconciled: frozenset[str] = frozenset()
    cleared: frozenset[str] = frozenset()
    told: bool = True
    accounts: Mapping[str, MoneyAccount] = field(default_factory=dict)
    """Accounts by id; one that is not among them may be a bank account."""

    def hold_on(self, payment_id: str, account: str, day: dt.date | None, today: dt.date | None) -> Hold | None:
        """Why a payment stays as it is; None where it may move."""
        if not self.told:
            known = self.accounts.get(account)
            in_a_bank = known is None or known.is_bank
            recent = day is not None and today is not None and (today - day).days <= FEED_DAYS
            return Hold.TAKEN_FOR_CLEARED if in_a_bank and not recent else None
        if payment_id in self.reconciled:
            return Hold.RECONCILED
        return Hold.CLEARED if payment_id in self.cleared else None

    def name_of(self, account: str) -> str:
        """What people call an account; "" where that is not known."""
        known = self.accounts.get(account)
        return known.name if known is not None else ""
