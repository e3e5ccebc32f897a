"""What a merchant may choose from when a connection is configured, read live from the company's books.

One batch of queries; the accounts a payment can be deposited to, income accounts, items, tax codes and the switches of
the company (design section 10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.quickbooks.books import STATEMENTS, Books, TaxCode, read_books
from app.quickbooks.query import one_of, select
from app.quickbooks.values import maybe, ref, text
from app.quickbooks.wire import Wire

_QUESTIONS: Mapping[str, str] = {
    **STATEMENTS,
    "Deposit": select(
        "Account", [one_of("AccountType", ["Bank", "Other Current Asset"]), "Active = true"], inactive=False
    ),
    "Income": select("Account", [one_of("AccountType", ["Income", "Other Income"]), "Active = true"], inactive=False),
}
ITEMS_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class Account:
    """An account that can be chosen; `currency` is its own, "" where the company has only one."""

    id: str
    name: str
    type: str
    subtype: str = ""
    currency: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class ChoosableItem:
    """An item that a sale line can bear."""

    id: str
    name: str
    code: str = ""
    type: str = ""
    price: Decimal | None = None
    income_account_id: str = ""
    tax_code: str = ""


@dataclass(frozen=True, slots=True)
class BooksChoices:
    """Everything the configuration page offers of QuickBooks."""

    books: Books
    deposit_accounts: tuple[Account, ...]
    income_accounts: tuple[Account, ...]
    items: tuple[ChoosableItem, ...]
    tax_codes: tuple[TaxCode, ...]
    more_items: bool = False
    """There are more items than are shown (the first thousand by id)."""


async def read_choices(wire: Wire) -> BooksChoices:
    """Ask the company: two calls, seven metered reads."""
    found = await wire.queries(_QUESTIONS)
    items, _ = await wire.query(select("Item", ["Active = true"], inactive=False, limit=ITEMS_SHOWN))
    books = read_books(wire.realm_id, found)
    sold = tuple(
        ChoosableItem(
            id=text(row.get("Id")),
            name=text(row.get("FullyQualifiedName")) or text(row.get("Name")),
            code=text(row.get("Sku")),
            type=text(row.get("Type")),
            price=maybe(row.get("UnitPrice")),
            income_account_id=ref(row.get("IncomeAccountRef")),
            tax_code=ref(row.get("SalesTaxCodeRef")),
        )
        for row in items
        if row.get("Type") not in ("Category", "Group")
    )
    return BooksChoices(
        books=books,
        deposit_accounts=_accounts(found["Deposit"], books),
        income_accounts=_accounts(found["Income"], books),
        items=tuple(sorted(sold, key=lambda item: (item.name.casefold(), item.id))),
        tax_codes=tuple(code for code in books.tax_codes if code.active),
        more_items=len(items) >= ITEMS_SHOWN,
    )


def _accounts(found: Sequence[dict[str, Any]], books: Books) -> tuple[Account, ...]:
    accounts = [
        Account(
            id=text(row.get("Id")),
            name=text(row.get("FullyQualifiedName")) or text(row.get("Name")),
            type=text(row.get("AccountType")),
            subtype=text(row.get("AccountSubType")),
            currency=ref(row.get("CurrencyRef")) or books.home_currency,
            number=text(row.get("AcctNum")),
        )
        for row in found
    ]
    return tuple(sorted(accounts, key=lambda account: (account.type, account.name.casefold(), account.id)))
