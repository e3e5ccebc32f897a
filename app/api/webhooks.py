"""Where Oncord's sites and Intuit post their events: verify, store, wake a worker, answer. No key; the signature is the key.

Who says nothing of a signature is answered before the body is read (401), and so is an address without a secret (404). A wrong
signature, or one from before the events that are kept, is a 401 and nothing is stored; a signed body that nobody can read is
kept aside and answered 200, so that it does not dam the sender's queue; while PostgreSQL is away the answer is a 503, never a
2xx. The content type plays no part.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from app import deliveries, log
from app.api.event_intake import INTUIT, EventIntake, Unusable
from app.api.middleware import STRICT_TRANSPORT, request_id_of
from app.api.problems import answer, responses
from app.api.schemas import CONNECTION_ID_EXAMPLE
from app.domain.model.records import Side
from app.domain.model.texts import clean
from app.errors import NotFound, Rejection
from app.oncord import webhook as oncord
from app.quickbooks import webhook as quickbooks

router = APIRouter(tags=["webhooks"])

ONCORD_BYTES = 1024 * 1024
QUICKBOOKS_BYTES = 8 * 1024 * 1024
Sender = Annotated[str, Path(description="The connection of the site.", examples=[CONNECTION_ID_EXAMPLE])]
_PREFIX = "/webhooks/"
_log = log.get(__name__)
FAST_CLOCK = timedelta(hours=1)
"""So much a site's clock may be ahead of ours."""


def _taken(body: dict[str, Any]) -> dict[str, Any]:
    """What is posted, as `app.api.webhook_document` describes it, and its empty answer. It is read more leniently than that."""
    return {"requestBody": {"content": {"application/json": {"schema": body}}, "required": True}}


_TAKEN: dict[int | str, dict[str, Any]] = {200: {"description": "Kept; the answer is empty."}}


@router.post(
    "/webhooks/oncord/{connection_id}",
    summary="Events of an Oncord site",
    response_class=Response,
    responses={**_TAKEN, **responses(401, 404, 413, 503)},
    openapi_extra=_taken({"$ref": "#/components/schemas/SiteEvent"}),
)
async def receive_oncord(connection_id: Sender, request: Request) -> Response:
    """Signed by the Standard Webhooks scheme with a secret of the connection."""
    return await _from_site(connection_id, request)


async def _from_site(connection_id: str, request: Request) -> Response:
    event_intake = event_intake_of(request)
    event_intake.insist_open(connection_id)
    headers = request.headers
    if not oncord.is_signed(headers):
        raise HTTPException(401, "No signature: webhook-id, webhook-timestamp and webhook-signature are needed.")
    secrets = await event_intake.secrets.of(connection_id) if _is_id(connection_id) else ()
    if not secrets:
        raise NotFound("not-found", "Nobody listens at this address.")
    body = await event_intake.bodies.receive(request, connection_id, ONCORD_BYTES)
    try:
        if not oncord.verify(headers, body, secrets):
            secrets = await event_intake.secrets.of(connection_id, fresh=True)
            if not oncord.verify(headers, body, secrets):
                raise HTTPException(401, "The signature is none of this connection's secrets'.")
        _insist_recent(request, event_intake)
        request_id = str(request.scope.get("request_id", ""))
        try:
            arrivals = deliveries.of_oncord(connection_id, oncord.message_id(headers), body, request_id)
            await event_intake.accept(connection_id, len(body), arrivals)
        except (ValueError, Unusable) as error:
            await event_intake.quarantine(Side.ONCORD, connection_id, body, reason=str(error), request_id=request_id)
    finally:
        event_intake.bodies.release(body)
    return Response(status_code=200)


def _is_id(connection_id: str) -> bool:
    """Whether PostgreSQL may be asked for a connection of this id."""
    return len(connection_id) <= deliveries.LONGEST_ID and clean(connection_id) == connection_id


def _insist_recent(request: Request, event_intake: EventIntake) -> None:
    """Raises 401 for what was signed before the events that are kept, or will be: sent again, it would be taken for new."""
    sent_at, now = oncord.sent_at(request.headers), event_intake.runtime.clock.now()
    kept = timedelta(days=event_intake.runtime.settings.retention_days)
    if sent_at is None or not -FAST_CLOCK <= now - sent_at <= kept - FAST_CLOCK:
        raise HTTPException(401, "The time of the signature is too old, or has not come yet. Sign this one anew.")


@router.post(
    "/webhooks/quickbooks",
    summary="Events of QuickBooks companies",
    response_class=Response,
    responses={**_TAKEN, **responses(401, 404, 413, 503)},
    openapi_extra=_taken({"type": "array", "items": {"$ref": "#/components/schemas/CompanyEvent"}}),
)
async def receive_quickbooks(request: Request) -> Response:
    """Signed with the app's verifier token; CloudEvents or the older format, of one company or of several."""
    return await _from_intuit(request)


async def _from_intuit(request: Request) -> Response:
    event_intake = event_intake_of(request)
    tokens = request.app.state.settings.quickbooks_webhook_verifier_tokens
    if not tokens:
        raise NotFound("not-found", "Nobody listens at this address.")
    event_intake.insist_open(INTUIT)
    if not quickbooks.is_signed(request.headers):
        raise HTTPException(401, "No signature: intuit-signature is needed.")
    body = await event_intake.bodies.receive(request, INTUIT, QUICKBOOKS_BYTES)
    try:
        if not quickbooks.verify(request.headers, body, tokens):
            raise HTTPException(401, "The signature is none of our verifier tokens'.")
        request_id = str(request.scope.get("request_id", ""))
        try:
            await event_intake.accept(INTUIT, len(body), deliveries.of_quickbooks(body, request_id))
        except (ValueError, Unusable) as error:
            await event_intake.quarantine(Side.QUICKBOOKS, "", body, reason=str(error), request_id=request_id)
    finally:
        event_intake.bodies.release(body)
    return Response(status_code=200)


class WebhookFastPath:
    """Answers posts to these addresses before everything that only other answers need: the router, the log context, most
    headers that keep browsers careful. Together they would take longer than the intake itself.

    The routes above say the same to the API's description, and would do the same.
    """

    def __init__(self, app: ASGIApp, new_id: Callable[[Scope], str], *, secure: bool) -> None:
        self._app = app
        self._new_id = new_id
        self._headers = {"x-content-type-options": "nosniff"}
        if secure:
            self._headers["strict-transport-security"] = STRICT_TRANSPORT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a sender, or pass somebody else on."""
        path: str = scope.get("path", "")
        if not path.startswith(_PREFIX) or scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        sender, _, connection_id = path.removeprefix(_PREFIX).partition("/")
        request = Request(scope, receive)
        scope["request_id"] = request_id = request_id_of(scope, self._new_id)
        try:
            if sender == "quickbooks" and not connection_id:
                response = await _from_intuit(request)
            elif sender == "oncord" and connection_id and "/" not in connection_id:
                response = await _from_site(connection_id, request)
            else:
                await self._app(scope, receive, send)
                return
        except (Rejection, HTTPException) as error:
            with log.context(request=request_id):
                response = await answer(request, error)
                _log.info("request", method="POST", path=path, status=response.status_code)
        response.headers["x-request-id"] = request_id
        response.headers.update(self._headers)
        await response(scope, receive, send)


def event_intake_of(request: Request) -> EventIntake:
    """This process's intake, made when the first event comes."""
    state = request.app.state
    found: EventIntake | None = getattr(state, "event_intake", None)
    if found is None or found.runtime is not state.runtime:
        found = state.event_intake = EventIntake(state.runtime)
    return found
