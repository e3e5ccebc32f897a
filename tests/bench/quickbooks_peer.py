"""The same export with python-quickbooks, a library of other people, unmodified except for its base address."""

import os
from dataclasses import dataclass
from typing import Any

from tests.bench.quickbooks_vendor import Vendor, settle


@dataclass(frozen=True, slots=True)
class PeerExport:
    """What the other library's export cost."""

    records: int
    http_calls: int
    cpu: float

    @property
    def cpu_per_thousand(self) -> float:
        """Client CPU seconds for 1,000 records."""
        return self.cpu / self.records * 1000


def export_with_python_quickbooks(vendor: Vendor, count: int) -> PeerExport:
    """Export `count` customers and as many invoices of three lines, thirty a batch, as that library does it."""
    from intuitlib.client import AuthClient  # type: ignore[import-untyped]
    from quickbooks import QuickBooks  # type: ignore[import-untyped]
    from quickbooks.batch import batch_create  # type: ignore[import-untyped]

    os.environ |= {"NO_PROXY": "127.0.0.1", "OAUTHLIB_INSECURE_TRANSPORT": "1"}
    QuickBooks.api_url_v3 = f"{vendor.url}/v3"
    auth = AuthClient(
        vendor.company["client_id"],
        vendor.company["client_secret"],
        "https://bench.example",
        environment=f"{vendor.url}/.well-known/openid_sandbox_configuration",
    )
    client = QuickBooks(
        auth_client=auth,
        refresh_token=vendor.company["refresh_token"],
        company_id=vendor.company["realm_id"],
        minorversion=75,
    )
    customers = [_customer(n) for n in range(count)]
    before = settle()
    made = batch_create(customers, qb=client)
    spent = settle() - before
    ids = [one.Id for one in made.successes]
    if len(ids) != count:
        raise RuntimeError(
            f"python-quickbooks: {made.faults[0].Error[0].Detail if made.faults else 'customers are missing'}"
        )
    invoices = [_invoice(n, customer, vendor.item) for n, customer in enumerate(ids)]
    before = settle()
    done = batch_create(invoices, qb=client)
    spent += settle() - before
    if len(done.successes) != count:
        raise RuntimeError(
            f"python-quickbooks: {done.faults[0].Error[0].Detail if done.faults else len(done.successes)}"
        )
    calls = vendor.calls()
    http_calls = sum(calls[kind] for kind in ("read", "query", "cdc", "batch", "write"))
    return PeerExport(2 * count, http_calls, spent)


def _customer(n: int) -> Any:
    from quickbooks.objects import Address, Customer, EmailAddress, PhoneNumber  # type: ignore[import-untyped]

    customer = Customer()
    customer.DisplayName, customer.GivenName, customer.FamilyName = f"First{n} Last{n}", f"First{n}", f"Last{n}"
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = f"customer{n}@example.com"
    customer.PrimaryPhone = PhoneNumber()
    customer.PrimaryPhone.FreeFormNumber = f"08 {n:08}"
    customer.BillAddr = Address()
    customer.BillAddr.Line1, customer.BillAddr.City = f"{n} High Street", "Bayshore"
    return customer


def _invoice(n: int, customer: str, item: str) -> Any:
    from quickbooks.objects import Invoice, Ref, SalesItemLine, SalesItemLineDetail

    invoice = Invoice()
    invoice.CustomerRef = _ref(Ref, customer)
    invoice.DocNumber = f"S-{n}"
    for part in range(3):
        line = SalesItemLine()
        line.Amount, line.Description = 10 + part, f"Thing {part} of {n}"
        line.SalesItemLineDetail = SalesItemLineDetail()
        line.SalesItemLineDetail.ItemRef = _ref(Ref, item)
        line.SalesItemLineDetail.Qty, line.SalesItemLineDetail.UnitPrice = 1, 10 + part
        invoice.Line.append(line)
    return invoice


def _ref(kind: Any, value: str) -> Any:
    reference = kind()
    reference.value = value
    return reference
