"""A removed connection is erased some time later but for its identities: joined again, before or after, nothing is doubled (T5)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal, LiteralString

import pytest

from app.container import build_container
from app.services import connect, consent, lifecycle
from app.storage.connections import connections
from app.storage.life.departed import DELETED, KEPT
from app.storage.tables import metadata
from tests.support.joint import TOKEN, Joint, joined
from tests.support.markers import Markers, dump
from tests.support.people import SOMEBODY
from tests.support.services import DatabaseUrls
from tests.support.stories import remove, run
from tests.sync.test_erasing import a_life, certificate, counted, figures, swept

DAY = 86_400
IDENTITIES: LiteralString = "SELECT kind, oncord_id, quickbooks_id, origin, state, part, generation, gone FROM link WHERE connection_id = %s ORDER BY id"


async def removed(joint: Joint) -> None:
    await lifecycle.remove(build_container(joint.runtime), joint.connection_id, who=SOMEBODY)


async def joined_again(joint: Joint, configuration: Any) -> None:
    """The same site and company are joined once more, and configured as before where nothing is known of that."""
    container = build_container(joint.runtime)
    before = joint.connection_id
    made = await connect.connect_site(
        container,
        oncord_api_url="http://shop.test/sites/demo/api/connector/v1",
        oncord_token=TOKEN,
        name="Again",
        who=SOMEBODY,
    )
    assert made.id != before
    pair = await joint.runtime.oauth.refresh(joint.books.grants.grant(joint.realm).refresh)
    await consent._joined(container, made.id, joint.realm, pair, SOMEBODY)
    async with joint.runtime.database.transaction(made.id) as tx:
        known = await connections.get(tx, made.id, lock=True)
        assert known is not None
        if known.configuration is None:
            ready = replace(known, configuration=configuration, configuration_version=1, state="ready")
            await connections.save(tx, ready, joint.clock.now())
    joint.connection_id = made.id


async def configuration_of(joint: Joint) -> Any:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        known = await connections.get(tx, joint.connection_id)
    assert known is not None
    return known.configuration


@pytest.mark.parametrize("days", [20, 40])
@pytest.mark.parametrize(("country", "code"), [("AU", "GST"), ("US", "TAX")])
async def test_t5_joined_again_before_or_after_nothing_is_doubled(
    own_database: DatabaseUrls, country: Literal["AU", "US"], code: str, days: int
) -> None:
    async with joined(own_database.app, country=country) as joint:
        await run(joint)
        marks = Markers()
        people = await a_life(joint, marks, code)
        [theirs] = [each for each in await joint.books_list("invoice") if each["DocNumber"] == "1041"]
        await remove(joint, "invoice", theirs["Id"])
        await run(joint)
        configuration = await configuration_of(joint)
        await removed(joint)
        joint.clock.pass_time(days * DAY)
        await swept(joint)
        await swept(joint)
        assert bool(marks.found(own_database.admin)) == (days < 30)

        before = await counted(joint)
        [sale] = [each for each in await joint.shop_list("sales") if each["number"] == "1042"]
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Ring twice"})
        await joined_again(joint, configuration)
        await run(joint)
        await run(joint)

        assert await counted(joint) == before
        [document] = [each for each in await joint.books_list("invoice") if each["DocNumber"] == "1042"]
        [there] = [each for each in await joint.shop_list("sales") if each["number"] == "1042"]
        assert document["CustomerMemo"]["value"] == there["notes"]
        assert (there["notes"] == "Ring twice") == (days < 30), "nobody knows any more who typed last"
        kept = [item.kind for item in await joint.attention() if "Ring twice" in item.summary]
        assert kept == ([] if days < 30 else ["conflict"])
        assert not any(item.kind == "ambiguous_match" for item in await joint.attention())
        assert (await certificate(joint))["issued_as"] != "not agreeing"
        new = await joint.sale(
            people.ada["id"], {"description": "Tea", "quantity": "1", "unit_price": "5.00", "tax_code": code}
        )
        assert ("quickbooks", "sale", "create") in await run(joint)
        assert len([i for i in await joint.books_list("invoice") if i["DocNumber"] == new["number"]]) == 1


@pytest.mark.parametrize("days", [20, 40])
@pytest.mark.parametrize(("country", "code"), [("AU", "GST"), ("US", "TAX")])
async def test_t5_what_was_deleted_while_nobody_looked_is_known_when_joined_again(
    own_database: DatabaseUrls, country: Literal["AU", "US"], code: str, days: int
) -> None:
    tea = {"description": "Tea", "quantity": "1", "unit_price": "20.00", "tax_code": code}
    async with joined(own_database.app, country=country) as joint:
        ada = await joint.contact()
        first, second, third, fourth = [await joint.sale(ada["id"], tea) for _ in range(4)]
        for sale in (second, third):
            await joint.receipt(sale, sale["total"])
        await run(joint)
        configuration = await configuration_of(joint)
        ids = {each["DocNumber"]: each["Id"] for each in await joint.books_list("invoice")}
        paid = {each["Line"][0]["LinkedTxn"][0]["TxnId"]: each["Id"] for each in await joint.books_list("payment")}
        await removed(joint)
        joint.clock.pass_time(days * DAY)
        await swept(joint)
        await swept(joint)
        await remove(joint, "invoice", ids[first["number"]])
        await remove(joint, "payment", paid[ids[second["number"]]])
        await joint.in_shop("DELETE", f"sales/{fourth['id']}")

        await joined_again(joint, configuration)
        await run(joint)
        await run(joint)

        left = {each["DocNumber"]: each["Balance"] for each in await joint.books_list("invoice")}
        owed = (
            0 if days < 30 else float(fourth["total"])
        )  # nobody knows any more whether the bookkeeper has changed it since
        assert left == {second["number"]: float(second["total"]), third["number"]: 0, fourth["number"]: owed}
        asked = [item for item in await joint.attention() if "was deleted in Oncord, but" in item.summary]
        assert len(asked) == (0 if days < 30 else 1)
        assert [each["Id"] for each in await joint.books_list("payment")] == [paid[ids[third["number"]]]]
        assert len(await joint.shop_list("sales")) == 3
        assert len(await joint.shop_list("receipts")) == 2
        assert (await certificate(joint))["issued_as"] != "not agreeing"


async def test_what_is_left_are_identities_and_what_the_law_wants(joint: Joint, own_database: DatabaseUrls) -> None:
    marks = Markers()
    await a_life(joint, marks)
    proof = await certificate(joint)
    before = await figures(joint)
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        links = await (await tx.execute(IDENTITIES, (joint.connection_id,))).fetchall()
    await removed(joint)

    joint.clock.pass_time(29 * DAY)
    await swept(joint)
    assert marks.found(own_database.admin) != {}
    joint.clock.pass_time(2 * DAY)
    await swept(joint)

    assert marks.found(own_database.admin) == {}
    left = dump(own_database.admin)
    assert [table for table in sorted(DELETED) if left[table]] == []
    assert await figures(joint) == before
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        now = await (await tx.execute(IDENTITIES, (joint.connection_id,))).fetchall()
        kept = await (await tx.execute("SELECT * FROM connection WHERE id = %s", (joint.connection_id,))).fetchone()
    assert now == links
    assert kept is not None
    assert (kept["name"], kept["facts"], kept["configuration"], kept["oncord_token"]) == ("", {}, None, "")
    assert (kept["realm_id"], bool(kept["oncord_api_url"]), bool(kept["erased_at"])) == (joint.realm, True, True)
    assert proof["hash"] in left["tie_out"]


async def test_a_setting_says_how_long_it_is_kept(joint: Joint, own_database: DatabaseUrls) -> None:
    marks = Markers()
    await a_life(joint, marks)
    await removed(joint)
    joint.clock.pass_time(DAY)

    await swept(joint, timedelta(days=2))
    assert marks.found(own_database.admin) != {}
    await swept(joint, timedelta(hours=1))
    assert marks.found(own_database.admin) == {}


def test_every_table_is_either_erased_with_its_connection_or_has_its_reason_to_stay() -> None:
    of_a_connection = {
        name for name, table in metadata.tables.items() if "connection_id" in table.columns or name == "connection"
    }

    assert DELETED | {*KEPT} == of_a_connection
    assert not DELETED & {*KEPT}
