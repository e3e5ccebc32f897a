"""The adviser looks once a day for what else puts the shop's sales into QuickBooks, and where the shop's next numbers are taken."""

import asyncio
import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urljoin

import pytest

from app.domain.model.records import Sale
from app.oncord.client import OncordSide
from app.services.ports import ServiceContainer
from app.storage.connections.connections import Connection
from app.storage.database import EVERY_CONNECTION
from tests.console.pages import shown, sign_in
from tests.support.app import SITE, Service
from tests.support.joint import joined
from tests.support.services import DatabaseUrls
from tests.support.watched import watched

ADDRESS = "/api/v1/connections/{}/configuration/choices"


async def in_books(service: Service, realm: str, entity: str, body: dict[str, Any]) -> None:
    answer = await service.vendors.post(f"http://books.test/_sandbox/companies/{realm}/{entity}", json=body)
    assert answer.status_code == 200, answer.text


async def in_shop(service: Service, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await service.vendors.post(f"http://shop.test/_sandbox/sites/{SITE}/{path}", json=body)
    assert answer.status_code < 300, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def two_tills(service: Service, realm: str, *, copies: bool) -> None:
    """Four sales of the shop, each also a sales receipt of another integration, and an old invoice with the shop's next number."""
    listed = await service.vendors.get(f"http://books.test/_sandbox/companies/{realm}/item")
    item = listed.json()["items"][0]["Id"]
    codes = (await service.vendors.get(f"http://shop.test/_sandbox/sites/{SITE}/tax-codes")).json()["items"]
    free = next(code["code"] for code in codes if float(code["rate"]) == 0)
    await in_books(service, realm, "customer", {"DisplayName": "Counter"})
    found = await service.vendors.get(f"http://books.test/_sandbox/companies/{realm}/customer")
    customer_id = found.json()["items"][0]["Id"]
    ada = await in_shop(service, "contacts", {"type": "individual", "first_name": "Ada", "last_name": "Byron"})
    for number in range(4):
        price = f"{20 + number}.50"
        line = {"description": "Tea", "quantity": "1", "unit_price": price, "tax_code": free}
        await in_shop(service, "sales", {"contact_id": ada["id"], "number": f"{1041 + number}", "lines": [line]})
        if copies:
            await in_books(service, realm, "salesreceipt", receipt(item, customer_id, f"SR-{number}", price))
    await in_books(service, realm, "invoice", {**receipt(item, customer_id, "1047", "33.00"), "TxnDate": "2024-05-03"})


def receipt(item: str, customer_id: str, number: str, amount: str) -> dict[str, Any]:
    detail = {"ItemRef": {"value": item}}
    line = {"Amount": float(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return {
        "CustomerRef": {"value": customer_id},
        "DocNumber": number,
        "Line": [line],
        "GlobalTaxCalculation": "NotApplicable",
    }


async def reads(service: Service, which: str = "reads") -> int:
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        found = await tx.execute(
            "SELECT coalesce(sum(reads), 0) AS reads, coalesce(sum(upkeep), 0) AS upkeep FROM read_meter"
        )
        row = await found.fetchone()
    return int(row[which]) if row else 0


async def advised(service: Service, connection_id: str) -> dict[str, str]:
    answer = await service.api.get(ADDRESS.format(connection_id))
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = {}
    for each in answer.json()["advice"]:
        found[each["field"]] = f"{found.get(each['field'], '')} {each['found']}".strip()
    return found


async def test_sales_that_something_else_enters_are_warned_of_with_counts_amounts_and_what_to_do(
    service: Service,
) -> None:
    connection_id, realm = await service.ready_connection()
    await two_tills(service, realm, copies=True)
    service.clock.advance(days=1, minutes=10)

    found = await advised(service, connection_id)

    assert "QuickBooks has 4 sales receipts" in found["start_date"]
    assert "88.00 AUD together" in found["start_date"]
    assert "beside sale 1041" in found["start_date"]
    assert "1045 to 1094, meet numbers that QuickBooks has already: invoice 1047" in found["document_numbers"]
    await sign_in(service)
    page = shown(await service.browser.get(f"/connections/{connection_id}/configuration"))
    assert "income twice" in page
    assert "stop it before the first synchronisation" in page
    assert "with a prefix, such as W1045" in page


async def test_it_is_looked_for_once_a_day_at_two_metered_reads(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    await two_tills(service, realm, copies=True)
    await advised(service, connection_id)
    service.clock.advance(minutes=10)
    before = await reads(service)
    await advised(service, connection_id)
    of_choices = await reads(service) - before
    service.clock.advance(days=1, minutes=10)

    before = await reads(service)
    await advised(service, connection_id)

    assert await reads(service) - before == of_choices + 2


async def test_what_warned_of_it_is_gone_from_the_page_a_minute_after_it_was_mended(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    await two_tills(service, realm, copies=True)
    service.clock.advance(days=1, minutes=10)
    await sign_in(service)
    address = f"/connections/{connection_id}/configuration"
    assert "QuickBooks has 4 sales receipts" in shown(await service.browser.get(address))

    listed = await service.vendors.get(f"http://books.test/_sandbox/companies/{realm}/salesreceipt")
    for each in listed.json()["items"]:
        await in_books(service, realm, "salesreceipt?operation=delete", {"Id": each["Id"]})
    service.clock.advance(minutes=1)

    assert "income twice" not in shown(await service.browser.get(address))
    upkeep = await reads(service, "upkeep")
    service.clock.advance(minutes=1)
    assert "meet numbers that QuickBooks has already" in shown(await service.browser.get(address)), "that one stands"
    assert await reads(service, "upkeep") > upkeep


async def test_a_new_sale_voids_nothing_that_was_read_that_day(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    company = service.container.company(connection_id, realm)
    await two_tills(service, realm, copies=True)
    service.clock.advance(days=1, minutes=10)
    since, a_day = service.clock.now().date() - timedelta(weeks=6), timedelta(days=1)
    before, upkeep = await reads(service), await reads(service, "upkeep")

    _, first = await company.other_entries(since, ["1045", "1046", "1047"], max_age=a_day)
    _, next_one = await company.other_entries(since, ["1046", "1047", "1048"], max_age=a_day)
    receipts, past_it = await company.other_entries(since, ["1048", "1049"], max_age=a_day)

    assert await reads(service) - before == 2
    assert await reads(service, "upkeep") - upkeep == 2
    assert ([each.number for each in first], first, past_it) == (["1047"], next_one, ())
    assert len(receipts) == 4


async def test_the_shop_is_asked_once_a_day_and_holds_nobody_up(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection_id, realm = await service.ready_connection()
    await two_tills(service, realm, copies=True)
    service.clock.advance(days=1, minutes=10)
    recent_sales, asked = OncordSide.recent_sales, list[datetime]()

    async def slow_at_first(side: OncordSide, since: datetime) -> tuple[list[Sale], bool]:
        asked.append(since)
        await asyncio.sleep(30 if len(asked) == 1 else 0)
        return await recent_sales(side, since)

    monkeypatch.setattr(OncordSide, "recent_sales", slow_at_first)
    monkeypatch.setattr("app.services.double_income.PATIENCE_SECONDS", 0.2)
    assert "start_date" not in await advised(service, connection_id)
    monkeypatch.setattr("app.services.double_income.PATIENCE_SECONDS", 20.0)
    assert "start_date" not in await advised(service, connection_id)
    assert len(asked) == 1
    service.clock.advance(minutes=11)
    assert "income twice" in (await advised(service, connection_id))["start_date"]
    service.clock.advance(hours=20)
    assert "income twice" in (await advised(service, connection_id))["start_date"]
    assert len(asked) == 2


async def test_further_pages_of_a_preview_look_for_nothing_else(
    own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []

    async def entries_of(container: ServiceContainer, connection: Connection, home: str, **_: object) -> None:
        looked.append(home)

    monkeypatch.setattr("app.console.preview_page.entries_of", entries_of)
    monkeypatch.setattr("app.console.preview_page.LINES", 1)
    async with joined(own_database.app) as joint:
        ada = await joint.contact()
        await joint.sale(ada["id"], number="1041")
        run = await joint.sync(dry_run=True)
        page = f"/connections/{joint.connection_id}/runs/{run.id}/preview"
        async with watched(joint) as seen:
            first = await seen.browser.get(page)
            assert looked == ["AUD"]
            further = re.search(r'href="([^"]*cursor=[^"]*)"', first.text)
            assert further is not None
            assert (await seen.browser.get(urljoin(page, unescape(further[1])))).status_code == 200

    assert looked == ["AUD"]


async def test_a_company_whose_books_are_its_own_is_advised_of_nothing(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    before = await advised(service, connection_id)
    await two_tills(service, realm, copies=False)
    service.clock.advance(days=2)

    after = await advised(service, connection_id)

    assert "income twice" not in str(after)
    assert {field for field in after if after[field] != before.get(field)} == {"document_numbers"}


async def test_where_it_cannot_be_looked_for_everything_else_is_shown(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    await two_tills(service, realm, copies=True)
    service.clock.advance(minutes=2)  # what may be chosen is read in one batch again, and only this by a query
    put = await service.vendors.put(
        "http://books.test/_sandbox/hazards", json={"unavailable_html": {"on": True, "entity": "query"}}
    )
    assert put.status_code == 200

    found = await advised(service, connection_id)

    assert "income twice" not in str(found)
