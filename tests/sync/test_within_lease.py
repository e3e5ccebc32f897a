"""A write that is not answered while the lease lasts counts as lost; recovery settles it."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from app.errors import Unreachable
from app.storage.runs.leases import Lease
from app.sync.context import TurnContext


def _held(seconds: float, grace: float, elapsed: float) -> Any:
    return SimpleNamespace(
        lease=Lease("con", "owner", 1, seconds, grace),
        clock=SimpleNamespace(monotonic=lambda: elapsed),
        lease_taken=0.0,
    )


async def test_an_answer_within_lease_and_grace_is_taken() -> None:
    async def answered() -> str:
        return "yes"

    assert await TurnContext.within_lease(_held(10, 5, elapsed=14), answered()) == "yes"


async def test_a_request_never_outlives_the_moment_at_which_somebody_may_take_over() -> None:
    with pytest.raises(Unreachable):
        await TurnContext.within_lease(_held(10, 5, elapsed=14.98), asyncio.sleep(60))
