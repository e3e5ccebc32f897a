"""The reports AgedReceivables, TrialBalance and TaxSummary, and what they add up."""

from __future__ import annotations

from typing import Any

from .books import Books

QUARTER = {"start_date": "2026-10-01", "end_date": "2026-12-31"}


async def report(books: Books, name: str, **parameters: str) -> dict[str, Any]:
    answer = await books.call("GET", f"reports/{name}", **parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def cells(row: dict[str, Any]) -> list[str]:
    return [cell["value"] for cell in row.get("ColData") or row["Summary"]["ColData"]]


async def a_quarter(books: Books) -> tuple[dict[str, Any], dict[str, Any]]:
    """An invoice of 110.00 of October, of which 60.00 are paid in November, and one of 20.00 of September without tax."""
    ada = await books.customer()
    invoice = await books.invoice(ada, TxnDate="2026-10-12", DueDate="2026-10-20")
    await books.invoice(
        ada, books.line("20", books.code("GST-free exports")), TxnDate="2026-09-30", DueDate="2026-12-01"
    )
    till = {"value": books.company.account_of("Other Current Asset", "UndepositedFunds").id}
    await books.payment(ada, 60, (invoice, 60), TxnDate="2026-11-02", DepositToAccountRef=till)
    return ada, invoice


async def test_what_customers_owe_on_a_day_is_told_by_how_long_it_is_overdue(au: Books) -> None:
    ada, _ = await a_quarter(au)
    late = await report(au, "AgedReceivables", report_date="2026-11-15")
    row, total = late["Rows"]["Row"]

    assert late["Header"]["ReportName"] == "AgedReceivables"
    assert row["ColData"][0] == {"value": "Ada Lovelace", "id": ada["Id"]}
    assert cells(row)[-1] == cells(total)[-1] == "70.00"
    assert cells(row)[2] == "50.00"
    before = await report(au, "AgedReceivables", report_date="2026-10-31")
    assert cells(before["Rows"]["Row"][-1])[-1] == "130.00"
    assert (await report(au, "AgedReceivables", report_date="2026-01-01"))["Rows"] == {}


async def test_a_trial_balance_holds_what_documents_have_posted_up_to_its_last_day(au: Books) -> None:
    await a_quarter(au)
    till = au.company.account_of("Other Current Asset", "UndepositedFunds").id
    found = {
        row["ColData"][0].get("id"): cells(row)
        for row in (await report(au, "TrialBalance", **QUARTER))["Rows"]["Row"][:-1]
    }

    assert found[till][1:] == ["60.00", ""]
    earlier = await report(au, "TrialBalance", end_date="2026-10-31")
    assert till not in {row["ColData"][0].get("id") for row in earlier["Rows"]["Row"][:-1]}


async def test_a_tax_summary_puts_sales_on_their_labels_by_what_was_invoiced_or_paid(au: Books) -> None:
    await a_quarter(au)
    [agency] = await au.ids("SELECT * FROM TaxAgency")
    accrual = await report(au, "TaxSummary", agency_id=agency, **QUARTER)
    cash = await report(au, "TaxSummary", agency_id=agency, accounting_method="Cash", **QUARTER)
    year = await report(au, "TaxSummary", agency_id=agency, start_date="2026-07-01", end_date="2026-12-31")

    amounts = [{row["group"]: cells(row)[1] for row in each["Rows"]["Row"]} for each in (accrual, cash, year)]
    assert amounts[0] == {"G1": "110.00", "G2": "", "G3": "", "1A": "10.00"}
    assert amounts[1] == {"G1": "60.00", "G2": "", "G3": "", "1A": "5.45"}
    assert amounts[2] == {"G1": "130.00", "G2": "20.00", "G3": "", "1A": "10.00"}
    assert (await au.call("GET", "reports/TaxSummary", **QUARTER)).status_code == 400


async def test_each_of_them_can_be_refused_and_is_a_metered_read(au: Books) -> None:
    before = au.company.traffic.counters["metered"]
    await report(au, "AgedReceivables")
    await report(au, "TrialBalance")
    assert au.company.traffic.counters["metered"] == before + 2
    await au.hazards(report_refused=True)
    refused = await au.call("GET", "reports/AgedReceivables")
    assert refused.json()["Fault"]["Error"][0]["code"] == "5020"
