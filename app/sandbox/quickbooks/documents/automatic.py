"""What QuickBooks applies by itself where a company has told it to: new payments, and credits, to the oldest open invoices.

`SalesFormsPrefs.AutoApplyPayments` and `AutoApplyCredit`; both off in a new company.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.settlement import still_open
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)


def wanted(company: Company, preference: str) -> bool:
    """Whether the company has told QuickBooks to do so."""
    return bool(company.preferences["SalesFormsPrefs"].get(preference))


def lines_for(company: Company, customer: str, amount: Decimal) -> list[Body]:
    """The lines of a payment of `amount` that nobody has applied to anything: oldest invoices first."""
    return [_line("Invoice", record, part) for record, part in _spread(company, "Invoice", customer, amount)]


def credit_application(company: Company, customer: str) -> Body | None:
    """The payment of zero that joins a customer's open credit to open invoices; None where one of the two is lacking."""
    sums = [sum((rest for _, rest in _open(company, entity, customer)), ZERO) for entity in ("CreditMemo", "Invoice")]
    joined = min(sums)
    if not joined:
        return None
    lines = [
        _line(entity, record, part)
        for entity in ("Invoice", "CreditMemo")
        for record, part in _spread(company, entity, customer, joined)
    ]
    return {"CustomerRef": {"value": customer}, "TotalAmt": ZERO, "Line": lines}


def _open(company: Company, entity: str, customer: str) -> list[tuple[Record, Decimal]]:
    mine = [r for r in company.table(entity).rows.values() if r.body["CustomerRef"]["value"] == customer]
    found = [(record, money(still_open(company, entity, record))) for record in mine]
    return sorted(((r, rest) for r, rest in found if rest > 0), key=lambda f: (str(f[0].body["TxnDate"]), int(f[0].id)))


def _spread(company: Company, entity: str, customer: str, amount: Decimal) -> Iterator[tuple[Record, Decimal]]:
    for record, rest in _open(company, entity, customer):
        part = min(rest, amount)
        if part > 0:
            yield record, part
        amount -= part


def _line(entity: str, record: Record, amount: Decimal) -> Body:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": record.id, "TxnType": entity}]}
