"""No function of the storage tells what another connection has, or that it has anything: a sample of `make attack ARGS=tenants`."""

import inspect
from collections.abc import AsyncIterator, Iterator
from random import Random

import pytest

from app.sandbox.local.services import ServiceAddresses
from app.storage.database import Database
from tests.support.probes import NUMBERED, Maker, functions, leaks
from tests.support.services import DatabaseUrls, copied_database
from tests.support.walls import fill, serving, words

OWN, THERE, NOWHERE = "con_own", "con_there", "con_where"
SEEDS = 3
MAKING_LINKS = (7157, 32777, 48149)
"""With these `agree` makes links, and answers with their numbers."""


@pytest.fixture(scope="module")
def filled(migrated: ServiceAddresses) -> Iterator[DatabaseUrls]:
    with copied_database(migrated) as urls:
        fill(urls.admin, THERE)
        yield urls


@pytest.fixture
async def database(filled: DatabaseUrls) -> AsyncIterator[Database]:
    async with serving(filled.app) as database:
        yield database


@pytest.mark.parametrize("name", functions())
def test_for_every_function_something_to_ask_can_be_made(name: str) -> None:
    """A function that comes with another kind of argument: teach `tests.support.probes.Maker` to make one."""
    function = functions()[name]
    for seed in range(5):
        given = Maker(OWN, THERE, ["record_id"], Random(seed)).arguments(function)

        assert list(given) == list(inspect.signature(function).parameters)[1:]


async def test_what_another_connection_has_is_told_by_nothing(database: Database, filled: DatabaseUrls) -> None:
    probes = [(name, seed) for name in functions() for seed in range(SEEDS)]
    probes += [(name, seed) for name in sorted(NUMBERED) for seed in MAKING_LINKS]

    assert await leaks(database, OWN, (THERE, NOWHERE), words(filled.admin), probes) == []
    assert len(probes) > 500


async def test_a_probe_sees_a_leak(database: Database, filled: DatabaseUrls) -> None:
    """Asked as whom it belongs to, the same probes tell what there is and what is not."""
    names = ("connections.connections.get", "people.api_keys.of_connection", "records.mirrors.ids")
    probes = [(name, seed) for name in names for seed in range(5)]

    assert len(await leaks(database, THERE, (THERE, NOWHERE), words(filled.admin), probes)) > 5
