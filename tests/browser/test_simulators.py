"""The simulators' own pages as a newcomer plays them: without script, by axe-core without findings, at the desk and on a phone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from playwright.async_api import Browser, Page, Route

from app.sandbox.oncord import World as ShopWorld
from app.sandbox.oncord import create_app as create_shop
from app.sandbox.quickbooks import World as BooksWorld
from app.sandbox.quickbooks import create_app as create_books
from app.sandbox.quickbooks import new_company
from tests.browser.test_every_page import faults_of


@asynccontextmanager
async def page_of(browser: Browser, app: Any, *, script: bool = False) -> AsyncIterator[Page]:
    """A page of the browser whose requests a simulator answers, at whatever address."""
    context = await browser.new_context(base_url="http://simulator.example", java_script_enabled=script)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://simulator.example") as client:

        async def answered(route: Route) -> None:
            asked = route.request
            content_type = {"content-type": asked.headers.get("content-type", "")}
            answer = await client.request(
                asked.method, asked.url, content=asked.post_data_buffer, headers=content_type, follow_redirects=True
            )
            await route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.content)

        await context.route("**/*", answered)
        yield await context.new_page()
    await context.close()


async def test_a_newcomer_buys_pays_and_wants_the_money_back(browser: Browser) -> None:
    world = ShopWorld(site_id="demo", token="right", with_sample=False)
    async with page_of(browser, create_shop(world)) as page:
        await page.goto("/")
        await page.get_by_label("First name").fill("Ada")
        await page.get_by_label("Product").select_option("MUG")
        await page.get_by_label("Quantity").fill("2")
        await page.get_by_role("button", name="Place the order").click()
        await page.get_by_label("Sale, and what is owed").select_option(label="1001, $37.00, Ada Martin")
        await page.get_by_label("Payment method").select_option(label="PayPal")
        await page.get_by_role("button", name="Pay").click()
        await page.get_by_label("Paid sale").select_option(label="1001, $37.00, Ada Martin")
        await page.get_by_role("button", name="Refund").click()
        rows = await page.locator("tbody tr").all_inner_texts()

    assert [row.split("\t")[-2:] for row in rows] == [["-$37.00", "-$37.00"], ["$37.00", "$37.00"]]


async def test_a_newcomer_edits_an_invoice_and_receives_its_money(browser: Browser) -> None:
    world = BooksWorld()
    company = new_company(world, "AU", sample=True)
    async with page_of(browser, create_books(world)) as page:
        await page.goto("/")
        await page.get_by_label("Invoice", exact=True).select_option("31")
        await page.get_by_role("button", name="Open the invoice").click()
        await page.get_by_label("Amount of Sprinkler Pipes").fill("20.00")
        await page.get_by_role("button", name="Save the invoice").click()
        await page.get_by_label("Invoice, and what is open").select_option("31")
        await page.get_by_role("button", name="Receive the payment").click()
        told = await page.get_by_role("status").inner_text()

    invoice = company.table("Invoice").rows["31"].body
    assert (invoice["TotalAmt"], invoice["Balance"]) == (22, 0)
    assert told == "The payment is received."


async def test_a_newcomer_edits_a_sale_deletes_it_and_has_it_back(browser: Browser) -> None:
    world = ShopWorld(site_id="demo", token="right", with_sample=False)
    async with page_of(browser, create_shop(world)) as page:
        await page.goto("/")
        await page.get_by_role("button", name="Place the order").click()
        await page.get_by_role("button", name="Open the sale").click()
        await page.get_by_label("Number").fill("E-1")
        await page.get_by_label("How many of").fill("3")
        await page.get_by_role("button", name="Save the sale").click()
        await page.get_by_role("button", name="Delete the sale").click()
        assert await page.locator("tbody tr").count() == 0
        await page.get_by_role("button", name="Restore the sale").click()
        [row] = await page.locator("tbody tr").all_inner_texts()

    assert row.startswith("E-1\t")


async def test_a_newcomer_takes_the_access_of_the_service_away(browser: Browser) -> None:
    world = BooksWorld()
    company = new_company(world, "AU", sample=True)
    world.grants.grant(company.realm)
    async with page_of(browser, create_books(world)) as page:
        await page.goto("/")
        await page.get_by_role("button", name="Take its access away").click()
        told = await page.get_by_role("status").inner_text()

    assert told == "The service has no access to this company any more."


async def test_neither_page_has_a_finding_of_axe(browser: Browser) -> None:
    books = BooksWorld()
    company = new_company(books, "AU", sample=True)
    shop = ShopWorld(site_id="demo", token="right")
    opened = f"/?company={company.realm}&invoice=31&customer=6"
    sale = next(iter(shop.sites["demo"].shelves["sale"].records))
    faults = []
    for app, address in ((create_shop(shop), f"/?sale={sale}"), (create_books(books), opened)):
        async with page_of(browser, app, script=True) as page:
            await page.goto(address)
            faults += await faults_of(page, address)

    assert not faults, "\n".join(faults)
