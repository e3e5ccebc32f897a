"""Adds the payment methods that new payments name and the company lacks."""

from collections.abc import Sequence
from typing import Any

from app.domain.model.exchange import Write
from app.json_values import text
from app.quickbooks.batch import BID, REQUEST_ID, digest
from app.quickbooks.http.faults import faults_in
from app.quickbooks.http.wire import Wire
from app.quickbooks.mapping.books import Books, method_key, methods_by_name
from app.quickbooks.mapping.particulars import methods_needed
from app.quickbooks.mapping.query import select
from app.quickbooks.mapping.values import rows


async def added_methods(wire: Wire, books: Books, writes: Sequence[Write]) -> list[dict[str, Any]]:
    """The payment methods that these writes need and the company lacked, as rows of its list.

    A method that QuickBooks does not add has no id ("") and is left out of the documents: how money came is not worth a payment.
    """
    missing = [name for name in methods_needed(writes) if method_key(name) not in books.payment_methods]
    return await _added(wire, missing) if missing else []


async def _added(wire: Wire, names: Sequence[str]) -> list[dict[str, Any]]:
    """Add payment methods under one request id for the same names; one that was added meanwhile is read."""
    content, _ = await wire.post_batch(
        [_item(name) for name in names], digest(["payment methods", *names], REQUEST_ID), creates=False
    )
    answers = rows(content.get("BatchItemResponse"))
    found = [row for answer in answers if isinstance(row := answer.get("PaymentMethod"), dict)]
    if any(faults_in(answer) for answer in answers):
        found, _ = await wire.query(select("PaymentMethod", inactive=False))
    listed = [row for row in found if text(row.get("Id"))]
    there = methods_by_name(listed)
    return listed + [{"Id": "", "Name": name} for name in names if method_key(name) not in there]


def _item(name: str) -> dict[str, Any]:
    body = {"Name": name, "Type": "NON_CREDIT_CARD"}
    return {"bId": digest([name], BID), "operation": "create", "PaymentMethod": body}
