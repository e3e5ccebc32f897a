"""What is wrong with a form is told at its fields and above them, and the focus is there; without script."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from tests.browser.test_every_page import faults_of, signed_in
from tests.support.app import Service


@pytest.fixture
async def page(browser: Browser, address: str) -> AsyncIterator[Page]:
    """A page with script switched off."""
    context = await browser.new_context(base_url=address, java_script_enabled=False)
    yield await context.new_page()
    await context.close()


async def focused(page: Page) -> str:
    return await page.locator(":focus").get_attribute("id") or ""


async def test_a_wrong_key_is_said_at_its_field_which_has_the_focus(page: Page, service: Service) -> None:
    await page.goto("/connections/new")
    await page.get_by_label("API key").fill("guessed")
    await page.get_by_role("button", name="Sign in").click()

    field = page.get_by_label("API key")
    assert await field.get_attribute("aria-invalid") == "true"
    assert "wrong:key" in str(await field.get_attribute("aria-describedby")).split(" ")
    assert await focused(page) == "key"
    await field.fill("key-of-the-tests")
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="Connect an Oncord site").wait_for()


async def test_what_is_wrong_with_a_site_is_summed_up_and_tied_to_its_field(page: Page, service: Service) -> None:
    await signed_in(page)
    await page.goto("/connections/new")
    await page.get_by_label("Address of the connector").fill(service.api_url)
    await page.get_by_label("Token").fill("guessed")
    await page.get_by_role("button", name="Connect", exact=True).click()

    assert await focused(page) == "errors"
    token = page.get_by_label("Token")
    assert await token.get_attribute("aria-invalid") == "true"
    described = str(await token.get_attribute("aria-describedby")).split(" ")
    assert described == ["wrong:oncord_token", "oncord_token-hint"]
    words = await page.locator("[id='wrong:oncord_token']").inner_text()
    await page.locator("#errors").get_by_role("link", name=words).click()
    assert page.url.endswith("#wrong:oncord_token")
    assert await page.get_by_label("Address of the connector").get_attribute("aria-invalid") is None


async def test_what_is_wrong_with_a_configuration_is_tied_to_its_fields(
    page: Page, service: Service, browser: Browser, address: str
) -> None:
    connection_id, _ = await service.ready_connection()
    await signed_in(page)
    await page.goto(f"/connections/{connection_id}/configuration")
    await page.locator("#item_id").select_option("")
    await page.get_by_label("One item for every sale line").check()
    await page.get_by_role("button", name="Store the configuration").click()

    assert await focused(page) == "errors"
    field = page.locator("#item_id")
    assert await field.get_attribute("aria-invalid") == "true"
    at = str(await field.get_attribute("aria-describedby")).split(" ")[0]
    told = await page.locator(f"[id='{at}']").inner_text()
    assert told in await page.locator("#errors").inner_text()
    every = await page.locator("[aria-describedby]").evaluate_all(
        "all => all.flatMap(each => each.getAttribute('aria-describedby').split(' ')).filter(id => id && !document.getElementById(id))"
    )
    assert every == []


async def test_a_form_with_errors_has_no_finding_of_axe(browser: Browser, address: str, service: Service) -> None:
    context = await browser.new_context(base_url=address)
    page = await context.new_page()
    await signed_in(page)
    await page.goto("/connections/new")
    await page.get_by_label("Address of the connector").fill(service.api_url)
    await page.get_by_label("Token").fill("guessed")
    await page.get_by_role("button", name="Connect", exact=True).click()
    await page.locator("#errors").wait_for()

    assert await faults_of(page, "/connections/new") == []
    await context.close()
