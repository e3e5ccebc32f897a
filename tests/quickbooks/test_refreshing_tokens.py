"""A refresh token is used once and never lost, with any number of processes refreshing at once (I8).

Set REFRESH_ROUNDS=200 for the full proof: 64 tasks in 4 processes.
"""

import asyncio
import json
import os
import random
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn

from app.domain.guards.grant_age import Grant, TokenPair
from app.errors import Unauthorised, Unreachable
from app.quickbooks.http.tokens import CLAIM, Tokens
from app.sandbox.quickbooks.app import create_app
from app.sandbox.quickbooks.world import World
from app.storage.connections.tokens import Tokens as TokenRows
from app.storage.connections.vault import Vault, VaultError
from app.storage.database import EVERY_CONNECTION, Database
from tests.quickbooks.company import VirtualClock
from tests.quickbooks.refreshing_process import KEY
from tests.storage.rows import NOON, a_connection
from tests.support.services import DatabaseUrls

ROUNDS = int(os.environ.get("REFRESH_ROUNDS", "4"))
PROCESSES, TASKS = 4, 16
PAIR = TokenPair("access-0", "refresh-0", NOON + timedelta(hours=1), NOON + timedelta(days=100))


class Vendor:
    """A token endpoint that rotates strictly; `script` says what the next calls do instead."""

    def __init__(self) -> None:
        self.current = "refresh-0"
        self.used: list[str] = []
        self.script: list[str] = []
        self.gate: asyncio.Event | None = None
        self.asked = asyncio.Event()

    async def refresh(self, refresh_token: str) -> TokenPair:
        self.used.append(refresh_token)
        self.asked.set()
        if self.gate:
            await self.gate.wait()
        what = self.script.pop(0) if self.script else ""
        if what == "lost before":
            raise Unreachable("lost")
        if refresh_token != self.current:
            raise Unauthorised("dead", code="invalid_grant")
        number = int(self.current.partition("-")[2]) + 1
        self.current = f"refresh-{number}"
        if what == "lost after":
            raise Unreachable("lost")
        return TokenPair(f"access-{number}", self.current, NOON + timedelta(hours=number + 1))


class OneRow:
    """A token store in memory with the rules of the table."""

    def __init__(self) -> None:
        self.grant: Grant | None = Grant(PAIR, 1)

    async def read(self, connection_id: str) -> Grant | None:
        await asyncio.sleep(0)
        return self.grant

    async def claim(self, connection_id: str, version: int, owner: str, now: Any, expires_at: Any) -> Grant | None:
        found = self.grant
        if found is None or found.version != version or found.dead_since or found.claimed_at(now):
            return None
        self.grant = replace(found, claim_owner=owner, claim_expires_at=expires_at)
        return self.grant

    async def store(self, connection_id: str, version: int, pair: TokenPair, now: Any) -> bool:
        if self.grant is None or self.grant.version != version:
            return False
        self.grant = Grant(pair, version + 1)
        return True

    async def invalidate(self, connection_id: str, version: int, owner: str, now: Any) -> bool:
        if self.grant is None or (self.grant.version, self.grant.claim_owner) != (version, owner):
            return False
        self.grant = replace(self.grant, dead_since=now, claim_owner="", claim_expires_at=None)
        return True

    async def release(self, connection_id: str, owner: str) -> None:
        if self.grant is not None and self.grant.claim_owner == owner:
            self.grant = replace(self.grant, claim_owner="", claim_expires_at=None)


@pytest.fixture
def clock() -> VirtualClock:
    made = VirtualClock()
    made.world.advance((NOON - made.now()).total_seconds())
    return made


@pytest.fixture
def row() -> OneRow:
    return OneRow()


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


def source(row: OneRow, vendor: Vendor, clock: VirtualClock, name: str = "a") -> Tokens:
    numbers = iter(range(1000))
    return Tokens(row, vendor, clock, lambda: f"{name}{next(numbers)}")


async def test_a_token_that_is_good_for_a_while_is_not_refreshed(
    row: OneRow, vendor: Vendor, clock: VirtualClock
) -> None:
    assert await source(row, vendor, clock).access_token("con_1") == "access-0"
    assert vendor.used == []


async def test_a_token_that_is_about_to_end_is_refreshed_first(
    row: OneRow, vendor: Vendor, clock: VirtualClock
) -> None:
    clock.world.advance(58 * 60)

    assert await source(row, vendor, clock).access_token("con_1") == "access-1"
    assert row.grant is not None
    assert (row.grant.pair.refresh_token, row.grant.version, row.grant.claim_owner) == ("refresh-1", 2, "")


async def test_many_tasks_and_two_processes_refresh_once(row: OneRow, vendor: Vendor, clock: VirtualClock) -> None:
    clock.world.advance(3600)
    one, two = source(row, vendor, clock, "a"), source(row, vendor, clock, "b")

    found = await asyncio.gather(*(s.access_token("con_1") for s in (one, two) for _ in range(20)))

    assert set(found) == {"access-1"}
    assert vendor.used == ["refresh-0"]


async def test_a_rejected_token_is_replaced_by_the_one_stored_meanwhile(
    row: OneRow, vendor: Vendor, clock: VirtualClock
) -> None:
    tokens = source(row, vendor, clock)

    assert await tokens.renewed_token("con_1", "an older one") == "access-0"
    assert await tokens.renewed_token("con_1", "access-0") == "access-1"
    assert vendor.used == ["refresh-0"]


async def test_a_lost_answer_is_asked_for_once_more(row: OneRow, vendor: Vendor, clock: VirtualClock) -> None:
    vendor.script = ["lost before"]

    assert await source(row, vendor, clock).renewed_token("con_1", "access-0") == "access-1"
    assert vendor.used == ["refresh-0", "refresh-0"]


async def test_no_answer_twice_leaves_the_grant_as_it_was(row: OneRow, vendor: Vendor, clock: VirtualClock) -> None:
    vendor.script = ["lost before", "lost before"]
    tokens = source(row, vendor, clock)

    with pytest.raises(Unreachable):
        await tokens.renewed_token("con_1", "access-0")

    assert row.grant == Grant(PAIR, 1)
    assert await tokens.renewed_token("con_1", "access-0") == "access-1"


async def test_a_dead_grant_is_buried_and_never_tried_again(row: OneRow, vendor: Vendor, clock: VirtualClock) -> None:
    vendor.current = "somebody else has it"
    tokens = source(row, vendor, clock)

    for _ in range(3):
        with pytest.raises(Unauthorised):
            await tokens.renewed_token("con_1", "access-0")

    assert vendor.used == ["refresh-0"]
    row.grant = Grant(replace(PAIR, access_token="fresh", refresh_token="new"), 2)
    assert await tokens.access_token("con_1") == "fresh"


async def test_a_claim_whose_holder_died_is_taken_over_when_it_ends(
    row: OneRow, vendor: Vendor, clock: VirtualClock
) -> None:
    await row.claim("con_1", 1, "dead process", clock.now(), clock.now() + CLAIM)
    before = clock.monotonic()

    assert await source(row, vendor, clock).renewed_token("con_1", "access-0") == "access-1"
    assert CLAIM.total_seconds() <= clock.monotonic() - before < CLAIM.total_seconds() + 2


async def test_a_sleeper_that_wakes_after_its_claim_does_not_undo_a_newer_pair(
    row: OneRow, vendor: Vendor, clock: VirtualClock
) -> None:
    await row.claim("con_1", 1, "sleeper", clock.now(), clock.now() + CLAIM)
    clock.world.advance(61)
    assert await source(row, vendor, clock).renewed_token("con_1", "access-0") == "access-1"

    assert not await row.store("con_1", 1, replace(PAIR, access_token="late"), clock.now())
    assert not await row.invalidate("con_1", 1, "sleeper", clock.now())


async def test_a_cancelled_refresh_gives_its_claim_back(row: OneRow, vendor: Vendor, clock: VirtualClock) -> None:
    vendor.gate = asyncio.Event()
    asking = asyncio.ensure_future(source(row, vendor, clock).renewed_token("con_1", "access-0"))
    await vendor.asked.wait()

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert row.grant == Grant(PAIR, 1)


async def test_without_a_grant_a_person_must_connect(row: OneRow, vendor: Vendor, clock: VirtualClock) -> None:
    row.grant = None

    with pytest.raises(Unauthorised):
        await source(row, vendor, clock).access_token("con_1")


# the table


@asynccontextmanager
async def stored(urls: DatabaseUrls, pair: TokenPair = PAIR) -> AsyncIterator[tuple[Database, TokenRows]]:
    database = Database(urls.app, size=4)
    await database.open()
    rows = TokenRows(database, Vault([KEY], random.SystemRandom()))
    async with database.transaction(EVERY_CONNECTION) as tx:
        await a_connection(tx)
        await rows.put(tx, "con_1", pair, NOON)
    yield database, rows
    await database.close()


async def test_the_table_keeps_the_pair_sealed_and_fenced(own_database: DatabaseUrls) -> None:
    async with stored(own_database) as (database, rows):
        assert await rows.read("con_1") == Grant(PAIR, 1)
        later = NOON + CLAIM
        assert await rows.claim("con_1", 2, "x", NOON, later) is None
        assert await rows.claim("con_1", 1, "a", NOON, later) == Grant(PAIR, 1, "a", later)
        assert await rows.claim("con_1", 1, "b", NOON, later) is None
        assert await rows.claim("con_1", 1, "b", later, later + CLAIM) is not None
        assert not await rows.invalidate("con_1", 1, "a", later)
        await rows.release("con_1", "a")
        fresh = replace(PAIR, access_token="access-1", refresh_token="refresh-1")
        assert await rows.store("con_1", 1, fresh, later)
        assert not await rows.store("con_1", 1, PAIR, later)
        assert await rows.read("con_1") == Grant(fresh, 2)
        assert await rows.claim("con_1", 2, "c", later, later + CLAIM) is not None
        assert await rows.invalidate("con_1", 2, "c", later)
        assert await rows.claim("con_1", 2, "d", later, later + CLAIM) is None
        assert (await rows.read("con_1") or Grant(PAIR, 0)).dead_since == later

        async with database.transaction(EVERY_CONNECTION) as tx:
            cursor = await tx.execute("SELECT access_token, refresh_token FROM token")
            (sealed,) = await cursor.fetchall()
            assert not any("access-1" in v or "refresh-1" in v for v in sealed.values())
            await rows.put(tx, "con_1", PAIR, later)
        assert await rows.read("con_1") == Grant(PAIR, 3)
        async with database.transaction(EVERY_CONNECTION) as tx:
            await rows.remove(tx, "con_1")
        assert await rows.read("con_1") is None


async def test_a_ciphertext_moved_to_another_row_does_not_open(own_database: DatabaseUrls) -> None:
    async with stored(own_database) as (database, rows):
        async with database.transaction(EVERY_CONNECTION) as tx:
            await a_connection(tx, "con_2")
            await rows.put(tx, "con_2", PAIR, NOON)
            await tx.execute(
                "UPDATE token SET access_token = (SELECT access_token FROM token WHERE connection_id = 'con_1')"
                " WHERE connection_id = 'con_2'"
            )
        with pytest.raises(VaultError):
            await rows.read("con_2")


@pytest.mark.processes
async def test_tasks_in_four_processes_refresh_once_per_generation(own_database: DatabaseUrls) -> None:
    world = World()
    world.hazards.change({"strict_rotation": True, "reuse_revokes_grant": True})
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(create_app(world), log_level="error", lifespan="off"))
    serving = asyncio.ensure_future(server.serve(sockets=[listening]))
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, trust_env=False))
        made = (await http.post("/_sandbox/companies", json={"country": "AU", "sample": False})).json()
        pair = replace(PAIR, access_token=made["access_token"], refresh_token=made["refresh_token"])
        _, rows = await stack.enter_async_context(stored(own_database, pair))
        children = [await _child(own_database, url, made) for _ in range(PROCESSES)]
        try:
            current = made["access_token"]
            for _ in range(ROUNDS):
                found = await asyncio.gather(*(_ask(child, current) for child in children))
                tokens = {token for answer in found for token in answer}
                assert len(tokens) == 1, tokens
                (fresh,) = tokens
                assert fresh != current
                assert not fresh.startswith("error"), fresh
                current = fresh
        finally:
            for child in children:
                assert child.stdin is not None
                child.stdin.close()
                await child.wait()
        grant = await rows.read("con_1")
        assert grant is not None
        assert (grant.version, grant.pair.access_token, grant.dead_since) == (1 + ROUNDS, current, None)
        (consent,) = world.grants.grants
        assert grant.pair.refresh_token == consent.refresh
        assert len(consent.previous) == ROUNDS
        assert not consent.revoked
    server.should_exit = True
    await serving


async def _child(urls: DatabaseUrls, url: str, made: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.quickbooks.refreshing_process",
        urls.app, url, made["client_id"], made["client_secret"], str(TASKS),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def _ask(child: asyncio.subprocess.Process, rejected: str) -> list[str]:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(f"{rejected}\n".encode())
    await child.stdin.drain()
    answer: list[str] = json.loads(await asyncio.wait_for(child.stdout.readline(), 60))
    return answer
