"""What a merchant decides about a connection, as plain data, and which of the rules it switches."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from app.domain.records import Kind, Side


@dataclass(frozen=True, slots=True)
class MappedMethod:
    """A payment method of Oncord and the deposit account its receipts go to; None: not synchronised (R1, R2).

    Where several methods share an account, the `preferred` one is given to payments that come from QuickBooks.
    `currency` "" means the home currency.
    """

    id: str
    deposit_account_id: str | None = None
    preferred: bool = False
    currency: str = ""


@dataclass(frozen=True, slots=True)
class MappedTaxCode:
    """An Oncord tax code and the QuickBooks tax code that stands for it; `rate` in percent."""

    code: str
    quickbooks_id: str
    rate: str = ""


@dataclass(frozen=True, slots=True)
class ItemPolicy:
    """How sale lines become QBO items: one item for all, or matched by product code or name and created as needed."""

    mode: Literal["single", "match"] = "single"
    item_id: str = ""
    income_account_id: str = ""
    shipping_item_id: str = ""
    discount_item_id: str = ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything section 10 of the design lets a merchant choose."""

    start_date: date
    payment_methods: tuple[MappedMethod, ...] = ()
    tax_codes: tuple[MappedTaxCode, ...] = ()
    items: ItemPolicy = ItemPolicy()
    document_numbers: Literal["oncord", "quickbooks"] = "oncord"
    """`oncord`: an invoice takes the sale's number and the reverse; `quickbooks`: QBO numbers its own documents."""
    conflict_winner: dict[Kind, Side] = field(
        default_factory=lambda: {
            Kind.CONTACT: Side.ONCORD,
            Kind.ITEM: Side.ONCORD,
            Kind.SALE: Side.QUICKBOOKS,
            Kind.RECEIPT: Side.QUICKBOOKS,
        }
    )
    home_currency: str = "AUD"
    country: str = "AU"
    multi_currency: bool = False

    def books_currency(self, currency: str) -> str:
        """A currency as it tells customers and deposit accounts apart: always "" in a company that keeps only one."""
        return (currency or self.home_currency) if self.multi_currency else ""

    def mapped(self, method_id: str, currency: str = "") -> MappedMethod | None:
        """What was decided about a payment method's receipts in a currency; None where nothing was."""
        return next((m for m in self._methods(currency) if m.id == method_id), None)

    def method_for(self, account_id: str, current: str = "", currency: str = "") -> str | None:
        """The payment method of a deposit account and a currency.

        It is `current` while it still maps there (R7), else the preferred one; None where there is none.
        """
        methods = [m for m in self._methods(currency) if m.deposit_account_id == account_id]
        if any(m.id == current for m in methods):
            return current
        chosen = next((m for m in methods if m.preferred), methods[0] if methods else None)
        return chosen.id if chosen else None

    def _methods(self, currency: str) -> list[MappedMethod]:
        wanted = self.books_currency(currency)
        return [m for m in self.payment_methods if self.books_currency(m.currency) == wanted]

    def tax_code_on(self, side: Side, code: str) -> str | None:
        """The tax code of `side` that stands for the other side's `code`; "" stays "", None where it is not mapped."""
        if code == "":
            return ""
        if side is Side.QUICKBOOKS:
            return next((t.quickbooks_id for t in self.tax_codes if t.code == code), None)
        return next((t.code for t in self.tax_codes if t.quickbooks_id == code), None)
