"""Random sales of shops that round in their own ways, posted to the simulator and read back: no cent moves (I14).

Set SALES_EXAMPLES=700 for 21,000 sales.
"""

import os
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.domain.model.exchange import OutcomeState
from app.domain.model.operations import Action
from app.domain.model.records import Kind, Money, Sale
from app.domain.model.totals import moved
from tests.domain.test_totals import DOUBLE, FREE, GST, ODD, shop_sales
from tests.quickbooks.company import Company, company

EXAMPLES = int(os.environ.get("SALES_EXAMPLES", "6"))


async def new_code(books: Company, name: str, *rates: str) -> str:
    agency = (await books.objects("taxagency"))[0]["Id"]
    details = [
        {"TaxRateName": f"{name} {n}", "RateValue": rate, "TaxAgencyId": agency, "TaxApplicableOn": "Sales"}
        for n, rate in enumerate(rates)
    ]
    answer = await books.http.post(
        f"/v3/company/{books.realm}/taxservice/taxcode",
        json={"TaxCode": name, "TaxRateDetails": details},
        headers={"Authorization": f"Bearer {books.tokens.access}", "Accept": "application/json"},
    )
    return str(answer.json()["TaxCodeId"])


def carried(money: Money, codes: dict[str, str], item: str) -> Money:
    """The sale in the company's own codes and items."""
    return replace(money, lines=tuple(replace(x, tax_code=codes[x.tax_code], item=item) for x in money.lines))


async def exported(books: Company, shop: list[Money], codes: dict[str, str], item: str) -> list[tuple[Money, Money]]:
    """What was wanted and what QuickBooks made of it, for every sale that was not refused beforehand."""
    customer = await books.customer("A")
    await books.side.facts()
    wanted = {f"op_{n}": carried(money, codes, item) for n, money in enumerate(shop)}
    writes = [
        books.write(Action.CREATE, Kind.SALE, Sale(customer, money), operation_id=name)
        for name, money in wanted.items()
    ]
    prepared = books.side.prepare(writes)
    outcomes = [o for batch in prepared.batches for o in await books.side.send(batch)]
    assert len(outcomes) + len(prepared.refused) == len(shop)
    found = []
    for outcome in outcomes:
        assert outcome.state is OutcomeState.DONE, outcome
        assert outcome.snapshot is not None
        assert isinstance(outcome.snapshot.record, Sale)
        found.append((wanted[outcome.operation_id], outcome.snapshot.record.money))
    return found


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.lists(shop_sales().filter(lambda m: m.total >= 0), min_size=1, max_size=30))
async def test_sales_are_posted_and_read_back_without_moving_a_cent(shop: list[Money]) -> None:
    async with company("AU") as books:
        codes = {
            GST: await books.tax_code("GST"),
            FREE: await books.tax_code("GST-free"),
            ODD: await new_code(books, "Odd", "7.1"),
            DOUBLE: await new_code(books, "Double", "5", "9.975"),
        }

        for wanted, answered in await exported(books, shop, codes, await books.item()):
            assert moved(wanted, answered) == ""
            added = Decimal(0) if answered.amounts_include_tax else answered.tax_total
            assert sum(x.total for x in answered.lines) + added == answered.total
            assert sum(x.tax for x in answered.lines) == answered.tax_total


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(st.lists(shop_sales().filter(lambda m: m.total >= 0), min_size=1, max_size=30))
async def test_american_sales_keep_their_stated_tax_to_the_cent(shop: list[Money]) -> None:
    async with company("US") as books:
        codes = {GST: "TAX", ODD: "TAX", DOUBLE: "TAX", FREE: "NON"}

        item = await books.item("Goods", Taxable=True)

        for wanted, answered in await exported(books, shop, codes, item):
            assert moved(wanted, answered) == ""
