"""The OAuth pages: discovery, consent, tokens, revocation, user info. All addresses are built from the request's own base."""

from __future__ import annotations

import base64
from html import escape
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.sandbox.quickbooks.grants import GrantError
from app.sandbox.quickbooks.requests.answers import html, lost, plain_json
from app.sandbox.quickbooks.requests.gateway import note_lost
from app.sandbox.quickbooks.values import wire
from app.sandbox.quickbooks.world import World

SCOPES = frozenset(
    {
        "com.intuit.quickbooks.accounting",
        "com.intuit.quickbooks.payment",
        "openid",
        "profile",
        "email",
        "phone",
        "address",
    }
)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


async def discovery(request: Request) -> Response:
    base = str(request.base_url).rstrip("/")
    return plain_json(
        {
            "issuer": "https://oauth.platform.intuit.com/op/v1",
            "authorization_endpoint": f"{base}/connect/oauth2",
            "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
            "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
            "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
            "jwks_uri": f"{base}/op/v1/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile", "address", "phone"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
        }
    )


async def jwks(request: Request) -> Response:
    return plain_json({"keys": []})


async def userinfo(request: Request) -> Response:
    world: World = request.app.state.world
    token = request.headers.get("authorization", "").partition(" ")[2]
    grant, _ = world.grants.lookup(token)
    if grant is None:
        return plain_json({"error": "invalid_token"}, 401)
    return plain_json(
        {"sub": "8d6a5f0e-sandbox", "email": "owner@example.com", "emailVerified": True, "givenName": "Sandbox"}
    )


def _acceptable(world: World, uri: str) -> bool:
    if world.redirect_uris is not None:
        return uri in world.redirect_uris
    parts = urlsplit(uri)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def _page(title: str, inner: str, status: int = 200) -> Response:
    style = "body{font:16px system-ui;max-width:34rem;margin:4rem auto;color:#222}a.b{display:block;padding:.8rem 1rem;margin:.5rem 0;border:1px solid #2ca01c;border-radius:.4rem;color:#2ca01c;text-decoration:none}"
    return html(
        f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{escape(title)}</title><style>{style}</style><h1>{escape(title)}</h1>{inner}</html>",
        status,
    )


async def consent(request: Request) -> Response:
    """Asks which company to connect; `?approve=<realm>` and `?deny=1` answer without a browser."""
    world: World = request.app.state.world
    asked = request.query_params
    if asked.get("client_id") != world.client_id:
        return _page("Sorry, an error occurred", "<p>The client id is not known.</p>", 400)
    uri = asked.get("redirect_uri", "")
    if not _acceptable(world, uri):
        return _page(
            "Sorry, an error occurred",
            "<p>The redirect_uri is invalid: it must match a registered one exactly.</p>",
            400,
        )
    state = {"state": asked["state"]} if "state" in asked else {}
    if asked.get("deny"):
        return _back(uri, {"error": "access_denied", **state})
    scopes = asked.get("scope", "").split()
    if asked.get("response_type") != "code":
        return _back(uri, {"error": "unsupported_response_type", **state})
    if not scopes or not set(scopes) <= SCOPES:
        return _back(uri, {"error": "invalid_scope", **state})
    realm = asked.get("approve")
    if realm:
        company = world.companies.get(realm)
        if company is None or not company.admin_active:
            return _page("Sorry, an error occurred", "<p>You must be an admin of that company.</p>", 403)
        world.revision += 1
        return _back(uri, {"code": world.grants.code(realm, uri, " ".join(scopes)), **state, "realmId": realm})
    return _page("Connect to QuickBooks (simulator)", _choices(world, request))


def _choices(world: World, request: Request) -> str:
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in ("approve", "deny")]

    def link(**extra: str) -> str:
        return escape("?" + urlencode([*kept, *extra.items()]))

    rows = [
        f'<a class=b id="approve-{realm}" href="{link(approve=realm)}">{escape(company.name)} ({company.country}, {realm})</a>'
        for realm, company in world.companies.items()
        if company.admin_active
    ]
    return f'<p>Choose the company that the app may work with.</p>{"".join(rows)}<p><a id=deny href="{link(deny="1")}">No, thanks</a></p>'


def _back(uri: str, parameters: dict[str, str]) -> Response:
    separator = "&" if "?" in uri else "?"
    return RedirectResponse(f"{uri}{separator}{urlencode(parameters)}", 302)


def _client(world: World, request: Request, form: dict[str, str]) -> bool:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            identifier, _, secret = base64.b64decode(value).decode().partition(":")
        except ValueError:
            return False
        return (identifier, secret) == (world.client_id, world.client_secret)
    return (form.get("client_id"), form.get("client_secret")) == (world.client_id, world.client_secret)


async def tokens(request: Request) -> Response:
    """Exchange and refresh."""
    world: World = request.app.state.world
    raw = await request.body()
    form = {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
    tid = world.tid()
    slow = world.hazards.strikes("latency", "oauth")
    if slow:
        await world.sleep(float(slow["seconds"]))
    try:
        body, realm = _token_answer(world, request, form)
    except GrantError as error:
        refused = (
            {"error": error.error, "error_description": error.description}
            if error.description
            else {"error": error.error}
        )
        return plain_json(refused, error.status, {"intuit_tid": tid})
    world.revision += 1
    if realm in world.companies:
        world.companies[realm].traffic.count("oauth")
    for slug in ("answer_timed_out", "answer_lost"):
        # only when asked for by name: a hazard for writes must not lose tokens by accident
        if world.hazards.switches[slug].parameters["entity"] == "oauth" and (
            struck := world.hazards.strikes(slug, "oauth")
        ):
            note_lost(world, request, b"", tid)
            await world.sleep(float(struck.get("seconds", 0)))
            return lost(world)
    return plain_json(body, 200, {"intuit_tid": tid, "cache-control": "no-cache, no-store"})


def _token_answer(world: World, request: Request, form: dict[str, str]) -> tuple[dict[str, object], str]:
    if not _client(world, request, form):
        raise GrantError("invalid_client", status=401)
    kind = form.get("grant_type")
    if kind == "authorization_code":
        if "code" not in form or "redirect_uri" not in form:
            raise GrantError("invalid_request", "code and redirect_uri are required")
        grant, access = world.grants.exchange(form["code"], form["redirect_uri"])
    elif kind == "refresh_token":
        if "refresh_token" not in form:
            raise GrantError("invalid_request", "refresh_token is required")
        grant, access = world.grants.refresh(form["refresh_token"])
    else:
        raise GrantError("unsupported_grant_type")
    hard = request.headers.get("x-include-refresh-token-hard-expires-in", "").lower() == "true"
    return world.grants.answer(grant, access, hard=hard), grant.realm


async def revoke(request: Request) -> Response:
    world: World = request.app.state.world
    raw = await request.body()
    try:
        sent = wire.parse(raw)
    except ValueError:
        sent = {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
    if not isinstance(sent, dict) or not _client(world, request, sent):
        return plain_json({"error": "invalid_client"}, 401)
    world.revision += 1
    if not world.grants.revoke(str(sent.get("token", ""))):
        return plain_json({"error": "invalid_token"}, 400)
    return Response(status_code=200)
