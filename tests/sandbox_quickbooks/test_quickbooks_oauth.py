"""Consent, tokens and their ends, as docs/quickbooks.md 1 has them."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from .books import Books, open_books, still_world

BACK = "https://shop.example/oauth/callback"


def consent(books: Books, **extra: str) -> dict[str, str]:
    return {
        "client_id": books.world.client_id,
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": BACK,
        "state": "s t",
        **extra,
    }


async def approve(books: Books) -> dict[str, str]:
    answer = await books.client.get("/connect/oauth2", params=consent(books, approve=books.company.realm))
    assert answer.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def token(books: Books, **form: str) -> httpx.Response:
    secret = base64.b64encode(f"{books.world.client_id}:{books.world.client_secret}".encode()).decode()
    headers = {
        "authorization": f"Basic {secret}",
        **({"x-include-refresh-token-hard-expires-in": "true"} if form.pop("hard", "") else {}),
    }
    return await books.client.post("/oauth2/v1/tokens/bearer", data=form, headers=headers)


async def refresh(books: Books, value: str) -> httpx.Response:
    return await token(books, grant_type="refresh_token", refresh_token=value)


async def test_discovery_names_addresses_on_the_callers_own_base(au: Books) -> None:
    found = (await au.client.get("/.well-known/openid_sandbox_configuration")).json()

    assert found["token_endpoint"] == "http://books/oauth2/v1/tokens/bearer"
    assert found["authorization_endpoint"] == "http://books/connect/oauth2"


async def test_consent_page_offers_every_company(au: Books) -> None:
    page = await au.client.get("/connect/oauth2", params=consent(au))

    assert page.status_code == 200
    assert f"approve={au.company.realm}" in page.text


async def test_approving_sends_code_state_and_realm_back(au: Books) -> None:
    returned = await approve(au)

    assert returned.keys() == {"code", "state", "realmId"}
    assert (returned["state"], returned["realmId"]) == ("s t", au.company.realm)


async def test_denying_sends_access_denied_back(au: Books) -> None:
    answer = await au.client.get("/connect/oauth2", params=consent(au, deny="1"))

    assert parse_qs(urlsplit(answer.headers["location"]).query) == {"error": ["access_denied"], "state": ["s t"]}


@pytest.mark.parametrize(
    "wrong", [{"client_id": "other"}, {"redirect_uri": "http://shop.example/callback"}, {"redirect_uri": ""}]
)
async def test_a_foreign_client_or_address_sees_an_error_page_and_nothing_is_sent_back(
    au: Books, wrong: dict[str, str]
) -> None:
    answer = await au.client.get("/connect/oauth2", params=consent(au, **wrong))

    assert (answer.status_code, answer.headers.get("location")) == (400, None)


async def test_an_allow_list_of_addresses_is_exact() -> None:
    books = open_books("AU", world=still_world(redirect_uris=frozenset({BACK})))

    refused = await books.client.get("/connect/oauth2", params=consent(books, redirect_uri=BACK + "/"))
    allowed = await books.client.get("/connect/oauth2", params=consent(books, approve=books.company.realm))

    assert (refused.status_code, allowed.status_code) == (400, 302)


async def test_an_unknown_scope_is_sent_back_as_invalid_scope(au: Books) -> None:
    answer = await au.client.get("/connect/oauth2", params=consent(au, scope="everything"))

    assert "error=invalid_scope" in answer.headers["location"]


async def test_a_code_buys_tokens_that_open_the_company(au: Books) -> None:
    returned = await approve(au)
    bought = (
        await token(au, grant_type="authorization_code", code=returned["code"], redirect_uri=BACK, hard="yes")
    ).json()
    au.token = bought["access_token"]

    assert bought["expires_in"] == 3600
    assert bought["x_refresh_token_expires_in"] == 8726400
    assert bought["x_refresh_token_hard_expires_in"] == 157680000
    assert (await au.call("GET", f"companyinfo/{au.company.realm}")).status_code == 200


async def test_a_code_used_twice_is_refused_and_kills_what_it_bought(au: Books) -> None:
    returned = await approve(au)
    form = {"grant_type": "authorization_code", "code": returned["code"], "redirect_uri": BACK}
    au.token = (await token(au, **form)).json()["access_token"]

    again = await token(au, **form)

    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (await au.call("GET", "preferences")).status_code == 401


async def test_a_code_is_bound_to_its_address_and_to_ten_minutes(au: Books) -> None:
    first, second = await approve(au), await approve(au)

    moved = await token(au, grant_type="authorization_code", code=first["code"], redirect_uri=BACK + "?x")
    au.world.clock.advance(601)
    late = await token(au, grant_type="authorization_code", code=second["code"], redirect_uri=BACK)

    assert [moved.json()["error"], late.json()["error"]] == ["invalid_grant", "invalid_grant"]


async def test_a_refresh_keeps_its_value_for_a_day_and_then_rotates(au: Books) -> None:
    same = (await refresh(au, au.refresh_token)).json()
    au.world.clock.advance(86400)
    rotated = (await refresh(au, au.refresh_token)).json()
    stale = await refresh(au, au.refresh_token)

    assert same["refresh_token"] == au.refresh_token
    assert rotated["refresh_token"] != au.refresh_token
    assert stale.json() == {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}


async def test_the_seconds_left_count_down_until_the_value_rotates(au: Books) -> None:
    au.world.clock.advance(1000)

    assert (await refresh(au, au.refresh_token)).json()["x_refresh_token_expires_in"] == 8725400


async def test_a_connection_unused_for_a_hundred_and_one_days_is_dead(au: Books) -> None:
    au.world.clock.advance(8726401)

    assert (await refresh(au, au.refresh_token)).json()["error"] == "invalid_grant"


async def test_strict_rotation_replaces_the_value_every_time(au: Books) -> None:
    await au.hazards(strict_rotation=True)

    first = (await refresh(au, au.refresh_token)).json()["refresh_token"]
    second = (await refresh(au, first)).json()["refresh_token"]

    assert len({au.refresh_token, first, second}) == 3
    assert (await refresh(au, au.refresh_token)).status_code == 400
    assert (await refresh(au, second)).status_code == 200


async def test_with_overlap_the_previous_value_still_answers_with_the_present_one(au: Books) -> None:
    await au.hazards(strict_rotation=True, rotation_overlap={"seconds": 60})
    present = (await refresh(au, au.refresh_token)).json()["refresh_token"]

    raced = await refresh(au, au.refresh_token)
    au.world.clock.advance(61)
    late = await refresh(au, au.refresh_token)

    assert raced.json()["refresh_token"] == present
    assert late.status_code == 400


async def test_reuse_can_revoke_the_whole_grant(au: Books) -> None:
    await au.hazards(strict_rotation=True, reuse_revokes_grant=True)
    present = (await refresh(au, au.refresh_token)).json()["refresh_token"]

    await refresh(au, au.refresh_token)

    assert (await refresh(au, present)).json()["error"] == "invalid_grant"
    assert (await au.call("GET", "preferences")).status_code == 401


async def test_the_answer_to_a_refresh_is_lost_only_when_asked_for_by_name(au: Books) -> None:
    await au.hazards(strict_rotation=True, answer_lost=True)
    kept = (await refresh(au, au.refresh_token)).json()["refresh_token"]

    await au.hazards(answer_lost={"entity": "oauth", "times": 1})
    with pytest.raises(httpx.TransportError):
        await refresh(au, kept)

    assert (await refresh(au, kept)).json()["error"] == "invalid_grant"


async def test_an_access_token_is_no_refresh_token(au: Books) -> None:
    answer = await refresh(au, au.token)

    assert answer.json()["error_description"] == "Incorrect Token type or clientID"


async def test_a_wrong_secret_is_invalid_client(au: Books) -> None:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": au.refresh_token,
        "client_id": au.world.client_id,
        "client_secret": "no",
    }
    answer = await au.client.post("/oauth2/v1/tokens/bearer", data=form)

    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


async def test_an_access_token_lives_an_hour(au: Books) -> None:
    au.world.clock.advance(3599)
    alive = await au.call("GET", "preferences")
    au.world.clock.advance(1)
    dead = await au.call("GET", "preferences")

    assert (alive.status_code, dead.status_code) == (200, 401)
    assert dead.json()["fault"]["error"][0]["code"] == "3200"
    assert dead.headers["www-authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'


async def test_revoking_either_token_ends_the_grant(au: Books) -> None:
    answer = await au.client.post(
        "/v2/oauth2/tokens/revoke", json={"token": au.token}, auth=(au.world.client_id, au.world.client_secret)
    )

    assert answer.status_code == 200
    assert (await au.call("GET", "preferences")).json()["fault"]["error"][0]["detail"] == "Token revoked"
    assert (await refresh(au, au.refresh_token)).status_code == 400


async def test_a_person_can_disconnect_the_app(au: Books) -> None:
    await au.client.post(f"/_sandbox/companies/{au.company.realm}/revoke")

    assert (await au.call("GET", "preferences")).status_code == 401


async def test_a_token_opens_its_own_company_only(au: Books) -> None:
    other = (await au.client.post("/_sandbox/companies", json={"country": "US", "sample": False})).json()
    answer = await au.client.get(
        f"/v3/company/{other['realm_id']}/preferences",
        headers={"authorization": f"Bearer {au.token}", "accept": "application/json"},
    )

    assert answer.status_code == 403
    assert answer.json()["fault"]["error"][0]["code"] == "3100"
