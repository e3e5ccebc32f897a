"""How both sides meet, looked through before the first synchronisation: accepted and changed, and carried out by the first run."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.console.pages import csrf_in, shown
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import customer, invoice, line
from tests.support.watched import Watched, watched


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A shop and a company that have not met."""
    async with joined(own_database.app) as running:
        yield running


@pytest.fixture
async def us(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """The same in America."""
    async with joined(own_database.app, country="US") as running:
        yield running


async def two_worlds(joint: Joint) -> dict[str, dict[str, Any]]:
    """Something of each sort."""
    ada, ada_there = await joint.contact(), await customer(joint, "Ada", "Lovelace", "ada@example.com")
    carl, dora = await joint.contact("Carl", "Single"), await customer(joint, "Dora", "Single")
    bob = await joint.contact("Bob", "Brown", email="bob@example.com")
    bobs = [
        await customer(joint, "Bob", "Brown", "bob@example.com", DisplayName=f"Bob Brown {number}") for number in (1, 2)
    ]
    return {
        "ada": ada,
        "ada_there": ada_there,
        "carl": carl,
        "dora": dora,
        "bob": bob,
        "bob_1": bobs[0],
        "bob_2": bobs[1],
        "certain": await joint.sale(ada["id"], number="1041"),
        "certain_there": await of_22(joint, ada_there["Id"], DocNumber="1041"),
        "probable": await joint.sale(ada["id"], number="2001"),
        "probable_there": await invoice(joint, ada_there["Id"], DocNumber="2001"),
        "of_bob": await joint.sale(bob["id"], number="3001"),
        "clashing": await joint.sale(carl["id"], number="4001"),
        "clashing_there": await invoice(joint, dora["Id"], DocNumber="4001"),
    }


async def of_22(joint: Joint, customer_id: str, **members: Any) -> dict[str, Any]:
    """An invoice of 22.00, as the shop's sales are."""
    return await invoice(joint, customer_id, await line(joint, "20.00"), **members)


def address_of(joint: Joint) -> str:
    return f"/api/v1/connections/{joint.connection_id}/matches"


async def rows(seen: Watched, joint: Joint, part: str, **query: Any) -> dict[str, dict[str, Any]]:
    """The rows of a part, by what their record is called."""
    answer = await seen.api.get(address_of(joint), params={"part": part, **query})
    assert answer.status_code == 200, answer.text
    return {each["record"]["label"]: each for each in answer.json()["items"]}


async def say(seen: Watched, joint: Joint, answer: str, **more: Any) -> dict[str, Any]:
    said = await seen.api.post(f"{address_of(joint)}/answers", json={"answer": answer, **more})
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    return found


async def metered(joint: Joint) -> int:
    """How many metered reads QuickBooks has counted."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await (await tx.execute("SELECT sum(reads) AS n FROM read_meter")).fetchone()
    return int(found["n"]) if found else 0


async def numbers_there(joint: Joint) -> list[str]:
    return sorted(each.get("DocNumber", "") for each in await joint.books_list("invoice"))


async def test_the_list_shows_each_sort_with_names_dates_money_and_reasons(joint: Joint) -> None:
    await two_worlds(joint)
    await joint.sync(dry_run=True)
    async with watched(joint) as seen:
        counts = (await seen.api.get(f"{address_of(joint)}/counts")).json()["counts"]
        certain, probable = await rows(seen, joint, "certain"), await rows(seen, joint, "probable")
        ambiguous, clashes = await rows(seen, joint, "ambiguous"), await rows(seen, joint, "clashes")
        here, there = await rows(seen, joint, "only_oncord"), await rows(seen, joint, "only_quickbooks")

    assert set(certain) == {"Contact Ada Lovelace", "Sale 1041, Ada Lovelace"}
    assert (counts["certain"], counts["ambiguous"]) == ({"contact": 1, "sale": 1}, {"contact": 1})
    sale = certain["Sale 1041, Ada Lovelace"]
    assert (sale["record"]["amount"], sale["record"]["currency"]) == ("22.00", "AUD")
    assert sale["candidates"][0]["record"]["label"] == "Invoice 1041, Ada Lovelace"
    assert "the same total" in sale["candidates"][0]["speaks_for"]
    assert probable["Sale 2001, Ada Lovelace"]["candidates"][0]["against"]
    assert len(ambiguous["Contact Bob Brown"]["candidates"]) == 2
    assert here["Sale 4001, Carl Single"]["action"] == "create"
    assert {"Customer Dora Single", "Invoice 4001, Dora Single"} <= set(there)
    assert clashes["Sale 4001, Carl Single"]["clashes"] == ["Invoice 4001, Dora Single"]
    assert not {name for name in (*here, *there) if name in certain}


async def test_what_is_said_there_is_what_the_first_synchronisation_does(joint: Joint) -> None:
    worlds = await two_worlds(joint)
    await joint.sync(dry_run=True)
    reads = await metered(joint)
    async with watched(joint) as seen:
        certain, probable = await rows(seen, joint, "certain"), await rows(seen, joint, "probable")
        ambiguous = await rows(seen, joint, "ambiguous")
        assert await say(seen, joint, "same", ids=[probable["Sale 2001, Ada Lovelace"]["id"]]) == {
            "answered": 1,
            "left": 0,
        }
        bob = ambiguous["Contact Bob Brown"]
        await say(seen, joint, "same", ids=[bob["id"]], choice=worlds["bob_2"]["Id"])
        await say(seen, joint, "new", ids=[certain["Sale 1041, Ada Lovelace"]["id"]])
        answered = (await rows(seen, joint, "ambiguous"))["Contact Bob Brown"]
        assert (answered["answer"], answered["choice"]) == ("same", worlds["bob_2"]["Id"])
        assert await metered(joint) == reads

    run = await joint.sync()

    assert run.state in ("succeeded", "partial"), run.counters
    assert not [item for item in await joint.attention() if item.kind == "ambiguous_match"]
    invoices = await joint.books_list("invoice")
    assert [i["DocNumber"] for i in invoices].count("2001") == 1
    assert [i["DocNumber"] for i in invoices].count("1041") == 2  # told apart: each has a counterpart of its own
    (of_bob,) = [i for i in invoices if i["DocNumber"] == "3001"]
    assert of_bob["CustomerRef"]["value"] == worlds["bob_2"]["Id"]
    assert len([s for s in await joint.shop_list("sales") if s["number"] == "1041"]) == 2
    async with watched(joint) as seen:
        assert (await seen.api.get(f"{address_of(joint)}/counts")).status_code == 409


async def test_without_a_word_the_first_synchronisation_does_as_ever(joint: Joint) -> None:
    await two_worlds(joint)
    await joint.sync(dry_run=True)

    await joint.sync()

    assert {item.kind for item in await joint.attention()} >= {"ambiguous_match"}
    assert (await numbers_there(joint)).count("1041") == 1


async def test_a_part_is_answered_at_once_and_what_needs_a_choice_is_left(joint: Joint) -> None:
    await two_worlds(joint)
    await joint.sync(dry_run=True)
    async with watched(joint) as seen:
        assert (await say(seen, joint, "same", part="ambiguous")) == {"answered": 0, "left": 1}
        every = await say(seen, joint, "same", part="probable")
        assert every["answered"] == len(await rows(seen, joint, "probable")) > 0
        assert {each["answer"] for each in (await rows(seen, joint, "probable")).values()} == {"same"}
        assert (await say(seen, joint, "forget", part="probable"))["answered"] == every["answered"]
        assert {each["answer"] for each in (await rows(seen, joint, "probable")).values()} == {None}
        refused = await seen.api.post(f"{address_of(joint)}/answers", json={"answer": "same", "ids": ["op_of_nobody"]})
        unsaid = await seen.api.post(f"{address_of(joint)}/answers", json={"answer": "same"})
        audit = (await seen.api.get(f"/api/v1/connections/{joint.connection_id}/audit")).json()["items"]

    assert (refused.status_code, unsaid.status_code) == (422, 422)
    assert [act["detail"]["count"] for act in audit if act["action"] == "matches.answered"] == [
        every["answered"], every["answered"], 0,
    ]  # fmt: skip


async def test_a_sale_that_nobody_took_for_an_invoice_is_joined_by_its_number(joint: Joint) -> None:
    ada, there = await joint.contact(), await customer(joint, "Ada", "Lovelace", "ada@example.com")
    await joint.sale(ada["id"], number="1041")
    await of_22(joint, there["Id"], DocNumber="B-77", TxnDate="2026-11-02")
    await joint.sync(dry_run=True)
    page = f"/connections/{joint.connection_id}/matches"
    async with watched(joint) as seen:
        (row,) = [
            each for each in (await rows(seen, joint, "only_oncord")).values() if each["record"]["kind"] == "sale"
        ]
        looked = await seen.browser.get(f"{page}?part=only_oncord")
        csrf = csrf_in(looked)
        form = {"csrf": csrf, "part": "only_oncord", "one": f"same:{row['id']}", f"number:{row['id']}": "C-1"}
        await seen.browser.post(page, data=form)
        assert "Nothing there has the number C-1" in shown(await seen.browser.get(page))
        await seen.browser.post(page, data={**form, f"number:{row['id']}": "B-77"})
        assert "1 answer is kept" in shown(await seen.browser.get(f"{page}?part=only_oncord"))

    await joint.sync()

    assert await numbers_there(joint) == ["B-77"]
    assert [s["number"] for s in await joint.shop_list("sales")] == ["1041"]


async def test_the_page_is_filtered_paged_and_answered_without_script(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two_worlds(joint)
    await joint.sync(dry_run=True)
    monkeypatch.setattr("app.console.matches_page.LINES", 1)
    page = f"/connections/{joint.connection_id}/matches"
    async with watched(joint) as seen:
        first = await seen.browser.get(page)
        assert "Several could be it (1)" in shown(first)
        assert "Bob Brown" in shown(first)
        certain = await seen.browser.get(f"{page}?part=certain")
        assert "Further ones" in shown(certain)
        sales = await seen.browser.get(f"{page}?part=certain&kind=sale")
        assert "$22.00" in shown(sales)
        assert "For: the same number" in shown(sales)
        assert "Further ones" not in shown(sales)
        (row,) = (await rows(seen, joint, "certain", kind="sale")).values()
        form = {"csrf": csrf_in(sales), "part": "certain", "kind": "sale"}
        answered = await seen.browser.post(page, data={**form, "one": f"new:{row['id']}"})
        assert answered.headers["location"] == f"{page}?part=certain&kind=sale"
        after = shown(await seen.browser.get(f"{page}?part=certain&kind=sale"))
        assert "Different" in after
        assert "said API key" in after
        nothing = await seen.browser.post(page, data={**form, "ticked": "same"})
        assert nothing.status_code == 303
        await seen.browser.post(page, data={**form, "ticked": "same", "row": [row["id"]]})
        assert (await rows(seen, joint, "certain", kind="sale"))["Sale 1041, Ada Lovelace"]["answer"] == "same"
        file = await seen.browser.get(f"{page}.csv?part=certain")
        assert "Sale 1041, Ada Lovelace" in file.text
        start = shown(await seen.browser.get(f"/connections/{joint.connection_id}"))
        assert "What is the same on both sides" in start


async def test_before_anything_was_tried_the_page_says_what_to_do(joint: Joint) -> None:
    async with watched(joint) as seen:
        page = await seen.browser.get(f"/connections/{joint.connection_id}/matches")
        answer = await seen.api.get(address_of(joint))

    assert page.status_code == 200
    assert "Compare both sides without writing" in shown(page)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "nothing-tried")


async def test_what_was_tried_with_another_company_is_no_list_of_this_one(joint: Joint) -> None:
    await two_worlds(joint)
    await joint.sync(dry_run=True)
    async with watched(joint) as seen:
        assert (await seen.api.get(address_of(joint))).status_code == 200
        async with joint.runtime.database.transaction(joint.connection_id) as tx:
            await tx.execute("UPDATE connection SET connected_at = %s", (joint.clock.now(),))
        answer = await seen.api.get(address_of(joint))

    assert answer.json()["type"].rpartition("/")[2] == "nothing-tried"


async def test_an_american_company_meets_its_shop_alike(us: Joint) -> None:
    ada = await us.contact()
    await customer(us, "Ada", "Lovelace", "ada@example.com")
    cup = {"description": "Cup", "quantity": "1", "unit_price": "50.00", "tax_code": "NON"}
    await us.sale(ada["id"], cup, number="1041")
    await us.sync(dry_run=True)
    async with watched(us) as seen:
        certain = await rows(seen, us, "certain")
        await say(seen, us, "new", ids=[certain["Contact Ada Lovelace"]["id"]])

    await us.sync()

    customers = [c for c in await us.books_list("customer") if c.get("GivenName") == "Ada"]
    assert len(customers) == 2
