"""One shop asks for what another has: over every address, and by every function of the storage.

The service works in this process on the real PostgreSQL, so that no limit of requests slows the questions down; each is asked twice,
about a shop that is there and one that is not, and counts once.
"""

from itertools import cycle, islice
from random import Random

from app.storage.database import Database
from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground
from tests.support.app import running_service
from tests.support.probes import functions, leaks
from tests.support.services import DatabaseUrls, migrated_database
from tests.support.tenants import questions, two_tenants
from tests.support.walls import fill, words

FULL = 100_000
OVER_HTTP = 0.4
OWN, THERE, NOWHERE = "con_own", "con_there", "con_where"


async def _carry_out(ground: Ground) -> Count:
    over_http = ground.of(int(FULL * OVER_HTTP))
    by_function = ground.of(FULL) - over_http
    with migrated_database(ground.stage.servers.addresses) as urls:
        told = await _by_functions(urls, by_function)
        learned = await _over_http(urls, over_http)
    said = f"{by_function:,} by {len(functions())} functions of the storage, {over_http:,} over HTTP"
    found = [*told, *learned]
    return Count(by_function + over_http, len(found), "; ".join([said, *found[:3]]))


async def _by_functions(urls: DatabaseUrls, count: int) -> list[str]:
    fill(urls.admin, THERE)
    known = words(urls.admin)
    database = Database(urls.app, size=2)
    await database.open()
    try:
        asked = zip(range(count), cycle(functions()), strict=False)
        found = [await leaks(database, OWN, (THERE, NOWHERE), name, known, seed) for seed, name in asked]
    finally:
        await database.close()
    return [leak for leak in found if leak]


async def _over_http(urls: DatabaseUrls, count: int) -> list[str]:
    async with running_service(urls, api_requests_per_minute=0, api_failed_keys_per_minute=0) as service:
        tenants = await two_tenants(service, urls)
        before = await service.state(tenants.there)
        asked = islice(questions(tenants.own, Random(count)), count)
        found = [await tenants.leak(question) for question in asked]
        if not await tenants.is_as_before(before):
            found.append("the other shop was changed")
    return [leak for leak in found if leak]


ATTACK = Attack("one shop asks for what another has", _carry_out)
