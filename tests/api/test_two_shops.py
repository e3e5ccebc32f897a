"""From an empty installation to two connected shops, by keys of the least scope that suffices; neither sees anything of the other."""

from dataclasses import dataclass

import httpx

from app.access import TABLE
from app.services.callers import Need
from tests.api.test_keys import with_key
from tests.support.app import Service
from tests.support.routes import example_of


@dataclass
class Shop:
    """A shop with its books, and what may be done to it by whom."""

    connection_id: str
    realm: str
    company: str
    joining: str
    """The key with `configure`, and that with `sync`, and that with `read`."""
    running: str
    looking: str


async def ask(service: Service, key: str, method: str, path: str, **more: object) -> httpx.Response:
    return await service.browser.request(method, path, headers=with_key(key), **more)  # type: ignore[arg-type]


async def connect(service: Service, name: str, api_url: str, token: str) -> Shop:
    """The operator connects the site and makes three keys; everything else is done with these."""
    company = f"{name} Pty Ltd"
    realm = service.company(name=company)
    connection_id = (await service.connect_site(oncord_api_url=api_url, oncord_token=token, name=name))["id"]
    keys = {}
    for scope in ("configure", "sync", "read"):
        made = await service.api.post(
            f"/api/v1/connections/{connection_id}/keys", json={"name": f"{name}, {scope}", "scopes": [scope]}
        )
        keys[scope] = made.json()["key"]
    shop = Shop(connection_id, realm, company, keys["configure"], keys["sync"], keys["read"])
    one = f"/api/v1/connections/{connection_id}"
    link = (await ask(service, shop.joining, "POST", f"{one}/launch-link")).json()["url"]
    consent = (await service.browser.get(link)).headers["location"]
    assert await service.come_back(await service.consent(consent, f"approve={realm}")) == "connected"
    choices = (await ask(service, shop.joining, "GET", f"{one}/configuration/choices")).json()
    bank = next(account["id"] for account in choices["deposit_accounts"] if account["kind"] == "Bank")
    methods = [
        {"id": method["id"], "deposit_account_id": bank, "preferred": number == 0}
        for number, method in enumerate(choices["payment_methods"])
    ]
    wish = {**choices["suggested"], "payment_methods": methods}
    assert (await ask(service, shop.joining, "PUT", f"{one}/configuration", json=wish)).status_code == 200
    assert (await ask(service, shop.running, "POST", f"{one}/syncs", json={})).status_code == 202
    seen = (await ask(service, shop.looking, "GET", one)).json()
    assert (seen["state"], seen["company_name"], seen["last_sync"]["state"]) == ("ready", company, "queued")
    return shop


async def test_two_shops_are_connected_by_least_keys_and_see_nothing_of_each_other(service: Service) -> None:
    other_site = service.shop.add_site(with_sample=False)
    first = await connect(service, "Harbour Coffee", service.api_url, "token-of-the-site")
    second = await connect(
        service, "Mountain Tea", service.api_url.replace("/demo/", f"/{other_site.id}/"), other_site.token
    )

    for shop, other in ((first, second), (second, first)):
        traces = (other.connection_id, other.realm, other.company, other.company.removesuffix(" Pty Ltd"))
        for key in (shop.joining, shop.running, shop.looking):
            for address, need in sorted(TABLE.items()):
                if isinstance(need, Need) and address.startswith("GET /api/"):
                    for connection_id in (shop.connection_id, other.connection_id):
                        answer = await ask(service, key, *example_of(address, connection_id))
                        said = answer.text.replace(str(answer.url.path), "")
                        if address.endswith("/audit"):  # which has what this very key has asked for in vain
                            said = said.replace(f'"connection_id":"{other.connection_id}"', "")
                        assert not [trace for trace in traces if trace in said], (address, connection_id)
                        if connection_id == other.connection_id and "{connection_id}" in address:
                            assert answer.status_code == 404, address
    listed = (await ask(service, first.looking, "GET", "/api/v1/connections")).json()
    assert [each["id"] for each in listed["items"]] == [first.connection_id]
    assert listed["next_cursor"] is None
