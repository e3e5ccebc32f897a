"""What may be chosen for a configuration, read live from both sides, as it is shown."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from app.api.configuration_example import CONFIGURATION_EXAMPLE
from app.api.configuration_shapes import plain_configuration
from app.domain.model.currencies import written
from app.domain.model.records import Kind
from app.domain.model.untaxed_lines import Destination, Sort
from app.domain.model.waiting import tax_code_or_currency
from app.services.adviser import advice
from app.services.choices import Choices, suggestion
from app.services.proposals import filled_in, proposals
from app.services.untaxed import UntaxedChoice, untaxed_choices, untaxed_codes
from app.storage.connections.connections import Connection
from app.storage.people.undecided import Held, Waiting
from app.storage.people.untaxed import UntaxedSales


class Offered(BaseModel):
    """Something that may be chosen. `kind` is a type (of an account, an item, a payment method), `rate` in percent,
    `group` the heading under which an account is offered, `account` the type of the account of an item."""

    id: str
    name: str
    kind: str = ""
    currency: str = ""
    rate: str = ""
    group: str = ""
    account: str = ""
    active: bool = True


class Undecided(BaseModel):
    """What waits because nobody has decided about a payment method (by id), about a tax code (by code), or because the company
    does not keep a currency; `amount` is the sum of the receipts, or else of the sales."""

    kind: Literal["payment_method", "tax_code", "currency"] = "payment_method"
    id: str
    currency: str
    receipts: int = 0
    sales: int = 0
    amount: str

    @classmethod
    def of_method(cls, waiting: Waiting) -> "Undecided":
        """The receipts of one payment method in one currency."""
        amount = written(waiting.amount, waiting.currency)
        return cls(id=waiting.method_id, currency=waiting.currency, receipts=waiting.receipts, amount=amount)

    @classmethod
    def of_code(cls, held: Held) -> "Undecided | None":
        """The sales, or the receipts, that wait for one tax code or currency; None for what waits for anything else."""
        asked = tax_code_or_currency(held.waits_for)
        if asked is None:
            return None
        kind, code = asked
        count = {"receipts": held.count} if held.kind is Kind.RECEIPT else {"sales": held.count}
        amount = written(held.amount, held.currency)
        return cls(kind=kind, id=code, currency=held.currency, amount=amount, **count)


class UntaxedOffered(BaseModel):
    """A QuickBooks tax code of 0 %, which a line without tax can have, and where its sales stand on the return."""

    id: str
    name: str
    label: str = ""


class UntaxedWanted(BaseModel):
    """A choice that is to be made for lines with neither a tax code nor tax: how many sales of the last year carry such
    lines, in which currency, what these lines come to, and how many sales wait for it. `proposed` is the id of a code that fits
    where it is clear, and is not preselected."""

    sort: Sort
    destination: Destination
    proposed: str | None = None
    currency: str = ""
    sales: int = 0
    waiting: int = 0
    amount: str = "0.00"

    @classmethod
    def of(cls, choice: UntaxedChoice) -> "list[UntaxedWanted]":
        """One for each currency of the sales; one without any where there are no sales."""
        asked = cls(sort=choice.sort, destination=choice.destination, proposed=choice.proposed or None)
        told = [
            asked.model_copy(
                update={
                    "currency": each.currency,
                    "sales": each.sales,
                    "waiting": each.waiting,
                    "amount": written(each.amount, each.currency),
                }
            )
            for each in choice.counted
        ]
        return told or [asked]


class GstHints(BaseModel):
    """What QuickBooks tells that may help to choose `gst_basis` and `lodged_until`: the basis of its own reports, which need not
    be that of the GST, and the day on which a return was filed there last. Nothing is chosen by it."""

    report_basis: Literal["cash", "accrual"] | None = None
    last_filed_on: dt.date | None = None


class AdviceOut(BaseModel):
    """A choice that is allowed and probably not meant: the `field`, what comes of what is chosen (`found`), and what would be `better`."""

    field: str
    found: str
    better: str


class ProposalOut(BaseModel):
    """What is obvious of a field that nobody has decided yet: of `what` (a payment method, or what an item stands for) the `id` and `name`
    of the account or item. It decides nothing until it is sent with the configuration."""

    field: str
    what: str
    id: str
    name: str


class ChoicesOut(BaseModel):
    """What may be chosen, read live from both sides, and a configuration to start from."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "payment_methods": [{"id": "1", "name": "Credit card", "kind": "credit_card"}],
                    "deposit_accounts": [
                        {
                            "id": "35",
                            "name": "Cheque Account",
                            "kind": "Bank",
                            "currency": "AUD",
                            "group": "Bank accounts",
                        }
                    ],
                    "tax_codes": [{"id": "GST", "name": "GST", "rate": "10"}],
                    "quickbooks_tax_codes": [{"id": "6", "name": "GST", "rate": "10"}],
                    "untaxed_codes": [{"id": "4", "name": "GST-free", "label": "G1 and G3 of the BAS"}],
                    "untaxed_lines": [
                        {
                            "sort": "products",
                            "destination": "home",
                            "proposed": None,
                            "currency": "AUD",
                            "sales": 12,
                            "waiting": 3,
                            "amount": "310.00",
                        }
                    ],
                    "items": [{"id": "1", "name": "Sales", "kind": "Service", "account": "Income"}],
                    "opening_items": [{"id": "21", "name": "Owed before", "kind": "Service"}],
                    "classes": [{"id": "500", "name": "Web"}],
                    "locations": [{"id": "2", "name": "Sydney"}],
                    "income_accounts": [{"id": "79", "name": "Sales of Product Income", "kind": "Income"}],
                    "expense_accounts": [{"id": "14", "name": "Miscellaneous", "kind": "Other Expense"}],
                    "document_numbers": ["oncord", "quickbooks"],
                    "removals": ["delete", "void"],
                    "opening_receivables": ["undecided", "create", "bring_in", "match", "left_out"],
                    "conflict_winner": ["oncord", "quickbooks"],
                    "closed_until": None,
                    "gst": {"report_basis": "accrual", "last_filed_on": None},
                    "undecided": [
                        {"kind": "payment_method", "id": "3", "currency": "AUD", "receipts": 2, "amount": "99.00"},
                        {"kind": "tax_code", "id": "WHS", "currency": "AUD", "sales": 3, "amount": "60.00"},
                    ],
                    "proposed": [
                        {
                            "field": "payment_methods[1].deposit_account_id",
                            "what": "PayPal",
                            "id": "41",
                            "name": "PayPal clearing",
                        }
                    ],
                    "advice": [
                        {
                            "field": "payment_methods[0].deposit_account_id",
                            "found": "Direct deposit goes to PayPal clearing, and customers pay it into a bank account.",
                            "better": "Choose the bank account that is on your invoices: each payment then matches its line of the"
                            " statement.",
                        }
                    ],
                    "suggested": CONFIGURATION_EXAMPLE,
                    "filled_in": CONFIGURATION_EXAMPLE,
                }
            ]
        },
        use_attribute_docstrings=True,
    )
    payment_methods: list[Offered]
    deposit_accounts: list[Offered]
    tax_codes: list[Offered]
    quickbooks_tax_codes: list[Offered]
    untaxed_codes: list[UntaxedOffered] = []
    untaxed_lines: list[UntaxedWanted] = []
    items: list[Offered]
    opening_items: list[Offered] = []
    income_accounts: list[Offered]
    expense_accounts: list[Offered] = []
    classes: list[Offered] = []
    locations: list[Offered] = []
    document_numbers: list[str] = ["oncord", "quickbooks"]
    removals: list[str] = ["delete", "void"]
    opening_receivables: list[str] = ["undecided", "create", "bring_in", "match", "left_out"]
    conflict_winner: list[str] = ["oncord", "quickbooks"]
    closed_until: dt.date | None
    gst: GstHints = GstHints()
    undecided: list[Undecided] = []
    proposed: list[ProposalOut] = []
    """For what is configured, or for `suggested` where nothing is."""
    advice: list[AdviceOut] = []
    """About what is configured, or about `suggested` where nothing is."""
    suggested: dict[str, Any]
    filled_in: dict[str, Any] = {}
    """What is configured, or `suggested`, with all that is `proposed`, and one method preferred where several share an account."""

    @classmethod
    def of(
        cls,
        connection: Connection,
        choices: Choices,
        waiting: Sequence[Waiting],
        codes: Sequence[Held],
        untaxed: Sequence[UntaxedSales],
    ) -> "ChoicesOut":
        """As they are shown."""
        company, suggested = choices.company, suggestion(connection, choices)
        configured = connection.configuration or suggested
        return cls(
            payment_methods=[Offered(**asdict(each)) for each in choices.payment_methods],
            deposit_accounts=[Offered(**asdict(each)) for each in company.deposit_accounts],
            tax_codes=[Offered(**asdict(each)) for each in choices.tax_codes],
            quickbooks_tax_codes=[Offered(**asdict(each)) for each in company.tax_codes],
            untaxed_codes=[UntaxedOffered(**asdict(each)) for each in untaxed_codes(choices)],
            untaxed_lines=[each for choice in untaxed_choices(choices, untaxed) for each in UntaxedWanted.of(choice)],
            items=[Offered(**asdict(each)) for each in company.items],
            opening_items=[Offered(**asdict(each)) for each in company.opening_items],
            income_accounts=[Offered(**asdict(each)) for each in company.income_accounts],
            expense_accounts=[Offered(**asdict(each)) for each in company.expense_accounts],
            classes=[Offered(**asdict(each)) for each in company.classes],
            locations=[Offered(**asdict(each)) for each in company.locations],
            closed_until=choices.closed_until,
            gst=GstHints(report_basis=company.report_basis or None, last_filed_on=company.last_filed_on),
            undecided=[*map(Undecided.of_method, waiting), *filter(None, map(Undecided.of_code, codes))],
            proposed=[ProposalOut(**asdict(each)) for each in proposals(configured, choices)],
            advice=[AdviceOut(**asdict(each)) for each in advice(configured, choices)],
            suggested=plain_configuration(suggested),
            filled_in=plain_configuration(filled_in(configured, choices)),
        )
