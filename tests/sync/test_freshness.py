"""How long an edit takes until the other side has it, and up to when each side was read: measured, not believed."""

from datetime import timedelta

from app.container import build_container
from app.domain.model.configuration import MappedMethod
from app.domain.model.records import Side
from app.services import overview
from app.storage.freshness import Read
from tests.support.joint import Joint
from tests.support.stories import change, customer, invoice, run
from tests.sync.test_configuration_moves import also


async def read(joint: Joint) -> dict[Side, Read]:
    found = await overview.read_connection(build_container(joint.runtime), joint.connection_id)
    return dict(found.freshness.read)


def about(measured: timedelta | None, expected: timedelta) -> bool:
    """A run takes a few seconds itself."""
    return measured is not None and expected <= measured <= expected + timedelta(seconds=60)


async def test_the_first_synchronisation_is_nobodys_edit(joint: Joint) -> None:
    assert {side: each.edits for side, each in (await read(joint)).items()} == {Side.ONCORD: 0, Side.QUICKBOOKS: 0}


async def test_an_edit_that_was_told_of_counts_from_then_and_one_that_was_not_from_its_own_time(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    kay = await customer(joint, "Kay")
    await invoice(joint, kay["Id"])
    await run(joint)
    before = await read(joint)
    for each in before.values():
        assert each.until is not None

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Ring twice"})
    await joint.touched("oncord", "sale", sale["id"])
    joint.clock.pass_time(120)
    await joint.sync(download=False)
    told = await read(joint)
    assert told[Side.ONCORD].edits == before[Side.ONCORD].edits + 1
    assert told[Side.QUICKBOOKS].edits == before[Side.QUICKBOOKS].edits
    joint.clock.pass_time(8 * 24 * 3600)  # what was before is forgotten

    await change(joint, "customer", kay["Id"], PrimaryPhone={"FreeFormNumber": "0400 111 111"})
    joint.clock.pass_time(6 * 3600)
    await run(joint)
    [side] = [side for side, each in (await read(joint)).items() if each.edits]
    assert side is Side.QUICKBOOKS
    assert about((await read(joint))[side].p50, timedelta(hours=6))


async def test_half_of_the_edits_and_nineteen_of_twenty_are_told_apart(joint: Joint) -> None:
    ada = await joint.contact()
    sales = [await joint.sale(ada["id"]) for _ in range(10)]
    await run(joint)
    joint.clock.pass_time(8 * 24 * 3600)
    for number, sale in enumerate(sales):
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": f"Note {number}"})
        await joint.touched("oncord", "sale", sale["id"])
        joint.clock.pass_time(3600 if number == 9 else 120)
        await joint.sync(download=False)

    found = (await read(joint))[Side.ONCORD]
    assert found.edits == 10
    assert about(found.p50, timedelta(minutes=2))
    assert about(found.p95, timedelta(hours=1))


async def test_what_waited_for_a_choice_counts_from_the_choice(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    joint.clock.pass_time(8 * 24 * 3600)
    paypal = await joint.method("paypal")
    await joint.receipt(sale, "5.00", payment_method_id=paypal)
    await run(joint)
    joint.clock.pass_time(3 * 24 * 3600)
    bank = await joint.account("Bank")
    await joint.configure(payment_methods=await also(joint, MappedMethod(paypal, bank)))
    await run(joint)

    found = (await read(joint))[Side.ONCORD]
    assert found.edits == 1
    assert about(found.p95, timedelta(0))
