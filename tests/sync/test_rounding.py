"""What rounds a total off has an item of its own, outside tax, on both companies; and one line of the tie-out (I14)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.domain.model.configuration import ItemPolicy
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import asked, quiet, run, sales_item, tax_code
from tests.sync.test_tie_out import certificate, light

Body = dict[str, Any]


@pytest.fixture
async def company(own_database: DatabaseUrls, request: pytest.FixtureRequest) -> AsyncIterator[Joint]:
    """A company, of the country that a test says, with an item on its account for rounding."""
    async with joined(own_database.app, country=request.param) as made:
        account = await made.person("account", {"Name": "Rounding", "AccountType": "Income"})
        body = {"Name": "Rounding", "Type": "Service", "IncomeAccountRef": {"value": account["Id"]}}
        rounding = await made.person("item", body)
        policy = ItemPolicy("single", await sales_item(made), rounding_item_id=rounding["Id"])
        await made.configure(items=policy)
        assert (await made.sync()).state == "succeeded"
        yield made


async def _rounding_lines(joint: Joint) -> list[tuple[float, str, str, str]]:
    """Amount, words, item and tax code of every rounding line."""
    rounding = next(i["Id"] for i in await joint.books_list("item") if i["Name"] == "Rounding")
    found = []
    for document in await joint.books_list("invoice"):
        for line in document["Line"]:
            detail = line.get("SalesItemLineDetail") or {}
            if detail.get("ItemRef", {}).get("value") == rounding:
                said = (line["Amount"], line.get("Description", ""), detail["TaxCodeRef"]["value"])
                found.append((float(said[0]), said[1], "Rounding", said[2]))
    return found


@pytest.mark.parametrize(("company", "code"), [("AU", "Out of Scope"), ("US", "NON")], indirect=["company"])
async def test_i14_rounding_goes_to_the_item_for_it_outside_tax_and_is_one_line_of_the_tie_out(
    company: Joint, code: str
) -> None:
    contact = await company.contact()
    tea = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST" if code != "NON" else "TAX"}
    sale = await company.sale(contact["id"], tea, rounding="-0.01")
    await company.sale(contact["id"], tea)
    await run(company)

    outside = code if code == "NON" else await tax_code(company, code)
    assert await _rounding_lines(company) == [(-0.01, "Rounding", "Rounding", outside)]
    proof = await certificate(company)
    [line] = proof["rounding"]
    assert (line["oncord"], line["quickbooks"]) == ("-0.01", "-0.01")
    assert (await light(company)).light == "agrees"
    assert await asked(company) == []

    await company.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**sale["lines"][0], "quantity": "3"}]})
    await run(company)
    assert await _rounding_lines(company) == [(-0.01, "Rounding", "Rounding", outside)]
    await quiet(company)


@pytest.mark.parametrize("company", ["AU"], indirect=True)
async def test_i14_a_courtesy_that_a_shop_calls_rounding_is_asked_about_with_its_amount(company: Joint) -> None:
    contact = await company.contact()
    await company.sale(contact["id"], rounding="-0.85")
    await run(company)

    assert await company.books_list("invoice") == []
    [item] = await company.attention()
    assert item.summary.startswith("The sale is rounded by -0.85 AUD, of which no more than 0.02 AUD can be rounding.")
    assert "as a discount or a line of its own" in item.advice
