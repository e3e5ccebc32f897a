"""python-quickbooks, a library of other people and unmodified except for its base addresses, works against the simulator.

Over real HTTP, through its own OAuth library. What QBO itself refuses of what it sends is refused here as well.
"""

# mypy: disable-error-code="import-untyped"
from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any

import pytest
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import ObjectNotFoundException
from quickbooks.objects import (
    Account,
    Address,
    CreditMemo,
    Customer,
    EmailAddress,
    Invoice,
    Item,
    Payment,
    PaymentLine,
    PhoneNumber,
    Preferences,
    Ref,
    SalesItemLine,
    SalesItemLineDetail,
    SalesReceipt,
    TaxCode,
)
from quickbooks.objects.base import LinkedTxn

from .over_http import Served


def new_customer(client: QuickBooks, name: str) -> Any:
    customer = Customer()
    customer.DisplayName = name
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = "someone@example.com"
    customer.PrimaryPhone = PhoneNumber()
    customer.PrimaryPhone.FreeFormNumber = "555 1234"
    customer.BillAddr = Address()
    customer.BillAddr.Line1, customer.BillAddr.City = "1 Way", "Bayshore"
    return customer.save(qb=client)


def new_invoice(client: QuickBooks, customer: Any, amount: int) -> Any:
    line = SalesItemLine()
    line.Amount = amount
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.Qty, line.SalesItemLineDetail.UnitPrice = 1, amount
    line.SalesItemLineDetail.ItemRef = Item.filter(Type="Service", max_results=1, qb=client)[0].to_ref()
    invoice = Invoice()
    invoice.CustomerRef = customer.to_ref()
    invoice.Line.append(line)
    return invoice.save(qb=client)


def test_it_creates_reads_queries_and_updates(client: QuickBooks) -> None:
    made = new_customer(client, "O'Brien & Söhne")
    read = Customer.get(made.Id, qb=client)
    read.CompanyName = "Changed"
    read.save(qb=client)
    found = Customer.filter(DisplayName="O'Brien & Söhne", qb=client)
    chosen = Customer.choose([made.Id], field="Id", qb=client)

    assert [row.CompanyName for row in (*found, *chosen)] == ["Changed", "Changed"]
    assert (found[0].SyncToken, found[0].PrimaryPhone.FreeFormNumber) == ("1", "555 1234")
    assert Customer.count(qb=client) >= 30
    assert len(Customer.all(max_results=7, order_by="Id", start_position=3, qb=client)) == 7


def test_it_reads_every_list_of_the_sample(client: QuickBooks) -> None:
    assert all(kind.all(qb=client) for kind in (Account, Invoice, Payment, CreditMemo, SalesReceipt, TaxCode))
    assert Preferences.get(qb=client).CurrencyPrefs.HomeCurrency.value == "USD"
    assert {item.Sku for item in Item.all(qb=client)} > {"SOD-275"}


def test_it_invoices_takes_payment_and_voids(client: QuickBooks) -> None:
    customer = new_customer(client, "Invoiced")
    first, second = new_invoice(client, customer, 70), new_invoice(client, customer, 30)
    linked = LinkedTxn()
    linked.TxnId, linked.TxnType = first.Id, "Invoice"
    line = PaymentLine()
    line.Amount, line.LinkedTxn = 70, [linked]
    payment = Payment()
    payment.TotalAmt, payment.CustomerRef, payment.Line = 70, customer.to_ref(), [line]
    paid = payment.save(qb=client)
    paid_invoice = Invoice.get(first.Id, qb=client)
    second.void(qb=client)

    assert (paid.UnappliedAmt, paid_invoice.Balance, paid_invoice.SyncToken) == (0, 0, "1")
    assert Invoice.get(second.Id, qb=client).TotalAmt == 0
    paid.void(qb=client)  # sends a sparse stub, which was enough live
    assert Payment.get(paid.Id, qb=client).TotalAmt == 0


def test_it_deletes_and_then_finds_nothing(client: QuickBooks) -> None:
    invoice = new_invoice(client, new_customer(client, "Deleted from"), 10)
    invoice.delete(qb=client)

    with pytest.raises(ObjectNotFoundException):
        Invoice.get(invoice.Id, qb=client)


def test_it_works_in_batches(client: QuickBooks) -> None:
    customers = []
    for number in range(35):
        customer = Customer()
        customer.DisplayName = f"Batch {number}"
        customers.append(customer)
    made = batch_create(customers, qb=client)
    for customer in made.successes:
        customer.CompanyName = "In bulk"
    changed = batch_update(made.successes, qb=client)
    invoices = [new_invoice(client, made.successes[0], 5) for _ in range(2)]
    gone = batch_delete(invoices, qb=client)
    twice = batch_create([customers[0]], qb=client)

    assert (len(made.successes), len(made.faults)) == (35, 0)
    assert {customer.SyncToken for customer in changed.successes} == {"1"}
    assert len(gone.successes) == 2
    assert twice.faults[0].Error[0].code == "6240"


def test_it_captures_changes(client: QuickBooks) -> None:
    customer = new_customer(client, "Captured")
    invoice = new_invoice(client, customer, 10)
    gone = new_invoice(client, customer, 20)
    gone.delete(qb=client)
    found = change_data_capture(
        [Invoice, Customer], time.strftime("%Y-%m-%dT%H:%M:%S-00:00", time.gmtime(time.time() - 600)), qb=client
    )

    assert customer.Id in {row.Id for row in list(found.Customer)}
    states = {row.Id: getattr(row, "status", None) for row in list(found.Invoice)}
    assert (states[invoice.Id], states[gone.Id]) == (None, "Deleted")


def test_it_recognises_our_signature(client: QuickBooks, served: Served) -> None:
    token = served.company["verifier_token"]
    body = '{"stuff":"5"}'
    signed = base64.b64encode(hmac.new(token.encode(), body.encode(), hashlib.sha256).digest()).decode()

    assert client.validate_webhook_signature(body, signed, token)


def test_references_carry_names(client: QuickBooks) -> None:
    reference: Ref = new_invoice(client, new_customer(client, "Named"), 1).CustomerRef

    assert reference.name == "Named"
