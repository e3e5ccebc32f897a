"""A connection is its site's: its token goes to no other host, and no other site takes it on (T5)."""

from typing import Any

import pytest

from app.site_events import POSTS_ELSEWHERE
from app.storage.people import attention, audit
from tests.console.pages import sign_in
from tests.support.app import SHOP_HOST, SITE, SITE_TOKEN, Service

ELSEWHERE = f"http://elsewhere.test/sites/{SITE}/api/connector/v1"


async def _audit(service: Service, connection_id: str) -> list[dict[str, Any]]:
    answer = await service.api.get(f"/api/v1/connections/{connection_id}/audit")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_a_new_host_without_a_token_gets_no_token_and_the_refusal_is_written_down(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    calls = dict(service.shop.sites[SITE].calls)

    refused = await service.api.patch(f"/api/v1/connections/{connection_id}", json={"oncord_api_url": ELSEWHERE})

    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "oncord-token-needed")
    assert [error["field"] for error in refused.json()["errors"]] == ["oncord_token"]
    assert dict(service.shop.sites[SITE].calls) == calls
    assert (await service.state(connection_id))["oncord_api_url"] == service.api_url
    written = (await _audit(service, connection_id))[0]
    assert written["action"] == "connection.change_refused"
    assert written["detail"] == {
        "fields": ["oncord_api_url"],
        "refused_as": "oncord-token-needed",
        "oncord_api_url": ELSEWHERE,
    }


@pytest.mark.parametrize("elsewhere", ["http://shop.test:81", "https://shop.test", "http://shop.test.evil.test"])
async def test_another_port_protocol_or_name_is_another_place_for_a_token(service: Service, elsewhere: str) -> None:
    connection_id = (await service.connect_site())["id"]
    calls = dict(service.shop.sites[SITE].calls)

    refused = await service.api.patch(
        f"/api/v1/connections/{connection_id}",
        json={"oncord_api_url": service.api_url.replace(SHOP_HOST, elsewhere)},
    )

    assert refused.json()["type"].rpartition("/")[2] == "oncord-token-needed"
    assert dict(service.shop.sites[SITE].calls) == calls


async def test_an_empty_token_in_the_console_is_none(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    calls = dict(service.shop.sites[SITE].calls)
    csrf = await sign_in(service)

    form = {"csrf": csrf, "oncord_token": "", "oncord_api_url": ELSEWHERE}
    await service.browser.post(f"/connections/{connection_id}/site", data=form)

    assert dict(service.shop.sites[SITE].calls) == calls
    assert (await _audit(service, connection_id))[0]["detail"]["refused_as"] == "oncord-token-needed"


async def test_another_path_or_spelling_of_the_same_host_needs_no_token(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    spelling = service.api_url.replace("http://shop.test/", "http://SHOP.test.:80/./")

    changed = await service.api.patch(f"/api/v1/connections/{connection_id}", json={"oncord_api_url": spelling})

    assert (changed.status_code, changed.json()["oncord_api_url"]) == (200, service.api_url)


async def test_the_same_site_moves_to_another_host_with_a_token(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]

    moved = await service.api.patch(
        f"/api/v1/connections/{connection_id}", json={"oncord_api_url": ELSEWHERE, "oncord_token": SITE_TOKEN}
    )

    assert (moved.status_code, moved.json()["oncord_api_url"]) == (200, ELSEWHERE)


async def test_a_stranger_with_both_features_takes_no_connection_on(service: Service) -> None:
    stranger = service.shop.add_site(with_sample=False)
    connection_id = (await service.connect_site())["id"]

    refused = await service.api.patch(
        f"/api/v1/connections/{connection_id}",
        json={"oncord_api_url": ELSEWHERE.replace(SITE, stranger.id), "oncord_token": stranger.token},
    )

    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "oncord-other-site")
    assert stranger.connector["url"] is None
    assert (await _audit(service, connection_id))[0]["detail"]["refused_as"] == "oncord-other-site"


@pytest.mark.parametrize("silent", ["the one before", "the new one"])
async def test_what_does_not_say_who_it_is_moves_to_no_other_host(service: Service, silent: str) -> None:
    site = service.shop.sites[SITE]
    if silent == "the one before":
        site.id = ""
    connection_id = (await service.connect_site())["id"]
    site.id = SITE if silent == "the one before" else ""

    moved = await service.api.patch(
        f"/api/v1/connections/{connection_id}", json={"oncord_api_url": ELSEWHERE, "oncord_token": SITE_TOKEN}
    )
    stays = await service.api.patch(f"/api/v1/connections/{connection_id}", json={"oncord_token": SITE_TOKEN})

    assert (moved.status_code, moved.json()["type"].rpartition("/")[2]) == (422, "oncord-site-unknown")
    assert stays.status_code == 200


async def test_a_refused_address_with_a_password_in_it_is_written_down_nowhere(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]

    refused = await service.api.patch(
        f"/api/v1/connections/{connection_id}", json={"oncord_api_url": "http://user:geheim@shop.test/"}
    )

    assert refused.status_code == 422
    assert "geheim" not in str(await _audit(service, connection_id))


@pytest.mark.parametrize(
    "spelling", ["http://SHOP.test", "http://shop.test.", "http://shop.test:80", "http://shop.test/./x/.."]
)
async def test_t5_another_spelling_of_the_address_is_the_same_site(service: Service, spelling: str) -> None:
    first = await service.connect_site()

    again = await service.api.post(
        "/api/v1/connections",
        json={"oncord_api_url": service.api_url.replace(SHOP_HOST, spelling), "oncord_token": SITE_TOKEN},
    )

    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "site-already-connected")
    assert service.shop.sites[SITE].connector["url"].endswith(first["id"])


async def test_t5_another_address_of_the_same_site_is_the_same_site(service: Service) -> None:
    first = await service.connect_site()

    again = await service.api.post(
        "/api/v1/connections", json={"oncord_api_url": ELSEWHERE, "oncord_token": SITE_TOKEN}
    )

    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "site-already-connected")
    assert service.shop.sites[SITE].connector["url"].endswith(first["id"])


async def test_t5_two_sites_of_one_host_are_two(service: Service) -> None:
    await service.connect_site()
    second = service.shop.add_site(with_sample=False)

    made = await service.connect_site(
        oncord_api_url=service.api_url.replace(SITE, second.id), oncord_token=second.token
    )

    assert made["oncord_api_url"].endswith(f"/sites/{second.id}/api/connector/v1")


async def test_t5_links_come_back_to_a_site_that_was_connected_at_another_address(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    await service.api.delete(f"/api/v1/connections/{connection_id}")

    again = (await service.connect_site(oncord_api_url=ELSEWHERE))["id"]
    assert await service.join_company(again, realm) == "connected"

    assert (await service.state(again))["configured"] is True


async def test_t5_another_site_at_the_same_address_gets_nobodys_links(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    await service.api.delete(f"/api/v1/connections/{connection_id}")
    service.shop.sites[SITE].id = "another"

    again = (await service.connect_site())["id"]
    assert await service.join_company(again, realm) == "connected"

    assert (await service.state(again))["configured"] is False


async def test_a_removed_connection_takes_its_address_out_of_the_site(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    site = service.shop.sites[SITE]

    await service.api.delete(f"/api/v1/connections/{connection_id}")

    assert site.connector == {"url": None, "secret": None, "secrets": []}


async def test_a_removed_connection_leaves_somebody_elses_address_in_the_site(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    site = service.shop.sites[SITE]
    site.connector["url"] = "https://other.example/webhooks/oncord/con_2"

    await service.api.delete(f"/api/v1/connections/{connection_id}")

    assert site.connector["url"] == "https://other.example/webhooks/oncord/con_2"


async def test_a_site_that_cannot_be_told_of_the_removal_is_written_down(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    service.shop.sites[SITE].revoked = True

    removed = await service.api.delete(f"/api/v1/connections/{connection_id}")

    assert removed.status_code == 200
    assert "The shop could not be told to stop posting its changes here" in removed.json()["left"][0]

    async with service.container.database.transaction(connection_id) as tx:
        written = (await audit.page(tx, connection_id)).items[0]
    assert written.action == "connection.site_still_posts"
    assert "no longer accepts our token" in written.detail["reason"]


async def test_a_token_given_again_tells_the_site_where_to_post_and_ends_the_question(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    site = service.shop.sites[SITE]
    site.connector["url"] = "https://other.example/webhooks/oncord/con_2"
    async with service.container.database.transaction(connection_id) as tx:
        await attention.open_item(
            tx,
            connection_id,
            item_id="att_1",
            key=POSTS_ELSEWHERE,
            kind=POSTS_ELSEWHERE,
            rule="T2",
            summary="It posts elsewhere.",
            now=service.clock.now(),
        )

    await service.api.patch(f"/api/v1/connections/{connection_id}", json={"oncord_token": SITE_TOKEN})

    assert site.connector["url"].endswith(connection_id)
    assert (await service.state(connection_id))["attention_count"] == 0
