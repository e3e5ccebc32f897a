"""Reads the company's terms and payment methods when new documents need them, once a run, and adds a method that is missing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.domain.model.configuration import DocumentPolicy
from app.domain.model.exchange import Write
from app.json_values import amount, text
from app.quickbooks.batch import BID, REQUEST_ID, digest
from app.quickbooks.http.faults import faults_in
from app.quickbooks.http.wire import Wire
from app.quickbooks.mapping.particulars import DocumentLists, methods_needed, named, terms_needed
from app.quickbooks.mapping.query import select
from app.quickbooks.mapping.values import rows


class ListReader:
    """The lists of one company, as far as they were needed."""

    def __init__(self, wire: Wire, policy: DocumentPolicy) -> None:
        self.lists = DocumentLists(policy=policy)
        self._wire = wire
        self._terms_read = False
        self._methods_read = False

    async def ready(self, writes: Sequence[Write]) -> None:
        """Read what these writes choose from, and add the payment methods that are missing (a metered read a list).

        What QuickBooks does not add is left out of the documents: how money came is not worth a payment.
        """
        if not self._terms_read and terms_needed(writes):
            found, _ = await self._wire.query(select("Term", inactive=False))
            self.lists = replace(self.lists, terms=_terms(found))
            self._terms_read = True
        wanted = methods_needed(writes)
        if wanted and not self._methods_read:
            await self._read_methods()
        missing = [name for name in wanted if name.casefold() not in self.lists.payment_methods]
        if missing:
            await self._add(missing)

    async def _read_methods(self) -> None:
        found, _ = await self._wire.query(select("PaymentMethod", inactive=False))
        self.lists = replace(self.lists, payment_methods=_by_name(found))
        self._methods_read = True

    async def _add(self, names: Sequence[str]) -> None:
        """Add payment methods under one request id for the same names; a name that was added meanwhile is read."""
        items = [
            {
                "bId": digest([name], BID),
                "operation": "create",
                "PaymentMethod": {"Name": name, "Type": "NON_CREDIT_CARD"},
            }
            for name in names
        ]
        content, _ = await self._wire.post_batch(items, digest(["payment methods", *names], REQUEST_ID), creates=False)
        answers = rows(content.get("BatchItemResponse"))
        made = [row for answer in answers if isinstance(row := answer.get("PaymentMethod"), dict)]
        if any(faults_in(answer) for answer in answers):
            await self._read_methods()
        known = {**self.lists.payment_methods, **_by_name(made)}
        asked = {name.casefold(): "" for name in names}  # what could not be added is not asked for again in this run
        self.lists = replace(self.lists, payment_methods={**asked, **known})


def _terms(found: Sequence[dict[str, Any]]) -> dict[int, str]:
    """Plain terms by their days; of several with the same days the oldest."""
    terms: dict[int, str] = {}
    for row in found:
        discounted = amount(row.get("DiscountPercent"))
        if text(row.get("Type")) in ("", "STANDARD") and "DueDays" in row and not discounted:
            terms.setdefault(int(amount(row.get("DueDays"))), text(row.get("Id")))
    return terms


def _by_name(found: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {named(text(row.get("Name"))).casefold(): text(row.get("Id")) for row in found}
