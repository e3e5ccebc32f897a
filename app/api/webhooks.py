"""Where Oncord's sites and Intuit post their events: verify, store, wake a worker, answer. No key; the signature is the key.

A wrong signature is a 401 and nothing is stored; an endpoint without a secret is closed (404); a signed body that
nobody can read is kept aside and answered 200, so that it does not dam the sender's queue; while PostgreSQL is away the
answer is a 503, never a 2xx. The content type plays no part.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from app import log
from app.api.event_intake import EventIntake, Unusable
from app.api.middleware import request_id_of
from app.api.problems import answer, responses
from app.domain.model.records import Side
from app.errors import NotFound, Rejection
from app.oncord import webhook as oncord
from app.quickbooks import webhook as quickbooks
from app.storage.changes.intake import InboundEvent

router = APIRouter(tags=["webhooks"])

ONCORD_BYTES = 1024 * 1024
QUICKBOOKS_BYTES = 8 * 1024 * 1024
_PREFIX = "/webhooks/"
_log = log.get(__name__)
READING_SECONDS = 20.0
"""How long a sender may take to hand over a body."""
LONGEST_ID = 100

_BODY = {"requestBody": {"content": {"application/json": {"schema": {}}}, "required": True}}


@router.post(
    "/webhooks/oncord/{connection_id}",
    summary="Events of an Oncord site",
    responses=responses(401, 404, 413, 503),
    openapi_extra=_BODY,
)
async def receive_oncord(connection_id: str, request: Request) -> Response:
    """Signed by the Standard Webhooks scheme with a secret of the connection."""
    return await _from_site(connection_id, request)


async def _from_site(connection_id: str, request: Request) -> Response:
    event_intake = event_intake_of(request)
    async with _body(request, event_intake, ONCORD_BYTES) as body:
        headers = request.headers
        secrets = await event_intake.secrets(connection_id) if len(connection_id) <= LONGEST_ID else ()
        if not oncord.verify(headers, body, secrets):
            secrets = await event_intake.secrets(connection_id, fresh=True) if secrets else ()
            if not secrets:
                raise NotFound("not-found", "Nobody listens at this address.")
            if not oncord.verify(headers, body, secrets):
                raise HTTPException(401, "The signature is none of this connection's secrets'.")
        request_id = str(request.scope.get("request_id", ""))
        try:
            message_id, webhook_events = oncord.message_id(headers), oncord.parse(body)
            await event_intake.accept(
                [
                    _from_oncord(connection_id, message_id, n, webhook_event, request_id)
                    for n, webhook_event in enumerate(webhook_events)
                ]
            )
        except (ValueError, Unusable) as error:
            await event_intake.quarantine(Side.ONCORD, connection_id, body, reason=str(error), request_id=request_id)
    return Response(status_code=200)


@router.post(
    "/webhooks/quickbooks",
    summary="Events of QuickBooks companies",
    responses=responses(401, 404, 413, 503),
    openapi_extra=_BODY,
)
async def receive_quickbooks(request: Request) -> Response:
    """Signed with the app's verifier token; CloudEvents or the older format, of one company or of several."""
    return await _from_intuit(request)


async def _from_intuit(request: Request) -> Response:
    event_intake = event_intake_of(request)
    tokens = request.app.state.settings.quickbooks_webhook_verifier_tokens
    if not tokens:
        raise NotFound("not-found", "Nobody listens at this address.")
    async with _body(request, event_intake, QUICKBOOKS_BYTES) as body:
        if not quickbooks.verify(request.headers, body, tokens):
            raise HTTPException(401, "The signature is none of our verifier tokens'.")
        request_id = str(request.scope.get("request_id", ""))
        try:
            webhook_events = quickbooks.parse(body)
            # An event without an id of its own always counts, so it gets a key that nobody else has.
            post = (
                ""
                if all(webhook_event.event_id for webhook_event in webhook_events)
                else event_intake.runtime.ids.new("post")
            )
            await event_intake.accept(
                [_from_quickbooks(post, n, webhook_event, request_id) for n, webhook_event in enumerate(webhook_events)]
            )
        except (ValueError, Unusable) as error:
            await event_intake.quarantine(Side.QUICKBOOKS, "", body, reason=str(error), request_id=request_id)
    return Response(status_code=200)


class WebhookFastPath:
    """Answers posts to these addresses before everything that only other answers need: the router, the log context, the
    headers that keep browsers careful. Together they would take longer than the intake itself.

    The routes above say the same to the API's description, and would do the same.
    """

    def __init__(self, app: ASGIApp, new_id: Callable[[Scope], str]) -> None:
        self._app = app
        self._new_id = new_id

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
        await response(scope, receive, send)


def event_intake_of(request: Request) -> EventIntake:
    """This process's intake, made when the first event comes."""
    state = request.app.state
    found: EventIntake | None = getattr(state, "event_intake", None)
    if found is None or found.runtime is not state.runtime:
        found = state.event_intake = EventIntake(state.runtime)
    return found


@asynccontextmanager
async def _body(request: Request, event_intake: EventIntake, most: int) -> AsyncIterator[bytes]:
    """The raw body; 413 as soon as it is too long, 408 where it takes too long to come."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > most:
        raise HTTPException(413, f"At most {most} bytes.")
    pieces: list[bytes] = []
    size = 0
    with event_intake.room_for(int(declared)):
        try:
            async with asyncio.timeout(READING_SECONDS):
                async for piece in request.stream():
                    size += len(piece)
                    if size > most:
                        raise HTTPException(413, f"At most {most} bytes.")
                    if piece:
                        pieces.append(piece)
        except TimeoutError:
            raise HTTPException(408, "The body took too long to come.") from None
        except ClientDisconnect:
            raise HTTPException(400, "The sender hung up.") from None
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if size <= int(declared):
            yield body
            return
        with event_intake.room_for(size - int(declared)):
            yield body


def _from_oncord(
    connection_id: str, message_id: str, position: int, webhook_event: oncord.WebhookEvent, request_id: str
) -> InboundEvent:
    return InboundEvent(
        side=Side.ONCORD,
        event_key=f"{connection_id}/{message_id}/{position}",
        connection_id=connection_id,
        kind=webhook_event.kind,
        record_id=webhook_event.record_id,
        action=webhook_event.action,
        version=webhook_event.version,
        occurred_at=webhook_event.occurred_at,
        also=tuple(one for one in webhook_event.merged_ids if not _too_long(one)),
        deleted_with=webhook_event.deleted_with,
        problem=webhook_event.problem or _too_long(webhook_event.record_id),
        request_id=request_id,
        detail={"actor": webhook_event.actor} if webhook_event.actor else {},
    )


def _from_quickbooks(post: str, position: int, webhook_event: quickbooks.WebhookEvent, request_id: str) -> InboundEvent:
    problem = "" if webhook_event.record_id else "no record named"
    if webhook_event.kind is None:
        problem = "not a kind of record that is synchronised"
    key = (
        f"{webhook_event.realm_id}/{webhook_event.event_id}/{position}"
        if webhook_event.event_id
        else f"{post}/{position}"
    )
    return InboundEvent(
        side=Side.QUICKBOOKS,
        event_key=key,
        realm_id=webhook_event.realm_id,
        kind=webhook_event.kind,
        record_id=webhook_event.record_id,
        action=webhook_event.action,
        occurred_at=webhook_event.occurred_at,
        also=(webhook_event.deleted_id,)
        if webhook_event.deleted_id and not _too_long(webhook_event.deleted_id)
        else (),
        problem=problem or _too_long(webhook_event.record_id),
        request_id=request_id,
        detail={"entity": webhook_event.entity} if webhook_event.entity else {},
    )


def _too_long(record_id: str) -> str:
    return "" if len(record_id) <= LONGEST_ID else "its id is longer than an id can be"
