"""What is shown of a merge is what is done, however many pieces the plan is made in: a customer was merged into one that has no
contact yet or none any more, or a contact into another one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.joint import Joint, joined
from tests.support.previews import carried_out
from tests.support.services import DatabaseUrls
from tests.support.stories import customer, invoice, payment, run
from tests.sync.test_plans_in_pieces import in_pieces, rows
from tests.sync.test_rules_merges import merged


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    async with joined(own_database.app) as joint:
        yield joint


async def _is_done_as_shown(joint: Joint, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = await rows(joint)
    in_pieces(monkeypatch, 1)
    in_single_pieces = await rows(joint)
    done = await carried_out(joint, joint.last_run)

    assert in_single_pieces == whole
    assert (done.state, done.error) == ("succeeded", "")


async def _bills_and_is_paid(joint: Joint, person: dict[str, Any]) -> None:
    bill = await invoice(joint, person["Id"])
    await payment(joint, person["Id"], "7.00", {bill["Id"]: "7.00"})


async def test_a_customer_that_was_merged_into_a_new_one(joint: Joint, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await customer(joint, "Ada")
    await run(joint)
    survivor = await customer(joint, "Augusta", email="")
    await merged(joint, ada, survivor)
    await _bills_and_is_paid(joint, survivor)

    await _is_done_as_shown(joint, monkeypatch)


async def test_a_customer_that_was_merged_into_one_whose_contact_was_deleted(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bea = await customer(joint, "Ada"), await customer(joint, "Bea")
    await run(joint)
    contacts = {contact["first_name"]: contact["id"] for contact in await joint.shop_list("contacts")}
    await joint.in_shop("DELETE", f"contacts/{contacts['Bea']}")
    await run(joint)
    await merged(joint, ada, bea)
    await _bills_and_is_paid(joint, bea)

    await _is_done_as_shown(joint, monkeypatch)


async def test_a_contact_that_was_merged_into_a_new_one(joint: Joint, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = await joint.contact("Ada")
    await joint.sale(ada["id"], number="1")
    await run(joint)
    cleo = await joint.contact("Cleo")
    await joint.in_shop("POST", f"contacts/{ada['id']}/merge", {"into": cleo["id"]})
    await joint.sale(cleo["id"], number="2")

    await _is_done_as_shown(joint, monkeypatch)
