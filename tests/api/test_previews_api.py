"""What a dry run would do, read before it is done: in sums, line by line, before and after; of both sides."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.storage.runs import operations
from tests.support.app import Service
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import change, customer, invoice, payment, remove
from tests.support.watched import Watched, watched


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A shop and a company."""
    async with joined(own_database.app) as running:
        yield running


async def previewed(joint: Joint, seen: Watched) -> tuple[str, dict[str, Any]]:
    """A dry run, by its address, and its preview."""
    run = await joint.sync(dry_run=True)
    address = f"/api/v1/connections/{joint.connection_id}/syncs/{run.id}/preview"
    answer = await seen.api.get(address)
    assert answer.status_code == 200, answer.text
    return address, answer.json()


async def lines(seen: Watched, address: str, part: str) -> list[dict[str, Any]]:
    answer = await seen.api.get(f"{address}/lines", params={"part": part})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def settled_world(joint: Joint) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Two sales and an invoice that are on both sides."""
    ada = await joint.contact()
    first = await joint.sale(ada["id"], number="1041", due_date="2026-12-01")
    second = await joint.sale(ada["id"], number="1042")
    zed = await customer(joint, "Zed", "Zebra")
    third = await invoice(joint, zed["Id"], DocNumber="Q-7")
    await joint.sync()
    return first, second, third


async def test_a_dry_run_reads_like_a_statement_of_both_sides(joint: Joint) -> None:
    first, second, third = await settled_world(joint)
    await joint.in_shop("PATCH", f"sales/{first['id']}", {"due_date": "2026-12-14"})
    await joint.in_shop("DELETE", f"sales/{second['id']}")
    await joint.receipt(first)
    await payment(joint, third["CustomerRef"]["value"], "33.00", {third["Id"]: "33.00"})
    async with watched(joint) as seen:
        address, preview = await previewed(joint, seen)

        sums = {(s["part"], s["side"], s["action"], s["sort"]): (s["count"], s["amount"]) for s in preview["sums"]}
        assert sums["made", "quickbooks", "create", "receipt"] == (1, "22.00")
        assert sums["made", "oncord", "create", "receipt"] == (1, "33.00")
        assert sums["removed", "quickbooks", "delete", "sale"] == (1, "22.00")
        assert sums["changed", "quickbooks", "update", "sale"] == (1, "0.00")
        assert {p: preview["counts"][p] for p in ("removed", "made", "changed", "conflicts", "asked")} == {
            "removed": 1, "made": 2, "changed": 1, "conflicts": 0, "asked": 0,
        }  # fmt: skip

        (removed,) = await lines(seen, address, "removed")
        assert (removed["number"], removed["amount_before"], removed["amount_after"]) == ("1042", "22.00", "")
        (changed,) = await lines(seen, address, "changed")
        assert changed["changes"] == [{"field": "due_date", "before": "2026-12-01", "after": "2026-12-14"}]
        assert changed["label"] == "Sale 1041, Ada Lovelace"
        made = await lines(seen, address, "made")
        assert {(m["side"], m["amount_before"], m["amount_after"], m["currency"]) for m in made} == {
            ("quickbooks", "", "22.00", "AUD"), ("oncord", "", "33.00", "AUD"),
        }  # fmt: skip

        page = await seen.browser.get(f"/connections/{joint.connection_id}/runs/{joint.last_run}/preview")
        assert page.status_code == 200
        assert "Invoice 1042, Ada Lovelace" in page.text  # what is removed comes first
        assert "This look has written nothing." in page.text


async def test_conflicts_and_questions_appear_as_what_they_are(joint: Joint) -> None:
    first, _, _ = await settled_world(joint)
    await joint.in_shop("PATCH", f"sales/{first['id']}", {"due_date": "2026-12-14"})
    book = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "1041")
    await change(joint, "invoice", book["Id"], DueDate="2026-12-20")
    waits = await joint.sale(first["contact_id"], number="1043")
    await joint.receipt(waits, payment_method_id=await joint.method("paypal"))
    async with watched(joint) as seen:
        address, preview = await previewed(joint, seen)

        assert (preview["counts"]["conflicts"], preview["counts"]["asked"]) == (1, 1)
        (conflict,) = await lines(seen, address, "conflicts")
        (said,) = conflict["disagreements"]
        assert (said["oncord"], said["quickbooks"]) == ("2026-12-14", "2026-12-20")
        (asked,) = await lines(seen, address, "asked")
        assert "payment method" in asked["reason"]


async def test_a_preview_comes_page_by_page_and_a_turn_that_is_taken_twice_shows_it_once(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await joint.contact()
    for number in range(7):
        await joint.sale(ada["id"], number=f"20{number}")
    monkeypatch.setattr("app.sync.dry_run.AT_ONCE", 3)
    monkeypatch.setattr("app.sync.ending.runs.finish", _crash_once(monkeypatch))
    async with watched(joint) as seen:
        with pytest.raises(ConnectionAbortedError):
            await joint.sync(dry_run=True)
        address, preview = await previewed(joint, seen)

        assert preview["counts"]["made"] == 8
        assert [s["count"] for s in preview["sums"] if s["part"] == "made"] == [1, 7]
        found, cursor = [], None
        while True:
            query = {"part": "made", "limit": 3, **({"cursor": cursor} if cursor else {})}
            answer = (await seen.api.get(f"{address}/lines", params=query)).json()
            found += [each["number"] for each in answer["items"]]
            cursor = answer["next_cursor"]
            if cursor is None:
                break
        assert sorted(filter(None, found)) == [f"20{number}" for number in range(7)]


def _crash_once(monkeypatch: pytest.MonkeyPatch) -> Any:
    from app.storage.runs import runs

    whole = runs.finish

    async def finish(*args: Any, **named: Any) -> bool:
        monkeypatch.setattr("app.sync.ending.runs.finish", whole)
        raise ConnectionAbortedError

    return finish


async def test_a_run_that_writes_and_one_that_is_under_way_have_no_preview(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/syncs"
    real, tried = [(await service.api.post(address, json={"dry_run": dry})).json()["id"] for dry in (False, True)]

    answers = [await service.api.get(f"{address}/{run_id}/preview") for run_id in (real, tried)]

    assert [a.status_code for a in answers] == [409, 409]
    assert [a.json()["type"].rpartition("/")[2] for a in answers] == ["not-a-dry-run", "sync-under-way"]
    assert (await service.api.get(f"{address}/{tried}/preview/lines?part=everything")).status_code == 422
    page = await service.browser.get(f"/connections/{connection_id}/runs/{real}/preview")
    assert page.status_code in (303, 401, 409)


async def test_what_is_there_before_is_kept_of_dry_runs_only(joint: Joint) -> None:
    _, _, third = await settled_world(joint)
    await remove(joint, "invoice", third["Id"])
    await joint.sync()

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        kept = await tx.execute("SELECT count(*) AS n FROM operation WHERE before IS NOT NULL")
        row = await kept.fetchone()
        assert row is not None
        assert row["n"] == 0
        assert await operations.of_run(tx, joint.connection_id, joint.last_run)
