"""Access is taken away and given again: who is told, what happens meanwhile, and a month that is proved to agree."""

import io
import zipfile

from playwright.async_api import expect

from tests.browser.way.walk import Walk
from tests.browser.way.working import synchronises
from tests.support.networked import COMPANY, IN_ALL, PEOPLE, SHOP_NAME


async def has_a_program_told(walk: Walk) -> None:
    """A signed webhook, tried out before it is needed; its secret is shown once."""
    await walk.open(walk.world.one)
    await walk.follow("Being told")
    await walk.sees("Being told", "Nobody is told yet")
    await walk.page.get_by_label("Where").fill(walk.world.receiver.address)
    await walk.page.get_by_label("Name").fill("Office")
    await walk.press("Tell them")
    await walk.sees("Being told", "The secret of Office", "It is shown this once")
    walk.secret = await walk.card("The secret of Office").locator("code").inner_text()
    await walk.press("Send Office a test")
    await walk.sees("Being told", "A test is on its way.")
    await walk.world.sweep()
    [test] = walk.world.told(walk.secret)
    assert test["type"] == "connection.test"
    await walk.page.reload()
    await walk.sees("Being told", "Arrived Office: Taken (204).")
    assert walk.secret not in await walk.page.content()


async def loses_access_and_is_told(walk: Walk) -> None:
    """The bookkeeper has taken access away in QuickBooks: the message says so, and leads to the page that helps."""
    await walk.world.in_books("POST", "revoke")
    assert walk.world.grants() == []
    await synchronises(walk, "Failed", "QuickBooks")
    await walk.world.sweep()
    [message] = walk.world.told(walk.secret)
    assert (message["type"], message["data"]["connection_name"]) == ("connection.reconnect.begun", SHOP_NAME)
    assert message["data"]["title"] == "QuickBooks has to be connected again"
    await walk.open(message["data"]["url"])
    await walk.sees(SHOP_NAME, "Reconnect required", "Reconnect to QuickBooks")


async def gives_access_again(walk: Walk) -> None:
    """What was sold meanwhile goes over once the same company is joined again, and the program is told that it is over."""
    await walk.world.sell("1045", "33.00", PEOPLE[0], "2026-11-21")
    await walk.world.service.clock.sleep(600)
    await walk.follow("Reconnect to QuickBooks")
    await walk.page.get_by_role("link", name=COMPANY).click()
    await walk.sees(SHOP_NAME, f'"{COMPANY}" is connected.', "Ready")
    await walk.world.work()
    await walk.page.reload()
    await walk.sees(SHOP_NAME, "after reconnecting", "1 sale, $33.00 sent")

    invoice = await walk.world.invoice("1045")
    assert (f"{invoice['TotalAmt']:.2f}", invoice["CustomerRef"]["name"]) == ("33.00", "Ada Byron")
    await walk.world.sweep()
    await walk.world.service.clock.sleep(600)
    await walk.world.sweep()
    [over] = walk.world.told(walk.secret)
    assert (over["type"], over["data"]["title"]) == ("connection.reconnect.ended", "QuickBooks is connected again")


async def proves_that_a_month_agrees(walk: Walk) -> None:
    """October is sealed; its certificate says what was compared and that both sides agree, and the accountant gets a report."""
    await synchronises(walk, "Succeeded")
    await walk.follow(SHOP_NAME)
    await walk.page.get_by_label("Month", exact=True).fill("2026-10")
    await walk.press("Seal this month: see what that locks")
    await walk.sees("Seal October 2026?", "It locks the books up to 31 Oct 2026", "At this moment nothing is locked.")
    await walk.press("Seal October 2026")
    await walk.sees(
        "Certificate", "The month is sealed.", "Both sides agree", "1 Oct 2026 to 31 Oct 2026", f"${IN_ALL}"
    )
    await expect(walk.card("Differences")).to_contain_text("None.")
    async with walk.page.expect_download() as began:
        await walk.follow("Report for the accountant (CSV, zipped)")
    path = await (await began.value).path()
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as report:
        assert any(name.endswith(".csv") for name in report.namelist())
