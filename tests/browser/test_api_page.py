"""The API's interactive page: Swagger UI under the strict policy, tried with a key, and no other host is asked."""

from tests.browser.conftest import Tab
from tests.support.app import API_KEY, Service


async def test_whoever_shows_a_key_tries_an_operation_and_no_other_host_is_asked(service: Service, tab: Tab) -> None:
    connection_id = (await service.connect_site())["id"]
    answer = await tab.page.goto("/docs")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy

    await tab.page.get_by_role("button", name="Authorize").first.click()
    await tab.page.locator(".modal-ux input").fill(API_KEY)
    await tab.page.locator(".modal-ux").get_by_role("button", name="Apply credentials").click()
    await tab.page.locator(".modal-ux").get_by_role("button", name="Close").first.click()
    operation = tab.page.locator(".opblock", has_text="List the connections").first
    await operation.locator(".opblock-summary-control").click()
    await operation.get_by_role("button", name="Try it out").click()
    await operation.get_by_role("button", name="Execute").click()

    await operation.locator(".live-responses-table .response-col_status", has_text="200").wait_for()
    assert connection_id in await operation.locator(".live-responses-table").inner_text()
    assert {url for url in tab.asked if not url.startswith((f"{tab.address}/", "data:"))} == set()
    assert tab.complaints == []


async def test_the_page_describes_what_is_posted_to_the_service(tab: Tab) -> None:
    await tab.page.goto("/docs")

    webhooks = tab.page.locator(".webhooks")
    await webhooks.wait_for()
    told = await webhooks.inner_text()
    assert "A record of an Oncord site has changed" in told
    assert "A record of a QuickBooks company has changed" in told


async def test_a_script_that_somebody_slips_in_is_not_run(tab: Tab) -> None:
    await tab.page.goto("/docs")
    await tab.page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.slipped = true'; document.body.append(s) }"
    )

    assert await tab.page.evaluate("() => window.slipped") is None
    assert any("Content Security Policy" in complaint for complaint in tab.complaints)
