"""What one shop asks of another over HTTP is answered as of one that is not there: a sample of `make attack ARGS=tenants`."""

from itertools import islice
from random import Random

from app.storage.database import Database
from tests.support.app import running_service
from tests.support.services import DatabaseUrls
from tests.support.tenants import IDS, ONE, addresses, questions, two_tenants

SAMPLE = 500
NAMING_NOBODY = {
    "POST /api/v1/connections",
    "POST /api/v1/recipients",
    "POST /being-told",
    "POST /connections/new",
    "POST /sign-out",
}
"""What is about no connection that is there, and lists none."""


def test_every_place_in_an_address_is_filled_with_anothers_ids() -> None:
    """An address that comes with another kind of id: say in `tests.support.tenants.IDS` where the other's are."""
    places = {part for address in addresses() for part in address.split("/") if part.startswith("{")}

    assert places - {ONE} == set(IDS)


async def test_no_shop_learns_anything_of_another(own_database: DatabaseUrls) -> None:
    async with running_service(own_database, api_requests_per_minute=0, api_failed_keys_per_minute=0) as service:
        tenants = await two_tenants(service, own_database)
        before = await service.state(tenants.there)
        asked = list(islice(questions(tenants.own, Random(1)), SAMPLE))

        found = [await tenants.leak(question) for question in asked]

        assert list(filter(None, found)) == []
        assert set(addresses()) - {question.address for question in asked} == NAMING_NOBODY
        assert await tenants.is_as_before(before)


async def test_a_hole_in_the_wall_would_be_seen(own_database: DatabaseUrls) -> None:
    """With the key of the other shop in hand the same questions are answered otherwise."""
    async with running_service(own_database, api_requests_per_minute=0) as service:
        tenants = await two_tenants(service, own_database)
        tenants.key = service.settings.admin_api_key
        asked = [each for each in islice(questions(tenants.own, Random(2)), 200) if each.address.startswith("GET /api")]

        found = [await tenants.leak(question) for question in asked]

        assert isinstance(service.container.database, Database)
        assert len(list(filter(None, found))) > 5
