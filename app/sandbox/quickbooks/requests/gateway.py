"""What stands before and after every call to a company: access, limits, counting, the log, and the hazards of the wire.

Order: slow answer, 503, token (401), company (403), throttle (429), then the application; after it, the hazards that
let the effect stand and spoil the answer.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.clock import envelope_time
from app.sandbox.quickbooks.requests.answers import (
    MAINTENANCE,
    envelope,
    html,
    lost,
    wants_json,
)
from app.sandbox.quickbooks.requests.application import (
    Call,
    answer,
    classify,
    names_in,
)
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.faults import FaultError, GatewayError
from app.sandbox.quickbooks.values.wire import Body
from app.sandbox.quickbooks.world import World

_LOGGED_CHARACTERS = 4000


async def company_call(request: Request) -> Response:
    """Every address under /v3/company/{realm}."""
    world: World = request.app.state.world
    raw = await request.body()
    call = classify(request, raw)
    tid = world.tid()
    names = names_in(call)
    slow = world.hazards.strikes("latency", names)
    if slow:
        await world.sleep(float(slow["seconds"]))
    try:
        company = _admit(world, request, call, names)
    except GatewayError as error:
        return _log(world, request, raw, _refused(world, request, error, tid, names), tid)
    if isinstance(company, Response):
        return _log(world, request, raw, company, tid)
    response = _serve(world, request, company, call, tid)
    if call.kind in ("write", "batch") and response.status_code == 200:
        response = await _spoil(world, request, response, tid, names, raw)
    return _log(world, request, raw, response, tid)


def _admit(world: World, request: Request, call: Call, names: str) -> Company | Response:
    """The company this caller may speak to, or the answer that a hazard gives in its place."""
    hazards = world.hazards
    if hazards.strikes("unavailable_html", names):
        return html(MAINTENANCE, 503)
    company = world.companies.get(call.realm)
    if company is not None and hazards.strikes("revoked", names):
        world.grants.revoke_company(company.realm)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    grant, reason = world.grants.lookup(token.strip()) if scheme.lower() == "bearer" else (None, "AuthenticationFailed")
    if grant is None or hazards.strikes("token_expired", names):
        raise faults.unauthenticated(reason or "Token expired: AB01" + token[-8:])
    if company is None or grant.realm != company.realm:
        raise faults.wrong_company()
    now, batch = world.clock.now().timestamp(), call.kind == "batch"
    if call.kind in ("read", "query", "cdc") and hazards.strikes("reads_blocked", names):
        company.traffic.count("throttled")
        raise faults.throttled()
    over = hazards.on("rate_limits") is not None and company.traffic.exceeds(now, batch=batch)
    if over or hazards.strikes("throttled", names):
        company.traffic.count("throttled")
        raise faults.throttled()
    company.traffic.admit(now, batch=batch)
    company.traffic.count(call.kind)
    return company


def _refused(world: World, request: Request, error: GatewayError, tid: str, names: str) -> Response:
    now, headers = world.clock.now(), {}
    shape = "lower"
    if error.status == 429:
        parameters = world.hazards.switches["throttled"].parameters
        shape = str(parameters["envelope"])
        if parameters["retry_after"] is not None:
            headers["retry-after"] = str(parameters["retry_after"])
    if error.status == 401:
        headers["www-authenticate"] = 'Bearer realm="Intuit", error="invalid_token"'
    body = error.upper(now) if shape == "upper" or not wants_json(request) else error.lower(now)
    return envelope(request, body, error.status, tid, headers)


def _serve(world: World, request: Request, company: Company, call: Call, tid: str) -> Response:
    started = company.now()
    try:
        if not company.admin_active or world.hazards.strikes("admin_lost", names_in(call)):
            raise faults.no_admin()
        if world.hazards.strikes("system_fault", names_in(call)):
            raise faults.system_failure("An unexpected error occurred while accessing or saving your data.")
        found = answer(company, call)
    except FaultError as error:
        return envelope(request, error.envelope(started), error.status, tid)
    if call.kind in ("read", "query", "cdc"):
        company.traffic.count("metered")
    else:
        world.revision += 1
    if isinstance(found, bytes):
        return Response(found, 200, {"intuit_tid": tid}, "application/pdf")
    body: Body = {**found, "time": envelope_time(started)} if call.enveloped else found
    return envelope(request, body, 200, tid)


async def _spoil(world: World, request: Request, response: Response, tid: str, names: str, raw: bytes) -> Response:
    """The effect stands; what happens to its answer."""
    hazards = world.hazards
    late = hazards.strikes("answer_timed_out", names)
    if late or hazards.strikes("answer_lost", names):
        note_lost(world, request, raw, tid)
        if late:
            await world.sleep(float(late["seconds"]))
        return lost(world)
    broken = hazards.strikes("error_after_commit", names)
    if broken:
        if int(broken["status"]) == 503:
            return html(MAINTENANCE, 503)
        error = faults.system_failure("An unexpected error occurred.")
        return envelope(request, error.envelope(world.clock.now()), int(broken["status"]), tid)
    if hazards.strikes("unauthorised_after_commit", names):
        return _refused(world, request, faults.unauthenticated("Token expired: AB01"), tid, names)
    return response


def note_lost(world: World, request: Request, raw: bytes, tid: str) -> None:
    _note(world, request, raw, 0, "(the answer was lost)", tid)


def _log(world: World, request: Request, raw: bytes, response: Response, tid: str) -> Response:
    if response.body:
        _note(
            world,
            request,
            raw,
            response.status_code,
            bytes(response.body)[:_LOGGED_CHARACTERS].decode("utf-8", "replace"),
            tid,
        )
    return response


def _note(world: World, request: Request, raw: bytes, status: int, answered: str, tid: str) -> None:
    world.log.append(
        {
            "at": envelope_time(world.clock.now()),
            "method": request.method,
            "path": request.url.path,
            "query": str(request.url.query),
            "request": raw[:_LOGGED_CHARACTERS].decode("utf-8", "replace"),
            "status": status,
            "answer": answered,
            "intuit_tid": tid,
        }
    )
