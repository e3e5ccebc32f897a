"""The web application: opens the runtime, builds the service container, and includes the routers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import psycopg
from alembic.config import Config
from alembic.script import ScriptDirectory
from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from app import VERSION, log
from app.api import (
    attention,
    being_told,
    configuration,
    connections,
    differences,
    document_changes,
    erasure,
    events,
    export,
    health,
    keys,
    matches,
    metrics,
    month_agreement,
    oauth,
    openings,
    previews,
    problems,
    progress,
    records,
    sealed_months,
    sessions,
    settlement,
    source_checks,
    syncs,
    tie_outs,
    watchlist,
    webhook_document,
    webhooks,
)
from app.api.declared import as_declared
from app.api.document import PARTS, DescribedApi, operation_id
from app.api.gate import Gate
from app.api.middleware import RequestId, SecurityHeaders
from app.api.places import Places
from app.api.rates import Rates
from app.api.streams import Streams
from app.console import api_page, guides, reference, routes
from app.console.api_page import SWAGGER_UI
from app.console.guides import PICTURES, PICTURES_AT
from app.console.session import error_page
from app.console.view import STATIC
from app.container import build_container
from app.runtime import Seams, keep_what_is_there, open_runtime
from app.services.permits import write_repeated
from app.services.ports import ServiceContainer
from app.services.readiness import Looks
from app.services.refusals import WITHIN
from app.services.secrets_at_rest import tell_what_is_amiss
from app.settings import Settings
from app.weak_settings import settings_to_serve_with, tell

_DESCRIPTION = """\
Keeps an Oncord site and a QuickBooks Online company in agreement, both ways.

Everything under `/api/` needs `Authorization: Bearer <key>`: ADMIN_API_KEY, which may do everything, or a key of one connection
(`.../keys`), which may do what its scopes say and sees no other connection (404). Lists are read page by page: send the
`next_cursor` of one page as `cursor` for the next. Errors are problem documents (RFC 9457) whose `type` ends in a
stable word and whose `detail` says what to do. A member or a parameter that an operation does not have, or that stands twice, is
refused (422), and nothing is done. A body may have 256 KiB. `RateLimit` says what is left of the requests that a key or a connection
may make in a minute; a 429 says in `Retry-After` when to come back.
"""


class Service(DescribedApi):
    """The application, and mounted in front of it that which takes events in."""

    intake: webhooks.WebhookIntake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request to the one that it is for."""
        if self.intake.takes(scope):
            await self.intake(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings | None = None, seams: Seams | None = None) -> FastAPI:
    """The application that `python -m app.serve` serves; tests pass their own settings and seams."""
    chosen = settings or settings_to_serve_with()
    if settings is None:
        log.configure(chosen.log_format, chosen.log_level)
        tell(chosen)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_runtime(chosen, seams) as runtime:
            app.state.runtime = runtime
            app.state.container = build_container(runtime)
            runtime.tasks.start(tell_what_is_amiss(runtime.database, runtime.vault), name="look at the stored secrets")
            write = partial(_write_refusals, app.state.container)
            runtime.tasks.start_every(WITHIN.total_seconds(), write, name="write down what was refused repeatedly")
            if settings is None:
                keep_what_is_there()
            yield

    app = Service(
        title="Oncord and QuickBooks Online",
        version=VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # it would lead to whatever host the request names
        webhooks=webhook_document.router,
        openapi_tags=[{"name": name, "description": words} for name, words in PARTS.items()],
        generate_unique_id_function=operation_id,
    )
    app.state.settings = chosen
    app.state.schema_head = schema_head()
    app.state.rates = Rates(chosen)
    app.state.places = Places()
    app.state.streams = Streams()
    app.state.documents = {}
    app.state.parameters = {}
    app.state.looks = Looks()
    problems.install(app, error_page)
    for room in (
        watchlist,
        connections,
        keys,
        sessions,
        configuration,
        syncs,
        previews,
        progress,
        matches,
        sealed_months,
        source_checks,
        tie_outs,
        month_agreement,
        differences,
        records,
        document_changes,
        erasure,
        export,
        openings,
        settlement,
        attention,
        being_told,
        events,
        oauth,
        webhooks,
        health,
        metrics,
    ):
        # What the gate answers anywhere but at the webhooks, which never come to it.
        at_the_gate = {} if room is webhooks else problems.responses(408, 413, 429)
        ours = () if room in (oauth, webhooks, health) else (Depends(as_declared),)
        app.include_router(room.router, dependencies=ours, responses=problems.of_the_server() | at_the_gate)
    app.include_router(
        sessions.of_one,
        dependencies=(Depends(as_declared),),
        responses=problems.of_the_server() | problems.responses(408, 413, 429),
    )
    for pages in (routes, reference, api_page, guides):
        app.include_router(pages.router)
    app.mount(PICTURES_AT, StaticFiles(directory=PICTURES, check_dir=False))
    app.mount("/static/swagger-ui", StaticFiles(directory=SWAGGER_UI))
    app.mount("/static", StaticFiles(directory=STATIC))

    def new_request_id(_: Scope) -> str:
        return str(app.state.runtime.ids.new("req"))

    app.add_middleware(Gate, rates=app.state.rates)
    secure = chosen.public_url.startswith("https:")
    app.add_middleware(SecurityHeaders, secure=secure, frame_origin=chosen.console_frame_origin)
    app.add_middleware(RequestId, new_id=new_request_id)
    app.intake = webhooks.WebhookIntake(app, new_request_id, secure=secure)
    if settings is None:
        reference.make_beforehand(app)
    return app


async def _write_refusals(container: ServiceContainer) -> None:
    """So that the last of them are written down though nobody is refused anything any more."""
    with suppress(psycopg.OperationalError):  # what asks the database next says so
        await write_repeated(container)


def schema_head() -> str:
    """The revision that this code needs."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "alembic"))
    return ScriptDirectory.from_config(config).get_current_head() or ""
