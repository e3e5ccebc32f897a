"""From the launch link to the first documents in the books: consent, the guided set-up, a preview, doing just that, its progress."""

from playwright.async_api import expect

from tests.browser.way.walk import Walk
from tests.support.networked import COMPANY, IN_ALL, PEOPLE, SALES, SHOP_NAME


async def opens_the_link(walk: Walk) -> None:
    """The operator vouches for Jane; her link shows which shop it is about before it is used up."""
    asked = {"person": "Jane", "role": "merchant", "page": ""}
    answer = await walk.world.service.api.post(
        f"/api/v1/connections/{walk.world.connection_id}/launch-link", json=asked
    )
    await walk.open(answer.json()["url"])
    await walk.sees(f"Open {SHOP_NAME}", "You are Jane, merchant of the Oncord site")
    await walk.press("Open")
    await walk.sees(SHOP_NAME, "Not connected", "none yet")


async def gives_access(walk: Walk) -> None:
    """She says no first, which changes nothing, and then chooses her company at QuickBooks."""
    await walk.follow("Connect to QuickBooks")
    await expect(walk.page.get_by_role("heading", level=1)).to_have_text("Connect to QuickBooks (simulator)")
    await walk.follow("No, thanks")
    await walk.sees(SHOP_NAME, "nothing has changed", "Not connected")
    await walk.follow("Connect to QuickBooks")
    await walk.page.get_by_role("link", name=COMPANY).click()
    await walk.sees(SHOP_NAME, f'"{COMPANY}" is connected.', "Next: configure what goes where", "Needs configuration")

    assert len(walk.world.grants()) == 1


async def sets_it_up(walk: Walk) -> None:
    """What is obvious is filled in where she says so; the rest she chooses, and PayPal stays undecided."""
    await walk.follow("Configure")
    await walk.sees("Configuration", "What seems obvious", COMPANY)
    await walk.follow("Fill these in")
    await walk.page.get_by_label("Start date", exact=True).fill("2026-10-01")
    await walk.press("Store the configuration")
    await walk.sees(SHOP_NAME, "The configuration is stored.", "Ready")


async def sees_what_would_be_done(walk: Walk) -> None:
    """A dry run says what is the same on both sides, which she accepts; it reads like a statement, and nothing of it is in the books."""
    known = await walk.world.know_a_customer()
    for (number, price), person in zip(SALES, PEOPLE, strict=True):
        await walk.world.sell(number, price, person)
    await walk.press("Try without writing")
    await walk.sees("Synchronisation of", "It waits for its turn.")
    await walk.world.work()
    await walk.sees("Synchronisation of", "Succeeded")
    await walk.follow("What is the same on both sides")
    await walk.sees(
        "What is the same on both sides", "Ada Byron", "Taken for the same", "Nothing has been written yet."
    )
    await walk.press("All 1 are the same")
    await walk.sees("What is the same on both sides", "1 answer is kept", "said Jane")
    await walk.press("Compare once more, with these answers")
    await walk.sees("Synchronisation of", "It waits for its turn.")
    await walk.world.work()
    await walk.sees("Synchronisation of", "Succeeded", f"4 sales, ${IN_ALL} would be sent")
    await walk.follow("Read what it would do, with what is there before and after")
    await walk.sees("What would be done", "This look has written nothing.", f"${IN_ALL}", "1041, Ada Byron", "$44.00")

    assert await walk.world.numbers_in_books() == []
    assert [each["Id"] for each in (await walk.world.in_books("GET", "customer"))["items"]] == [known]


async def does_this(walk: Walk) -> None:
    """Exactly what was shown is done, while its page shows how far it is."""
    second_yes = walk.page.get_by_label("Yes, the earlier or locked periods shown above are to move, too.")
    if await second_yes.count():
        await second_yes.check()
    await walk.press("Do this")
    await walk.sees("Synchronisation of", "It waits for its turn.")
    await walk.world.slow_books(40)
    assert await walk.world.turn() == "more"
    await walk.sees("Synchronisation of", "Writing what is to be done.")
    await walk.world.slow_books(0)
    await walk.world.work()
    await walk.sees("Synchronisation of", "Succeeded", f"4 sales, ${IN_ALL} sent", "1041, Ada Byron")

    assert await walk.world.numbers_in_books() == [number for number, _ in SALES]
    invoices = [await walk.world.invoice(number) for number, _ in SALES]
    totals = [(f"{each['TotalAmt']:.2f}", each["CustomerRef"]["name"]) for each in invoices]
    assert totals == [(price, f"{first} {last}") for (_, price), (first, last) in zip(SALES, PEOPLE, strict=True)]
