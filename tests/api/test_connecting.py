"""From an Oncord site to a joined company, and every way in which that goes wrong (docs/rules.md 9, T5)."""

from typing import Any

import pytest

from tests.support.app import PUBLIC_URL, SITE, Service


async def test_connecting_a_site_tries_it_seals_its_token_and_tells_it_where_to_post(service: Service) -> None:
    made = await service.connect_site()

    assert made["state"] == "not_connected"
    assert made["realm_id"] is None
    assert made["connect_url"].startswith(f"{PUBLIC_URL}/oauth/quickbooks/connect?launch=")
    connector = service.shop.sites[SITE].connector
    assert connector["url"] == f"{PUBLIC_URL}/webhooks/oncord/{made['id']}"
    async with service.container.database.transaction(made["id"]) as tx:
        row = await (await tx.execute("SELECT * FROM connection ORDER BY id")).fetchone()
    assert "token-of-the-site" not in str(row)
    assert str(connector["secret"]) not in str(row)


async def test_t5_a_second_live_connection_of_a_site_is_refused(service: Service) -> None:
    await service.connect_site()

    again = await service.api.post(
        "/api/v1/connections", json={"oncord_api_url": f"{service.api_url}/", "oncord_token": "token-of-the-site"}
    )

    assert again.status_code == 409
    assert again.json()["type"].endswith("/site-already-connected")


async def test_a_wrong_site_token_is_named_as_the_field_at_fault(service: Service) -> None:
    answer = await service.api.post(
        "/api/v1/connections", json={"oncord_api_url": service.api_url, "oncord_token": "guessed"}
    )

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/oncord-token-refused")
    assert [error["field"] for error in answer.json()["errors"]] == ["oncord_token"]
    assert (await service.api.get("/api/v1/connections")).json()["items"] == []


async def test_a_site_without_commerce_is_explained(service: Service) -> None:
    service.shop.sites[SITE].features["commerce"] = False

    answer = await service.api.post(
        "/api/v1/connections", json={"oncord_api_url": service.api_url, "oncord_token": "token-of-the-site"}
    )

    assert answer.status_code == 422
    assert answer.json()["missing_features"] == ["commerce"]
    assert "Commerce" in answer.json()["detail"]


@pytest.mark.parametrize(
    "url",
    ["not an address", "ftp://shop.example", "https://user@shop.example", "https://a..b.com", "https://xn--a.com"],
)
async def test_an_address_that_may_not_be_called_is_refused(service: Service, url: str) -> None:
    answer = await service.api.post("/api/v1/connections", json={"oncord_api_url": url, "oncord_token": "x"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "oncord_api_url"


async def test_consent_joins_the_company_and_asks_for_the_configuration(service: Service) -> None:
    realm = service.company(name="Harbour Coffee Pty Ltd")
    connection_id = (await service.connect_site())["id"]

    assert await service.join_company(connection_id, realm) == "connected"

    state = await service.state(connection_id)
    assert (state["state"], state["realm_id"], state["company_name"]) == (
        "needs_configuration",
        realm,
        "Harbour Coffee Pty Ltd",
    )
    async with service.container.database.transaction(connection_id) as tx:
        row = await (await tx.execute("SELECT * FROM token ORDER BY connection_id")).fetchone()
    assert row is not None
    assert row["access_token"].startswith("v1.k1.")


async def test_coming_back_without_a_company_stands_in_the_audit(service: Service) -> None:
    realm, other = service.company(), service.company()
    connection_id = (await service.connect_site())["id"]
    await service.join_company(connection_id, realm)
    await service.join_company(connection_id, other)
    await service.come_back(await service.consent(await service.to_consent_page(connection_id), "deny=1"))

    acts = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]

    refused = [act for act in acts if act["outcome"] == "refused"]
    assert [(act["who"], act["role"], act["detail"]["refused_as"]) for act in refused] == [
        ("API key", "consent", "consent-denied"),
        ("API key", "consent", "wrong-company"),
    ]
    assert {act["action"] for act in refused} == {"quickbooks.join_refused"}


async def test_consent_that_was_denied_changes_nothing(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]

    page = await service.to_consent_page(connection_id)
    assert await service.come_back(await service.consent(page, "deny=1")) == "consent-denied"

    assert (await service.state(connection_id))["state"] == "not_connected"


async def test_a_way_back_can_be_used_once(service: Service) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    page = await service.to_consent_page(connection_id)
    back = await service.consent(page, f"approve={realm}")

    assert await service.come_back(back) == "connected"
    assert await service.come_back(back) == "oauth-state-unknown"
    assert (await service.state(connection_id))["state"] == "needs_configuration"


async def test_a_code_that_quickbooks_has_seen_before_is_refused(service: Service) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    first = await service.consent(await service.to_consent_page(connection_id), f"approve={realm}")
    second = await service.to_consent_page(connection_id)
    state = second.partition("&state=")[2].partition("&")[0]
    old_state = first.partition("state=")[2].partition("&")[0]
    assert await service.come_back(first) == "connected"

    assert await service.come_back(first.replace(old_state, state)) == "company-not-joined"


async def test_a_way_back_that_was_begun_in_another_browser_is_refused(service: Service) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    back = await service.consent(await service.to_consent_page(connection_id), f"approve={realm}")
    service.browser.cookies.clear()

    assert await service.come_back(back) == "oauth-other-browser"
    assert (await service.state(connection_id))["state"] == "not_connected"


async def test_two_tabs_of_one_browser_may_both_come_back(service: Service) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    one = await service.consent(await service.to_consent_page(connection_id), f"approve={realm}")
    other = await service.consent(await service.to_consent_page(connection_id), f"approve={realm}")

    assert await service.come_back(one) == "connected"
    assert await service.come_back(other) == "connected"


async def test_a_way_back_ends_after_half_an_hour(service: Service) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    page = await service.to_consent_page(connection_id)
    service.clock.advance(minutes=31)

    assert await service.come_back(await service.consent(page, f"approve={realm}")) == "oauth-state-expired"


async def test_a_realm_that_does_not_belong_to_the_code_is_not_believed(service: Service) -> None:
    realm, other = service.company(), service.company()
    connection_id = (await service.connect_site())["id"]
    back = await service.consent(await service.to_consent_page(connection_id), f"approve={realm}")

    outcome = await service.come_back(back.replace(realm, other))

    assert outcome == "company-unreadable"
    assert (await service.state(connection_id))["realm_id"] is None


async def test_t5_reconnecting_another_company_is_refused_in_clear_words(service: Service) -> None:
    realm, other = service.company(name="First Pty Ltd"), service.company(name="Other Pty Ltd")
    connection_id = (await service.connect_site())["id"]
    await service.join_company(connection_id, realm)

    assert await service.join_company(connection_id, other) == "wrong-company"

    assert (await service.state(connection_id))["realm_id"] == realm
    page = (await service.browser.get("/connect/result?outcome=wrong-company")).text
    assert "First Pty Ltd" in page
    assert "start over" in page


async def test_t5_a_company_is_joined_to_one_live_connection(service: Service) -> None:
    realm = service.company()
    first = (await service.connect_site())["id"]
    await service.join_company(first, realm)
    second = await _another_connection(service)

    assert await service.join_company(second, realm) == "company-not-joined"

    onward = await service.api.get(f"/oauth/quickbooks/connect?connection_id={second}")
    back = await service.api.get(await service.consent(onward.headers["location"], f"approve={realm}"))
    assert "outcome=company-already-connected" in back.headers["location"], "the operator sees all connections"
    assert [grant.revoked for grant in service.books.grants.grants if grant.realm == realm] == [False], (
        "no second grant"
    )


async def _another_connection(service: Service) -> str:
    """The connection of another site, without a company; its id."""
    site = service.shop.add_site(with_sample=False)
    made = await service.connect_site(oncord_api_url=service.api_url.replace(SITE, site.id), oncord_token=site.token)
    return str(made["id"])


async def test_the_way_back_does_not_tell_whether_a_company_is_with_another_shop(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, unknown = service.company(), "9341450000000000001"
    assert await service.join_company((await service.connect_site())["id"], taken) == "connected"
    mine = await _another_connection(service)
    asked: list[str] = []
    exchange = service.container.oauth.exchange

    async def counted(code: str, redirect_uri: str) -> Any:
        asked.append(code)
        return await exchange(code, redirect_uri)

    monkeypatch.setattr(service.container.oauth, "exchange", counted)
    heard = []
    for realm in (taken, unknown):
        state = (await service.to_consent_page(mine)).partition("&state=")[2].partition("&")[0]
        arrival = await service.browser.get(
            f"/oauth/quickbooks/callback?state={state}&code=made-up-{realm}&realmId={realm}", follow_redirects=True
        )
        heard.append((arrival.url, arrival.text, len(asked)))

    assert heard[0][:2] == heard[1][:2]
    assert (heard[0][2], heard[1][2]) == (1, 2), "each is asked for at QuickBooks, so that both take as long"
    assert "company-not-joined" in str(heard[0][0])
    assert taken not in heard[0][1]


@pytest.mark.parametrize("code", ["", "made-up"])
async def test_without_an_own_state_the_way_back_says_nothing_of_a_company(service: Service, code: str) -> None:
    taken, unknown = service.company(), "9341450000000000001"
    assert await service.join_company((await service.connect_site())["id"], taken) == "connected"
    others = await _another_connection(service)
    heard = set()
    for realm in (taken, unknown):
        state = (await service.to_consent_page(others)).partition("&state=")[2].partition("&")[0]
        service.browser.cookies.clear()
        for shown in (state, "made-up", ""):
            arrival = await service.browser.get(
                f"/oauth/quickbooks/callback?state={shown}&code={code}&realmId={realm}", follow_redirects=True
            )
            heard.add((str(arrival.url).partition("outcome=")[2], arrival.text))

    assert {outcome for outcome, _ in heard} == {"oauth-other-browser", "oauth-state-unknown"}
    assert len(heard) == 2


async def test_the_consent_page_is_not_reached_by_a_connection_id_alone(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]

    stranger = await service.browser.get(f"/oauth/quickbooks/connect?connection_id={connection_id}")
    operator = await service.api.get(f"/oauth/quickbooks/connect?connection_id={connection_id}")
    nobody = await service.browser.get("/oauth/quickbooks/connect")

    assert stranger.status_code == 401
    assert operator.headers["location"].startswith("http://books.test/connect/oauth2?")
    assert (nobody.status_code, nobody.headers["location"]) == (302, "/")


async def test_the_way_back_answers_with_a_redirect_whatever_it_is_asked(service: Service) -> None:
    for query in (
        "",
        "?state=x",
        "?error=access_denied&state=x",
        "?code=c&realmId=1&state=",
        f"?state={'x' * 5000}%00",
    ):
        answer = await service.browser.get(f"/oauth/quickbooks/callback{query}")
        assert answer.status_code == 302
        assert answer.content == b""


async def test_a_fresh_token_for_the_site_is_tried_before_it_is_kept(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]

    wrong = await service.api.patch(f"/api/v1/connections/{connection_id}", json={"oncord_token": "guessed"})
    right = await service.api.patch(
        f"/api/v1/connections/{connection_id}", json={"oncord_token": "token-of-the-site", "name": "New name"}
    )

    assert wrong.status_code == 422
    assert right.status_code == 200
    assert right.json()["name"] == "New name"


@pytest.mark.parametrize("token", ["\u00e9", "two words", "caf\u00e9-token", " "])
async def test_a_token_that_no_header_can_carry_is_named_as_the_field_at_fault(service: Service, token: str) -> None:
    connection_id = (await service.connect_site())["id"]

    made = await service.api.post(
        "/api/v1/connections", json={"oncord_api_url": service.api_url + "/x", "oncord_token": token}
    )
    changed = await service.api.patch(f"/api/v1/connections/{connection_id}", json={"oncord_token": token})

    for answer in (made, changed):
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["oncord_token"]


@pytest.mark.parametrize("features", [[{"commerce": True}], "commerce", 7])
async def test_a_site_whose_features_make_no_sense_is_refused_in_clear_words(service: Service, features: Any) -> None:
    service.shop.sites[SITE].features = features

    answer = await service.api.post(
        "/api/v1/connections", json={"oncord_api_url": service.api_url, "oncord_token": "token-of-the-site"}
    )

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "oncord_api_url")
    assert (await service.api.get("/api/v1/connections")).json()["items"] == []


async def _books_answer(service: Service, slug: str, on: bool) -> None:
    answer = await service.vendors.put("http://books.test/_sandbox/hazards", json={slug: {"on": on, "entity": "batch"}})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("slug", ["unavailable_html", "admin_lost"])
async def test_tokens_of_a_join_that_failed_are_revoked(service: Service, slug: str) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    back = await service.consent(await service.to_consent_page(connection_id), f"approve={realm}")
    await _books_answer(service, slug, True)

    outcome = await service.come_back(back)

    assert outcome in ("quickbooks-unreachable", "company-unreadable")
    assert [grant.revoked for grant in service.books.grants.grants if grant.realm == realm][-1]
    await _books_answer(service, slug, False)
    assert await service.join_company(connection_id, realm) == "connected"


async def test_tokens_whose_company_is_another_one_are_revoked(service: Service) -> None:
    realm, other = service.company(), service.company()
    connection_id = (await service.connect_site())["id"]
    back = await service.consent(await service.to_consent_page(connection_id), f"approve={realm}")

    assert await service.come_back(back.replace(realm, other)) == "company-unreadable"

    assert all(grant.revoked for grant in service.books.grants.grants if grant.realm == realm)


async def test_a_join_that_failed_never_ends_the_grant_of_a_company_that_is_connected(service: Service) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    assert await service.join_company(connection_id, realm) == "connected"
    back = await service.consent(await service.to_consent_page(connection_id), f"approve={realm}")
    await _books_answer(service, "unavailable_html", True)

    assert await service.come_back(back) == "quickbooks-unreachable"

    await _books_answer(service, "unavailable_html", False)
    assert not any(grant.revoked for grant in service.books.grants.grants if grant.realm == realm)
    assert (await service.choices(connection_id))["deposit_accounts"]
