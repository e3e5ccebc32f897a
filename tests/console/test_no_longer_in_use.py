"""What a configuration names and QuickBooks no longer has in use: it stays named, is asked about, and is never dropped unasked."""

import re

from tests.console.pages import fields, shown, sign_in
from tests.support.app import Service


async def configured(service: Service) -> tuple[str, str, str]:
    """The address of a stored configuration in which a method leads to an account of its own; the account, the company's door."""
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    assert await service.join_company(connection_id, realm) == "connected"
    door = f"http://books.test/_sandbox/companies/{realm}"
    made = await service.vendors.post(f"{door}/account", json={"Name": "Tyro Clearing", "AccountType": "Bank"})
    account = str(made.json()["Account"]["Id"])
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"
    form = await service.browser.get(address)
    stored = await service.browser.post(address, data={**fields(form), "account:1:": account})
    assert stored.status_code == 303, shown(stored)
    return address, account, door


async def in_use(service: Service, door: str, account: str, *, active: bool) -> None:
    """Somebody makes the account inactive in QuickBooks, or active again."""
    change = {"Id": account, "sparse": True, "Active": active}
    assert (await service.vendors.post(f"{door}/account", json=change)).status_code == 200


async def leads_to(service: Service, address: str) -> str | None:
    """The account that the method is stored with."""
    methods = (await service.api.get(f"/api/v1{address}")).json()["payment_methods"]
    found: str | None = next(m["deposit_account_id"] for m in methods if m["id"] == "1" and not m["currency"])
    return found


async def test_an_account_that_was_made_inactive_stays_chosen_and_is_named_first(service: Service) -> None:
    address, account, door = await configured(service)
    await in_use(service, door, account, active=False)
    service.clock.advance(minutes=5)

    form = await service.browser.get(address)
    assert "Tyro Clearing (deleted) (not available any more)" in shown(form)
    assert fields(form)["account:1:"] == account
    second_look = shown(form).split("Worth a second look")[1]
    assert re.search(r"goes to Tyro Clearing \(deleted\), which QuickBooks no longer has in use", second_look)

    refused = await service.browser.post(address, data={**fields(form), "hold_questions_days": "3"})
    assert refused.status_code == 422
    assert "Make it active again there, or choose another account." in shown(refused)
    assert await leads_to(service, address) == account


async def test_once_it_is_active_again_nothing_was_lost(service: Service) -> None:
    address, account, door = await configured(service)
    await in_use(service, door, account, active=False)
    await in_use(service, door, account, active=True)
    service.clock.advance(minutes=5)

    form = await service.browser.get(address)
    assert "not available any more" not in shown(form)
    stored = await service.browser.post(address, data={**fields(form), "hold_questions_days": "3"})
    assert stored.status_code == 303, shown(stored)
    assert await leads_to(service, address) == account


async def test_another_account_says_what_stays_in_the_one_before(service: Service) -> None:
    address, _, door = await configured(service)
    made = await service.vendors.post(f"{door}/account", json={"Name": "Stripe Clearing Two", "AccountType": "Bank"})
    other = str(made.json()["Account"]["Id"])
    service.clock.advance(minutes=5)

    form = await service.browser.get(address)
    stored = await service.browser.post(address, data={**fields(form), "account:1:": other})
    page = shown(await service.browser.get(stored.headers["location"]))

    assert "go to Stripe Clearing Two from now on; those that lie in Tyro Clearing stay there." in page
    again = await service.browser.post(address, data=fields(await service.browser.get(address)))
    assert "stay there." not in shown(await service.browser.get(again.headers["location"]))
