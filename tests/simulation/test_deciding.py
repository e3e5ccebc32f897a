"""Somebody who watches the console decides what is asked about the configuration, and touches it only where something is."""

import random
from collections.abc import AsyncIterator

import pytest

from tests.simulation.answering import decided_what_is_asked
from tests.simulation.life import Life
from tests.simulation.outside import Outside
from tests.simulation.worlds import born
from tests.support.joint import joined
from tests.support.services import DatabaseUrls

SEED = 200_060


@pytest.fixture
async def life(own_database: DatabaseUrls) -> AsyncIterator[Life]:
    """A life in which nothing has been sold yet."""
    async with joined(own_database.app, seed=SEED) as joint:
        yield await born(joint, Outside(), SEED)


async def test_a_payment_method_that_is_asked_about_is_decided_and_its_receipt_goes_over(life: Life) -> None:
    joint = life.joint
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale, payment_method_id=life.methods[2])
    await joint.sync()
    assert [item.kind for item in await joint.attention()] == ["unmapped"]

    await decided_what_is_asked(life, random.Random(1))
    await joint.sync()

    assert receipt["id"] in await life.counterparts("receipt")
    assert await joint.attention() == []


async def test_a_tax_code_that_is_asked_about_is_decided_and_its_sale_goes_over(life: Life) -> None:
    joint = life.joint
    await life.map_codes("GST")
    line = {"description": "Rice", "quantity": "1", "unit_price": "5.00", "tax_code": life.codes["FREE"][0]}
    sale = await joint.sale((await joint.contact())["id"], line)
    await joint.sync()
    assert sale["id"] not in await life.counterparts("sale")

    await decided_what_is_asked(life, random.Random(1))
    await joint.sync()

    assert sale["id"] in await life.counterparts("sale")


async def test_where_nothing_is_asked_nothing_is_decided(life: Life) -> None:
    before = await life.configuration()
    await life.joint.sale((await life.joint.contact())["id"])
    await life.joint.sync()

    await decided_what_is_asked(life, random.Random(1))

    assert await life.configuration() == before
