"""The API key: one for the whole service, compared in constant time, demanded by the routers themselves."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.api.dependencies import SettingsOf
from app.errors import Rejection, Unavailable
from app.services.sessions import key_matches

_bearer = HTTPBearer(
    auto_error=False, scheme_name="API key", description="The value of ADMIN_API_KEY, as `Authorization: Bearer ...`."
)


class KeyRequired(Rejection):
    """The caller has not shown the right key (401)."""

    status = 401


async def require_key(
    request: Request,
    settings: SettingsOf,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> None:
    """Let nobody pass without the key; without a configured key, let nobody pass at all.

    Raises `KeyRequired` where it was not shown or is another, `Unavailable` where none is configured.
    """
    if not settings.admin_api_key:
        raise Unavailable("api-key-not-configured", "This API is closed until the operator sets ADMIN_API_KEY.")
    if credentials is None:
        raise KeyRequired("api-key-required", "Send the API key as `Authorization: Bearer <key>`.")
    if not key_matches(credentials.credentials, settings.admin_api_key):
        raise KeyRequired("api-key-wrong", "This is not the API key of this service.")
