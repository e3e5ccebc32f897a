"""The adviser looks once a day for what else puts the shop's sales into QuickBooks, and where the shop's next numbers are taken."""

from typing import Any

from app.storage.database import EVERY_CONNECTION
from tests.console.pages import shown, sign_in
from tests.support.app import SITE, Service

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


async def reads(service: Service) -> int:
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        row = await (await tx.execute("SELECT coalesce(sum(reads), 0) AS n FROM read_meter")).fetchone()
    return int(row["n"]) if row else 0


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
