"""What a merchant decides about a connection, as plain data, and which of the rules it switches.

Undecided is not "no" (law 13): what nobody has chosen waits under a question, and only "left out" was decided.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from app.domain.model.description import merged_fields
from app.domain.model.gst_periods import GstPeriod
from app.domain.model.links import Origin
from app.domain.model.opening import OpeningChoice
from app.domain.model.records import Kind, Side
from app.domain.model.untaxed_lines import UntaxedLines


@dataclass(frozen=True, slots=True)
class MappedMethod:
    """A payment method of Oncord and the deposit account its receipts go to (R1, R2), or that they are `left_out`.

    Neither: nobody has decided yet. Where several methods share an account, the `preferred` one is given to payments
    that come from QuickBooks. `currency` "" means the home currency.
    """

    id: str
    deposit_account_id: str | None = None
    preferred: bool = False
    currency: str = ""
    left_out: bool = False

    @property
    def choice(self) -> Literal["account", "none", "undecided"]:
        """What was decided about it."""
        return "account" if self.deposit_account_id else "none" if self.left_out else "undecided"


@dataclass(frozen=True, slots=True)
class MappedTaxCode:
    """An Oncord tax code and the QuickBooks tax code that stands for it, or that sales with it are `left_out`; `rate` in
    percent. Neither: nobody has decided yet."""

    code: str
    quickbooks_id: str = ""
    rate: str = ""
    left_out: bool = False

    @property
    def choice(self) -> Literal["code", "none", "undecided"]:
        """What was decided about it."""
        return "code" if self.quickbooks_id else "none" if self.left_out else "undecided"


BAD_DEBT = "bad_debt"
"""The reason of an adjustment that writes off what nobody is going to pay."""
OWN_ITEMS = "lines"
"""The choice that the lines of an adjustment keep the items of what they take back."""
REASONS = (BAD_DEBT, "return", "price", "goodwill", "other")
"""The reasons that the connector's contract names (docs/oncord.md 3); a site may have others."""


@dataclass(frozen=True, slots=True)
class ItemPolicy:
    """How sale lines become QBO items: one item for all, or matched by product code or name and created as needed."""

    mode: Literal["single", "match"] = "single"
    item_id: str = ""
    income_account_id: str = ""
    shipping_item_id: str = ""
    opening_item_id: str = ""
    """The item on Opening Balance Equity through which what was owed before the start date is brought in (S1)."""
    discount_item_id: str = ""
    voucher_item_id: str = ""
    """The item of lines that sell a voucher or redeem one, on a liability account; "" where such sales wait under a question."""
    voucher_clearing_item_id: str = ""
    """The item of lines that redeem a voucher where vouchers are redeemed by a payment: on the clearing account, where the
    payments lie; "" where such sales wait under a question."""
    rounding_item_id: str = ""
    """The item of what rounds a total off, whose account is the one for rounding; "" where that is as other lines are."""
    reason_items: Mapping[str, str] = field(default_factory=dict)
    """By the reason of an adjustment the item of all of its lines, or `OWN_ITEMS`; a reason that is not there waits under a
    question. That of `BAD_DEBT` is on an expense account."""


@dataclass(frozen=True, slots=True)
class DocumentPolicy:
    """What new documents are given besides: a class and a location, where the company uses them ("" for none), and whether
    QuickBooks may offer to pay invoices online, as the company has set that up."""

    class_id: str = ""
    location_id: str = ""
    payment_links: bool = False


PLAIN_DOCUMENTS = DocumentPolicy()
"""Documents without anything besides."""


def default_winners() -> dict[Kind, Side]:
    """Which side goes on where both changed the same thing and nobody has chosen; a kind that came later has one, too."""
    return {
        Kind.CONTACT: Side.ONCORD,
        Kind.ITEM: Side.ONCORD,
        Kind.SALE: Side.QUICKBOOKS,
        Kind.RECEIPT: Side.QUICKBOOKS,
    }


_OF_THE_BOOKS = frozenset({"name", "tax_number", "billing_address"})


def default_contact_winners() -> dict[str, Side]:
    """Whose detail goes on of a person whom the books knew before: who is invoiced, and where, is said by the books, and how
    somebody is reached, and where parcels go, by the shop."""
    return {f: Side.QUICKBOOKS if f in _OF_THE_BOOKS else Side.ONCORD for f in merged_fields(Kind.CONTACT)}


VoucherWay = Literal["line", "payment", "either"]
"""Where a voucher that is redeemed goes in the books: off what is owed, by a line of the sale; into a clearing account, as a payment
does; or each as the shop redeems it, as it was before anybody was asked."""

GstBasis = Literal["undecided", "cash", "accrual"]
"""How a company reports its GST: by what is paid, or by what is invoiced. Undecided counts as the stricter of the two."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that a merchant may choose (docs/rules.md 9)."""

    start_date: date
    payment_methods: tuple[MappedMethod, ...] = ()
    unmapped_methods_account: str = ""
    """The account (its id) for payments by a method that nobody has decided about; "" where they wait under a question."""
    goodwill_account: str = ""
    """The expense account (its id) of refunds that are goodwill (R5); "" where whoever answers names one."""
    pay_back_account: str = ""
    """The account (its id) from which a customer's credit is paid back where somebody says so (S5); one that a payment method leads
    to. "" where whoever answers names one."""
    tax_codes: tuple[MappedTaxCode, ...] = ()
    untaxed_lines: UntaxedLines = field(default_factory=UntaxedLines)
    """What lines with neither a tax code nor tax are; no question in the United States, where they are NON."""
    opening_receivables: OpeningChoice = "undecided"
    """What becomes of the sales from before the start date that were open on it, where nobody has said it of one by itself."""
    items: ItemPolicy = ItemPolicy()
    vouchers_redeemed: VoucherWay = "either"
    documents: DocumentPolicy = DocumentPolicy()
    document_numbers: Literal["oncord", "quickbooks"] = "oncord"
    """`oncord`: an invoice takes the sale's number and the reverse; `quickbooks`: QBO numbers its own documents."""
    removals: Literal["delete", "void"] = "delete"
    """What becomes of the document of a sale that is deleted in Oncord (S3): it is deleted too, or voided, which leaves its
    number and that it was there in the books."""
    conflict_winner: dict[Kind, Side] = field(default_factory=default_winners)
    """That of items decides nothing: they are matched, and nothing of them is merged (docs/rules.md 7). Scripts may send it."""
    contact_winner: dict[str, Side] = field(default_factory=dict)
    """Of contacts that the books knew before (origin `both` or `quickbooks`): the winner of single fields, by their names. One
    that is not in it goes as contacts do."""
    hold_questions_days: int = 1
    """How many days documents wait at most for an answer to who somebody is, 0 to 7."""
    lodged_until: date | None = None
    """The last day of the last BAS or tax return that was lodged (B1)."""
    gst_basis: GstBasis = "undecided"
    gst_period: GstPeriod = "undecided"
    """For which periods GST is reported. It decides nothing: their ends are shown, and a return that was not entered is told of."""
    home_currency: str = "AUD"
    country: str = "AU"
    multi_currency: bool = False
    charges_tax: bool = True
    """Whether the company is set up for sales tax or GST at all; where it is not, no line has a code."""

    @property
    def reports_by_invoice(self) -> bool:
        """Whether the tax on a sale does not depend on when it is paid; America's sales tax has no such basis here."""
        return self.gst_basis == "accrual" or self.country == "US" or not self.charges_tax

    @property
    def voucher_items(self) -> frozenset[str]:
        """The items of which a line is a voucher, sold or redeemed."""
        return frozenset({self.items.voucher_item_id, self.items.voucher_clearing_item_id} - {""})

    def books_currency(self, currency: str) -> str:
        """A currency as it tells customers and deposit accounts apart: always "" in a company that keeps only one."""
        return (currency or self.home_currency) if self.multi_currency else ""

    def contact_winners(self, origin: Origin) -> dict[str, Side]:
        """Which side goes on in each detail of a contact, by where its pair began (C2, C5)."""
        chosen = {} if origin is Origin.ONCORD else self.contact_winner
        return {f: chosen.get(f, self.conflict_winner[Kind.CONTACT]) for f in merged_fields(Kind.CONTACT)}

    def mapped(self, method_id: str, currency: str = "") -> MappedMethod | None:
        """What was decided about a payment method's receipts in a currency; None where nothing was."""
        return next((m for m in self._methods(currency) if m.id == method_id), None)

    def account_for(self, method_id: str, currency: str = "") -> str:
        """The account of a payment method's money; "" where it waits or stays in Oncord. Money without a method waits."""
        mapped = self.mapped(method_id, currency)
        if mapped is not None and mapped.choice != "undecided":
            return mapped.deposit_account_id or ""
        return self.unmapped_methods_account if method_id else ""

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
        books_currency = self.books_currency(currency)
        return [m for m in self.payment_methods if self.books_currency(m.currency) == books_currency]

    def rate_of(self, code: str) -> Decimal | None:
        """The percentage of an Oncord tax code; None where it is not known."""
        rate = next((t.rate for t in self.tax_codes if t.code == code), "")
        return Decimal(rate) if rate else None

    def tax_code_on(self, side: Side, code: str) -> str | None:
        """The tax code of `side` that stands for the other side's `code`; "" stays "", None where it is not mapped."""
        if code == "":
            return ""
        if side is Side.QUICKBOOKS:
            return next((t.quickbooks_id for t in self.tax_codes if t.code == code and t.quickbooks_id), None)
        return next((t.code for t in self.tax_codes if t.quickbooks_id == code), None)

    def left_out_code(self, codes: Iterable[str]) -> str:
        """The first of these Oncord tax codes of which was decided that sales with it stay in Oncord; "" for none."""
        left_out = {t.code for t in self.tax_codes if t.choice == "none"}
        return next((code for code in codes if code in left_out), "")


@dataclass(frozen=True, slots=True)
class Admitted:
    """What a new configuration lets in that the one before left out: sales from a date on, receipts at all, and what is open of
    the sales before the start date."""

    sales_since: date | None = None
    receipts: bool = False
    open_on: date | None = None
    """Sales from before this day that were open on it are judged anew (S1)."""

    def __bool__(self) -> bool:
        return self.sales_since is not None or self.receipts or self.open_on is not None


def admitted(before: Configuration | None, after: Configuration) -> Admitted:
    """What has to be looked at again because of a new configuration, besides what waits for it already."""
    if before is None:
        return Admitted()
    mapped_before = {(m.id, m.currency) for m in before.payment_methods if before.account_for(m.id, m.currency)}
    mapped = {(m.id, m.currency) for m in after.payment_methods if after.account_for(m.id, m.currency)}
    left_out_before = {t.code for t in before.tax_codes if t.choice == "none"}
    left_out = {t.code for t in after.tax_codes if t.choice == "none"}
    sales = after.start_date < before.start_date or bool(left_out_before - left_out)
    open_then = (after.start_date, after.opening_receivables) != (before.start_date, before.opening_receivables)
    receipts = sales or open_then or bool(mapped - mapped_before)
    return Admitted(after.start_date if sales else None, receipts, after.start_date if open_then else None)


def mapped_since(before: Configuration | None, after: Configuration) -> tuple[MappedMethod, ...]:
    """The methods that have an account of their own now, and whose payments went to that for unmapped methods before."""
    clearing = before.unmapped_methods_account if before is not None else ""
    if before is None or not clearing:
        return ()
    return tuple(
        method
        for method in after.payment_methods
        if method.deposit_account_id
        and method.deposit_account_id != clearing
        and _was_undecided(before.mapped(method.id, method.currency))
    )


def _was_undecided(method: MappedMethod | None) -> bool:
    return method is None or method.choice == "undecided"
