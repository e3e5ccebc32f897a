"""Other hands in the same books: what a person or QBO itself does right before the app's call, when a hazard says so."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from app.sandbox.quickbooks.books.company import NAMES, Company
from app.sandbox.quickbooks.books.customers import merge
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.requests.writes import write
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.faults import FaultError
from app.sandbox.quickbooks.values.wire import Body, money


def before_replay(company: Company, entity: str, remembered: Body) -> None:
    record = company.get(entity, remembered.get("Id"))
    if record is not None and company.hazards.strikes("requestid_replays_deleted", entity):
        with suppress(FaultError):
            write(company, entity, {"Id": record.id}, operation="delete", person=True)


def before_write(company: Company, entity: str, sent: Any, operation: str) -> None:
    """Lets the hazards act on what is about to be written; what they cannot do is left undone."""
    if not isinstance(sent, dict):
        return
    record = company.get(entity, sent.get("Id")) if sent.get("Id") else None
    try:
        if record is None:
            _before_create(company, entity, sent)
        else:
            _before_change(company, entity, record)
    except FaultError as error:
        if error.code == 6140:
            raise


def _before_create(company: Company, entity: str, sent: Body) -> None:
    strikes = company.hazards.strikes
    if entity == "Customer" and sent.get("DisplayName") and strikes("displayname_taken", entity):
        write(company, "Vendor", {"DisplayName": sent["DisplayName"]}, person=True)
    if sent.get("DocNumber") and strikes("docnumber_taken", entity):
        raise faults.duplicate_number(str(sent["DocNumber"]))
    if entity == "Payment" and sent.get("Line") and strikes("paid_meanwhile", entity):
        for line in sent["Line"]:
            link = (line.get("LinkedTxn") or [{}])[0]
            invoice = company.get("Invoice", link.get("TxnId"))
            if invoice is not None and money(invoice.body["Balance"]) > 0:
                _pay(company, invoice)


def _pay(company: Company, invoice: Record) -> None:
    amount = invoice.body["Balance"]
    line = {"Amount": amount, "LinkedTxn": [{"TxnId": invoice.id, "TxnType": "Invoice"}]}
    write(
        company,
        "Payment",
        {"CustomerRef": invoice.body["CustomerRef"], "TotalAmt": amount, "Line": [line]},
        person=True,
    )


def _before_change(company: Company, entity: str, record: Record) -> None:
    strikes = company.hazards.strikes
    if strikes("synctoken_bumped", entity):
        company.change(entity, record, record.body)
    if strikes("voided_meanwhile", entity):
        write(company, entity, {"Id": record.id}, operation="void", person=True)
    if "Active" in record.body and strikes("inactivated_meanwhile", entity):
        write(company, entity, {"Id": record.id, "sparse": True, "Active": False}, person=True)
    if entity == "Customer" and record.body["Active"] and strikes("merged_meanwhile", entity):
        others = company.table("Customer").rows.values()
        survivor = next((other for other in others if other is not record and other.body["Active"]), None)
        if survivor is not None:
            merge(company, record, survivor)
    if entity in ("Payment", "SalesReceipt") and strikes("deposited_meanwhile", entity):
        bank_deposit(company, [(entity, record.id)])
    if entity not in NAMES and strikes("deleted_meanwhile", entity):
        write(company, entity, {"Id": record.id}, operation="delete", person=True)


def bank_deposit(company: Company, held: list[tuple[str, str]]) -> Body:
    """Puts payments into a deposit at the bank, as a person does from Undeposited Funds."""
    lines = [{"LinkedTxn": [{"TxnId": identifier, "TxnType": entity}]} for entity, identifier in held]
    bank = company.account_of("Bank")
    return write(company, "Deposit", {"DepositToAccountRef": {"value": bank.id}, "Line": lines}, person=True)


def before_reading(company: Company) -> None:
    """`touched_without_token`: the oldest-changed customers and accounts look changed though nothing is new."""
    struck = company.hazards.strikes("touched_without_token")
    if struck is None:
        return
    for entity in ("Customer", "Account", "Invoice"):
        table = company.table(entity)
        for identifier in list(table.recent)[: int(struck["count"])]:
            company.touch(entity, table.rows[identifier])
