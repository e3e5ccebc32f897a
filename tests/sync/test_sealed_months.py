"""A sealed month: whatever moves in it on either side rings with its name and both values, once, and is quiet again once it is
as it was."""

from typing import Any

import pytest

from app.container import build_container
from app.errors import Conflict, NotFound
from app.services import sealed_months, tie_outs
from app.storage.tieouts import seals
from app.storage.tieouts.seals import SealedMonth
from app.tieout.certificate import check
from app.tieout.period import month_of
from tests.console.pages import shown
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import change, customer, invoice, line, remove, run, void
from tests.support.watched import watched

Body = dict[str, Any]
OCTOBER = "2026-10"


async def seal(joint: Joint, month: str = OCTOBER, **how: bool) -> SealedMonth:
    return await sealed_months.seal(build_container(joint.runtime), joint.connection_id, month, who=SOMEBODY, **how)


async def rung(joint: Joint) -> list[str]:
    return sorted(item.summary for item in await joint.attention() if item.kind == "sealed_month")


async def an_october(joint: Joint) -> tuple[Body, Body]:
    """A sale with its receipt and an invoice, of October, and a sale of November; synchronised."""
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], date="2026-10-12", number="1041")
    await joint.receipt(sale, "5.00", date="2026-10-13")
    await joint.sale(ada["id"], date="2026-11-02", number="1042")
    kay = await customer(joint, "Kay")
    there = await invoice(joint, kay["Id"], TxnDate="2026-10-20", DocNumber="Q-7")
    await run(joint)
    return sale, there


async def test_a_month_that_agrees_is_sealed_with_all_it_says_and_stays_quiet(joint: Joint) -> None:
    await an_october(joint)
    made = await seal(joint)

    assert (made.month, made.sealed_by, made.documents, made.differences, made.moved) == (OCTOBER, "test", 6, 0, 0)
    assert len(made.hash) == 64
    await run(joint)
    assert await rung(joint) == []


async def test_an_edit_that_crosses_rings_once_with_both_values_and_is_quiet_when_it_is_taken_back(
    joint: Joint,
) -> None:
    _, there = await an_october(joint)
    await seal(joint)
    await change(joint, "invoice", there["Id"], Line=[await line(joint, "40.00")])
    await run(joint)

    assert await rung(joint) == [
        "Sale Q-7, Kay Hopper belongs to October 2026, which is sealed. In Oncord the amount was 33.00 AUD and is 44.00 AUD"
        " and the tax was 3.00 and is 4.00. In QuickBooks the amount was 33.00 AUD and is 44.00 AUD and the tax was 3.00 and is"
        " 4.00."
    ]
    [moved] = await sealed_months.list_months(build_container(joint.runtime), joint.connection_id)
    assert moved.moved == 2

    await change(joint, "invoice", there["Id"], Line=[await line(joint, "30.00")])
    await run(joint)
    assert await rung(joint) == []


async def test_a_run_that_downloads_nothing_rings_for_what_it_looked_at(joint: Joint) -> None:
    sale, _ = await an_october(joint)
    await seal(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"date": "2026-10-14"})
    await joint.touched("oncord", "sale", sale["id"])
    await joint.sync(download=False)

    [words] = await rung(joint)
    assert "the date was 2026-10-12 and is 2026-10-14" in words


async def _gone(joint: Joint, sale: Body, there: Body) -> str:
    await remove(joint, "invoice", there["Id"])
    return "In QuickBooks it is gone: it was 33.00 AUD"


async def _void(joint: Joint, sale: Body, there: Body) -> str:
    await void(joint, "invoice", there["Id"])
    return "In QuickBooks it is void now: 33.00 AUD before, 0.00 AUD now"


async def _added(joint: Joint, sale: Body, there: Body) -> str:
    await joint.sale(sale["contact_id"], date="2026-10-30", number="1050")
    return "In Oncord it was added since: 22.00 AUD"


async def _moved_in(joint: Joint, sale: Body, there: Body) -> str:
    november = next(s for s in await joint.shop_list("sales") if s["number"] == "1042")
    await joint.in_shop("PATCH", f"sales/{november['id']}", {"date": "2026-10-31"})
    return "In Oncord it was added since: 22.00 AUD"


async def _moved_out(joint: Joint, sale: Body, there: Body) -> str:
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"date": "2026-11-01"})
    return "In Oncord the date was 2026-10-12 and is 2026-11-01"


async def _paid(joint: Joint, sale: Body, there: Body) -> str:
    await joint.receipt(sale, "3.00", date="2026-10-31")
    return "In Oncord it was added since: 3.00 AUD"


@pytest.mark.parametrize("deed", [_gone, _void, _added, _moved_in, _moved_out, _paid])
async def test_whatever_moves_in_a_sealed_month_rings(joint: Joint, deed: Any) -> None:
    sale, there = await an_october(joint)
    await seal(joint)
    words = await deed(joint, sale, there)
    await run(joint)

    [told] = await rung(joint)
    assert "belongs to October 2026, which is sealed." in told
    assert words in told


async def test_what_moves_in_another_month_or_moves_no_figure_rings_for_nobody(joint: Joint) -> None:
    sale, there = await an_october(joint)
    await seal(joint)
    november = next(s for s in await joint.shop_list("sales") if s["number"] == "1042")
    await joint.in_shop("PATCH", f"sales/{november['id']}", {"date": "2026-11-05"})
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Ring twice"})
    await change(joint, "invoice", there["Id"], DueDate="2026-12-31")
    await run(joint)

    assert await rung(joint) == []


async def test_what_a_person_has_dismissed_rings_again_only_once_it_moves_further(joint: Joint) -> None:
    _, there = await an_october(joint)
    await seal(joint)
    await change(joint, "invoice", there["Id"], TxnDate="2026-10-21")
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "dismiss")
    await run(joint)
    assert await rung(joint) == []

    await change(joint, "invoice", there["Id"], TxnDate="2026-10-22")
    await run(joint)
    assert len(await rung(joint)) == 1


async def test_what_a_person_has_left_does_not_come_back_when_the_other_side_follows(joint: Joint) -> None:
    _, there = await an_october(joint)
    await seal(joint)
    await change(joint, "invoice", there["Id"], TxnDate="2026-10-21")
    await joint.sync(dry_run=True)
    await tie_outs.take(build_container(joint.runtime), joint.connection_id, who=SOMEBODY)
    [item] = await joint.attention()
    assert "In QuickBooks the date was" in item.summary
    assert "In Oncord" not in item.summary
    await joint.answer(item.id, "dismiss")

    for _ in range(2):
        await run(joint)
        assert next(s for s in await joint.shop_list("sales") if s["number"] == "Q-7")["date"] == "2026-10-21"
        assert await rung(joint) == []

    await change(joint, "invoice", there["Id"], TxnDate="2026-10-22")
    await run(joint)
    assert len(await rung(joint)) == 1


async def test_an_item_keeps_the_time_since_which_it_asks_while_it_asks_the_same(joint: Joint) -> None:
    sale, there = await an_october(joint)
    await seal(joint)
    await change(joint, "invoice", there["Id"], TxnDate="2026-10-21")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    asked = []
    for _ in range(3):
        await run(joint)
        asked.append({(item.key, item.created_at) for item in await joint.attention()})
        joint.clock.pass_time(3600)

    assert asked[0]
    assert asked[0] == asked[1] == asked[2]


async def test_unsealing_a_month_closes_what_rang_and_it_can_be_sealed_anew(joint: Joint) -> None:
    _, there = await an_october(joint)
    first = await seal(joint)
    await change(joint, "invoice", there["Id"], TxnDate="2026-10-21")
    await run(joint)
    assert len(await rung(joint)) == 1
    with pytest.raises(Conflict, match="sealed already"):
        await seal(joint)

    container = build_container(joint.runtime)
    await sealed_months.unseal(container, joint.connection_id, OCTOBER, who=SOMEBODY)
    assert await rung(joint) == []
    with pytest.raises(NotFound):
        await sealed_months.unseal(container, joint.connection_id, OCTOBER, who=SOMEBODY)
    again = await seal(joint)
    assert again.hash != first.hash


async def test_a_month_is_refused_in_words_while_it_runs_waits_or_differs(joint: Joint) -> None:
    sale, _ = await an_october(joint)
    with pytest.raises(Conflict, match="November 2026 is not over yet"):
        await seal(joint, "2026-11")

    await joint.receipt(sale, "2.00", payment_method_id=await joint.method("cash"), date="2026-10-31")
    await run(joint)
    with pytest.raises(Conflict, match="There is 1 difference of October 2026; the certificate names them"):
        await seal(joint)
    assert (await seal(joint, with_differences=True)).differences == 1
    await sealed_months.unseal(build_container(joint.runtime), joint.connection_id, OCTOBER, who=SOMEBODY)

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute(
            "UPDATE mirror SET record = jsonb_set(record, '{money,total}', '\"22.01\"') WHERE side = 'oncord'"
            " AND kind = 'sale' AND record_id = %s",
            (sale["id"],),
        )
    with pytest.raises(Conflict, match="without an explanation"):
        await seal(joint, with_differences=True)


async def test_the_certificate_names_the_sealed_months(joint: Joint) -> None:
    _, there = await an_october(joint)
    made = await seal(joint)
    await change(joint, "invoice", there["Id"], TxnDate="2026-10-21")
    await run(joint)
    container = build_container(joint.runtime)
    taken = await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    proof = await tie_outs.read_certificate(container, joint.connection_id, taken.id)

    [shown] = proof["sealed"]
    assert (shown["month"], shown["moved"], shown["hash"]) == (OCTOBER, 2, made.hash)


async def certificate(joint: Joint, tie_out_id: str) -> Body:
    return await tie_outs.read_certificate(build_container(joint.runtime), joint.connection_id, tie_out_id)


async def test_a_months_certificate_holds_nothing_of_another_month(joint: Joint) -> None:
    """A stranger's August, before everything, was issued as agreeing but for a receipt of November."""
    await an_october(joint)
    november = next(s for s in await joint.shop_list("sales") if s["number"] == "1042")
    await joint.receipt(november, "2.00", payment_method_id=await joint.method("cash"), date="2026-11-06")
    await run(joint)
    await tie_outs.take(build_container(joint.runtime), joint.connection_id, who=SOMEBODY)

    august = await certificate(joint, (await seal(joint, "2026-08")).tie_out_id)
    made = await seal(joint)
    proof = await certificate(joint, made.tie_out_id)

    assert (august["light"], august["issued_as"], august["differences"]) == ("agrees", "agreeing", [])
    assert (august["figures"], august["numbers"], august["changed"]) == ([], [], None)
    assert (proof["light"], proof["differences"], made.differences) == ("agrees", [], 0)
    assert {f["key"] for f in proof["figures"] if f["table"] == "sales"} == {OCTOBER}
    [row] = [f for f in proof["figures"] if f["table"] == "sales_by_code"]
    assert row["name"] == "tax code 5, October 2026", "this company's codes were read before anybody kept their names"
    assert proof["roll_forward"][0]["oncord"]["later"] == "0.00"
    assert proof["supersedes"] is None
    assert (proof["changed"], "month" in proof) == (None, False)
    assert check(august) == check(proof) == []


async def test_what_differs_of_before_is_carried_and_named_and_needs_no_tick_of_a_later_month(joint: Joint) -> None:
    sale, _ = await an_october(joint)
    september = await joint.sale(sale["contact_id"], date="2026-09-12", number="1040")
    await joint.receipt(september, "2.00", payment_method_id=await joint.method("cash"), date="2026-09-30")
    await run(joint)

    with pytest.raises(Conflict, match="There is 1 difference of September 2026"):
        await seal(joint, "2026-09")
    assert (await seal(joint, "2026-09", with_differences=True)).differences == 1
    made = await seal(joint)
    proof = await certificate(joint, made.tie_out_id)

    assert (proof["light"], made.differences) == ("agrees", 0)
    assert [(line["when"], line["cause"], line["amount"]) for line in proof["differences"]] == [
        ("before", "not_mapped", "-2.00")
    ]
    [carried] = tie_outs.parts_of(proof).carried
    assert carried == proof["differences"][0]
    assert check(proof) == []
    async with watched(joint) as seen:
        page = shown(await seen.browser.get(f"/connections/{joint.connection_id}/tie-outs/{made.tie_out_id}"))
    assert "Certificate of October 2026" in page
    assert "1 difference of before this period is part of what was there on its first day" in page
    assert "Differences of before the period" in page


async def test_a_certificate_supersedes_only_the_last_one_of_its_own_period_and_names_what_has_changed_since(
    joint: Joint,
) -> None:
    _, there = await an_october(joint)
    container = build_container(joint.runtime)
    running = await certificate(joint, (await tie_outs.take(container, joint.connection_id, who=SOMEBODY)).id)
    first = await tie_outs.take(container, joint.connection_id, who=SOMEBODY, period=month_of(OCTOBER))
    joint.clock.pass_time(60)
    await run(joint)
    await change(joint, "invoice", there["Id"], Line=[await line(joint, "40.00")])
    await run(joint)
    await tie_outs.take(container, joint.connection_id, who=SOMEBODY, period=month_of("2026-11"))
    proof = await certificate(
        joint, (await tie_outs.take(container, joint.connection_id, who=SOMEBODY, period=month_of(OCTOBER))).id
    )

    assert proof["supersedes"]["id"] == first.id
    assert await tie_outs.superseded_by(container, joint.connection_id, first.id) == proof["id"]
    assert proof["previous"]["id"] not in (first.id, proof["id"])
    changed = {(d["side"], d["number"], d["date"]) for d in proof["changed"]["documents"]}
    assert changed == {(side, "Q-7", "2026-10-20") for side in ("oncord", "quickbooks")}
    assert running["changed"]["count"] == 0, (
        "what the first synchronisation wrote is no change since its own comparison"
    )


async def test_what_moves_while_a_comparison_runs_has_changed_since_it(joint: Joint, monkeypatch: Any) -> None:
    """A comparison reads both sides as they stood when it began: what came in before it ended is news to the next one."""
    await an_october(joint)
    runtime = joint.runtime
    compare = seals.compare

    async def meanwhile(tx: Any, connection_id: str, changed: Any) -> None:
        joint.clock.pass_time(5)
        async with runtime.database.transaction(connection_id) as other:
            await other.execute(
                "UPDATE mirror SET moved_at = %s WHERE kind = 'sale' AND side = 'oncord' AND record ->> 'number' = '1041'",
                (joint.clock.now(),),
            )
        joint.clock.pass_time(5)
        await compare(tx, connection_id, changed)

    container = build_container(runtime)
    monkeypatch.setattr(seals, "compare", meanwhile)
    first = await tie_outs.take(container, joint.connection_id, who=SOMEBODY, period=month_of(OCTOBER))
    monkeypatch.setattr(seals, "compare", compare)
    joint.clock.pass_time(60)
    second = await tie_outs.take(container, joint.connection_id, who=SOMEBODY, period=month_of(OCTOBER))
    proof = await certificate(joint, second.id)

    assert (await certificate(joint, first.id))["changed"] is None
    assert [(d["side"], d["number"]) for d in proof["changed"]["documents"]] == [("oncord", "1041")]


@pytest.mark.parametrize("day", ["2026-09-15", "2026-11-15"])
async def test_what_has_left_the_days_of_a_certificate_has_changed_since_it(joint: Joint, day: str) -> None:
    _, there = await an_october(joint)
    container = build_container(joint.runtime)
    await tie_outs.take(container, joint.connection_id, who=SOMEBODY, period=month_of(OCTOBER))
    joint.clock.pass_time(60)
    await change(joint, "invoice", there["Id"], TxnDate=day, DueDate="2026-11-30")
    await run(joint)
    joint.clock.pass_time(60)
    second = await tie_outs.take(container, joint.connection_id, who=SOMEBODY, period=month_of(OCTOBER))
    joint.clock.pass_time(60)
    third = await tie_outs.take(container, joint.connection_id, who=SOMEBODY, period=month_of(OCTOBER))

    left = (await certificate(joint, second.id))["changed"]
    assert {(d["side"], d["number"], d["date"]) for d in left["documents"]} == {
        (side, "Q-7", day) for side in ("oncord", "quickbooks")
    }
    assert (await certificate(joint, third.id))["changed"]["count"] == 0, "nothing since"


async def test_nothing_is_sealed_that_came_in_after_both_sides_were_compared(joint: Joint, monkeypatch: Any) -> None:
    await an_october(joint)
    take = tie_outs.take

    async def meanwhile(*about: Any, **how: Any) -> Any:
        taken = await take(*about, **how)
        joint.clock.pass_time(5)
        async with joint.runtime.database.transaction(joint.connection_id) as tx:
            await tx.execute(
                "UPDATE mirror SET moved_at = %s WHERE kind = 'sale' AND record ->> 'number' = '1041'",
                (joint.clock.now(),),
            )
        return taken

    monkeypatch.setattr(tie_outs, "take", meanwhile)
    with pytest.raises(Conflict, match="came in while both sides were compared"):
        await seal(joint)
    assert await sealed_months.list_months(build_container(joint.runtime), joint.connection_id) == []
    monkeypatch.setattr(tie_outs, "take", take)
    joint.clock.pass_time(5)
    assert (await seal(joint)).documents > 0
