"""Senders that an endpoint has to bear: slow ones, and far more than it can do while its database stands still for a while."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.bench.figures import Figure
from tests.bench.ground import SECONDS, Ground, answers_of, sending, sent
from tests.bench.processes import memory

SLOW_SENDERS, PIECES = 300, 4
TIMES_TOO_MUCH, CROWD, PADDING = 10, 5_000, 8_000
STILL_AFTER, STILL_SECONDS = 1.5, 2.0
"""When PostgreSQL stops taking events in, and for how long: less than the intake waits for it (2.5 s), so that what it holds gets in."""
MOST_GROWTH = 200e6
"""Bytes: 64 MB of bodies and 2,000 requests may wait, and Python gives memory back late."""


def slow_senders(ground: Ground, port: int, pid: int, usual: float) -> Iterator[Figure]:
    """Many senders who take seconds to hand over their bodies, beside the usual ones."""
    slow = ground.order(port, connections=SLOW_SENDERS, pieces=PIECES, seconds=SECONDS)
    order = ground.order(port)
    before = memory(pid)
    with _watched(pid) as peak, sending(slow) as slow_sender:
        answers = sent(order)
        crawled = answers_of(slow_sender)
    ground.look_for(order)
    ground.look_for(slow)
    yield Figure(
        f"rate beside {SLOW_SENDERS} slow senders, to the rate without", answers.rate / usual, "x", at_least=0.5
    )
    yield Figure("  slow senders' events acknowledged", crawled.accepted, at_least=SLOW_SENDERS)
    yield Figure("  memory, more than before", (peak[0] - before) / 1e6, "MB", at_most=MOST_GROWTH / 1e6)


def too_much(ground: Ground, port: int, pid: int, usual: float) -> Iterator[Figure]:
    """Ten times what can be done, whatever is answered, over a database that stands still for a while: somebody is turned away."""
    order = ground.order(port, connections=CROWD, rate=TIMES_TOO_MUCH * usual, padding=PADDING)
    before = memory(pid)
    with _watched(pid) as peak, _standing_still(ground.database):
        answers = sent(order)
    ground.look_for(order)
    asked = answers.sent + answers.not_sent
    others = {status: count for status, count in answers.statuses.items() if status not in ("200", "503")}
    yield Figure(
        f"events due at {TIMES_TOO_MUCH} times the rate, {CROWD:,} connections, {STILL_SECONDS:g} s without database",
        asked,
    )
    yield Figure("  sent", answers.sent)
    yield Figure("  acknowledged", answers.accepted, at_least=1)
    yield Figure("  turned away with 503", answers.statuses.get("503", 0), at_least=1)
    yield Figure(f"  answered otherwise {others or ''}".rstrip(), sum(others.values()), at_most=0)
    yield Figure("  never answered", answers.unanswered, at_most=0)
    yield Figure("  memory, more than before", (peak[0] - before) / 1e6, "MB", at_most=MOST_GROWTH / 1e6)
    yield Figure("rate afterwards, to the rate before", sent(ground.order(port)).rate / usual, "x", at_least=0.5)


@contextmanager
def _standing_still(database: psycopg.Connection[tuple[object, ...]]) -> Iterator[None]:
    """A database into which no event gets for a while, as when its disk has too much to do."""

    def stand_still() -> None:
        time.sleep(STILL_AFTER)
        with psycopg.connect(database.info.dsn, password=database.info.password) as other:
            other.execute("LOCK TABLE event IN SHARE MODE")
            time.sleep(STILL_SECONDS)

    thread = threading.Thread(target=stand_still)
    thread.start()
    try:
        yield
    finally:
        thread.join()


@contextmanager
def _watched(pid: int) -> Iterator[list[int]]:
    """The most memory that a process has used in the block."""
    peak, done = [memory(pid)], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            peak[0] = max(peak[0], memory(pid))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()
