"""Intuit's OAuth 2.0 through Authlib: the consent page's address, the exchange, the refresh, the farewell.

Knows nothing of where tokens are kept (`tokens`) or of who may ask (`services`). Failures are the few of `app.errors`:
`Unauthorised` means that this code or refresh token will never work again, `Unreachable` that nobody knows.
"""

import asyncio
import contextlib
import warnings
from datetime import datetime, timedelta
from urllib.parse import urlencode

import httpx
from authlib.deprecate import AuthlibDeprecationWarning  # type: ignore[import-untyped]

from app.answer_bodies import OtherPacking, TooLarge, Unreadable, read_body
from app.answer_headers import no_cookies
from app.domain.guards.grant_age import TokenPair
from app.errors import Blocked, Remedy, Unauthorised, Unreachable
from app.quickbooks.ports import Clock

with warnings.catch_warnings():
    # Authlib advertises httpx2 over httpx on import; this project stays on httpx.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
    from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

SCOPE = "com.intuit.quickbooks.accounting"
_HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/x-www-form-urlencoded",
    "x-include-refresh-token-hard-expires-in": "true",
}
MAX_BYTES = 1024 * 1024
ANSWER_SECONDS = 40.0
"""For an answer in all, however it is dealt out; each wait within it has `timeout_seconds`."""
_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_DEAD = {"invalid_grant"}
_OURS = {"invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type", "invalid_request"}


class _Through(httpx.AsyncBaseTransport):
    """Sends what Authlib's client asks for through the pool that the process already holds open."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await self._http.send(request, stream=True, auth=None)
                try:
                    body = await read_body(response, MAX_BYTES)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise httpx.ReadTimeout("the token service deals its answer out", request=request) from error
        except (TooLarge, Unreadable, OtherPacking) as error:
            raise httpx.DecodingError("no answer of a token service", request=request) from error
        plain = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_WIRE]
        return httpx.Response(response.status_code, headers=plain, content=body, request=request)


class OAuth:
    """One Intuit app (client id and secret) in one environment."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        http: httpx.AsyncClient,
        clock: Clock,
        authorize_url: str,
        token_url: str,
        revoke_url: str,
        timeout_seconds: float = 20,
    ) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._http = http
        self._clock = clock
        self._authorize_url = authorize_url
        self._token_url = token_url
        self._revoke_url = revoke_url
        self._timeout = timeout_seconds

    def authorise_url(self, *, state: str, redirect_uri: str) -> str:
        """Where the merchant's browser goes to consent; `state` must be unguessable and single-use."""
        asked = {
            "client_id": self._client_id,
            "response_type": "code",
            "scope": SCOPE,
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{self._authorize_url}?{urlencode(asked)}"

    async def exchange(self, code: str, redirect_uri: str) -> TokenPair:
        """Trade the single-use code of the callback for tokens. Raises `Unauthorised` where it was used or is too old."""
        asked_at = self._clock.now()
        try:
            token = await self._client().fetch_token(
                self._token_url,
                grant_type="authorization_code",
                code=code,
                redirect_uri=redirect_uri,
                headers=dict(_HEADERS),
            )
        except Exception as error:
            raise _translated(error, "QuickBooks says that this consent was used already, or has expired.") from error
        try:
            return _pair(token, asked_at)
        except Unreachable:
            await self._give_back_what_came(token)
            raise

    async def _give_back_what_came(self, token: dict[str, object]) -> None:
        """Revoke half a pair, which nobody can use: either token ends the grant."""
        for half in (token.get("refresh_token"), token.get("access_token")):
            if isinstance(half, str) and half:
                with contextlib.suppress(Unreachable):
                    await self.revoke(half)
                return

    async def refresh(self, refresh_token: str) -> TokenPair:
        """Trade a refresh token for a new pair. The old value may die with the answer: store the new one before use.

        Raises `Unauthorised` where Intuit refuses it, `Unreachable` where there is no usable answer.
        """
        asked_at = self._clock.now()
        try:
            token = await self._client().refresh_token(
                self._token_url, refresh_token=refresh_token, headers=dict(_HEADERS)
            )
        except Exception as error:
            raise _translated(error, "QuickBooks no longer accepts this connection.") from error
        return _pair(token, asked_at, refresh_token)

    async def revoke(self, refresh_token: str) -> None:
        """Give the grant back (disconnect). A token that is dead already is as good as revoked.

        The status says all; no body is read. Raises `Unreachable` where Intuit does not answer or cannot take it back just now.
        """
        asked = self._http.stream(
            "POST",
            self._revoke_url,
            json={"token": refresh_token},
            auth=(self._client_id, self._client_secret),
            headers={"Accept": "application/json"},
            timeout=self._timeout,
        )
        try:
            async with asyncio.timeout(ANSWER_SECONDS), asked as answer:
                status = answer.status_code
        except (TimeoutError, httpx.HTTPError) as error:
            raise Unreachable("Intuit did not answer when the connection was to be given back.") from error
        if status >= 500 or status == 429:
            raise Unreachable("Intuit could not take the connection back just now.", code=str(status))

    def _client(self) -> AsyncOAuth2Client:
        # One per call: Authlib keeps the last token on the client, and two connections must never share one.
        return AsyncOAuth2Client(
            client_id=self._client_id,
            client_secret=self._client_secret,
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106 - the name of a method
            transport=_Through(self._http),
            timeout=self._timeout,
            trust_env=False,
            cookies=no_cookies(),
        )


def _pair(token: dict[str, object], asked_at: datetime, previous: str = "") -> TokenPair:
    """Expiry counts from when we asked, which errs on the safe side."""

    def after(name: str) -> datetime | None:
        seconds = str(token.get(name))
        # What is no span of time is as good as not said.
        return (
            asked_at + timedelta(seconds=int(seconds))
            if seconds.isascii() and seconds.isdigit() and len(seconds) < 11
            else None
        )

    access, refresh = token.get("access_token"), token.get("refresh_token") or previous
    if not isinstance(access, str) or not isinstance(refresh, str) or not access or not refresh:
        raise Unreachable("Intuit's answer held no tokens.")
    return TokenPair(
        access_token=access,
        refresh_token=refresh,
        access_expires_at=after("expires_in") or asked_at + timedelta(hours=1),
        refresh_expires_at=after("x_refresh_token_expires_in"),
        refresh_hard_expires_at=after("x_refresh_token_hard_expires_in"),
    )


def _translated(error: Exception, dead: str) -> Exception:
    if isinstance(error, OAuthError):
        code = str(error.error or "")
        if code in _DEAD:
            return Unauthorised(dead, code=code, advice="Connect to QuickBooks again.", remedy=Remedy.CONSENT)
        if code in _OURS:
            return Blocked(
                "Intuit refuses this app's credentials or request.",
                code=code,
                advice="The operator must check QUICKBOOKS_CLIENT_ID, QUICKBOOKS_CLIENT_SECRET and the environment.",
            )
        return Unreachable("Intuit could not answer for the tokens just now.", code=code)
    if isinstance(error, httpx.HTTPError | ValueError):
        return Unreachable("Intuit's token service gave no usable answer.")
    return error
