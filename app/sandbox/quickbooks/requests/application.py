"""The Accounting API itself: from method and address to the query, CDC, batch, read or write that is meant, and its body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import Request

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.clock import parse_date, stamp
from app.sandbox.quickbooks.requests import (
    batch,
    cdc,
    idempotency,
    interference,
    ledger_reports,
    query,
    reports,
)
from app.sandbox.quickbooks.requests.views import fetched, written
from app.sandbox.quickbooks.requests.writes import BY_PATH, entity_named, read
from app.sandbox.quickbooks.tax import tax_service
from app.sandbox.quickbooks.values import faults, wire
from app.sandbox.quickbooks.values.wire import Body

LONGEST_REQUEST_ID = 50
LONGEST_BATCH_REQUEST_ID = 36
_REPORTS = {
    "transactionlist": reports.transaction_list,
    "agedreceivables": ledger_reports.aged_receivables,
    "trialbalance": ledger_reports.trial_balance,
    "taxsummary": ledger_reports.tax_summary,
}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(slots=True)
class Call:
    """One request to a company, taken apart."""

    realm: str
    kind: Literal["read", "query", "cdc", "batch", "write"]
    method: str
    path: tuple[str, ...]
    parameters: dict[str, str]
    raw: bytes
    content_type: str
    parsed: Any = None
    fault: faults.FaultError | None = None
    enveloped: bool = True


def classify(request: Request, raw: bytes) -> Call:
    realm, path = request.path_params["realm"], tuple(part for part in request.path_params["rest"].split("/") if part)
    head = path[0].lower() if path else ""
    kind: Literal["read", "query", "cdc", "batch", "write"]
    if head == "query":
        kind = "query"
    elif head == "cdc":
        kind = "cdc"
    elif head == "batch":
        kind = "batch"
    else:
        kind = "read" if request.method == "GET" else "write"
    call = Call(
        realm, kind, request.method, path, dict(request.query_params), raw, request.headers.get("content-type", "")
    )
    call.enveloped = head not in ("taxservice", "reports")
    if kind in ("write", "batch"):
        _parse(call)
    return call


def _parse(call: Call) -> None:
    try:
        call.parsed = wire.parse(call.raw.decode("utf-8")) if call.raw.strip() else {}
    except UnicodeDecodeError:
        call.fault = faults.unsupported("Operation MalformedByteSequenceException: Invalid byte of UTF-8 sequence.")
    except ValueError as error:
        if "json" not in call.content_type.lower():
            call.fault = faults.FaultError(
                1050, "Invalid content type", f"Content type {call.content_type} is not supported.", None
            )
        else:
            call.fault = faults.bad_json(str(error))


def names_in(call: Call) -> str:
    """What hazards match against: the entity, or batch and every entity in it, or query and CDC."""
    if call.kind == "batch":
        items = call.parsed.get("BatchItemRequest") if isinstance(call.parsed, dict) else None
        items = items if isinstance(items, list) else []
        found = {name.lower() for item in items if isinstance(item, dict) for name in item if name.lower() in BY_PATH}
        return ",".join(["batch", *sorted(found)])
    return call.path[0].lower() if call.path else ""


def answer(company: Company, call: Call) -> Body | bytes:
    """Does the call; raises FaultError."""
    if call.fault is not None:
        raise call.fault
    if not call.path:
        raise faults.unsupported("Operation could not find resource for entity")
    if call.kind == "query":
        interference.before_reading(company)
        return {"QueryResponse": query.run(company, _statement(call))}
    if call.kind == "cdc":
        interference.before_reading(company)
        parameters = {name.lower(): value for name, value in call.parameters.items()}
        return cdc.changes(company, parameters.get("entities", ""), parameters.get("changedsince", ""))
    request_id = call.parameters.get("requestid", "")
    if call.kind == "batch":
        if len(request_id) > LONGEST_BATCH_REQUEST_ID:
            raise faults.bad_request_id()
        answers, tally = batch.run(company, call.parsed, request_id)
        company.traffic.count("batch_writes", tally.writes)
        company.traffic.count("batch_queries", tally.queries)
        company.traffic.count("metered", tally.queries)
        if company.hazards.strikes("batch_reordered", names_in(call)):
            company.chance.shuffle(answers)
        return {"BatchItemResponse": answers}
    if call.kind == "read" and call.path[0].lower() == "exchangerate":
        return _exchange_rate(company, call)
    if call.kind == "read" and call.path[0].lower() == "reports" and call.path[-1].lower() in _REPORTS:
        if company.hazards.strikes("report_refused", "reports"):
            raise faults.no_permission()
        parameters = {name.lower(): value for name, value in call.parameters.items()}
        return _REPORTS[call.path[-1].lower()](company, parameters)
    if call.kind == "read":
        return _read(company, call)
    if len(request_id) > LONGEST_REQUEST_ID:
        raise faults.bad_request_id()
    return _write(company, call, request_id)


def _statement(call: Call) -> str:
    if call.parameters.get("query"):
        return call.parameters["query"]
    try:
        return call.raw.decode("utf-8")
    except UnicodeDecodeError:
        raise faults.unsupported("Operation MalformedByteSequenceException: Invalid byte of UTF-8 sequence.") from None


def _exchange_rate(company: Company, call: Call) -> Body:
    """The company's rate of one currency on a day, today unless one is asked for."""
    parameters = {name.lower(): value for name, value in call.parameters.items()}
    code = parameters.get("sourcecurrencycode", "").upper()
    if not code:
        raise faults.missing("sourcecurrencycode")
    day = parse_date(parameters["asofdate"]).isoformat() if parameters.get("asofdate") else company.today()
    found: Body = {
        "SourceCurrencyCode": code,
        "TargetCurrencyCode": company.home_currency["value"],
        "Rate": company.exchange_rate(code, day),
        "AsOfDate": day,
    }
    return {"ExchangeRate": {**found, "domain": "QBO", "sparse": False}}


def _read(company: Company, call: Call) -> Body | bytes:
    entity = entity_named(call.path[0])
    identifier = call.path[1] if len(call.path) > 1 else "1"
    if len(call.path) == 1 and entity not in ("Preferences", "CompanyInfo"):
        raise faults.missing("Id")
    if call.path[2:] not in ((), ("pdf",)):
        raise faults.unsupported(f"Operation could not find resource for entity {'/'.join(call.path)}")
    record = read(company, entity, identifier)
    if call.path[2:] == ("pdf",):
        return PDF
    return {entity: fetched(entity, record, call.parameters.get("include", ""), company)}


def _write(company: Company, call: Call, request_id: str) -> Body:
    if call.path[0].lower() == "taxservice":
        return tax_service.create_code(company, call.parsed)
    entity = entity_named(call.path[0])
    if len(call.path) == 3 and call.path[2].lower() == "send":
        return _send(company, entity, call)
    include = call.parameters.get("include", "")
    operation = call.parameters.get("operation", "").lower()
    body = idempotency.perform_once(company, request_id, entity, call.parsed, operation=operation, include=include)
    return {entity: written(entity, body, include, company)}


def _send(company: Company, entity: str, call: Call) -> Body:
    """E-mails a form: its LastUpdatedTime moves, its SyncToken stays (recorded), an `emailed` event goes out."""
    record = read(company, entity, call.path[1])
    address = call.parameters.get("sendTo")
    member = "POEmail" if entity == "PurchaseOrder" else "BillEmail"
    mail = {"Address": address} if address else record.body.get(member)
    if not mail:
        raise faults.FaultError(6420, "Email is required", "An e-mail address is needed to send this form.", member)
    delivery = {"DeliveryType": "Email", "DeliveryTime": stamp(company.epoch())}
    company.touch(entity, record, EmailStatus="EmailSent", DeliveryInfo=delivery, **{member: mail})
    company.emit(entity, record.id, "Emailed")
    return {entity: written(entity, record.body, "", company)}
