"""A run that the outside stops leaves what it had taken up scheduled for when that is cured (law 12)."""

import pytest

from app.domain.guards.debounce import DueFacts, next_due
from app.domain.model.configuration import MappedTaxCode
from app.domain.model.records import Kind
from app.storage.changes import due
from app.storage.connections import connections
from app.sync import engine
from app.sync.context import TurnContext
from tests.support.joint import Joint
from tests.support.stories import run, tax_code
from tests.sync.test_only_a_look import sale_told, tell
from tests.workers.shift import TIMING


async def due_facts(joint: Joint) -> DueFacts:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [found] = await due.due_facts_of(tx, [joint.connection_id])
    return found


async def cured(joint: Joint) -> None:
    """Whatever stopped the connection is no more, and somebody has said so."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await connections.set_state(tx, joint.connection_id, "ready", "", joint.clock.now())


@pytest.mark.parametrize(
    ("cause", "cure", "state"),
    [
        ("oncord", None, "reconnect_required"),
        ("quickbooks", {"active": True}, "blocked"),
    ],
)
async def test_a_run_that_was_stopped_is_due_again_once_the_cause_is_cured(
    joint: Joint, cause: str, cure: dict[str, bool] | None, state: str
) -> None:
    await run(joint)
    await sale_told(joint)
    if cause == "oncord":
        await joint.in_shop("POST", "revoke")
    else:
        await joint.in_books("POST", "subscription", {"active": False})
    stopped = await joint.sync(download=False)
    assert stopped.state == "failed"
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await connections.get(tx, joint.connection_id)
    assert found is not None
    assert found.state == state

    await cured(joint)
    waiting = await due_facts(joint)
    moment = next_due(waiting, TIMING, joint.clock.now())
    assert moment is not None
    assert (moment[0] - joint.clock.now()).total_seconds() <= 60


@pytest.mark.parametrize("told", [True, False])
async def test_what_a_run_sets_free_and_is_told_of_while_it_works_is_looked_at_next(
    joint: Joint, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    await joint.in_shop("POST", "tax-codes", {"code": "ODD", "name": "Odd", "rate": "10"})
    contact = await joint.contact()
    sale = await joint.sale(
        contact["id"], {"description": "Tea", "quantity": "1", "unit_price": "11", "tax_code": "ODD"}
    )
    receipt = await joint.receipt(sale)
    await run(joint)

    async def once_everything_is_read(context: TurnContext) -> None:
        if told:  # while it waits for its sale, which nobody has to hurry for
            await tell(joint, Kind.RECEIPT, receipt["id"])

    codes = (MappedTaxCode("GST", await tax_code(joint), "10"), MappedTaxCode("ODD", await tax_code(joint), "10"))
    await joint.configure(tax_codes=codes)
    with monkeypatch.context() as patched:
        patched.setattr(engine, "note_merges", once_everything_is_read)
        await joint.sync(download=False)

    assert len(await joint.books_list("invoice")) == 1
    assert ((await due_facts(joint)).first_changed_at is not None) == told
    await joint.sync(download=False)
    assert len(await joint.books_list("payment")) == 1
    assert (await due_facts(joint)).first_changed_at is None


async def test_what_was_told_of_while_it_waited_goes_with_the_run_that_sets_it_free(joint: Joint) -> None:
    await joint.in_shop("POST", "tax-codes", {"code": "ODD", "name": "Odd", "rate": "10"})
    line = {"description": "Tea", "quantity": "1", "unit_price": "11", "tax_code": "ODD"}
    sale = await joint.sale((await joint.contact())["id"], line)
    receipt = await joint.receipt(sale)
    await run(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "R-5"})
    await tell(joint, Kind.RECEIPT, receipt["id"])
    assert (await due_facts(joint)).first_changed_at is None

    codes = (MappedTaxCode("GST", await tax_code(joint), "10"), MappedTaxCode("ODD", await tax_code(joint), "10"))
    await joint.configure(tax_codes=codes)
    await joint.sync(download=False)

    assert [p["PaymentRefNum"] for p in await joint.books_list("payment")] == ["R-5"]
    assert (await due_facts(joint)).first_changed_at is None
