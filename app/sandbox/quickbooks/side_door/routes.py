"""What a person does in QBO's own screens, and the switches for tests; under /_sandbox/, without a token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.sandbox.quickbooks.books import bank, customers, items
from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.clock import envelope_time, parse_date
from app.sandbox.quickbooks.hazards.switches import HazardError
from app.sandbox.quickbooks.requests.answers import plain_json
from app.sandbox.quickbooks.requests.interference import bank_deposit
from app.sandbox.quickbooks.requests.views import written
from app.sandbox.quickbooks.requests.writes import entity_named, write
from app.sandbox.quickbooks.sample.sample import new_company
from app.sandbox.quickbooks.side_door import state
from app.sandbox.quickbooks.values import faults, wire
from app.sandbox.quickbooks.values.faults import FaultError
from app.sandbox.quickbooks.values.wire import Body
from app.sandbox.quickbooks.world import World

Handler = Callable[[Request], Awaitable[Response]]


class DoorError(Exception):
    """The side door was used wrongly."""

    def __init__(self, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.detail, self.status = detail, status


def _door(handler: Handler) -> Handler:
    """Answers faults as the vendor would and mistakes in plain words."""

    async def guarded(request: Request) -> Response:
        world: World = request.app.state.world
        try:
            response = await handler(request)
        except FaultError as error:
            return plain_json(error.envelope(world.clock.now()), error.status)
        except DoorError as error:
            return plain_json({"detail": error.detail}, error.status)
        except (HazardError, ValueError, KeyError, TypeError) as error:
            return plain_json({"detail": str(error)}, 400)
        if request.method != "GET":
            world.revision += 1
        return response

    return guarded


def _world(request: Request) -> World:
    found: World = request.app.state.world
    return found


def _company(request: Request) -> Company:
    company = _world(request).companies.get(request.path_params["realm"])
    if company is None:
        raise DoorError("no such company", 404)
    return company


async def _sent(request: Request) -> Any:
    raw = await request.body()
    return wire.parse(raw) if raw.strip() else {}


def _summary(company: Company) -> Body:
    return {
        "realm_id": company.realm,
        "name": company.name,
        "country": company.country,
        "subscription_active": company.subscription_active,
        "admin_active": company.admin_active,
        "counts": {entity: len(table) for entity, table in company.tables.items() if len(table)},
    }


async def create_company(request: Request) -> Response:
    world, sent = _world(request), await _sent(request)
    company = new_company(
        world, sent.get("country", "AU"), sample=bool(sent.get("sample", True)), name=sent.get("name", "")
    )
    grant = world.grants.grant(company.realm)
    return plain_json(
        {
            "realm_id": company.realm,
            "client_id": world.client_id,
            "client_secret": world.client_secret,
            "access_token": next(iter(grant.access)),
            "refresh_token": grant.refresh,
            "verifier_token": world.webhooks.verifier_token,
        }
    )


async def list_companies(request: Request) -> Response:
    return plain_json({"items": [_summary(company) for company in _world(request).companies.values()]})


async def list_objects(request: Request) -> Response:
    table = _company(request).table(entity_named(request.path_params["entity"]))
    rows = table.deleted if request.query_params.get("deleted") == "true" else table.rows
    return plain_json({"items": [record.body for record in rows.values()]})


async def write_objects(request: Request) -> Response:
    """One body as the vendor's API takes it, answered alike; or a list of them, answered as items (`?quiet=true`: no events)."""
    company, sent = _company(request), await _sent(request)
    entity = entity_named(request.path_params["entity"])
    if entity == "Deposit" and isinstance(sent, dict) and "payments" in sent:
        held = [(_deposit_entity(company, identifier), str(identifier)) for identifier in sent["payments"]]
        return _envelope(company, "Deposit", bank_deposit(company, held))
    operation, include = request.query_params.get("operation", ""), request.query_params.get("include", "")
    if isinstance(sent, list):
        muted, company.muted = company.muted, company.muted or request.query_params.get("quiet") == "true"
        try:
            bodies = [write(company, entity, body, operation=operation, include=include, person=True) for body in sent]
        finally:
            company.muted = muted
        return plain_json({"items": bodies})
    body = write(company, entity, sent, operation=operation, include=include, person=True)
    return _envelope(company, entity, body)


def _envelope(company: Company, entity: str, body: Body) -> Response:
    return plain_json({entity: written(entity, body, "", company), "time": envelope_time(company.now())})


def _deposit_entity(company: Company, identifier: Any) -> str:
    for entity in ("Payment", "SalesReceipt"):
        if company.get(entity, identifier) is not None:
            return entity
    raise faults.bad_reference("Payments", identifier, "payments")


async def merge_customers(request: Request) -> Response:
    return await _merged(request, "Customer", customers.merge)


async def merge_items(request: Request) -> Response:
    return await _merged(request, "Item", items.merge)


async def _merged(request: Request, entity: str, merge: Callable[[Company, Record, Record], None]) -> Response:
    company, sent = _company(request), await _sent(request)
    loser, survivor = (company.get(entity, sent[name]) for name in ("from", "into"))
    if loser is None or survivor is None:
        raise DoorError(f"no such {entity.lower()}", 404)
    merge(company, loser, survivor)
    return _envelope(company, entity, survivor.body)


async def close_books(request: Request) -> Response:
    company, sent = _company(request), await _sent(request)
    closed = parse_date(sent["date"]).isoformat() if sent.get("date") else None
    body = write(company, "Preferences", {"AccountingInfoPrefs": {"BookCloseDate": closed}}, person=True)
    return _envelope(company, "Preferences", body)


async def reconcile(request: Request) -> Response:
    """The bookkeeper clears or reconciles what lies in an account: all of it up to a day, or the transactions that are named.

    Raises `DoorError` for an account or a status that is none.
    """
    company, sent = _company(request), await _sent(request)
    account, status = company.get("Account", sent["account"]), str(sent.get("status", "Reconciled"))
    if account is None:
        raise DoorError("no such account", 404)
    if status not in bank.STATUSES:
        raise DoorError(f"status is one of {', '.join(bank.STATUSES)}")
    until = parse_date(sent["until"]).isoformat() if sent.get("until") else ""
    only = {str(identifier) for identifier in sent["transactions"]} if "transactions" in sent else None
    return plain_json({"items": bank.mark(company, account.id, status, until, only)})


async def exchange_rates(request: Request) -> Response:
    """The dated exchange rates of a company; PUT replaces the table, an empty one means that none is kept.

    Raises `DoorError` for a rate that is not above zero.
    """
    company = _company(request)
    if request.method == "PUT":
        sent = await _sent(request)
        table: dict[str, dict[str, str]] = {}
        for item in sent["items"]:
            rate = wire.money(item["rate"])
            if rate <= 0:
                raise DoorError("an exchange rate is above zero")
            table.setdefault(str(item["currency"]), {})[parse_date(item["date"]).isoformat()] = str(rate)
        company.rates = table
    items = [
        {"currency": code, "date": day, "rate": rate}
        for code, days in company.rates.items()
        for day, rate in days.items()
    ]
    return plain_json({"items": items})


async def revoke(request: Request) -> Response:
    company = _company(request)
    _world(request).grants.revoke_company(company.realm)
    return plain_json({"realm_id": company.realm, "revoked": True})


async def subscription(request: Request) -> Response:
    company, sent = _company(request), await _sent(request)
    company.subscription_active = bool(sent["active"])
    return plain_json(_summary(company))


async def admin(request: Request) -> Response:
    company, sent = _company(request), await _sent(request)
    company.admin_active = bool(sent["active"])
    return plain_json(_summary(company))


async def calls(request: Request) -> Response:
    traffic = _company(request).traffic
    if request.method == "DELETE":
        traffic.clear()
    return plain_json(traffic.counters)


async def webhooks(request: Request) -> Response:
    outbox = _world(request).webhooks
    if request.method == "PUT":
        outbox.configure(await _sent(request))
    waiting = [
        {
            "id": event.id,
            "realm_id": event.realm,
            "entity": event.entity,
            "entity_id": event.entity_id,
            "operation": event.operation,
        }
        for event in outbox.undelivered()
    ]
    failures = outbox.queue[0].failures if outbox.queue else 0
    return plain_json(
        {**outbox.settings(), "undelivered": waiting, "failures": failures, "delivered": outbox.delivered}
    )


async def hazards(request: Request) -> Response:
    switches = _world(request).hazards
    if request.method == "PUT":
        switches.change(await _sent(request))
    return plain_json({"items": switches.listing()})


async def clock(request: Request) -> Response:
    world = _world(request)
    if request.method == "POST":
        sent = await _sent(request)
        world.clock.advance(float(sent["advance_seconds"]))
        world.webhooks.stir()
    return plain_json(
        {"now": world.clock.now().isoformat(), "offset_seconds": wire.money(world.clock.offset.total_seconds())}
    )


async def whole_state(request: Request) -> Response:
    world = _world(request)
    if request.method == "PUT":
        state.restore(world, await _sent(request))
        return plain_json({"items": [_summary(company) for company in world.companies.values()]})
    return plain_json(state.snapshot(world))


async def log(request: Request) -> Response:
    return plain_json({"items": list(_world(request).log)})


def routes() -> list[Route]:
    company = "/_sandbox/companies/{realm}"
    table: list[tuple[str, Handler, list[str]]] = [
        ("/_sandbox/companies", create_company, ["POST"]),
        ("/_sandbox/companies", list_companies, ["GET"]),
        (f"{company}/customer/merge", merge_customers, ["POST"]),
        (f"{company}/item/merge", merge_items, ["POST"]),
        (f"{company}/close-books", close_books, ["POST"]),
        (f"{company}/reconcile", reconcile, ["POST"]),
        (f"{company}/exchange-rates", exchange_rates, ["GET", "PUT"]),
        (f"{company}/revoke", revoke, ["POST"]),
        (f"{company}/subscription", subscription, ["POST"]),
        (f"{company}/admin", admin, ["POST"]),
        (f"{company}/calls", calls, ["GET", "DELETE"]),
        (f"{company}/{{entity}}", list_objects, ["GET"]),
        (f"{company}/{{entity}}", write_objects, ["POST"]),
        ("/_sandbox/webhooks", webhooks, ["GET", "PUT"]),
        ("/_sandbox/hazards", hazards, ["GET", "PUT"]),
        ("/_sandbox/clock", clock, ["GET", "POST"]),
        ("/_sandbox/state", whole_state, ["GET", "PUT"]),
        ("/_sandbox/log", log, ["GET"]),
    ]
    return [Route(path, _door(handler), methods=methods) for path, handler, methods in table]
