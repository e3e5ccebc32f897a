"""Every public method of every class of python-quickbooks whose entity the simulator serves, read from the library itself.

A class, a method or a served entity that comes with a later version fails here until it has its check. What QBO itself
refuses is refused in its words; docs/clients.md is the record.
"""

# mypy: disable-error-code="import-untyped"
from __future__ import annotations

import inspect
import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest
from quickbooks import QuickBooks, objects
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import ObjectNotFoundException, QuickbooksException, UnsupportedException

from app.sandbox.quickbooks.requests.cdc import UNSUPPORTED
from app.sandbox.quickbooks.requests.writes import KINDS

COUNTED = itertools.count(1)
OTHER_FORMS = {"to_json", "from_json", "to_dict", "json_filter"}
"""They turn an object into another form, without a word to anybody."""
PARTS = {"DepositLine"}
"""Named after an entity, and only a part of its objects."""
NOT_SERVED = {"BillPayment", "Budget", "TaxService/Taxcode"}
SERVED = {
    name: found
    for name, found in vars(objects).items()
    if inspect.isclass(found) and getattr(found, "qbo_object_name", "") in KINDS and name not in PARTS
}
SINGLE = {"Preferences", "CompanyInfo"}
READ_ONLY = {"TaxCode", "TaxRate"}
"""The library itself has no `save` for them."""
UNCHANGEABLE = {"TaxAgency"}


def methods_of(found: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(found, callable) if not name.startswith("_")} - OTHER_FORMS


def a_name() -> str:
    return f"Made by a client {next(COUNTED)}"


def sold(amount: int = 25) -> dict[str, Any]:
    detail = {"ItemRef": {"value": "1"}, "Qty": 1, "UnitPrice": amount}
    return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}


def bought(amount: int = 25) -> dict[str, Any]:
    detail = {"AccountRef": {"value": "80"}}
    return {"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}


def booked(side: str, account: str) -> dict[str, Any]:
    detail = {"PostingType": side, "AccountRef": {"value": account}}
    return {"Amount": 25, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


CUSTOMER = {"CustomerRef": {"value": "1"}}
FORM = {**CUSTOMER, "Line": [sold()], "BillEmail": {"Address": "someone@example.com"}}
BILL = {"Line": [bought()]}
BODIES: dict[str, Callable[[], dict[str, Any]]] = {
    "Account": lambda: {"Name": a_name(), "AccountType": "Bank", "AccountSubType": "Checking"},
    "Attachable": lambda: {"Note": a_name()},
    "Bill": lambda: BILL,
    "Class": lambda: {"Name": a_name()},
    "CreditMemo": lambda: FORM,
    "Customer": lambda: {"DisplayName": a_name()},
    "Department": lambda: {"Name": a_name()},
    "Deposit": lambda: {
        "DepositToAccountRef": {"value": "35"},
        "Line": [
            {
                "Amount": 25,
                "DetailType": "DepositLineDetail",
                "DepositLineDetail": {"AccountRef": {"value": "79"}},
            }
        ],
    },
    "Employee": lambda: {"DisplayName": a_name(), "GivenName": "Ann", "FamilyName": a_name()},
    "Estimate": lambda: FORM,
    "Invoice": lambda: FORM,
    "Item": lambda: {"Name": a_name(), "Type": "Service", "IncomeAccountRef": {"value": "45"}},
    "JournalEntry": lambda: {"Line": [booked("Debit", "80"), booked("Credit", "79")]},
    "Payment": lambda: {**CUSTOMER, "TotalAmt": 25},
    "PaymentMethod": lambda: {"Name": f"By client {next(COUNTED)}"},
    "Purchase": lambda: {"PaymentType": "Check", "AccountRef": {"value": "35"}, "Line": [bought()]},
    "PurchaseOrder": lambda: {**BILL, "POEmail": {"Address": "someone@example.com"}},
    "RefundReceipt": lambda: {**FORM, "DepositToAccountRef": {"value": "35"}},
    "SalesReceipt": lambda: FORM,
    "TaxAgency": lambda: {"DisplayName": a_name()},
    "Term": lambda: {"Name": f"In {next(COUNTED)} days", "DueDays": 3},
    "TimeActivity": lambda: {"NameOf": "Employee", "Hours": 2, "Minutes": 0},
    "Transfer": lambda: {"FromAccountRef": {"value": "35"}, "ToAccountRef": {"value": "36"}, "Amount": 25},
    "Vendor": lambda: {"DisplayName": a_name()},
    "VendorCredit": lambda: BILL,
}
CHANGES = {
    "Attachable": ("Note", "Changed"),
    "Class": ("Name", None),
    "Department": ("Name", None),
    "Employee": ("GivenName", "Changed"),
    "PaymentMethod": ("Name", None),
    "Term": ("DueDays", 9),
    "Customer": ("CompanyName", "Changed"),
    "Vendor": ("CompanyName", "Changed"),
    "Account": ("Description", "Changed"),
    "Item": ("Description", "Changed"),
    "TimeActivity": ("Description", "Changed"),
}
"""What is changed of each; of the others the note to themselves."""


def unsaved(client: QuickBooks, name: str) -> Any:
    body = dict(BODIES[name]())
    if name in ("Bill", "PurchaseOrder", "VendorCredit"):
        body["VendorRef"] = {"value": objects.Vendor.all(max_results=1, qb=client)[0].Id}
    if name == "TimeActivity":
        body["EmployeeRef"] = {"value": objects.Employee.all(max_results=1, qb=client)[0].Id}
    return SERVED[name].from_json(body)


def one(client: QuickBooks, name: str) -> Any:
    """An object of the class: a new one where the library can make one, else one that the sample has."""
    if name in SINGLE:
        return SERVED[name].get(qb=client) if name == "Preferences" else SERVED[name].get(1, qb=client)
    if name in READ_ONLY:
        return SERVED[name].all(qb=client)[-1]  # of tax codes the pseudo codes come first
    return unsaved(client, name).save(qb=client)


def _all(client: QuickBooks, name: str) -> None:
    made = one(client, name)

    assert made.Id in {row.Id for row in SERVED[name].all(max_results=1000, qb=client)}
    beyond = 3 if name == "TaxCode" else 0
    assert len(SERVED[name].all(order_by="Id", start_position=1, max_results=1, qb=client)) == 1 + beyond


def _filter(client: QuickBooks, name: str) -> None:
    made = one(client, name)

    assert [row.Id for row in SERVED[name].filter(Id=made.Id, max_results=5, start_position=1, qb=client)] == [made.Id]


def _where(client: QuickBooks, name: str) -> None:
    made = one(client, name)

    assert [row.Id for row in SERVED[name].where(f"Id = '{made.Id}'", max_results=1, qb=client)] == [made.Id]
    assert SERVED[name].where("MetaData.LastUpdatedTime > '2001-01-01T00:00:00Z'", order_by="Id DESC", qb=client)


def _query(client: QuickBooks, name: str) -> None:
    made, entity = one(client, name), SERVED[name].qbo_object_name

    assert SERVED[name].query(f"select * from {entity} where Id = '{made.Id}'", qb=client)[0].Id == made.Id  # noqa: S608


def _choose(client: QuickBooks, name: str) -> None:
    made = one(client, name)

    assert [row.Id for row in SERVED[name].choose([made.Id], qb=client)] == [made.Id]


def _count(client: QuickBooks, name: str) -> None:
    made = one(client, name)

    assert SERVED[name].count(qb=client) >= 1
    assert SERVED[name].count(f"Id = '{made.Id}'", qb=client) == 1


def _get(client: QuickBooks, name: str) -> None:
    made = one(client, name)
    if name in SINGLE:
        assert made.Id == "1"
        return

    assert SERVED[name].get(made.Id, qb=client).Id == made.Id
    with pytest.raises(ObjectNotFoundException):
        SERVED[name].get("999999", qb=client)


def _save(client: QuickBooks, name: str) -> None:
    made = one(client, name)
    if name == "Preferences":
        made.EmailMessagesPrefs.EstimateMessage.Subject = a_name()
        assert made.save(qb=client).SyncToken == str(int(made.SyncToken) + 1)
        return
    if name == "CompanyInfo":
        made.CompanyName = a_name()
        assert made.save(qb=client).CompanyName == made.CompanyName
        return
    member, value = CHANGES.get(name, ("PrivateNote", "Changed"))
    value = value or f"Changed {next(COUNTED)}"
    setattr(made, member, value)
    changed = made.save(qb=client)

    assert (changed.Id, changed.SyncToken, getattr(changed, member)) == (made.Id, "1", value)
    with pytest.raises(QuickbooksException) as refused:
        made.save(qb=client)  # as it was read first
    assert refused.value.error_code == 5010


def _delete(client: QuickBooks, name: str) -> None:
    made = one(client, name)
    answer = made.delete(qb=client)

    assert answer[name] == {"domain": "QBO", "status": "Deleted", "Id": made.Id}
    with pytest.raises(ObjectNotFoundException):
        SERVED[name].get(made.Id, qb=client)


def _void(client: QuickBooks, name: str) -> None:
    made = one(client, name)
    made.void(qb=client)
    read = SERVED[name].get(made.Id, qb=client)

    assert (read.TotalAmt, read.SyncToken, "Voided" in read.PrivateNote) == (0, "1", True)


def _void_parts(client: QuickBooks, name: str) -> None:
    made = one(client, name)

    assert made.get_void_data()["SyncToken"] == "0"
    assert made.get_void_params()["operation"] in ("update", "void")


def _send(client: QuickBooks, name: str) -> None:
    made = one(client, name)
    made.send(qb=client, send_to="somebody+else@example.com")
    member = "POEmail" if name == "PurchaseOrder" else "BillEmail"
    read = SERVED[name].get(made.Id, qb=client)
    sent = getattr(read, member)

    assert (sent["Address"] if isinstance(sent, dict) else sent.Address) == "somebody+else@example.com"
    assert made.send(qb=client)[name]["EmailStatus"] == "EmailSent"


def _download_pdf(client: QuickBooks, name: str) -> None:
    assert one(client, name).download_pdf(qb=client).startswith(b"%PDF")


def _to_ref(client: QuickBooks, name: str) -> None:
    made = one(client, name)
    reference = made.to_ref()

    assert reference.value == (made.Name if name == "TaxCode" else made.Id) or reference.value == made.Id


def _to_linked_txn(client: QuickBooks, name: str) -> None:
    made = one(client, name)
    linked = made.to_linked_txn()

    assert (linked.TxnId, linked.TxnType) == (made.Id, name)


CHECKS: dict[str, Callable[[QuickBooks, str], None]] = {
    "all": _all,
    "filter": _filter,
    "where": _where,
    "query": _query,
    "choose": _choose,
    "count": _count,
    "get": _get,
    "save": _save,
    "delete": _delete,
    "void": _void,
    "get_void_data": _void_parts,
    "get_void_params": _void_parts,
    "send": _send,
    "download_pdf": _download_pdf,
    "to_ref": _to_ref,
    "to_linked_txn": _to_linked_txn,
}
CASES = [(name, method) for name, found in sorted(SERVED.items()) for method in sorted(methods_of(found))]


@pytest.mark.parametrize(("name", "method"), CASES, ids=[f"{name}.{method}" for name, method in CASES])
def test_each_method_does_what_it_is_for(client: QuickBooks, name: str, method: str) -> None:
    if (name, method) == ("TaxAgency", "save"):
        assert one(client, name).Id
        return
    CHECKS[method](client, name)


def test_every_entity_that_is_served_and_that_the_library_has_is_looked_at() -> None:
    entities = {found.qbo_object_name for found in SERVED.values()}

    assert entities == set(KINDS)
    assert set(QuickBooks._BUSINESS_OBJECTS) - entities == {
        *(NOT_SERVED - {"Budget"}),
        "CompanyCurrency",
        "CreditCardPayment",
        "CustomerType",
        "ExchangeRate",
        "RecurringTransaction",
    }


BATCHED = sorted(set(SERVED) - SINGLE - READ_ONLY - UNCHANGEABLE)


@pytest.mark.parametrize("name", BATCHED)
def test_each_class_goes_through_a_batch(client: QuickBooks, name: str) -> None:
    made = batch_create([unsaved(client, name), unsaved(client, name)], qb=client)
    for row in made.successes:
        member, value = CHANGES.get(name, ("PrivateNote", "Changed"))
        setattr(row, member, value or f"Changed {next(COUNTED)}")
    changed = batch_update(made.successes, qb=client)
    gone = batch_delete(changed.successes, qb=client)

    assert (len(made.successes), len(changed.successes)) == (2, 2)
    assert [row.SyncToken for row in changed.successes] == ["1", "1"]
    if hasattr(SERVED[name], "delete"):
        assert len(gone.successes) == 2
    else:
        assert {fault.Error[0].code for fault in gone.faults} == {"500"}


@pytest.mark.parametrize("name", sorted(set(SERVED) - UNSUPPORTED))
def test_each_class_is_captured_when_it_changes(client: QuickBooks, name: str) -> None:
    made = one(client, name)
    if name in SINGLE:
        made.save(qb=client)
    since = time.strftime("%Y-%m-%dT%H:%M:%S-00:00", time.gmtime(time.time() - 600))
    found = change_data_capture([SERVED[name]], since, qb=client)

    assert made.Id in {row.Id for row in getattr(found, SERVED[name].qbo_object_name)}


def test_a_tax_code_is_made_by_the_service_for_it(client: QuickBooks) -> None:
    service = objects.TaxService()
    service.TaxCode = a_name()
    rate = objects.TaxRateDetails()
    rate.TaxRateName, rate.RateValue, rate.TaxAgencyId = service.TaxCode, 10, 1
    service.TaxRateDetails = [rate]
    made = service.save(qb=client)

    assert (made.TaxCode, made.TaxRateDetails[0].TaxAgencyId) == (service.TaxCode, "1")


def test_a_line_with_zeros_for_quantity_and_price_is_its_amount(client: QuickBooks) -> None:
    """A line of the library says 0 for what nobody said."""
    invoice = unsaved(client, "Invoice")
    invoice.Line[0].SalesItemLineDetail.Qty = invoice.Line[0].SalesItemLineDetail.UnitPrice = 0
    invoice.Line[0].Amount = 70

    assert invoice.save(qb=client).Line[0].Amount == 70


def test_of_reports_the_list_of_transactions_and_three_of_the_ledger_are_served(client: QuickBooks) -> None:
    listed = client.get_report("TransactionList", {"start_date": "2020-01-01", "cleared": "Uncleared"})
    assert listed["Header"]["ReportName"] == "TransactionList"
    for name in ("AgedReceivables", "TrialBalance"):
        assert client.get_report(name)["Header"]["ReportName"] == name
    with pytest.raises(UnsupportedException):
        client.get_report("ProfitAndLoss")


def test_a_name_that_is_taken_is_refused_in_the_words_of_the_vendor(client: QuickBooks) -> None:
    customer = one(client, "Customer")
    twice = SERVED["Vendor"]()
    twice.DisplayName = customer.DisplayName
    with pytest.raises(QuickbooksException) as refused:
        twice.save(qb=client)

    assert (refused.value.error_code, refused.value.message) == (6240, "Duplicate Name Exists Error")


def test_the_client_itself_has_no_method_that_nothing_here_calls() -> None:
    called_by_the_objects = {
        "batch_operation",
        "change_data_capture",
        "create_object",
        "delete_object",
        "download_pdf",
        "get",
        "get_single_object",
        "handle_exceptions",
        "isvalid_object_name",
        "make_request",
        "misc_operation",
        "post",
        "process_request",
        "query",
        "update_object",
    }
    by_themselves = {"get_report", "validate_webhook_signature"}
    at_another_address = {"get_current_user"}  # Intuit's application centre, as no part of the Accounting API

    assert methods_of(QuickBooks) == called_by_the_objects | by_themselves | at_another_address
