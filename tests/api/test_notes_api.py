"""What somebody should know of the two that are connected, and need do nothing about."""

import json

from tests.console.pages import shown, sign_in
from tests.support.app import Service


async def zones(service: Service, connection_id: str, site: str, company: str) -> None:
    facts = {"oncord": {"time_zone": site}, "quickbooks": {"time_zone": company}}
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute("UPDATE connection SET facts = %s WHERE id = %s", (json.dumps(facts), connection_id))


async def test_two_that_keep_different_time_are_flagged_once_on_the_connection(service: Service) -> None:
    connection = await service.connect_site()
    address = f"/api/v1/connections/{connection['id']}"
    await zones(service, connection["id"], "Australia/Sydney", "America/Los_Angeles")

    [note] = (await service.api.get(address)).json()["notes"]
    assert "Australia/Sydney" in note
    assert "America/Los_Angeles" in note
    assert "A document keeps the date of its invoice on both sides" in note
    await sign_in(service)
    assert note in shown(await service.browser.get(f"/connections/{connection['id']}"))

    await zones(service, connection["id"], "Australia/Sydney", "Australia/Melbourne")
    assert (await service.api.get(address)).json()["notes"] == []
