"""The API key: one for the whole service (two while it is replaced), compared in constant time, demanded by the routers
themselves. `app.api.gate` asks the same before it lets a body in.
"""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.api.dependencies import SettingsOf
from app.errors import Rejection, Unavailable
from app.services.sessions import matching_key
from app.settings import Settings

bearer = HTTPBearer(
    auto_error=False, scheme_name="API key", description="The value of ADMIN_API_KEY, as `Authorization: Bearer ...`."
)


class KeyRequired(Rejection):
    """The caller has not shown the right key (401)."""

    status = 401


class KeyWrong(KeyRequired):
    """What the caller has shown is no key (401)."""


async def require_key(
    request: Request,
    settings: SettingsOf,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> None:
    """Let nobody pass without the key; without a configured key, let nobody pass at all.

    Raises `KeyRequired` where it was not shown or is another, `Unavailable` where none is configured.
    """
    insist_on_key(settings, credentials)


def insist_on_key(settings: Settings, credentials: HTTPAuthorizationCredentials | None) -> None:
    """Whether this is a key at all: all that the gate knows of keys.

    Raises `KeyRequired` where none was shown, `KeyWrong` where it is none, `Unavailable` where none is configured.
    """
    if not settings.admin_api_keys:
        raise Unavailable("api-key-not-configured", "This API is closed until the operator sets ADMIN_API_KEY.")
    if credentials is None:
        raise KeyRequired("api-key-required", "Send the API key as `Authorization: Bearer <key>`.")
    if matching_key(credentials.credentials, settings.admin_api_keys) is None:
        raise KeyWrong("api-key-wrong", "This is not the API key of this service.")
