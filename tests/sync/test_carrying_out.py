"""Doing what a dry run has shown: exactly that, some of it with what it needs, or nothing where something has moved since."""

from typing import Any

import pytest

from app.domain.model.configuration import MappedMethod
from app.errors import Conflict, InvalidInput
from app.storage.connections import connections
from app.storage.runs import runs
from app.storage.runs.runs import Run
from app.sync.context import TurnContext
from tests.support.joint import Joint, joined
from tests.support.previews import asked_for, carried_out
from tests.support.services import DatabaseUrls
from tests.support.stories import change, customer, invoice, quiet
from tests.support.watched import watched


async def shown(joint: Joint) -> str:
    """A dry run; answers its id."""
    return (await joint.sync(dry_run=True)).id


async def planned(joint: Joint, plan: str, number: str) -> str:
    """The operation of a plan that writes the record of this number."""
    return next(
        s.id for s in await joint.decisions(plan) if s.operation.action.writes and s.operation.subject.number == number
    )


async def numbers(joint: Joint) -> set[str]:
    return {str(i["DocNumber"]) for i in await joint.books_list("invoice")}


async def moved(joint: Joint) -> dict[str, str]:
    """What the last run has listed as moved."""
    return {s.operation.subject.number: s.message for s in await joint.decisions() if s.state == "moved"}


async def test_what_was_shown_is_done_and_nothing_is_left(joint: Joint) -> None:
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], number="1041")
    await joint.receipt(sale)
    zed = await customer(joint, "Zed", "Zebra")
    await invoice(joint, zed["Id"], DocNumber="Q-7")
    plan = await shown(joint)

    done = await carried_out(joint, plan)

    assert (done.state, done.error) == ("succeeded", "")
    assert await numbers(joint) == {"1041", "Q-7"}
    assert len(await joint.books_list("payment")) == 1
    assert len(await joint.shop_list("sales")) == 2
    await quiet(joint)


async def test_what_hangs_on_somebody_who_is_recognised_is_done_with_it(joint: Joint) -> None:
    ada = await joint.contact()
    known = await customer(joint, "Ada", "Lovelace", "ada@example.com")
    sale = await joint.sale(ada["id"], number="1041")
    await joint.receipt(sale)
    plan = await shown(joint)

    done = await carried_out(joint, plan)

    assert (done.state, done.error) == ("succeeded", "")
    [book] = await joint.books_list("invoice")
    assert (book["DocNumber"], book["CustomerRef"]["value"]) == ("1041", known["Id"])
    assert len(await joint.books_list("payment")) == 1
    await quiet(joint)


async def test_what_has_come_since_is_named_and_nothing_is_written(joint: Joint) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"], number="1041")
    plan = await shown(joint)
    await joint.sale(ada["id"], number="1042")

    done = await carried_out(joint, plan)

    assert done.state == "cancelled"
    assert "1042, Ada Lovelace" in done.error
    assert await moved(joint) == {"1042": "It has come since."}
    assert await numbers(joint) == set()
    await joint.sync()
    assert await numbers(joint) == {"1041", "1042"}, "what was given up is done by the next run"


async def test_what_another_run_has_done_since_is_said_to_be_done(joint: Joint) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"], number="1041")
    plan = await shown(joint)
    await joint.sync()

    done = await carried_out(joint, plan)

    assert done.state == "cancelled"
    assert done.error.startswith("A synchronisation has done this since it was shown: ")
    assert "1041, Ada Lovelace" in done.error
    assert set((await moved(joint)).values()) == {"A synchronisation has done it since."}
    assert await numbers(joint) == {"1041"}


async def test_what_was_edited_since_on_either_side_is_named_and_nothing_is_written(joint: Joint) -> None:
    ada = await joint.contact()
    one = await joint.sale(ada["id"], number="1041")
    two = await joint.sale(ada["id"], number="1042")
    await joint.sync()
    await joint.in_shop("PATCH", f"sales/{one['id']}", {"due_date": "2026-12-14"})
    await joint.in_shop("PATCH", f"sales/{two['id']}", {"due_date": "2026-12-15"})
    plan = await shown(joint)
    await joint.in_shop("PATCH", f"sales/{one['id']}", {"due_date": "2026-12-16"})
    there = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "1042")
    await change(joint, "invoice", there["Id"], DueDate="2026-12-24")

    done = await carried_out(joint, plan)

    assert done.state == "cancelled"
    assert set((await moved(joint)).values()) == {"It would be done otherwise by now."}
    assert set(await moved(joint)) == {"1041", "1042"}
    due = {i["DocNumber"]: i["DueDate"] for i in await joint.books_list("invoice")}
    assert due["1042"] == "2026-12-24"
    assert due["1041"] == one["due_date"]


async def test_only_these_are_done_with_what_they_need(joint: Joint) -> None:
    await joint.sale((await joint.contact("Ada", "Lovelace"))["id"], number="1041")
    await joint.sale((await joint.contact("Eve", "Hopper"))["id"], number="1042")
    plan = await shown(joint)
    chosen = await planned(joint, plan, "1041")

    asked = await asked_for(joint, plan, [chosen])
    while await joint.turn(asked.run.id):
        pass

    assert len(asked.added) == 1, "the customer of the invoice"
    assert await numbers(joint) == {"1041"}
    assert [c["DisplayName"] for c in await joint.books_list("customer")] == ["Ada Lovelace"]
    await joint.sync()
    assert await numbers(joint) == {"1041", "1042"}


async def test_of_some_only_those_have_to_be_as_they_were_shown(joint: Joint) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"], number="1041")
    other = await joint.sale(ada["id"], number="1042")
    plan = await shown(joint)
    chosen = await planned(joint, plan, "1041")
    await joint.in_shop("PATCH", f"sales/{other['id']}", {"due_date": "2026-12-16"})

    assert (await carried_out(joint, plan, [chosen])).state == "succeeded"
    assert await numbers(joint) == {"1041"}

    again = await carried_out(joint, plan, [chosen])
    assert again.state == "cancelled", "it is done already"
    assert set((await moved(joint)).values()) == {"A synchronisation has done it since."}


async def test_an_earlier_period_is_asked_about_twice(joint: Joint) -> None:
    await joint.configure(gst_period="quarterly")
    ada = await joint.contact()
    await joint.sale(ada["id"], number="1040", date="2026-08-03")
    await joint.sale(ada["id"], number="1041")
    plan = await shown(joint)

    with pytest.raises(Conflict, match="1 Jul 2026 to 30 Sep 2026"):
        await asked_for(joint, plan)
    assert (await carried_out(joint, plan, [await planned(joint, plan, "1041")])).state == "succeeded"
    plan = await shown(joint)
    assert (await carried_out(joint, plan, earlier_periods=True)).state == "succeeded"
    assert await numbers(joint) == {"1040", "1041"}


async def test_what_was_never_shown_is_not_carried_out(joint: Joint) -> None:
    real = (await joint.sync()).id
    with pytest.raises(Conflict, match="dry run"):
        await asked_for(joint, real)
    plan = await shown(joint)
    with pytest.raises(InvalidInput):
        await asked_for(joint, plan, ["op_of_nobody"])


async def test_a_person_does_it_from_the_page_and_a_program_over_the_api(joint: Joint) -> None:
    await joint.sale((await joint.contact("Ada", "Lovelace"))["id"], number="1041")
    await joint.sale((await joint.contact("Eve", "Hopper"))["id"], number="1042")
    plan = await shown(joint)
    chosen = await planned(joint, plan, "1041")
    async with watched(joint) as seen:
        at = f"/connections/{joint.connection_id}/runs/{plan}"
        page = await seen.browser.get(f"{at}/preview?part=made")
        assert f'value="{chosen}" form="carry-out"' in page.text
        csrf = page.text.split('name="csrf" value="')[1].split('"')[0]
        none: dict[str, Any] = {"csrf": csrf, "what": "ticked"}
        assert (await seen.browser.post(f"{at}/carry-out", data=none)).headers["location"].endswith("/preview")
        done = await seen.browser.post(f"{at}/carry-out", data={**none, "only": chosen})
        assert done.status_code == 303
        assert "Contact Ada Lovelace" in (await seen.browser.get(done.headers["location"])).text
        run_id = done.headers["location"].rpartition("/")[2]
        while await joint.turn(run_id):
            pass
        assert await numbers(joint) == {"1041"}

        plan = await shown(joint)
        answer = await seen.api.post(f"/api/v1/connections/{joint.connection_id}/syncs", json={"plan": plan})
        assert (answer.status_code, answer.json()["plan"], answer.json()["added"]) == (202, plan, [])
        while await joint.turn(answer.json()["id"]):
            pass
        assert await numbers(joint) == {"1041", "1042"}
        audit = (await seen.api.get(f"/api/v1/connections/{joint.connection_id}/audit")).json()["items"]
        assert [e["detail"]["plan"] for e in audit if e["action"] == "run.requested" and e["detail"].get("plan")]


async def test_a_first_synchronisation_that_was_done_in_part_is_not_over(own_database: DatabaseUrls) -> None:
    async with joined(own_database.app) as joint:
        await joint.sale((await joint.contact("Ada", "Lovelace"))["id"], number="1041")
        await joint.sale((await joint.contact("Eve", "Hopper"))["id"], number="1042")
        plan = await shown(joint)
        done = await carried_out(joint, plan, [await planned(joint, plan, "1041")])
        assert (done.state, await first_is_over(joint)) == ("succeeded", False)

        plan = await shown(joint)
        assert (await carried_out(joint, plan)).state == "succeeded"
        assert await numbers(joint) == {"1041", "1042"}
        assert await first_is_over(joint)


async def written_in_part(joint: Joint, plan: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run that does what was shown, up to the documents; the money is left for its next turns."""
    asked = await asked_for(joint, plan)
    joint.last_run = asked.run.id
    with monkeypatch.context() as short:
        short.setattr(TurnContext, "time_is_up", lambda _: True)
        while not await joint.books_list("invoice"):
            assert await joint.turn(asked.run.id)
    assert await joint.books_list("payment") == []
    return asked.run.id


async def ended(joint: Joint, run_id: str) -> Run:
    while await joint.turn(run_id):
        pass
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        done = await runs.get(tx, joint.connection_id, run_id)
    assert done is not None
    return done


async def test_what_is_changed_while_it_is_carried_out_is_left_and_named(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = await joint.sale((await joint.contact())["id"], number="1041")
    receipt = await joint.receipt(sale)
    run_id = await written_in_part(joint, await shown(joint), monkeypatch)
    await joint.touched("oncord", "receipt", receipt["id"])

    done = await ended(joint, run_id)

    assert (await numbers(joint), await joint.books_list("payment")) == ({"1041"}, [])
    assert (done.state, done.counters["shown_left"]) == ("partial", 1)
    assert done.error.startswith("Of what was shown this was left: ")
    assert done.error.count("Ada Lovelace") == 1, "the receipt, and not the sale that was done"
    assert done.error.endswith("It was changed once more while this was under way.")
    assert set((await moved(joint)).values()) == {"It was changed once more while this was under way."}
    async with watched(joint) as seen:
        page = (await seen.browser.get(f"/connections/{joint.connection_id}/runs/{run_id}")).text
        one = (await seen.browser.get(f"/connections/{joint.connection_id}")).text
    assert "Done, and something is left" in page
    assert "Of what was shown this was left" in page
    assert "not done, since it has moved" in page
    assert "1 shown and left for the next one" in one
    await joint.sync()
    assert len(await joint.books_list("payment")) == 1, "the next run takes it up"
    await quiet(joint)


async def test_what_would_be_done_otherwise_after_a_change_of_the_configuration_is_left_and_named(
    own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with joined(own_database.app) as joint:
        ada = await joint.contact()
        await joint.receipt(await joint.sale(ada["id"], number="1041"))
        run_id = await written_in_part(joint, await shown(joint), monkeypatch)
        await joint.configure(payment_methods=await elsewhere(joint))

        done = await ended(joint, run_id)

        assert await numbers(joint) == {"1041"}
        assert await joint.books_list("payment") == []
        assert (done.state, done.counters["shown_left"]) == ("partial", 1)
        assert done.error.endswith("It would be done otherwise by now.")
        assert not await first_is_over(joint)
        await joint.sync()
        assert len(await joint.books_list("payment")) == 1
        assert await first_is_over(joint)


async def elsewhere(joint: Joint) -> tuple[MappedMethod, ...]:
    """Money goes into another account from now on."""
    undeposited = await joint.account("Other Current Asset", "UndepositedFunds")
    return (MappedMethod(await joint.method("direct_deposit"), undeposited, preferred=True),)


async def first_is_over(joint: Joint) -> bool:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    return connection is not None and connection.first_sync_completed_at is not None
