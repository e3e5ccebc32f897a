"""Sales by the ten thousand, the whole way: Oncord's wire, our words, QuickBooks' body, the simulator's own arithmetic.

What is posted has the sale's total and its tax per code to the cent, or it is refused before it is sent, naming the cent
(I14). Read off the answer itself, not by our mapping. Set CENTS_SALES=20000 for the full search.
"""

import os
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest

from app.domain.model.configuration import Configuration, ItemPolicy, MappedTaxCode
from app.domain.model.records import Side
from app.domain.model.totals import CentMoves, moved
from app.domain.planning.id_map import IdMap
from app.domain.sales.conversion import sale_to
from app.oncord.mapping.sale import read_sale as read_from_shop
from app.quickbooks.mapping.fields import entity_of
from app.quickbooks.mapping.sale import read_sale
from app.quickbooks.mapping.sale_body import create_sale
from app.sandbox.quickbooks.requests import batch
from app.sandbox.quickbooks.values import wire
from tests.quickbooks.company import Company, company
from tests.quickbooks.shop_documents import Shop
from tests.quickbooks.test_cents_end_to_end import new_code

SALES = int(os.environ.get("CENTS_SALES", "400"))
AUSTRALIA = Shop({"GST": Decimal(10), "FRE": Decimal(0), "ODD": Decimal("7.1"), "DBL": Decimal("14.975")})
CUTTING_OFF = Shop(AUSTRALIA.rates, ways=(ROUND_DOWN,))
"""What it makes of a line or two is within what rounding can be, and no tax mode of QuickBooks'."""
AMERICA = Shop({"TAX": Decimal("8.25"), "NON": Decimal(0)}, inclusive=False)
MOST_PARKED = 0.005
"""What no override and no rounding line may tell; a shop that rounds per line has to get through."""


@dataclass
class Posted:
    """What became of a number of sales."""

    equal: int = 0
    parked: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def judge(self, sales: int) -> None:
        """Nothing was silently wrong, nothing was lost, and little was parked."""
        sys.stdout.write(f"{self.equal} equal, parked: {dict(self.parked)}, {len(self.wrong)} wrong\n")
        assert self.wrong == [], self.wrong[:3]
        assert self.equal + self.parked.total() == sales
        assert self.parked.total() <= MOST_PARKED * sales, self.parked


@dataclass
class Books:
    """A company, the codes of the shop in it, and the way there."""

    company: Company
    codes: dict[str, str]
    rates: dict[str, set[str]]
    item: str
    customer: str

    def post(self, documents: list[dict[str, Any]], found: Posted) -> None:
        """Carry thirty at a time over, as one batch each."""
        configuration = Configuration(
            start_date=date(2026, 1, 1),
            country=self.company.side.books.country,
            tax_codes=tuple(
                MappedTaxCode(code, there, "0" if code in ("FRE", "NON") else "") for code, there in self.codes.items()
            ),
            items=ItemPolicy("single", self.item),
        )
        waiting: list[tuple[dict[str, Any], Any, dict[str, Any]]] = []
        for document in documents:
            sale = sale_to(Side.QUICKBOOKS, read_from_shop(document), IdMap(), configuration, contact=self.customer)
            try:
                body = create_sale(sale, self.company.side.books, self.item)
            except CentMoves as refused:
                if not re.search(r"\d\.\d\d", str(refused)):
                    found.wrong.append(f"it names no cent: {refused}")
                found.parked[re.sub(r"-?\d[\d.]*", "n", str(refused))] += 1
                continue
            waiting.append((document, sale, body))
        for start in range(0, len(waiting), 30):
            self._send(waiting[start : start + 30], found)

    def _send(self, waiting: list[tuple[dict[str, Any], Any, dict[str, Any]]], found: Posted) -> None:
        realm = self.company.world.companies[self.company.realm]
        items = [
            {"bId": str(n), "operation": "create", entity_of(sale): body} for n, (_, sale, body) in enumerate(waiting)
        ]
        answers, _ = batch.run(realm, wire.parse(wire.dumps({"BatchItemRequest": items})), "")
        for (document, sale, _), answer in zip(waiting, answers, strict=True):
            entity = entity_of(sale)
            if "Fault" in answer:
                found.wrong.append(f"{answer['Fault']} for {document}")
                continue
            made = wire.parse(wire.dumps(answer[entity]))
            said = self._differs(document, made) or moved(
                sale.money, read_sale(entity, made, self.company.side.books).money
            )
            if said:
                found.wrong.append(f"{said} {document}")
            else:
                found.equal += 1

    def _differs(self, document: dict[str, Any], made: dict[str, Any]) -> str:
        """Total and tax per code of the answer against those of the shop's own document."""
        total, tax = abs(Decimal(document["total"])), abs(Decimal(document["tax_total"]))
        detail = made.get("TxnTaxDetail") or {}
        if (Decimal(made["TotalAmt"]), Decimal(detail.get("TotalTax", 0))) != (total, tax):
            return f"total and tax became {made['TotalAmt']} and {detail.get('TotalTax')}"
        wanted: Counter[str] = Counter()
        sign = -1 if document["kind"] == "adjustment" else 1
        parts = [(line["tax_code"], line["tax_amount"], sign) for line in document["lines"]]
        parts += [(one["tax_code"], one["tax_amount"], -sign) for one in document["order_discounts"]]
        if shipping := document["shipping"]:
            parts.append((shipping["tax_code"], shipping["tax_amount"], sign))
        for code, amount, way in parts:
            wanted[code] += way * Decimal(amount)  # type: ignore[assignment]
        for code, rates in self.rates.items():
            lines = [x for x in detail.get("TaxLine", ()) if x["TaxLineDetail"]["TaxRateRef"]["value"] in rates]
            got = sum((Decimal(x["Amount"]) for x in lines), Decimal(0))
            if got != wanted[code]:
                return f"tax of {code} became {got} instead of {wanted[code]}"
        return ""


async def _australia(books: Company) -> Books:
    codes = {
        "GST": await books.tax_code("GST"),
        "FRE": await books.tax_code("GST-free"),
        "ODD": await new_code(books, "Odd", "7.1"),
        "DBL": await new_code(books, "Double", "5", "9.975"),
    }
    await books.side.facts()
    table = books.side.books.tax
    rates = {code: {rate.id for rate in table.rates[there]} for code, there in codes.items()}
    return Books(books, codes, rates, await books.item(), await books.customer("A"))


@pytest.mark.parametrize("credit", [False, True])
async def test_i14_sales_and_credits_are_posted_to_the_cent_or_parked_before_they_are_sent(credit: bool) -> None:
    chance, found = random.Random(f"australia {credit}"), Posted()
    async with company("AU") as books:
        there = await _australia(books)
        there.post([AUSTRALIA.sale(chance, n, credit=credit) for n in range(SALES)], found)

    found.judge(SALES)


@pytest.mark.parametrize("credit", [False, True])
async def test_i14_american_sales_and_credits_keep_their_stated_tax_to_the_cent(credit: bool) -> None:
    chance, found = random.Random(f"america {credit}"), Posted()
    async with company("US") as books:
        await books.side.facts()
        item, customer = await books.item("Goods", Taxable=True), await books.customer("A")
        there = Books(books, {"TAX": "TAX", "NON": "NON"}, {}, item, customer)
        there.post([AMERICA.sale(chance, n, credit=credit) for n in range(SALES)], found)

    found.judge(SALES)


async def test_the_search_notices_a_tax_that_quickbooks_makes_otherwise() -> None:
    chance, found = random.Random("ignored"), Posted()
    async with company("AU") as books:
        there = await _australia(books)
        await books.hazard("tax_override_ignored")
        there.post([CUTTING_OFF.sale(chance, n) for n in range(200)], found)

    assert any("tax" in said for said in found.wrong)


async def test_i14_a_sale_that_adds_up_to_something_else_is_parked_before_it_is_sent() -> None:
    chance, found = random.Random("mistaken"), Posted()
    async with company("AU") as books:
        there = await _australia(books)
        documents = [AUSTRALIA.sale(chance, n) for n in range(200)]
        for document in documents:
            document["total"] = str(Decimal(document["total"]) + Decimal("0.19"))
        there.post(documents, found)

    assert (found.equal, found.wrong, found.parked.total()) == (0, [], 200)
