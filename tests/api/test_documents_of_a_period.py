"""The documents and payments of a certificate's period, one by one, as both sides have them: in the report, and from its page."""

import csv
import io
import re
import zipfile
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, credit_memo, customer, invoice, line, payment, remove, void
from tests.support.watched import watched
from tests.sync.test_discount_lines import us_line

Table = list[dict[str, str]]


TEA = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "NON"}


@pytest.fixture(params=["AU", "US"])
async def joint(own_database: DatabaseUrls, request: pytest.FixtureRequest) -> AsyncIterator[Joint]:
    """A shop and a company of each country."""
    async with joined(own_database.app, country=request.param) as running:
        yield running


def table_of(text: bytes) -> Table:
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))


async def report_of(joint: Joint) -> tuple[dict[str, Table], dict[str, Table], str]:
    """The tables of a report, those that its page leads to, and the certificate's name."""
    async with watched(joint) as seen:
        one = f"/connections/{joint.connection_id}/tie-outs"
        made = (await seen.api.post(f"/api/v1{one}", json={"first_day": "2026-01-01", "last_day": "2026-12-31"})).json()
        packed = await seen.browser.get(f"{one}/{made['id']}/report.zip")
        page = await seen.browser.get(f"{one}/{made['id']}")
        links = re.findall(r'href="(/[^"]+\.csv)"', page.text)
        answers = {link.rpartition("/")[2]: await seen.browser.get(link) for link in links}
    assert {answer.headers["content-type"] for answer in answers.values()} == {"text/csv; charset=utf-8"}
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        tables = {name: table_of(archive.read(name)) for name in archive.namelist() if name.endswith(".csv")}
    return tables, {name: table_of(answer.content) for name, answer in answers.items()}, made["id"]


async def sale(joint: Joint, contact_id: str, number: str) -> dict[str, Any]:
    lines = [TEA] if await american(joint) else []
    return await joint.sale(contact_id, *lines, number=number)


async def line_of(joint: Joint) -> Body:
    """What an invoice sells."""
    if not await american(joint):
        return await line(joint, "40.00")
    made = await us_line(joint, "40.00", "Cup")
    made["SalesItemLineDetail"]["TaxCodeRef"] = {"value": "NON"}
    return made


async def american(joint: Joint) -> bool:
    (company,) = await joint.books_list("companyinfo")
    return str(company["Country"]) == "US"


def by_number(rows: Table, column: str = "number") -> dict[str, dict[str, str]]:
    return {row[column]: row for row in rows}


async def test_each_document_and_payment_stands_with_what_both_sides_say_of_it(joint: Joint) -> None:
    ada = await joint.contact("Ada", "Byron")
    paid, part, _ = [await sale(joint, ada["id"], number) for number in ("1041", "1042", "=1043")]
    await joint.receipt(paid, reference="R-1")
    await joint.receipt(part, "11.00")
    zed = await customer(joint, "Zed", "Zebra")
    there = await invoice(joint, zed["Id"], await line_of(joint), DocNumber="Q-7")
    await payment(joint, zed["Id"], "11.00", {there["Id"]: "11.00"})
    await credit_memo(joint, zed["Id"], await line_of(joint), DocNumber="Q-8")
    voided = await invoice(joint, zed["Id"], await line_of(joint), DocNumber="Q-9")
    await joint.sync()
    await void(joint, "invoice", voided["Id"])
    invoices = {each["DocNumber"]: each for each in await joint.books_list("invoice")}
    await remove(joint, "invoice", invoices["=1043"]["Id"])
    await joint.sync()

    report, files, _ = await report_of(joint)

    assert files == {name: report[name] for name in ("documents.csv", "payments.csv")}
    rows = by_number(report["documents.csv"])
    assert set(rows) == {"1041", "1042", "'=1043", "Q-7", "Q-8", "Q-9"}, "no formula, and each once"
    one = rows["1041"]
    assert (one["document"], one["customer"], one["state in Oncord"], one["state in QuickBooks"]) == (
        "Sale",
        "Ada Byron",
        "paid",
        "paid",
    )
    assert one["currency in Oncord"] == one["currency in QuickBooks"] == paid["currency"]
    assert one["total in Oncord"] == one["total in QuickBooks"] == f"{Decimal(paid['total']):.2f}"
    assert one["tax in Oncord"] == one["tax in QuickBooks"] == f"{Decimal(paid['tax_total']):.2f}"
    assert one["number in QuickBooks"] == one["date in QuickBooks"] == one["customer in QuickBooks"] == ""
    assert (rows["1042"]["state in Oncord"], rows["1042"]["state in QuickBooks"]) == ("partly paid", "partly paid")
    assert (rows["'=1043"]["state in Oncord"], rows["'=1043"]["state in QuickBooks"]) == ("open", "deleted")
    assert rows["'=1043"]["total in QuickBooks"] == ""
    assert Decimal(rows["Q-8"]["total in QuickBooks"]) < 0, "credits are below zero"
    assert rows["Q-8"]["state in QuickBooks"] == "not used"
    assert rows["Q-9"]["state in QuickBooks"] == "void"
    money = report["payments.csv"]
    assert len(money) == 3
    assert by_number(money, "reference")["R-1"]["state in QuickBooks"] == "received"
    assert {row["currency in Oncord"] for row in money} == {paid["currency"]}


async def test_the_list_adds_up_to_the_certificate(joint: Joint) -> None:
    ada = await joint.contact("Ada", "Byron")
    for number in ("1041", "1042"):
        await joint.receipt(await sale(joint, ada["id"], number))
    zed = await customer(joint, "Zed", "Zebra")
    await credit_memo(joint, zed["Id"], await line_of(joint), DocNumber="Q-8")
    await joint.sync()

    report, _, _ = await report_of(joint)

    lines = by_number(report["receivables.csv"], "line")
    for side in ("Oncord", "QuickBooks"):
        counted = [
            row for row in report["documents.csv"] if row[f"state in {side}"] not in ("void", "draft", "cancelled")
        ]
        total = sum(Decimal(row[f"total in {side}"] or 0) for row in counted)
        told = {name: Decimal(row[side.lower()]) for name, row in lines.items()}
        assert total == told["sales"] - told["credits"]
        assert (
            sum(Decimal(row[f"amount in {side}"]) for row in report["payments.csv"])
            == told["receipts"] - told["refunds"]
        )
