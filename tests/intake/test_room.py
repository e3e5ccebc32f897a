"""Room is taken by bytes that have come: who only says that much is to come, or sends without end, keeps nobody else out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.api import daily_shares, event_bodies
from app.api.event_bodies import EventBodies, Post
from app.api.event_intake import EventIntake
from app.errors import Unavailable
from tests.support.intake import SITE, Door, a_ready_connection, cloud_event, open_door, sale
from tests.support.services import DatabaseUrls

OTHER_SITE = "con_other"
SIGNED = {
    "/webhooks/quickbooks": {"intuit-signature": "bm90aGluZw=="},
    f"/webhooks/oncord/{SITE}": {"webhook-id": "m", "webhook-timestamp": "1", "webhook-signature": "v1,bm8="},
}


class Sender:
    """A body that comes piece by piece, as a test says."""

    def __init__(self, headers: dict[str, str] | None = None) -> None:
        self._pieces: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.request = Post(headers or {}, self._pieces.get)

    def send(self, piece: bytes, *, last: bool = False) -> None:
        self._pieces.put_nowait({"type": "http.request", "body": piece, "more_body": not last})

    def hang_up(self) -> None:
        self._pieces.put_nowait({"type": "http.disconnect"})


def receiving(bodies: EventBodies, sender: Sender, address: str = "x", most: int = 10_000) -> "asyncio.Task[bytes]":
    return asyncio.ensure_future(bodies.receive(sender.request, address, most))


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def bodies(monkeypatch: pytest.MonkeyPatch) -> EventBodies:
    monkeypatch.setattr(event_bodies, "BYTES", 1000)
    return EventBodies()


async def test_a_declared_length_takes_no_room_and_what_has_come_does(bodies: EventBodies) -> None:
    silent = [Sender({"content-length": "900"}) for _ in range(8)]
    waiting = [receiving(bodies, sender) for sender in silent]
    await settled()
    assert bodies.taken == 0

    silent[0].send(b"x" * 300)
    await settled()
    assert bodies.taken == 300

    genuine = Sender({"content-length": "600"})
    genuine.send(b"y" * 600, last=True)
    assert await receiving(bodies, genuine) == b"y" * 600
    assert bodies.taken == 900
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    bodies.release(b"y" * 600)
    assert bodies.taken == 0


async def test_where_there_is_no_room_the_body_that_has_held_the_most_for_the_longest_loses_its_own(
    bodies: EventBodies,
) -> None:
    senders = [Sender() for _ in range(3)]
    waiting = [receiving(bodies, sender) for sender in senders]
    for sender, size in zip(senders, (200, 500, 250), strict=True):
        sender.send(b"x" * size)
    await settled()

    genuine = Sender()
    genuine.send(b"y" * 100, last=True)
    assert await receiving(bodies, genuine) == b"y" * 100

    with pytest.raises(Unavailable):
        await waiting[1]
    senders[0].send(b"x", last=True)
    senders[2].send(b"x", last=True)
    assert [len(await waiting[0]), len(await waiting[2])] == [201, 251]
    assert bodies.taken == 100 + 201 + 251


async def test_a_large_body_that_comes_quickly_is_taken_beside_many_that_are_held(bodies: EventBodies) -> None:
    held = [Sender() for _ in range(9)]
    waiting = [receiving(bodies, sender) for sender in held]
    for sender in held:
        sender.send(b"x" * 100)
    await asyncio.sleep(0.05)

    genuine = Sender()
    for number in range(8):
        genuine.send(b"y" * 100, last=number == 7)
    assert await receiving(bodies, genuine) == b"y" * 800

    await settled()
    for task in waiting:
        task.cancel()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(outcome, Unavailable) for outcome in outcomes) == 7
    assert bodies.taken == 800


async def test_where_nobody_else_is_on_the_way_whoever_comes_on_top_is_turned_away(bodies: EventBodies) -> None:
    whole = Sender()
    whole.send(b"x" * 900, last=True)
    await bodies.receive(whole.request, "x", 10_000)
    for last in (True, False):
        late = Sender()
        late.send(b"y" * 101, last=last)
        with pytest.raises(Unavailable):
            await bodies.receive(late.request, "x", 10_000)

    assert bodies.taken == 900


async def test_a_piece_that_comes_in_the_moment_of_the_refusal_makes_no_half_a_body(bodies: EventBodies) -> None:
    refused, genuine = Sender(), Sender()
    waiting = receiving(bodies, refused)
    refused.send(b"x" * 950)
    await settled()
    genuine.send(b"y" * 100, last=True)
    other = receiving(bodies, genuine)
    refused.send(b"x", last=True)

    assert len(await other) == 100
    with pytest.raises(Unavailable):
        await waiting
    assert bodies.taken == 100


async def test_at_one_address_the_oldest_of_too_many_is_refused_and_other_addresses_are_not(
    bodies: EventBodies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_bodies, "UNFINISHED", 2)
    senders = [Sender() for _ in range(4)]
    waiting = []
    for sender, address in zip(senders, ("other", "x", "x", "x"), strict=True):
        waiting.append(receiving(bodies, sender, address))
        sender.send(b"x")
        await settled()

    with pytest.raises(Unavailable):
        await waiting[1]
    for sender in senders:
        sender.send(b"x", last=True)
    assert [len(await waiting[n]) for n in (0, 2, 3)] == [2, 2, 2]


async def test_whoever_hangs_up_or_is_too_slow_gives_the_room_back(
    bodies: EventBodies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_bodies, "FIRST_SECONDS", 0.05)
    gone, slow, silent = Sender(), Sender(), Sender()
    waiting = [receiving(bodies, sender) for sender in (gone, slow, silent)]
    gone.send(b"x" * 300)
    slow.send(b"x" * 300)
    await settled()
    gone.hang_up()

    failures = await asyncio.gather(*waiting, return_exceptions=True)

    assert [getattr(failure, "status_code", None) for failure in failures] == [400, 408, 408]
    assert bodies.taken == 0


async def test_a_body_is_given_the_time_that_its_bytes_may_take(
    bodies: EventBodies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_bodies, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(event_bodies, "SLOWEST_RATE", 1)
    sender = Sender()
    waiting = receiving(bodies, sender)
    sender.send(b"x" * 19)
    await asyncio.sleep(0.2)
    sender.send(b"y", last=True)

    assert await waiting == b"x" * 19 + b"y"


@pytest.mark.parametrize("length", ["10001", "x", "-1", "9" * 5000, ""])
async def test_a_length_that_cannot_be_is_refused_unread(bodies: EventBodies, length: str) -> None:
    with pytest.raises(Exception, match="413"):
        await bodies.receive(Sender({"content-length": length}).request, "x", 10_000)


@asynccontextmanager
async def besieged(door: Door, count: int, piece: bytes = b"") -> AsyncIterator[None]:
    """So many unfinished posts at each address, of which `piece` has come."""

    tasks = []
    for path, headers in SIGNED.items():
        for _ in range(count):
            sender = Sender()
            if piece:
                sender.send(piece)
            tasks.append(asyncio.ensure_future(_post(door, path, headers, sender.request.receive)))
    await settled()
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _post(
    door: Door, path: str, headers: dict[str, str], receive: Callable[[], Awaitable[Any]]
) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("service", 80),
        "scheme": "http",
    }
    await door.app(scope, receive, send)
    return answers


@pytest.mark.parametrize("piece", [b"", b"x" * 500_000])
async def test_beside_unfinished_bodies_of_any_size_genuine_events_are_acknowledged(
    own_database: DatabaseUrls, piece: bytes
) -> None:
    async with open_door(own_database) as door:
        assert (await door.oncord(sale(1))).status_code == 200
        async with besieged(door, 80, piece):
            answers = [
                await door.oncord(sale(2)),
                await door.quickbooks([cloud_event("e1", "5")]),
                await door.oncord(body=b" " * 900_000),
            ]

        assert [answer.status_code for answer in answers] == [200, 200, 200]
        intake: EventIntake = door.app.state.event_intake
        assert intake.bodies.taken == 0


async def test_without_a_signature_header_or_a_connection_nothing_is_read(door: Door) -> None:
    async def unread() -> Any:
        raise AssertionError("the body was asked for")

    missing = [
        await _post(door, path, {name: value for name, value in headers.items() if name != left_out}, unread)
        for path, headers in SIGNED.items()
        for left_out in headers
    ]
    unknown = await _post(door, "/webhooks/oncord/con_nobody", SIGNED[f"/webhooks/oncord/{SITE}"], unread)

    assert [messages[0]["status"] for messages in missing] == [401] * 4
    assert unknown[0]["status"] == 404


async def test_who_was_refused_after_a_whole_body_keeps_the_connection(door: Door) -> None:
    answer = await door.quickbooks([cloud_event("e1", "5")], token="wrong")

    assert answer.status_code == 401
    assert "connection" not in answer.headers


async def test_a_site_has_its_share_of_a_day_and_takes_nobody_elses(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily_shares, "BYTES_OF_A_DAY", 1000)
    await a_ready_connection(door.runtime, OTHER_SITE, "9341000000000002")
    answers = [await door.oncord(sale(n)) for n in range(20)]
    taken = [answer.status_code for answer in answers].count(200)
    assert {answer.status_code for answer in answers} == {200, 429}
    assert 0 < taken < 20
    refused = answers[-1]
    assert 0 < int(refused.headers["retry-after"]) <= 24 * 3600
    assert refused.json()["type"].endswith("too-many-events")
    unreadable = await door.oncord(body=b"x" * 900)
    assert unreadable.status_code == 429, "what nobody can read is kept, too"

    assert (await door.oncord(sale(1), connection_id=OTHER_SITE)).status_code == 200
    forged = await door.oncord(
        body=b"x" * 900, connection_id=OTHER_SITE, secret="whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    )
    assert forged.status_code == 401
    assert (await door.oncord(sale(2), connection_id=OTHER_SITE)).status_code == 200, (
        "nobody without its secret uses it up"
    )
    door.clock.advance(hours=24)
    assert (await door.oncord(sale(99))).status_code == 200
    rows = await door.rows("SELECT record_id FROM event WHERE connection_id = %s", SITE)
    assert len(rows) == taken + 1
