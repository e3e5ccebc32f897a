"""Every public method of intuit-oauth, Intuit's own OAuth library, against the simulator; docs/clients.md is the record."""

# mypy: disable-error-code="import-untyped"
from __future__ import annotations

import inspect
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import requests
from intuitlib import migration
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from intuitlib.utils import get_discovery_doc, validate_id_token

from .over_http import Served, new_company

REDIRECT = "https://x.example/callback"
pytestmark = pytest.mark.usefixtures("plain_http")


@pytest.fixture
def auth(served: Served) -> AuthClient:
    """A client with the grant of a company of its own."""
    company = new_company(served.base)
    return AuthClient(
        company["client_id"],
        company["client_secret"],
        REDIRECT,
        environment=served.discovery,
        access_token=company["access_token"],
        refresh_token=company["refresh_token"],
        realm_id=company["realm_id"],
    )


def test_the_library_has_no_method_that_nothing_here_calls() -> None:
    inherited = {name for name, _ in inspect.getmembers(requests.Session, callable)}
    own = {name for name, _ in inspect.getmembers(AuthClient, callable) if not name.startswith("_")} - inherited

    assert own == {
        "setAuthorizeURLs",
        "get_authorization_url",
        "get_bearer_token",
        "refresh",
        "revoke",
        "get_user_info",
    }


def test_it_finds_its_addresses_by_discovery(auth: AuthClient, served: Served) -> None:
    found = get_discovery_doc(served.discovery)

    assert auth.token_endpoint == found["token_endpoint"] == f"{served.base}/oauth2/v1/tokens/bearer"
    assert auth.issuer_uri == "https://oauth.platform.intuit.com/op/v1"


def test_it_asks_for_consent_and_exchanges_the_code(auth: AuthClient) -> None:
    asked = auth.get_authorization_url([Scopes.ACCOUNTING, Scopes.OPENID, Scopes.EMAIL], state_token="kept")
    answer = httpx.get(f"{asked}&approve={auth.realm_id}", trust_env=False)
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    before = auth.access_token
    auth.get_bearer_token(back["code"][0], realm_id=back["realmId"][0])

    assert back["state"] == ["kept"]
    assert auth.access_token != before
    assert (auth.expires_in, auth.realm_id) == (3600, back["realmId"][0])
    with pytest.raises(AuthClientError) as twice:
        auth.get_bearer_token(back["code"][0])
    assert "invalid_grant" in str(twice.value.content)


def test_it_refreshes_with_its_own_token_and_with_one_that_is_given(auth: AuthClient) -> None:
    first = auth.access_token
    auth.refresh()
    second = auth.access_token
    auth.refresh(refresh_token=auth.refresh_token)

    assert len({first, second, auth.access_token}) == 3
    assert auth.x_refresh_token_expires_in > 0
    with pytest.raises(AuthClientError) as refused:
        auth.refresh(refresh_token="never given")
    assert refused.value.status_code == 400


def test_it_reads_who_consented(auth: AuthClient) -> None:
    assert auth.get_user_info().json()["emailVerified"] is True
    with pytest.raises(AuthClientError) as refused:
        auth.get_user_info(access_token="never given")
    assert refused.value.status_code == 401


def test_it_revokes_and_is_then_refused(auth: AuthClient) -> None:
    assert auth.revoke() is True
    with pytest.raises(AuthClientError):
        auth.refresh()
    with pytest.raises(AuthClientError):
        auth.revoke(token="never given")


def test_it_takes_other_addresses(auth: AuthClient, served: Served) -> None:
    auth.setAuthorizeURLs(
        {
            "auth_endpoint": f"{served.base}/connect/oauth2",
            "token_endpoint": f"{served.base}/oauth2/v1/tokens/bearer",
            "revoke_endpoint": f"{served.base}/v2/oauth2/tokens/revoke",
            "user_info_url": f"{served.base}/v1/openid_connect/userinfo",
        }
    )
    auth.refresh()

    assert auth.get_user_info().status_code == 200


def test_tokens_of_the_old_kind_are_not_migrated(
    auth: AuthClient, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(migration.MIGRATION_URL, "sandbox", f"{served.base}/v2/oauth2/tokens/migrate")
    with pytest.raises(AuthClientError) as refused:
        migration.migrate("key", "secret", "token", "secret", auth, [Scopes.ACCOUNTING])

    assert refused.value.status_code == 404


def test_an_identity_token_that_is_none_is_not_believed(auth: AuthClient) -> None:
    """The simulator gives none, even where `openid` was asked for, and has no keys."""
    assert auth.id_token is None
    assert validate_id_token("no token", auth.client_id, auth.issuer_uri, auth.jwks_uri) is False
    assert httpx.get(auth.jwks_uri, trust_env=False).json() == {"keys": []}
