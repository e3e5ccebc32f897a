"""A connection that nobody synchronises but a person says so beside its name, and is not green."""

import re

from tests.console.pages import csrf_in, shown, sign_in
from tests.support.app import Service


async def test_that_automatic_synchronisation_is_off_stands_beside_the_name(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)
    here = f"/connections/{connection_id}"
    page = await service.browser.get(here)
    assert "Automatic synchronisation is off" not in shown(page)
    assert re.search(r'<h1>.*badge good">Ready<', page.text)

    await service.browser.post(f"{here}/automatic", data={"csrf": csrf_in(page), "on": "0"})
    page = await service.browser.get(here)
    assert re.search(r'<h1>.*badge calm">Ready<.*badge warn">Automatic synchronisation is off<', page.text)

    await service.browser.post(f"{here}/automatic", data={"csrf": csrf_in(page), "on": "1"})
    assert "Automatic synchronisation is off" not in shown(await service.browser.get(here))
