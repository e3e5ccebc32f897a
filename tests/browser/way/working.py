"""A day's work: a conflict, one answer to many questions, a mass removal that is refused, and a document's story."""

from playwright.async_api import expect

from tests.browser.way.walk import Walk
from tests.support.networked import REMOVED, REMOVED_IN_ALL, SHOP_NAME


async def synchronises(walk: Walk, outcome: str, *words: str) -> None:
    """By hand; the run's page says how it ended."""
    await walk.open(walk.world.one)
    await walk.press("Synchronise")
    await expect(walk.page.get_by_role("heading", level=1)).to_contain_text("Synchronisation of")
    await walk.world.work()
    await walk.sees("Synchronisation of", outcome, *words)


async def resolves_a_conflict(walk: Walk) -> None:
    """The due date was changed on both sides; what went on is shown beside what lost, which she takes."""
    await walk.world.change_on_both_sides()
    await synchronises(walk, "Done, and something is left", "1 changed on both sides")
    await walk.follow(SHOP_NAME)
    asked = walk.card("Needs attention").locator(".item")
    await walk.sees(SHOP_NAME, "1041, Ada Byron", "14 Dec 2026", "20 Dec 2026", within=asked)
    await walk.press("Use Oncord's 14 Dec 2026", within=asked)
    await walk.sees(SHOP_NAME, "Your answer is kept.")
    await walk.world.work()

    assert (await walk.world.sale("1041"))["due_date"] == "2026-12-14"
    assert (await walk.world.invoice("1041"))["DueDate"] == "2026-12-14"


async def answers_many_at_once(walk: Walk) -> None:
    """Three phone numbers were changed on both sides; she finds them under their cause, and answers them together."""
    await walk.world.change_phones_on_both_sides()
    await synchronises(walk, "Done, and something is left", "3 changed on both sides")
    await walk.follow("Needs attention (3)")
    await walk.sees("Needs attention (3)", "Changed on both sides", "Alan Turing", "0400 111 001", "0400 222 001")
    await walk.follow("Changed on both sides")
    for tick in await walk.page.get_by_label("Answer with the others").all():
        await tick.check()
    await walk.press("Use QuickBooks' values", within=walk.page.locator("#bulk"))
    await walk.sees("Needs attention", "3 are answered.", "Nothing waits for you.")
    await walk.world.work()

    shop, books = await walk.world.phones()
    assert shop == books == ["0400 222 000", "0400 222 001", "0400 222 002"]


async def refuses_a_mass_removal(walk: Walk) -> None:
    """Somebody has deleted most sales of the shop by mistake. She sees which and how much, and nothing goes in the books."""
    before = await walk.world.numbers_in_books()
    sales = [await walk.world.sale(number) for number in REMOVED]
    for sale in sales:
        await walk.world.in_shop("DELETE", f"sales/{sale['id']}")
    await synchronises(walk, "Waits for your yes")
    await walk.follow("Needs attention (1)")
    await walk.sees("Needs attention (1)", f"3 sales of ${REMOVED_IN_ALL} in all were removed in Oncord")
    await walk.page.get_by_text("See all 3").click()
    await walk.sees("Needs attention (1)", "1042, Grace Hopper", "$110.00", "1044, Mary Somerville", "$22.00")
    await walk.press("Remove them there, too")
    await walk.sees(SHOP_NAME, "Nothing was removed: tick the box to say that all of these shall go.")
    assert await walk.world.numbers_in_books() == before
    await walk.press("Keep them in QuickBooks")
    await walk.sees(SHOP_NAME, "Your answer is kept.", "Nothing waits for you.")
    await walk.world.work()
    assert await walk.world.numbers_in_books() == before

    for sale in sales:
        await walk.world.in_shop("POST", f"sales/{sale['id']}/restore")
    await synchronises(walk, "Succeeded")
    await walk.follow(SHOP_NAME)
    await walk.sees(SHOP_NAME, "Do both sides agree? Documents agree")
    assert [(await walk.world.invoice(number))["Balance"] > 0 for number in REMOVED] == [True] * 3


async def reads_a_documents_story(walk: Walk) -> None:
    """Invoice 1041: found by its number, both sides beside each other, and who decided about its due date."""
    await walk.page.get_by_label("Find").fill("1041")
    await walk.press("Find")
    await walk.sees("Find a document", "Sale 1041, Ada Byron", "Invoice 1041, Ada Byron")
    await walk.page.get_by_role("link", name="Sale 1041, Ada Byron").click()
    await walk.sees(
        "Sale 1041, Ada Byron", "14 Dec 2026", "as Jane had answered", "What led to this", "Made in QuickBooks"
    )
    differs = walk.card("On both sides").get_by_text("Differs", exact=True)
    await expect(differs).to_have_count(0)
