"""One shop asks for what another has: over every address, and by every function of the storage.

The service works in this process on the real PostgreSQL, so that no limit of requests slows the questions down; each is asked twice,
about a shop that is there and one that is not, and counts once. Functions are asked beside it, in a database of their own.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from random import Random

import structlog

from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground
from tests.support.app import running_service
from tests.support.probes import functions, leaks
from tests.support.services import DatabaseUrls, migrated_database
from tests.support.tenants import Tenants, another, questions, two_tenants
from tests.support.walls import fill, serving, words

FULL = 100_000
OVER_HTTP = 0.4
AT_ONCE = 3
"""So many shops ask at once, each one question after the other: what one changes of its own, no other is shown."""
OF_ONE_SHOP = 1000
"""Questions after which another shop goes on: what a shop has of its own grows with each, and its lists and archive with that."""
OWN, THERE, NOWHERE = "con_own", "con_there", "con_where"


async def _carry_out(ground: Ground) -> Count:
    over_http = ground.of(int(FULL * OVER_HTTP))
    by_function = ground.of(FULL) - over_http
    servers = ground.stage.servers.addresses
    with migrated_database(servers) as walled, migrated_database(servers) as shared, _without_logs():
        told, learned = await asyncio.gather(by_functions(walled, by_function), by_questions(shared, over_http))
    said = f"{by_function:,} by {len(functions())} functions of the storage, {over_http:,} over HTTP"
    found = [*told, *learned]
    return Count(by_function + over_http, len(found), "; ".join([said, *found[:3]]))


async def by_functions(urls: DatabaseUrls, count: int) -> list[str]:
    """What so many probes of the functions of the storage have told, all functions in turn."""
    fill(urls.admin, THERE)
    probes = sorted(zip(cycle(functions()), range(count), strict=False))  # one after the other a function is quicker
    async with serving(urls.app) as database:
        return await leaks(database, OWN, (THERE, NOWHERE), words(urls.admin), probes)


async def by_questions(urls: DatabaseUrls, count: int) -> list[str]:
    """What so many questions over HTTP have told."""
    async with running_service(urls, api_requests_per_minute=0, api_failed_keys_per_minute=0) as service:
        tenants = await two_tenants(service, urls)
        before = await service.state(tenants.there)
        shares = [min(OF_ONE_SHOP, count - first) for first in range(0, count, OF_ONE_SHOP)]
        turns = iter([(await another(tenants), share, Random(number)) for number, share in enumerate(shares)])
        found: list[str] = []

        async def ask() -> None:
            for asking, share, chance in turns:
                found.extend(await _learned(asking, share, chance))

        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
        if not await tenants.is_as_before(before):
            found.append("the other shop was changed")
    return found


async def _learned(asking: Tenants, count: int, chance: Random) -> list[str]:
    answers = [await asking.leak(question) for question in islice(questions(asking.own, chance), count)]
    return [answer for answer in answers if answer]


@contextmanager
def _without_logs() -> Iterator[None]:
    """The service in this process says nothing meanwhile, as the processes do that write into files."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


ATTACK = Attack("one shop asks for what another has", _carry_out)
