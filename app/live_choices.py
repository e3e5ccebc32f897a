"""A company's choices as a person sees them, read live within the small share of its limits that the API's calls have.

That share allows one batch a minute, which carries everything; in between the statements go one by one, which takes some
seconds. The last reading is kept, so that showing a form and saving it are two quick steps.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.model.ledger import Ledger
from app.json_values import amount, text
from app.quickbooks.client import QuickBooksSide
from app.quickbooks.http.throttle import Throttle
from app.quickbooks.mapping.books import STATEMENTS, Books, last_filed_on, read_books
from app.quickbooks.mapping.query import PAGE, one_of, quoted, select
from app.quickbooks.mapping.values import day, ref
from app.quickbooks.ports import Clock
from app.services.ports import BookedSale, CompanyChoices, Option

_OF_NO_CHOICE = ("Term", "PaymentMethod")
_ASKED = {
    **{name: statement for name, statement in STATEMENTS.items() if name not in _OF_NO_CHOICE},
    "Account": select("Account"),
    "Item": select("Item", inactive=False),
    "TaxAgency": "SELECT * FROM TaxAgency",
    "Class": select("Class", inactive=False),
    "Department": select("Department", inactive=False),
}
_DEPOSITS = ("Bank", "Other Current Asset")
_NO_MONEY = ("Inventory", "PrepaidExpenses")
_GROUPS = ("Bank accounts", "Undeposited funds", "Other current assets")
_INCOME = ("Income", "Other Income")
_EXPENSES = ("Expense", "Other Expense", "Cost of Goods Sold")
_BROUGHT_IN = ("Service", "NonInventory")
_OPENING = "OpeningBalanceEquity"
_NOT_SOLD = ("Category", "Group", "Bundle")

Rows = list[dict[str, Any]]


class FixedToken:
    """The token of a fresh consent, before it is stored; there is no other one to renew it with."""

    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    async def access_token(self, connection_id: str) -> str:
        """The token."""
        return self._access_token

    async def renewed_token(self, connection_id: str, rejected: str) -> str:
        """The token again: whoever rejected it once will say so twice."""
        return self._access_token


class Unthrottled:
    """For the one call of a consent, when no run can be under way yet."""

    async def acquire(self, *, batch: bool = False) -> None:
        """At once."""

    def pause(self, seconds: float) -> None:
        """Nothing is going to follow."""

    def left(self) -> None:
        """Nobody shares it."""


_Entries = tuple[tuple[BookedSale, ...], tuple[BookedSale, ...]]


@dataclass(frozen=True, slots=True)
class _Reading:
    choices: CompanyChoices
    at: datetime


class LiveChoices:
    """Satisfies `app.services.ports.Company`. One per company and process, since it keeps the share's allowance."""

    def __init__(self, side: QuickBooksSide, throttle: Throttle, clock: Clock) -> None:
        self._side = side
        self._throttle = throttle
        self._clock = clock
        self._last: _Reading | None = None
        self._entries: dict[str, tuple[tuple[BookedSale, ...], datetime]] = {}

    async def choices(self, *, max_age: timedelta) -> CompanyChoices:
        """What may be chosen, read no longer ago than `max_age`."""
        last = self._last
        if last is not None and self._clock.now() - last.at < max_age:
            return last.choices
        found = await self._read()
        in_use, inactive = _apart(found["Account"])
        found["Account"] = in_use
        choices = replace(
            _choices(read_books(self._side.wire.realm_id, found), found),
            inactive_accounts={text(row.get("Id")): _name(row) for row in inactive},
        )
        self._last = _Reading(choices, self._clock.now())
        return choices

    async def other_entries(self, since: date, numbers: Sequence[str], *, max_age: timedelta) -> _Entries:
        """The latest sales receipts since a day, and the invoices that have one of some numbers, read no longer ago than `max_age`: invoices
        by the numbers that were asked for then, of which those are told that are asked for now."""
        dated = f"TxnDate >= {quoted(since.isoformat())}"
        receipts = await self._booked(
            "sales receipt", select("SalesReceipt", [dated], order="TxnDate DESC"), max_age=max_age
        )
        if not numbers:
            return receipts, ()
        invoices = await self._booked("invoice", select("Invoice", [one_of("DocNumber", numbers)]), max_age=max_age)
        asked = {number.casefold() for number in numbers}
        return receipts, tuple(each for each in invoices if each.number.casefold() in asked)

    async def _booked(self, what: str, statement: str, *, max_age: timedelta) -> tuple[BookedSale, ...]:
        """What one statement tells, or told no longer ago than `max_age`."""
        now = self._clock.now()
        if what in self._entries and now - self._entries[what][1] < max_age:
            return self._entries[what][0]
        rows, _ = await self._side.wire.query(statement, upkeep=True)
        self._entries[what] = (tuple(_booked(what, row) for row in rows), now)
        return self._entries[what][0]

    async def ledger(self, first: date, last: date, *, basis: str, clearing: Collection[str], labels: bool) -> Ledger:
        """What QuickBooks' own reports say of a period, read now."""
        return await self._side.ledger(first, last, basis=basis, clearing=clearing, labels=labels)

    async def _read(self) -> dict[str, Rows]:
        """All in one batch, or one by one while the next batch is a minute away."""
        wire = self._side.wire
        if self._throttle.must_wait(batch=True):
            found = {entity: (await wire.query(statement, upkeep=True))[0] for entity, statement in _ASKED.items()}
        else:
            found = await wire.queries(_ASKED)
        for entity in ("Account", "Item", "Class", "Department"):
            while found[entity] and len(found[entity]) % PAGE == 0:
                start = len(found[entity]) + 1
                following = select(entity, inactive=entity == "Account", start=start)
                more, _ = await wire.query(following, upkeep=True)
                found[entity] += more
                if not more:
                    break
        return found


def _choices(books: Books, found: Mapping[str, Rows]) -> CompanyChoices:
    accounts, items = found["Account"], found["Item"]
    types = {text(row.get("Id")): text(row.get("AccountType")) for row in accounts}
    opening_accounts = {text(row.get("Id")) for row in accounts if row.get("AccountSubType") == _OPENING}
    return CompanyChoices(
        facts=books.facts(),
        deposit_accounts=_deposit_accounts(accounts),
        income_accounts=tuple(_account(row) for row in accounts if row.get("AccountType") in _INCOME),
        tax_codes=tuple(
            Option(code.id, code.name, rate="" if books.is_us else _plain(code.percent))
            for code in books.tax_codes
            if code.active
        ),
        items=tuple(
            Option(
                text(row.get("Id")),
                _name(row),
                kind=text(row.get("Type")),
                account=types.get(ref(row.get("IncomeAccountRef")), ""),
            )
            for row in items
            if row.get("Type") not in _NOT_SOLD
        ),
        opening_items=tuple(
            Option(text(row.get("Id")), _name(row), kind=text(row.get("Type")))
            for row in items
            if row.get("Type") in _BROUGHT_IN and ref(row.get("IncomeAccountRef")) in opening_accounts
        ),
        classes=_listed(found["Class"]) if books.classes != "none" else (),
        locations=_listed(found["Department"]) if books.locations else (),
        expense_accounts=tuple(_account(row) for row in accounts if row.get("AccountType") in _EXPENSES),
        report_basis=books.report_basis,
        last_filed_on=last_filed_on(found["TaxAgency"]),
    )


def _apart(rows: Rows) -> tuple[Rows, Rows]:
    """The rows in use, and those that are not any more."""
    return [row for row in rows if row.get("Active") is not False], [row for row in rows if row.get("Active") is False]


def _booked(what: str, row: dict[str, Any]) -> BookedSale:
    return BookedSale(
        what,
        text(row.get("DocNumber")),
        day(row.get("TxnDate")),
        amount(row.get("TotalAmt")),
        ref(row.get("CurrencyRef")),
    )


def _listed(rows: Rows) -> tuple[Option, ...]:
    return tuple(Option(text(row.get("Id")), _name(row)) for row in rows)


def _deposit_accounts(accounts: Rows) -> tuple[Option, ...]:
    """Where money can be deposited: bank accounts first, then undeposited funds, then what is merely possible. Stock and
    prepayments are of the right type and no place for money."""
    offered = [
        row for row in accounts if row.get("AccountType") in _DEPOSITS and row.get("AccountSubType") not in _NO_MONEY
    ]
    grouped = [replace(_account(row), group=_group(row)) for row in offered]
    return tuple(sorted(grouped, key=lambda choice: _GROUPS.index(choice.group)))


def _group(row: dict[str, Any]) -> str:
    if row.get("AccountType") == "Bank":
        return _GROUPS[0]
    return _GROUPS[1] if row.get("AccountSubType") == "UndepositedFunds" else _GROUPS[2]


def _account(row: dict[str, Any]) -> Option:
    return Option(
        text(row.get("Id")), _name(row), kind=text(row.get("AccountType")), currency=ref(row.get("CurrencyRef"))
    )


def _name(row: dict[str, Any]) -> str:
    return text(row.get("FullyQualifiedName")) or text(row.get("Name"))


def _plain(percent: Decimal) -> str:
    shown = f"{percent:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
