"""Twice a day a run asks the site who it is and where it posts its events, and a person is told what is wrong with that (T2, T5)."""

from datetime import datetime

import pytest

from app.domain.model.records import Kind, Side
from app.storage.changes import intake
from app.storage.changes.intake import InboundEvent
from app.storage.connections import connections
from tests.support.joint import SITE, Joint

PUBLIC_URL = "https://sync.example"


@pytest.fixture(autouse=True)
def _reached(joint: Joint) -> None:
    joint.public_url = PUBLIC_URL
    joint.shop.sites[SITE].connector["url"] = f"{PUBLIC_URL}/webhooks/oncord/{joint.connection_id}"


async def asked(joint: Joint) -> list[str]:
    return [item.kind for item in await joint.attention()]


async def site_id(joint: Joint) -> str:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert connection.site_id == ((connection.facts or {}).get("oncord") or {}).get("id", "")
    return connection.site_id


async def test_t2_an_ordinary_site_is_asked_once_a_download_and_nobody_else(joint: Joint) -> None:
    calls = joint.shop.sites[SITE].calls

    before = calls["read"]
    await joint.sync(download=False)
    between = calls["read"]
    await joint.sync()

    assert await asked(joint) == []
    assert between == before
    assert await site_id(joint) == SITE


async def test_t2_where_records_are_found_is_kept_as_the_site_says_it(joint: Joint) -> None:
    await joint.sync()

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert (connection.facts or {})["oncord"][
        "record_url"
    ] == f"http://shop.test/_sandbox/sites/{SITE}/{{kind}}s/{{id}}"


async def test_t2_a_site_that_posts_elsewhere_is_told_of_until_it_posts_here_again(joint: Joint) -> None:
    site = joint.shop.sites[SITE]
    site.connector["url"] = "https://other.example/webhooks/oncord/con_2"

    assert (await joint.sync()).state == "succeeded"
    [item] = await joint.attention()
    assert (item.kind, item.rule) == ("site_posts_elsewhere", "T2")
    assert "other.example" in item.summary
    assert "con_2" not in item.summary
    assert "Give a fresh Oncord token" in item.advice
    await joint.sync()
    assert len(await joint.attention()) == 1

    site.connector["url"] = f"{PUBLIC_URL}/webhooks/oncord/{joint.connection_id}"
    await joint.sync()
    assert await asked(joint) == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (None, "nowhere"),
        ("https://[", "another address"),
        ("x", "another address"),
        ("https://" + "a" * 9000, "a" * 100),
    ],
)
async def test_t2_a_site_that_posts_nowhere_or_says_no_address_is_told_of(
    joint: Joint, url: str | None, said: str
) -> None:
    joint.shop.sites[SITE].connector["url"] = url

    assert (await joint.sync()).state == "succeeded"

    [item] = await joint.attention()
    assert (item.kind, said in item.summary) == ("site_posts_elsewhere", True)
    assert len(item.summary) < 300


async def test_t2_a_dry_run_asks_and_tells_nothing(joint: Joint) -> None:
    joint.shop.sites[SITE].connector["url"] = None

    await joint.sync(dry_run=True)

    assert await asked(joint) == []


async def test_t5_another_site_at_the_address_stops_the_connection(joint: Joint) -> None:
    await joint.sync()
    joint.shop.sites[SITE].id = "stranger"

    run = await joint.sync()

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert (run.state, connection.state, connection.remedy) == ("failed", "blocked", "correct_site_address")
    assert "Another site answers" in connection.state_reason


async def test_t5_a_site_without_an_id_goes_on_as_before(joint: Joint) -> None:
    joint.shop.sites[SITE].id = ""

    assert (await joint.sync()).state == "succeeded"
    assert await site_id(joint) == ""


async def test_t5_a_site_that_is_connected_twice_already_is_told_of(joint: Joint) -> None:
    async with joint.runtime.database.transaction("con_other") as tx:
        now = joint.clock.now()
        await connections.insert(
            tx,
            connections.Connection(
                id="con_other",
                name="Other",
                oncord_api_url="http://SHOP.test/other",
                oncord_token="",
                oncord_secrets=(),
                created_at=now,
                updated_at=now,
                site_id=SITE,
            ),
        )

    await joint.sync()

    assert await asked(joint) == ["site_connected_twice"]
    assert await site_id(joint) == ""


async def changed_in_silence(joint: Joint, count: int) -> None:
    for number in range(count):
        await joint.contact("Ada", f"Silent{number}", email=f"ada{number}@example.com")
    joint.clock.pass_time(2 * 3600)


async def told(joint: Joint, record_id: str, at: datetime | None = None) -> None:
    event = InboundEvent(Side.ONCORD, f"e{record_id}", joint.connection_id, kind=Kind.CONTACT, record_id=record_id)
    async with joint.runtime.database.raw() as connection:
        await intake.accept(connection, [event], at or joint.clock.now())


async def test_t2_changes_that_only_reading_finds_are_told_of_once_until_an_event_comes(joint: Joint) -> None:
    await changed_in_silence(joint, 3)

    await joint.sync()
    [item] = [i for i in await joint.attention() if i.kind == "site_events_missing"]
    assert "3 were found by looking" in item.summary
    await changed_in_silence(joint, 1)
    await joint.sync()
    assert await asked(joint) == ["site_events_missing"]

    joint.clock.pass_time(60)
    one = await joint.contact("Grace", "Hopper")
    await told(joint, one["id"])
    await joint.sync()
    assert await asked(joint) == []


async def test_t2_one_or_two_events_that_went_astray_are_nothing_to_tell_of(joint: Joint) -> None:
    await changed_in_silence(joint, 2)

    await joint.sync()

    assert await asked(joint) == []


async def test_t2_a_site_that_tells_of_what_it_changes_is_not_suspected(joint: Joint) -> None:
    for number in range(5):
        one = await joint.contact("Ada", f"Loud{number}", email=f"loud{number}@example.com")
        await told(joint, one["id"])
    joint.clock.pass_time(2 * 3600)

    await joint.sync()

    assert await asked(joint) == []


async def test_t2_what_changed_a_moment_ago_may_still_be_told(joint: Joint) -> None:
    for number in range(5):
        await joint.contact("Ada", f"Fresh{number}", email=f"fresh{number}@example.com")

    await joint.sync()

    assert await asked(joint) == []
