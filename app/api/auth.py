"""Who shows which key, and whether they may open this address. Demanded by the routers themselves; nobody else is let in.

`caller_of` is the one place that says who is behind a key. `app.api.gate` asks it before it lets a body in, and leaves the
answer with the request.
"""

from typing import Annotated

import psycopg
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.access import needed
from app.api.dependencies import ContainerOf, SettingsOf, network_of
from app.api.problems import DATABASE_AWAY
from app.errors import Rejection, Unavailable
from app.services import keys
from app.services.callers import Caller
from app.services.permits import permit
from app.services.ports import ServiceContainer
from app.settings import Settings

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="API key",
    description="ADMIN_API_KEY, or a key of one connection, as `Authorization: Bearer ...`.",
)


class KeyRequired(Rejection):
    """The caller has not shown a key that is good (401)."""

    status = 401


class KeyWrong(KeyRequired):
    """What the caller has shown is no key, or one that has ended (401)."""


async def caller_of(container: ServiceContainer, settings: Settings, key: str | None, address: str) -> Caller:
    """Who shows this key, coming from this (shortened) address. Without a configured key, nobody is let in at all.

    Raises `KeyRequired` where none was shown, `KeyWrong` where it is none, `Unavailable` where the operator's is not configured
    or the database is away.
    """
    if not settings.admin_api_keys:
        raise Unavailable("api-key-not-configured", "This API is closed until the operator sets ADMIN_API_KEY.")
    if key is None:
        raise KeyRequired("api-key-required", "Send the API key as `Authorization: Bearer <key>`.")
    try:
        caller = await keys.who_is(container, key, settings.admin_api_keys, address)
    except psycopg.OperationalError as error:
        raise Unavailable("database-away", DATABASE_AWAY) from error
    if caller is None:
        raise KeyWrong("api-key-wrong", "This key is not known here, or it has ended.")
    return caller


async def admit(
    request: Request,
    container: ContainerOf,
    settings: SettingsOf,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """Whoever shows a key that may open this address, on this connection; see `app.access` for what each address needs.

    Raises what `caller_of` and `permit` raise.
    """
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        key = credentials.credentials if credentials else None
        caller = await caller_of(container, settings, key, network_of(request))
    address = route_address(request)
    connection_id = str(request.path_params.get("connection_id", ""))
    await permit(container, caller, needed(address), connection_id, address=address)
    return caller


def route_address(request: Request) -> str:
    """The route that was asked for, as the table of `app.access` writes it."""
    return f"{request.method} {request.scope['route'].path}"


CallerOf = Annotated[Caller, Depends(admit)]
"""Who asks, and may."""
