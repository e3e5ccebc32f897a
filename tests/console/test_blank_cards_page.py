"""The one question about cards with nothing but a name, as people read and answer it: in the console, and by the API."""

from typing import Any

from app.storage.people import attention, bulk_questions
from tests.console.pages import shown, sign_in
from tests.support.app import Service

Body = dict[str, Any]
NAMES = ("Ada Lovelace", "Grace Hopper", "Mary <Somerville>")


async def _lot(service: Service, names: tuple[str, ...] = NAMES) -> str:
    """A connection with a lot of these; the questions are 17, 18, 19 in Oncord and 57, 58, 59 in QuickBooks."""
    connection_id, _ = await service.ready_connection()
    now = service.clock.now()
    async with service.container.database.transaction(connection_id) as tx:
        for number, name in enumerate(names):
            there = {"side": "quickbooks", "id": str(57 + number), "name": name, "facts": {"phone": f"0{number}"}}
            here = {"side": "oncord", "id": str(17 + number), "name": name, "facts": {}}
            await attention.open_item(
                tx,
                connection_id,
                item_id=f"att_{number}",
                key=f"record:contact:oncord:{17 + number}",
                kind="ambiguous_match",
                rule="C1",
                summary=f"One QuickBooks customer could be Oncord contact {name}.",
                side="oncord",
                record_kind="contact",
                record_id=str(17 + number),
                detail={"choices": [there], "scope": "", "lot": "run_1", "blank": here},
                actions=["choose", "create_new", "retry"],
                now=now,
            )
        await attention.open_item(
            tx,
            connection_id,
            item_id="att_lot",
            key="lot:run_1",
            kind=bulk_questions.KIND,
            rule="C4",
            summary=f"{len(names)} contacts in Oncord have the same name as a customer in QuickBooks.",
            detail={"count": len(names)},
            actions=[bulk_questions.ALL_SAME, bulk_questions.NONE_SAME, bulk_questions.ONE_BY_ONE],
            now=now,
        )
    return connection_id


async def test_the_list_shows_one_item_with_its_answers_and_the_way_to_all_pairs(service: Service) -> None:
    connection_id = await _lot(service)
    await sign_in(service)

    page = await service.browser.get(f"/connections/{connection_id}")

    words = shown(page)
    assert "Needs attention (1)" in words
    assert "3 contacts in Oncord have the same name as a customer in QuickBooks." in words
    assert (
        "See all 3 All of them are the same None of them is: make them anew Ask me one by one Leave it as it is"
        in words
    )
    assert "could be Oncord contact" not in words
    assert f'href="/connections/{connection_id}/attention/att_lot"' in page.text


async def test_the_page_of_the_item_shows_what_both_cards_of_each_pair_say(service: Service) -> None:
    connection_id = await _lot(service)
    await sign_in(service)

    words = shown(await service.browser.get(f"/connections/{connection_id}/attention/att_lot"))

    assert "Contact in Oncord Customer in QuickBooks" in words
    for number, name in enumerate(NAMES):
        assert f"{name} nothing but the name {name} phone: 0{number}" in words
    assert "57" not in words.partition("Contact in Oncord")[2]
    assert "All of them are the same None of them is: make them anew" in words


async def test_every_pair_is_reachable_however_many_there_are(service: Service) -> None:
    connection_id = await _lot(service, tuple(f"Ada {number:03}" for number in range(230)))
    await sign_in(service)
    address = f"/connections/{connection_id}/attention/att_lot"
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = await service.browser.get(address + cursor)
        seen += [
            word for word in shown(page).partition("Contact in Oncord")[2].split() if word.isdigit() and len(word) == 3
        ]
        cursor = "?cursor=" + page.text.partition("?cursor=")[2].partition("#")[0]

    assert len(set(seen)) == 230
    assert cursor == "?cursor="


async def test_the_button_answers_all_of_them_and_not_those_that_came_since(service: Service) -> None:
    connection_id = await _lot(service)
    csrf = await sign_in(service)
    address = f"/connections/{connection_id}"
    form = {"csrf": csrf, "action": "all_same"}

    await service.browser.post(f"{address}/attention/att_lot", data={**form, "count": "2"})
    assert "There are 3 pairs by now, not 2." in shown(await service.browser.get(address))
    await service.browser.post(f"{address}/attention/att_lot", data={**form, "count": "3"})

    assert "Nothing waits for you." in shown(await service.browser.get(address))
    assert "Grace Hopper" in shown(await service.browser.get(f"{address}/attention/att_lot"))
    async with service.container.database.transaction(connection_id) as tx:
        kept = await attention.choices(tx, connection_id)
    assert {(each.record_id, each.chosen) for each in kept} == {("17", "57"), ("18", "58"), ("19", "59")}


async def test_a_count_beyond_all_answers_nothing(service: Service) -> None:
    connection_id = await _lot(service)
    csrf = await sign_in(service)
    form = {"csrf": csrf, "action": "all_same", "count": "9" * 5000}

    answer = await service.browser.post(f"/connections/{connection_id}/attention/att_lot", data=form)

    assert answer.status_code == 303
    async with service.container.database.transaction(connection_id) as tx:
        assert await attention.choices(tx, connection_id) == []


async def test_one_by_one_shows_the_single_questions(service: Service) -> None:
    connection_id = await _lot(service)
    csrf = await sign_in(service)
    address = f"/connections/{connection_id}"

    await service.browser.post(
        f"{address}/attention/att_lot", data={"csrf": csrf, "action": "one_by_one", "count": "3"}
    )

    words = shown(await service.browser.get(address))
    assert "Needs attention (3)" in words
    assert words.count("It is this one It is a new one") == 3
    assert (await service.state(connection_id))["state"] == "ready"


async def test_the_api_lists_the_pairs_and_takes_each_answer(service: Service) -> None:
    connection_id = await _lot(service)
    base = f"/api/v1/connections/{connection_id}/attention"

    [item] = (await service.api.get(base)).json()["items"]
    assert (item["id"], item["kind"], item["detail"]) == ("att_lot", "blank_cards", {"count": 3})
    assert item["actions"] == ["all_same", "none_same", "one_by_one", "dismiss"]
    first = (await service.api.get(f"{base}/att_lot/pairs", params={"limit": 2})).json()
    rest = (await service.api.get(f"{base}/att_lot/pairs", params={"cursor": first["next_cursor"]})).json()
    pairs: list[Body] = first["items"] + rest["items"]
    assert [(p["oncord"]["id"], p["quickbooks"]["id"]) for p in pairs] == [("17", "57"), ("18", "58"), ("19", "59")]
    assert pairs[0]["quickbooks"]["facts"] == {"phone": "00"}
    assert rest["next_cursor"] is None
    assert (await service.api.get(f"{base}/att_0/pairs")).json() == {"items": [], "next_cursor": None}

    single = (await service.api.get(f"{base}/{pairs[0]['item_id']}")).json()
    assert (single["detail"], single["actions"]) == ({}, ["choose", "create_new", "retry", "dismiss"])
    refused = await service.api.post(f"{base}/att_lot/resolve", json={"action": "none_same", "count": 4})
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (409, "lot-changed")
    answered = (await service.api.post(f"{base}/att_lot/resolve", json={"action": "none_same"})).json()

    assert (answered["state"], answered["resolution"]) == ("resolved", "none_same")
    assert (await service.api.get(base)).json()["items"] == []
    assert (await service.api.post(f"{base}/att_lot/resolve", json={"action": "all_same"})).status_code == 409
    async with service.container.database.transaction(connection_id) as tx:
        kept = await attention.choices(tx, connection_id)
    assert {(each.record_id, each.chosen, each.offered) for each in kept} == {
        ("17", "", ("57",)),
        ("18", "", ("58",)),
        ("19", "", ("59",)),
    }
