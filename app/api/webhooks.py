"""Where Oncord's sites and Intuit post their events: verify, store, wake a worker, answer. No key; the signature is the key.

Who says nothing of a signature is answered before the body is read (401), and so is an address without a secret (404). A wrong
signature, or one from before the events that are kept, is a 401 and nothing is stored; a signed body that nobody can read is
kept aside and answered 200, so that it does not dam the sender's queue; while PostgreSQL is away the answer is a 503, never a
2xx; what is beyond a site's share of a day is a 429. The content type plays no part.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Path, Request, Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from app import deliveries, log
from app.api.event_bodies import Post
from app.api.event_intake import INTUIT, EventIntake, Unusable
from app.api.middleware import STRICT_TRANSPORT, request_id_of
from app.api.problems import answer, crashed, responses
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
_COMPANIES = ("/webhooks/quickbooks", "/webhooks/quickbooks/")
_SITES = "/webhooks/oncord/"
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
    responses={**_TAKEN, **responses(401, 404, 413, 429, 503)},
    openapi_extra=_taken({"$ref": "#/components/schemas/SiteEvent"}),
)
async def receive_oncord(connection_id: Sender, request: Request) -> Response:
    """Signed by the Standard Webhooks scheme with a secret of the connection."""
    await _from_site(
        event_intake_of(request.app), connection_id, Post(request.headers, request.receive), _id_of(request)
    )
    return Response(status_code=200)


async def _from_site(intake: EventIntake, connection_id: str, post: Post, request_id: str) -> None:
    """Return once the events of a site are kept. Raises `Rejection` and `HTTPException`."""
    intake.insist_open(connection_id)
    if not oncord.is_signed(post.headers):
        raise HTTPException(401, "No signature: webhook-id, webhook-timestamp and webhook-signature are needed.")
    secrets = await intake.secrets.of(connection_id) if _is_id(connection_id) else ()
    if not secrets:
        raise NotFound("not-found", "Nobody listens at this address.")
    body = await intake.bodies.receive(post, connection_id, ONCORD_BYTES)
    try:
        if not oncord.verify(post.headers, body, secrets):
            secrets = await intake.secrets.of(connection_id, fresh=True)
            if not oncord.verify(post.headers, body, secrets):
                raise HTTPException(401, "The signature is none of this connection's secrets'.")
        _insist_recent(post.headers, intake)
        intake.shares.take(connection_id, len(body))
        try:
            arrivals = deliveries.of_oncord(connection_id, oncord.message_id(post.headers), body, request_id)
            await intake.accept(connection_id, len(body), arrivals)
        except (ValueError, Unusable) as error:
            await intake.quarantine(Side.ONCORD, connection_id, body, reason=str(error), request_id=request_id)
    finally:
        intake.bodies.release(body)


def _is_id(connection_id: str) -> bool:
    """Whether PostgreSQL may be asked for a connection of this id."""
    return len(connection_id) <= deliveries.LONGEST_ID and clean(connection_id) == connection_id


def _insist_recent(headers: Mapping[str, str], event_intake: EventIntake) -> None:
    """Raises 401 for what was signed before the events that are kept, or will be: sent again, it would be taken for new."""
    sent_at, now = oncord.sent_at(headers), event_intake.runtime.clock.now()
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
    await _from_intuit(event_intake_of(request.app), Post(request.headers, request.receive), _id_of(request))
    return Response(status_code=200)


async def _from_intuit(intake: EventIntake, post: Post, request_id: str) -> None:
    """Return once the events of companies are kept. Raises `Rejection` and `HTTPException`."""
    tokens = intake.runtime.settings.quickbooks_webhook_verifier_tokens
    if not tokens:
        raise NotFound("not-found", "Nobody listens at this address.")
    intake.insist_open(INTUIT)
    if not quickbooks.is_signed(post.headers):
        raise HTTPException(401, "No signature: intuit-signature is needed.")
    body = await intake.bodies.receive(post, INTUIT, QUICKBOOKS_BYTES)
    try:
        if not quickbooks.verify(post.headers, body, tokens):
            raise HTTPException(401, "The signature is none of our verifier tokens'.")
        try:
            await intake.accept(INTUIT, len(body), deliveries.of_quickbooks(body, request_id))
        except (ValueError, Unusable) as error:
            await intake.quarantine(Side.QUICKBOOKS, "", body, reason=str(error), request_id=request_id)
    finally:
        intake.bodies.release(body)


def _id_of(request: Request) -> str:
    return str(request.scope.get("request_id", ""))


class WebhookIntake:
    """The application that takes posts to these addresses, mounted in front of all others: no router, no request object, no log
    context, and of the headers that keep browsers careful those that a program heeds. Together they would take longer than the
    intake itself.

    The routes above say the same to the API's description, and do the same where the service stands below another path.
    """

    def __init__(self, app: FastAPI, new_id: Callable[[Scope], str], *, secure: bool) -> None:
        self._app = app
        self._new_id = new_id
        self._careful = {"x-content-type-options": "nosniff"}
        if secure:
            self._careful["strict-transport-security"] = STRICT_TRANSPORT
        self._raw = [(name.encode(), value.encode()) for name, value in self._careful.items()]

    @staticmethod
    def takes(scope: Scope) -> bool:
        """Whether it is a post to one of these addresses."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return False
        path: str = scope["path"]
        return path in _COMPANIES or (path.startswith(_SITES) and "/" not in path[len(_SITES) :] and path != _SITES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a sender whose post it takes."""
        # Of a header that comes twice the first one counts.
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        request_id = request_id_of(scope, self._new_id) if "x-request-id" in headers else self._new_id(scope)
        path: str = scope["path"]
        try:
            intake, post = event_intake_of(self._app), Post(headers, receive)
            if path in _COMPANIES:
                await _from_intuit(intake, post, request_id)
            else:
                await _from_site(intake, path[len(_SITES) :], post, request_id)
        except (Rejection, HTTPException) as error:
            await self._refuse(self._request(scope, request_id), error, receive, send)
            return
        except Exception as error:
            crash = await crashed(self._request(scope, request_id), error)
            await crash(scope, receive, send)
            raise
        named = [(b"content-length", b"0"), (b"x-request-id", request_id.encode()), *self._raw]
        await send({"type": "http.response.start", "status": 200, "headers": named})
        await send({"type": "http.response.body", "body": b""})

    async def _refuse(self, request: Request, error: Rejection | HTTPException, receive: Receive, send: Send) -> None:
        """Say why nothing was taken."""
        request_id = request.scope["request_id"]
        with log.context(request=request_id):
            response = await answer(request, error)
            _log.info("request", method="POST", path=request.scope["path"], status=response.status_code)
        response.headers["x-request-id"] = request_id
        response.headers.update(self._careful)
        await response(request.scope, receive, send)

    def _request(self, scope: Scope, request_id: str) -> Request:
        """The request, for whoever writes an answer in words."""
        return Request({**scope, "app": self._app, "request_id": request_id})


def event_intake_of(app: FastAPI) -> EventIntake:
    """This process's intake, made when the first event comes."""
    state = app.state
    found: EventIntake | None = getattr(state, "event_intake", None)
    if found is None or found.runtime is not state.runtime:
        found = state.event_intake = EventIntake(state.runtime)
    return found
