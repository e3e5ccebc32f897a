"""The report TransactionList and the side door by which a bookkeeper clears and reconciles an account."""

from __future__ import annotations

from typing import Any

import pytest

from .books import Books

DAYS = {"start_date": "2026-01-01", "end_date": "2026-12-31"}


async def report(books: Books, **parameters: str) -> dict[str, Any]:
    answer = await books.call("GET", "reports/TransactionList", **{**DAYS, **parameters})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def listed(found: dict[str, Any], key: str = "txn_type", part: str = "id") -> list[str]:
    columns = [column["MetaData"][0]["Value"] for column in found["Columns"]["Column"]]
    return [row["ColData"][columns.index(key)][part] for row in found["Rows"].get("Row", [])]


async def reconcile(books: Books, account: str, **body: Any) -> list[dict[str, str]]:
    answer = await books.client.post(
        f"/_sandbox/companies/{books.company.realm}/reconcile", json={"account": account, **body}
    )
    assert answer.status_code == 200, answer.text
    items: list[dict[str, str]] = answer.json()["items"]
    return items


def bank(books: Books) -> str:
    return books.company.account_of("Bank").id


async def paid(books: Books, day: str, account: str = "") -> str:
    customer = await books.customer(f"C {day} {account}")
    into = {"value": account or bank(books)}
    return str((await books.payment(customer, 20, TxnDate=day, DepositToAccountRef=into))["Id"])


async def test_the_report_lists_transactions_in_columns_with_keys_and_the_id_stands_on_the_type(au: Books) -> None:
    payment = await paid(au, "2026-10-12")
    found = await report(au)

    assert found.keys() == {"Header", "Columns", "Rows"}
    assert (found["Header"]["ReportName"], found["Header"]["Option"]) == (
        "TransactionList",
        [{"Name": "NoReportData", "Value": "false"}],
    )
    assert (listed(found), listed(found, part="value")) == ([payment], ["Payment"])
    assert listed(found, "account_name", "value") == [au.company.account_of("Bank").body["Name"]]
    assert listed(found, "subt_nat_amount", "value") == ["20.00"]
    short = await report(au, columns="tx_date,txn_type,nothing_such")
    assert [column["ColTitle"] for column in short["Columns"]["Column"]] == ["Date", "Transaction Type"]


async def test_only_the_days_that_are_asked_for_are_listed_and_none_is_said(au: Books) -> None:
    await paid(au, "2026-10-12")
    found = await report(au, start_date="2026-10-13")

    assert (found["Rows"], found["Header"]["Option"][0]["Value"]) == ({}, "true")


async def test_a_reconciliation_marks_what_lies_in_the_account_up_to_its_day_and_moves_no_token(au: Books) -> None:
    first, second = await paid(au, "2026-09-12"), await paid(au, "2026-10-12")
    before = await au.read("Payment", first)
    marked = await reconcile(au, bank(au), until="2026-09-30")

    assert marked == [{"entity": "Payment", "id": first, "status": "Reconciled"}]
    assert listed(await report(au, cleared="Reconciled")) == [first]
    assert listed(await report(au, cleared="Uncleared")) == [second]
    assert await au.read("Payment", first) == before


async def test_the_bank_feed_clears_single_transactions_and_a_bookkeeper_undoes_it(au: Books) -> None:
    first, second = await paid(au, "2026-09-12"), await paid(au, "2026-10-12")
    await reconcile(au, bank(au), transactions=[second], status="Cleared")
    assert (listed(await report(au, cleared="Cleared")), listed(await report(au, cleared="Reconciled"))) == (
        [second],
        [],
    )
    await reconcile(au, bank(au), status="Uncleared")
    assert listed(await report(au, cleared="Uncleared")) == [first, second]


async def test_money_that_moves_to_another_account_is_not_reconciled_there(au: Books) -> None:
    payment = await paid(au, "2026-10-12")
    await reconcile(au, bank(au))
    elsewhere = au.company.account_of("Other Current Asset", "UndepositedFunds").id
    await au.person("Payment", {**await au.read("Payment", payment), "DepositToAccountRef": {"value": elsewhere}})

    assert listed(await report(au, cleared="Reconciled")) == []


async def test_what_is_banked_is_deposited_and_its_deposit_stands_on_the_statement(au: Books) -> None:
    waiting = await paid(au, "2026-10-12", au.company.account_of("Other Current Asset", "UndepositedFunds").id)
    deposit = str((await au.person("Deposit", {"payments": [waiting]}))["Id"])
    await reconcile(au, bank(au))

    assert listed(await report(au, cleared="Deposited")) == [waiting]
    assert listed(await report(au, cleared="Reconciled")) == [deposit]


async def test_an_invoice_stands_on_no_statement(au: Books) -> None:
    invoice = await au.invoice(await au.customer())

    assert listed(await report(au)) == [invoice["Id"]]
    assert listed(await report(au, cleared="Uncleared")) == []


async def test_the_account_is_no_filter_as_it_was_seen(au: Books) -> None:
    payment = await paid(au, "2026-10-12")

    assert listed(await report(au, account="9999")) == [payment]


@pytest.mark.parametrize(
    "parameters", [{"cleared": "UnCleared"}, {"start_date": "2026-12-31", "end_date": "2026-01-01"}]
)
async def test_a_status_that_is_none_and_days_in_the_wrong_order_are_refused(
    au: Books, parameters: dict[str, str]
) -> None:
    assert (await au.call("GET", "reports/TransactionList", **parameters)).status_code == 400


async def test_a_report_is_a_metered_read(au: Books) -> None:
    before = dict(au.company.traffic.counters)
    await report(au)

    assert au.company.traffic.counters["metered"] == before["metered"] + 1
    assert (await au.call("GET", "reports/ProfitAndLoss")).status_code == 400


async def test_the_report_can_be_refused_and_its_filter_be_without_effect(au: Books) -> None:
    payment = await paid(au, "2026-10-12")
    await au.hazards(cleared_filter_ignored=True)
    assert listed(await report(au, cleared="Reconciled")) == [payment]
    await au.hazards(report_refused=True)
    refused = await au.call("GET", "reports/TransactionList", cleared="Reconciled")
    assert refused.json()["Fault"]["Error"][0]["code"] == "5020"


@pytest.mark.parametrize(("body", "status"), [({"account": "9999"}, 404), ({"account": "", "status": "Done"}, 400)])
async def test_an_account_or_a_status_that_is_none_is_said(au: Books, body: dict[str, str], status: int) -> None:
    sent = {**body, "account": body["account"] or bank(au)}
    answer = await au.client.post(f"/_sandbox/companies/{au.company.realm}/reconcile", json=sent)

    assert answer.status_code == status
