"""What a form bills: one estimate as a whole, and hours worked, line by line; and what those say of it afterwards.

Intuit's reference of an invoice: links to estimates and to hours can be made through the API, one estimate for a form. In a
recorded answer the form names the hours and the line of it does, too, with a `TxnLineId`. [SIM] A form that lets go of
what it billed (the line is gone, the form is void or deleted) gives it back as it was.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.kinds import Draft
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.wire import Body

BILLED = ("Estimate", "TimeActivity")
BILLING = ("Invoice", "SalesReceipt")
_Link = tuple[str, str]
"""The sort of what is billed, and its id."""


def beside_the_detail(sent: Body) -> Body:
    """What a line says besides its detail, its links as they are answered."""
    found = {name: sent[name] for name in ("ProjectRef", "CustomField") if sent.get(name)}
    links = [
        ({"TxnLineId": "1"} if link.get("TxnType") == "TimeActivity" else {}) | link
        for link in sent.get("LinkedTxn") or []
    ]
    return found | ({"LinkedTxn": links} if links else {})


def links_after(draft: Draft) -> list[Body]:
    """The form's links once it is written: what others linked to it stays, what it bills is the caller's to say.

    Raises `FaultError` for what is not there (2500), is another customer's, is billed already, or for a second estimate.
    """
    before = draft.before.body if draft.before is not None else {}
    others = [link for link in before.get("LinkedTxn", []) if link.get("TxnType") not in BILLED]
    bills = list(dict.fromkeys([*_of_the_form(draft, before), *_of_lines(draft.body)]))
    if sum(sort == "Estimate" for sort, _ in bills) > 1:
        raise faults.business("Only one link can be made to an estimate.")
    for link in bills:
        if link not in _pairs(before.get("LinkedTxn", [])):
            _check(draft, *link)
    return others + [{"TxnId": identifier, "TxnType": sort} for sort, identifier in bills]


def _of_the_form(draft: Draft, before: Body) -> list[_Link]:
    """What the form as a whole bills; what stood there through a line goes with that line."""
    if "LinkedTxn" in draft.sent or not before:
        return _pairs(draft.sent.get("LinkedTxn") or [])
    if not draft.sparse:
        return []
    stored = _pairs(before.get("LinkedTxn", []))
    if "Line" not in draft.sent:
        return stored
    if draft.company.hazards.on("links_dropped") and not draft.person:
        return []
    through_lines = set(_of_lines(before))
    return [link for link in stored if link not in through_lines]


def _of_lines(body: Body) -> Iterator[_Link]:
    for line in body.get("Line", []):
        for part in line.get("GroupLineDetail", {}).get("Line", [line]):
            yield from _pairs(part.get("LinkedTxn") or [])


def _pairs(links: list[Body]) -> list[_Link]:
    return [(str(link["TxnType"]), str(link.get("TxnId"))) for link in links if link.get("TxnType") in BILLED]


def _check(draft: Draft, sort: str, identifier: str) -> None:
    target = draft.company.get(sort, identifier)
    if target is None:
        raise faults.bad_reference("Txn", identifier, "LinkedTxn")
    owner = target.body.get("CustomerRef", {}).get("value")
    if owner != draft.body.get("CustomerRef", {}).get("value"):
        raise faults.business("The customer of a linked transaction must be the customer of the transaction.")
    if target.facts.get("billed_by") and not (draft.person and sort == "Estimate"):
        raise faults.business("A linked transaction has been billed already.")


def bill(company: Company, entity: str, record: Record) -> None:
    """Brings what a form bills, and what it billed before, in line with it."""
    now = _pairs(record.body.get("LinkedTxn", []))
    before = [(sort, identifier) for sort, identifier in record.facts.get("bills", [])]
    for link in before:
        if link not in now:
            _give_back(company, record, *link)
    for link in now:
        if link not in before:
            _take(company, entity, record, *link)
    if now or before:
        record.facts["bills"] = [list(link) for link in now]


def give_all_back(company: Company, record: Record) -> None:
    """A form goes: what it billed can be billed again."""
    for sort, identifier in record.facts.pop("bills", []):
        _give_back(company, record, sort, identifier)


def _take(company: Company, entity: str, record: Record, sort: str, identifier: str) -> None:
    target = company.get(sort, identifier)
    if target is None:
        return
    target.facts["billed_by"] = record.id
    if sort == "TimeActivity":
        company.change(sort, target, {**target.body, "BillableStatus": "HasBeenBilled"})
        return
    target.facts["status_before"] = target.body.get("TxnStatus", "Pending")
    links = [*target.body.get("LinkedTxn", []), {"TxnId": record.id, "TxnType": entity}]
    company.change(sort, target, {**target.body, "TxnStatus": "Closed", "LinkedTxn": links})


def _give_back(company: Company, record: Record, sort: str, identifier: str) -> None:
    target = company.get(sort, identifier)
    if target is None:
        return
    target.facts.pop("billed_by", None)
    if sort == "TimeActivity":
        company.change(sort, target, {**target.body, "BillableStatus": "Billable"})
        return
    links = [link for link in target.body.get("LinkedTxn", []) if link["TxnId"] != record.id]
    status = "Closed" if links else target.facts.pop("status_before", "Pending")
    company.change(sort, target, {**target.body, "TxnStatus": status, "LinkedTxn": links})
