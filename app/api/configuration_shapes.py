"""A configuration as it is sent and shown, and what may be chosen for it."""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from app.api.configuration_example import CONFIGURATION_EXAMPLE
from app.api.requests import Printable, Sent
from app.domain.guards.holding import LONGEST_DAYS
from app.domain.model.configuration import (
    Configuration,
    DocumentPolicy,
    GstBasis,
    ItemPolicy,
    MappedMethod,
    MappedTaxCode,
    VoucherWay,
    default_contact_winners,
)
from app.domain.model.gst_periods import GstPeriod
from app.domain.model.opening import OpeningChoice
from app.domain.model.records import Kind, Side
from app.domain.model.untaxed_lines import UntaxedCodes, UntaxedLines
from app.errors import InvalidInput
from app.storage.connections.configuration import configuration_to_json
from app.storage.connections.connections import Connection

Text = Annotated[Printable, Field(max_length=200)]


class PaymentMethod(Sent):
    """An Oncord payment method and where its receipts are deposited (R1, R2)."""

    id: Text
    choice: Literal["account", "none", "undecided"] | None = Field(
        default=None,
        description="`account`: to the deposit account. `none`: its receipts stay in Oncord, which somebody has decided. "
        "`undecided`: they wait under a question; a null account alone means this.",
    )
    deposit_account_id: Text | None = None
    preferred: StrictBool = Field(
        default=False, description="Given to payments from QuickBooks where methods share an account."
    )
    currency: Text = Field(default="", description="Empty: the company's home currency.")


class TaxCode(Sent):
    """An Oncord tax code and the QuickBooks tax code that stands for it; `rate` in percent."""

    code: Text
    choice: Literal["code", "none", "undecided"] | None = Field(
        default=None,
        description="`code`: the QuickBooks tax code. `none`: sales with it stay in Oncord, which somebody has decided. "
        "`undecided`: they wait under a question; no QuickBooks tax code alone means this.",
    )
    quickbooks_id: Text | None = None
    rate: Text = ""


class UntaxedSorts(Sent):
    """The QuickBooks tax code (its id) of lines that have neither a tax code nor tax in Oncord, by their sort; null: nobody has
    chosen, and sales with such lines wait under one question."""

    products: Text | None = Field(default=None, description="Lines that name a product.")
    free_text: Text | None = Field(default=None, description="Lines that name none.")
    shipping: Text | None = None
    discounts: Text | None = Field(default=None, description="Discounts on a whole order.")

    def codes(self) -> UntaxedCodes:
        """As the domain says it."""
        return UntaxedCodes(**{sort: code or "" for sort, code in self.model_dump().items()})


class Untaxed(Sent):
    """What lines without a tax code are, by where a sale is shipped to: the company's own country, or another one."""

    home: UntaxedSorts = Field(default_factory=UntaxedSorts)
    abroad: UntaxedSorts = Field(default_factory=UntaxedSorts)


class Items(Sent):
    """How sale lines become QuickBooks items: `single`, one for all, or `match`, by product, created as needed."""

    mode: Literal["single", "match"] = "single"
    item_id: Text = ""
    opening_item_id: Text = Field(
        default="", description="An item on Opening Balance Equity, from `opening_items` of the choices (S1)."
    )
    income_account_id: Text = ""
    shipping_item_id: Text = ""
    discount_item_id: Text = ""
    voucher_item_id: Text = Field(
        default="",
        description="The item of lines that sell or redeem a voucher; its account is an Other Current Liability (`account` of the "
        "items of the choices). Empty: sales with such lines wait under one question.",
    )
    voucher_clearing_item_id: Text = Field(
        default="",
        description="Where `vouchers_redeemed` is `payment`: the item of lines that redeem a voucher, on the clearing account (an Other "
        "Current Asset), so that they lie where such payments do. Empty: sales with such lines wait under one question.",
    )
    rounding_item_id: Text = Field(
        default="",
        description="The item of what rounds a total off, on the account for rounding. Empty: as other lines.",
    )
    reason_items: dict[Text, Text] = Field(
        default_factory=dict,
        max_length=50,
        description="By the reason of an adjustment (`bad_debt`, `return`, `price`, `goodwill`, `other`, or what else a site says) the id of "
        "the item of its lines, or `lines` for the items of what it takes back. For `bad_debt` an item whose account is an expense, and "
        "never `lines`. What is not there waits under one question.",
    )


class Documents(Sent):
    """What new invoices and credit memos are given besides, where the company uses it."""

    class_id: Text = Field(default="", description="The class of new documents, or of each of their lines.")
    location_id: Text = Field(default="", description="The location of new documents.")
    payment_links: StrictBool = Field(
        default=False, description="Whether QuickBooks may offer to pay invoices online, as the company has set it up."
    )


OF_THE_ANSWER = frozenset({"configured", "version", "home_currency", "country", "multi_currency", "charges_tax"})
"""The members of `ConfigurationOut` that say how it is, and are not for anybody to choose here."""


def _documented(schema: dict[str, Any], _: type[BaseModel]) -> None:
    schema["examples"] = [CONFIGURATION_EXAMPLE]
    sent_back = {"description": "As it was answered: it may be sent back, and changes nothing."}
    schema.setdefault("properties", {}).update(dict.fromkeys(sorted(OF_THE_ANSWER), sent_back))


class ConfigurationIn(Sent):
    """Everything that a merchant decides. Members that only the answer has may be sent back and are ignored."""

    model_config = ConfigDict(json_schema_extra=_documented)

    @model_validator(mode="before")
    @classmethod
    def _without_what_only_the_answer_has(cls, sent: Any) -> Any:
        if not isinstance(sent, dict):
            return sent
        return {name: value for name, value in sent.items() if name not in OF_THE_ANSWER}

    start_date: dt.date = Field(description="Sales from this date on become invoices (S1); a choice that must be made.")
    payment_methods: list[PaymentMethod] = Field(default=[], max_length=500)
    unmapped_methods_account_id: Text | None = Field(
        default=None,
        description="A clearing account to which payments by a method that nobody has decided about go, instead of waiting under "
        "a question. Mapping a method later moves those of its payments that lie there and are in no deposit, held by no "
        "reconciliation and in no locked period. Null (the default): they wait.",
    )
    goodwill_account_id: Text | None = Field(
        default=None,
        description="The expense account to which refunds are booked that somebody calls goodwill (R5), from `expense_accounts` of "
        "the choices. Null (the default): whoever answers so names the account.",
    )
    pay_back_account_id: Text | None = Field(
        default=None,
        description="The account from which the credit of a sale that was cancelled late is paid back where somebody answers so "
        "(S5): one that a payment method is mapped to, since the refund is recorded in Oncord, too. Null (the default): whoever "
        "answers so names the account.",
    )
    tax_codes: list[TaxCode] = Field(default=[], max_length=500)
    untaxed_lines: Untaxed = Field(
        default_factory=Untaxed,
        description="What lines with neither a tax code nor tax are: each the id of one of the company's tax codes of 0 % (GST-free, "
        "an export, input taxed, out of scope), from `untaxed_codes` of the choices. Nothing is preselected, and what is "
        "linked already keeps its codes. In the United States such lines are NON, and nothing is to be chosen.",
    )
    opening_receivables: OpeningChoice = Field(
        default="undecided",
        description="What becomes of sales from before the start date that were still open on it (S1), where nobody has said it of "
        "one by itself. `create`: an invoice of its own date, where that is not locked and nothing was paid before. `bring_in`: "
        "what was open, as an opening balance on the start date through `items.opening_item_id`, outside tax; not where GST is "
        "reported by what is paid. `match`: each is there already, and is joined where that is certain. `left_out`: they stay in "
        "Oncord with what pays them. `undecided`: they wait under one question.",
    )
    items: Items = Field(default_factory=Items)
    vouchers_redeemed: VoucherWay = Field(
        default="line",
        description="Where a voucher that is redeemed goes. `line` (recommended): off what is owed for vouchers, by a line below zero of "
        "the sale with the item for vouchers; a receipt by a voucher method waits to be entered so, since QuickBooks takes no payment off "
        "a liability. `payment`: into the clearing account that the voucher method is mapped to; a line that redeems one has "
        "`items.voucher_clearing_item_id`, which books there, too. `either`: each as the shop redeems it, as it was for connections that "
        "were configured before there was this choice. What is linked stays as it is.",
    )
    documents: Documents = Field(default_factory=Documents)
    document_numbers: Literal["oncord", "quickbooks"] = "oncord"
    removals: Literal["delete", "void"] = Field(
        default="delete",
        description="What becomes of the invoice of a sale that is deleted in Oncord (S3). `delete`: it is deleted too. `void` "
        "(recommended): it stays in the books at zero, so that no number is missing. One that was sent or printed, or is dated "
        "in an earlier month, is always voided.",
    )
    conflict_winner: dict[Kind, Side] = Field(
        default_factory=dict,
        description="Which side goes on, for each kind, where both changed the same thing; one that is left out is the "
        "default. `item` is taken, kept and shown, and decides nothing: items are matched, and nothing of them is merged.",
    )
    contact_winner: dict[Text, Side] | None = Field(
        default=None,
        description="Which side goes on in single fields of a contact that QuickBooks knew before; a field that is not in it goes "
        "as `conflict_winner.contact` says. Where it is left out together with `conflict_winner.contact`: QuickBooks for name, "
        "tax number and billing address, Oncord for the rest. A contact that began in Oncord goes as `conflict_winner.contact` "
        "says in every field.",
    )
    hold_questions_days: StrictInt = Field(
        default=1,
        description="How many days documents wait at most for an answer to who somebody is; then they go on openly, to a "
        f"customer or contact of their own. From 0 to {LONGEST_DAYS}, never past the end of the month.",
        json_schema_extra={"minimum": 0, "maximum": LONGEST_DAYS},
    )
    lodged_until: dt.date | None = Field(
        default=None,
        description="The last day of the last BAS or tax return that was lodged; what is dated up to it is changed in "
        "QuickBooks only where somebody says so (B1). Null: none was.",
    )
    gst_basis: GstBasis = Field(
        default="undecided",
        description="How GST is reported. With `accrual` what a payment of a locked period is applied to may still move; "
        "with `cash`, and as long as it is `undecided`, it may not.",
    )
    gst_period: GstPeriod = Field(
        default="undecided",
        description="For which periods GST is reported. The ends of the periods are shown with the connection (`gst`), and a "
        "return that should have been lodged by now and is not entered is told of there.",
    )
    auto_sync: StrictBool | None = None

    def wish(self) -> Configuration:
        """As the domain says it; winners that were left out are the default ones. `InvalidInput` where a choice and what
        was chosen contradict each other."""
        _refuse_contradictions(self)
        given = Configuration(
            start_date=self.start_date,
            payment_methods=tuple(
                MappedMethod(
                    id=each.id,
                    deposit_account_id=each.deposit_account_id or None,
                    preferred=each.preferred,
                    currency=each.currency,
                    left_out=each.choice == "none",
                )
                for each in self.payment_methods
            ),
            unmapped_methods_account=self.unmapped_methods_account_id or "",
            goodwill_account=self.goodwill_account_id or "",
            pay_back_account=self.pay_back_account_id or "",
            tax_codes=tuple(
                MappedTaxCode(each.code, each.quickbooks_id or "", each.rate, left_out=each.choice == "none")
                for each in self.tax_codes
            ),
            untaxed_lines=UntaxedLines(self.untaxed_lines.home.codes(), self.untaxed_lines.abroad.codes()),
            opening_receivables=self.opening_receivables,
            items=ItemPolicy(**self.items.model_dump()),
            vouchers_redeemed=self.vouchers_redeemed,
            documents=DocumentPolicy(**self.documents.model_dump()),
            document_numbers=self.document_numbers,
            removals=self.removals,
            contact_winner=self._contact_winner(),
            hold_questions_days=self.hold_questions_days,
            lodged_until=self.lodged_until,
            gst_basis=self.gst_basis,
            gst_period=self.gst_period,
        )
        given.conflict_winner.update(self.conflict_winner)
        return given

    def _contact_winner(self) -> dict[str, Side]:
        """Who says which side wins for contacts, and nothing of single fields, means all of them."""
        if self.contact_winner is not None:
            return dict(self.contact_winner)
        return {} if Kind.CONTACT in self.conflict_winner else default_contact_winners()


def _refuse_contradictions(given: ConfigurationIn) -> None:
    """Nothing is guessed where a choice and what was chosen say different things: it decides about money (law 13)."""
    wrong: dict[str, str] = {}
    for name, rows, chosen, word in (
        (
            "payment_methods",
            [(m.choice, m.deposit_account_id) for m in given.payment_methods],
            "deposit_account_id",
            "account",
        ),
        ("tax_codes", [(c.choice, c.quickbooks_id) for c in given.tax_codes], "quickbooks_id", "code"),
    ):
        for index, (choice, target) in enumerate(rows):
            if choice == word and not target:
                wrong[f"{name}[{index}].{chosen}"] = (
                    f"The choice is {word}: say which one, or choose none or undecided."
                )
            elif choice == "none" and target:
                wrong[f"{name}[{index}].choice"] = (
                    f"The choice is none, but a {chosen} is given: choose {word}, or leave it out."
                )
    if wrong:
        raise InvalidInput(
            "configuration-invalid", "Nothing was changed. Each field at fault says what it needs.", fields=wrong
        )


def plain_configuration(configuration: Configuration) -> dict[str, Any]:
    """A configuration as it is shown: null where nothing is chosen."""
    plain = configuration_to_json(configuration)
    codes = [{**code, "quickbooks_id": code["quickbooks_id"] or None} for code in plain["tax_codes"]]
    untaxed = {
        destination: {sort: code or None for sort, code in by_sort.items()}
        for destination, by_sort in plain["untaxed_lines"].items()
    }
    names = ("unmapped_methods_account", "goodwill_account", "pay_back_account")
    accounts = {f"{name}_id": plain.pop(name) or None for name in names}
    return {**plain, **accounts, "tax_codes": codes, "untaxed_lines": untaxed}


class ConfigurationOut(BaseModel):
    """The configuration as it stands; before T4 is met `configured` is false and nothing is chosen."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **CONFIGURATION_EXAMPLE,
                    "configured": True,
                    "version": 1,
                    "home_currency": "AUD",
                    "country": "AU",
                    "multi_currency": False,
                    "charges_tax": True,
                }
            ]
        }
    )
    configured: bool
    version: int
    start_date: dt.date | None = None
    payment_methods: list[PaymentMethod] = []
    unmapped_methods_account_id: str | None = None
    goodwill_account_id: str | None = None
    pay_back_account_id: str | None = None
    tax_codes: list[TaxCode] = []
    untaxed_lines: Untaxed = Untaxed()
    opening_receivables: OpeningChoice = "undecided"
    items: Items = Items()
    vouchers_redeemed: VoucherWay = "line"
    documents: Documents = Documents()
    document_numbers: str = "oncord"
    removals: str = "delete"
    conflict_winner: dict[str, str]
    contact_winner: dict[str, str]
    hold_questions_days: int = 1
    lodged_until: dt.date | None = None
    gst_basis: GstBasis = "undecided"
    gst_period: GstPeriod = "undecided"
    auto_sync: bool
    home_currency: str | None = None
    country: str | None = None
    multi_currency: bool | None = None
    charges_tax: bool | None = None

    @classmethod
    def of(cls, connection: Connection) -> "ConfigurationOut":
        """As it is shown."""
        configuration = connection.configuration
        unchosen = Configuration(start_date=connection.created_at.date(), contact_winner=default_contact_winners())
        plain = plain_configuration(configuration or unchosen)
        if configuration is None:
            plain = {winner: plain[winner] for winner in ("conflict_winner", "contact_winner")}
        return cls(
            configured=configuration is not None,
            version=connection.configuration_version,
            auto_sync=connection.auto_sync,
            **plain,
        )
