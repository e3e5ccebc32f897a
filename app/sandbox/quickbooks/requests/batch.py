"""The batch endpoint: up to thirty independent operations, each with its own answer or fault under its bId."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.requests import query
from app.sandbox.quickbooks.requests.idempotency import perform_once
from app.sandbox.quickbooks.requests.views import written
from app.sandbox.quickbooks.requests.writes import entity_named
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.faults import FaultError
from app.sandbox.quickbooks.values.wire import Body

LIMIT = 30
RESULTS = 1000
LONGEST_BID = 10
_KEYS = ("bId", "operation", "optionsData", "Query", "TxnSource")


@dataclass(slots=True)
class Tally:
    writes: int = 0
    queries: int = 0


def run(company: Company, sent: Any, request_id: str) -> tuple[list[Body], Tally]:
    """The BatchItemResponse list, in order, and what was in it.

    Raises `FaultError` for a batch that is none, too long, or has too long ids.
    """
    items = sent.get("BatchItemRequest") if isinstance(sent, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise faults.missing("BatchItemRequest")
    if len(items) > LIMIT:
        raise faults.batch_too_big(LIMIT)
    if request_id and any(len(str(item.get("bId", ""))) > LONGEST_BID for item in items):
        raise faults.bad_request_id()
    tally, room = Tally(), RESULTS
    answers = []
    for item in items:
        answer: Body = {"bId": item["bId"]} if "bId" in item else {}
        try:
            if "Query" in item:
                tally.queries += 1
                found, room = _query(company, str(item["Query"]), room)
                answer["QueryResponse"] = found
            else:
                tally.writes += 1
                answer.update(_write(company, item, request_id))
        except FaultError as error:
            answer["Fault"] = error.fault()
        answers.append(answer)
    return answers, tally


def _query(company: Company, statement: str, room: int) -> tuple[Body, int]:
    found = query.run(company, statement)
    returned = int(found.get("maxResults", 0))
    if returned > room:
        raise faults.FaultError(
            10100, "Result Set Big", f"Queries of one batch return at most {RESULTS} objects.", None
        )
    return found, room - returned


def _write(company: Company, item: Body, request_id: str) -> Body:
    names = [name for name in item if name not in _KEYS]
    if len(names) != 1:
        raise faults.bad_json("a batch item holds exactly one object or query")
    entity = entity_named(names[0])
    operation = str(item.get("operation", "")).lower()
    if operation not in ("create", "update", "delete", "void"):
        raise faults.bad_value(2170, "Enumeration", "operation", item.get("operation"))
    body = item[names[0]]
    if operation == "create" and isinstance(body, dict) and body.get("Id"):
        body = {name: value for name, value in body.items() if name not in ("Id", "SyncToken")}
    include = str(item.get("optionsData", ""))
    key = f"{request_id}\n{item.get('bId', '')}" if request_id else ""
    verb = "" if operation == "create" else operation
    if "void" in include.lower() and entity == "Invoice":
        ignored = company.hazards.strikes("void_option_ignored", entity.lower())
        verb, include = verb if ignored else "void", ""
    answer = perform_once(company, key, entity, body, operation=verb, include=include)
    return {entity: written(entity, answer, include, company)}
