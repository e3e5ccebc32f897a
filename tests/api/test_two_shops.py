"""From an empty installation to two connected shops, by keys of the least scope that suffices; neither sees anything of the other.

Both have been synchronised before anybody looks, so that there is something to see.
"""

from dataclasses import dataclass

import httpx
import pytest
from structlog.testing import capture_logs

from app.access import TABLE
from app.services.callers import Need
from tests.api.test_keys import with_key
from tests.support.app import SHOP_HOST, Service
from tests.support.routes import example_of
from workers.jobs import wake

TURNS = 20


@dataclass
class Shop:
    """A shop with its books, and what may be done to it by whom."""

    connection_id: str
    realm: str
    company: str
    customer: str
    joining: str
    """The key with `configure`, and that with `sync`, and that with `read`."""
    running: str
    looking: str

    @property
    def keys(self) -> tuple[str, ...]:
        return self.joining, self.running, self.looking

    @property
    def traces(self) -> tuple[str, ...]:
        """What nobody else may come across."""
        return self.connection_id, self.realm, self.company, self.company.removesuffix(" Pty Ltd"), self.customer


async def ask(service: Service, key: str, method: str, path: str, **more: object) -> httpx.Response:
    return await service.browser.request(method, path, headers=with_key(key), **more)  # type: ignore[arg-type]


async def ask_with_least(
    service: Service, key: str, others: list[str], method: str, path: str, **more: object
) -> httpx.Response:
    """Ask with a key, after those of the other scopes have been refused: what is done needs this one."""
    for other in others:
        refused = await ask(service, other, method, path, **more)
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (403, "scope-missing"), path
    return await ask(service, key, method, path, **more)


async def connect(service: Service, name: str, site: str, token: str) -> Shop:
    """The operator connects the site and makes three keys; everything else is done with these."""
    company, customer = f"{name} Pty Ltd", f"Customer of {name}"
    realm = service.company(name=company)
    api_url = f"{SHOP_HOST}/sites/{site}/api/connector/v1"
    connection_id = (await service.connect_site(oncord_api_url=api_url, oncord_token=token, name=name))["id"]
    keys = {}
    for scope in ("configure", "sync", "read"):
        made = await service.api.post(
            f"/api/v1/connections/{connection_id}/keys", json={"name": f"{name}, {scope}", "scopes": [scope]}
        )
        keys[scope] = made.json()["key"]
    shop = Shop(connection_id, realm, company, customer, keys["configure"], keys["sync"], keys["read"])
    one = f"/api/v1/connections/{connection_id}"
    no_configurers, no_runners, no_readers = (
        [key for scope, key in keys.items() if scope != own] for own in ("configure", "sync", "read")
    )
    link = await ask_with_least(service, shop.joining, no_configurers, "POST", f"{one}/launch-link")
    consent = await service.pressed(link.json()["url"])
    assert await service.come_back(await service.consent(consent, f"approve={realm}")) == "connected"
    choices = (
        await ask_with_least(service, shop.joining, no_configurers, "GET", f"{one}/configuration/choices")
    ).json()
    bank = next(account["id"] for account in choices["deposit_accounts"] if account["kind"] == "Bank")
    methods = [
        {"id": method["id"], "deposit_account_id": bank, "preferred": number == 0}
        for number, method in enumerate(choices["payment_methods"])
    ]
    wish = {**choices["suggested"], "payment_methods": methods}
    stored = await ask_with_least(service, shop.joining, no_configurers, "PUT", f"{one}/configuration", json=wish)
    assert stored.status_code == 200
    await sell(service, site, customer)
    run = await ask_with_least(service, shop.running, no_runners, "POST", f"{one}/syncs", json={})
    assert run.status_code == 202
    for _ in range(TURNS):
        await wake({"runtime": service.app.state.runtime}, connection_id)
    seen = (await ask_with_least(service, shop.looking, no_readers, "GET", one)).json()
    assert (seen["state"], seen["company_name"], seen["last_sync"]["state"]) == ("ready", company, "succeeded")
    return shop


async def sell(service: Service, site: str, customer: str) -> None:
    """A sale in the shop, to somebody of a name that nobody else has."""
    door = f"{SHOP_HOST}/_sandbox/sites/{site}"
    first, _, last = customer.partition(" ")
    line = {"description": f"Tea for {customer}", "quantity": "1", "unit_price": "44.00", "tax_code": "GST"}
    contact = {"type": "individual", "first_name": first, "last_name": last, "email": f"{site}@example.com"}
    sold = await service.vendors.post(f"{door}/sales", json={"contact": contact, "lines": [line]})
    assert sold.is_success, sold.text


@pytest.fixture
async def shops(service: Service) -> tuple[Shop, Shop]:
    first_site, second_site = (service.shop.add_site(with_sample=False) for _ in range(2))
    return (
        await connect(service, "Harbour Coffee", first_site.id, first_site.token),
        await connect(service, "Mountain Tea", second_site.id, second_site.token),
    )


async def test_two_shops_are_connected_by_least_keys_and_see_nothing_of_each_other(
    service: Service, shops: tuple[Shop, Shop]
) -> None:
    for shop, other in (shops, shops[::-1]):
        own = ""
        for key in shop.keys:
            for address, need in sorted(TABLE.items()):
                if isinstance(need, Need) and address.startswith("GET /api/"):
                    for connection_id in (shop.connection_id, other.connection_id):
                        answer = await ask(service, key, *example_of(address, connection_id))
                        said = answer.text.replace(str(answer.url.path), "")
                        own += said
                        if address.endswith("/audit"):  # which has what this very key has asked for in vain
                            said = said.replace(f'"connection_id":"{other.connection_id}"', "")
                        assert not [trace for trace in other.traces if trace in said], (address, connection_id)
                        if connection_id == other.connection_id and "{connection_id}" in address:
                            assert answer.status_code == 404, address
        assert not [trace for trace in shop.traces if trace not in own], "nothing was there to be seen"
    listed = (await ask(service, shops[0].looking, "GET", "/api/v1/connections")).json()
    assert [each["id"] for each in listed["items"]] == [shops[0].connection_id]
    assert listed["next_cursor"] is None


async def test_neither_shops_keys_do_anything_to_the_other(service: Service, shops: tuple[Shop, Shop]) -> None:
    for shop, other in (shops, shops[::-1]):
        before = await everything(service, other)
        for key in shop.keys:
            for address, need in sorted(TABLE.items()):
                if isinstance(need, Need) and " /api/" in address and not address.startswith("GET "):
                    answer = await ask(service, key, *example_of(address, other.connection_id), json={})
                    expected = (404,) if "{connection_id}" in address else (403,)
                    assert answer.status_code in expected, address
                    assert not [trace for trace in other.traces[1:] if trace in answer.text], address
        assert await everything(service, other) == before


async def everything(service: Service, shop: Shop) -> list[object]:
    """What the operator sees of a shop: the connection, its configuration, runs, keys, questions and acts."""
    one = f"/api/v1/connections/{shop.connection_id}"
    rooms = ("", "/configuration", "/syncs", "/keys", "/attention", "/audit", "/events")
    return [(await service.api.get(f"{one}{room}")).json() for room in rooms]


async def test_no_secret_stands_in_a_log_or_in_an_answer_after_it_was_shown(service: Service) -> None:
    site = service.shop.add_site(with_sample=False)
    with capture_logs() as lines:
        shop = await connect(service, "Harbour Coffee", site.id, site.token)
        await service.browser.post("/sign-in", data={"key": service.settings.admin_api_key})
        session = service.browser.cookies["session"]
        shown = [
            (await service.api.request(*example_of(address, shop.connection_id))).text
            for address, need in TABLE.items()
            if isinstance(need, Need) and address.startswith("GET ")
        ]

    grant = await service.container.grants.read(shop.connection_id)
    assert grant is not None
    secrets = [*shop.keys, site.token, session, service.settings.admin_api_key, grant.pair.access_token]
    secrets += [grant.pair.refresh_token, service.settings.quickbooks_client_secret]
    assert all(len(secret) > 10 for secret in secrets)
    assert len(lines) > 20
    said = str(lines) + "".join(shown)
    assert not [secret for secret in secrets if secret in said]
    assert shop.customer not in str(lines)
