"""Reports of the ledger, in the shapes of the documentation and of recorded answers."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.ledger import LedgerEntry
from app.quickbooks.mapping.ledger_reports import account_balances, amounts_by_label, owed_altogether
from app.quickbooks.mapping.reports import listed_entries

D = Decimal
Body = dict[str, Any]
EMPTY: Body = {"Header": {"Option": [{"Name": "NoReportData", "Value": "true"}]}, "Rows": {}}


def cells(*values: str, record_id: str = "") -> list[Body]:
    first: Body = {"value": values[0], **({"id": record_id} if record_id else {})}
    return [first, *({"value": value} for value in values[1:])]


def report(*rows: Body) -> Body:
    return {"Header": {"Option": [{"Name": "NoReportData", "Value": "false"}]}, "Rows": {"Row": list(rows)}}


def total(group: str, *values: str) -> Body:
    return {"group": group, "type": "Section", "Summary": {"ColData": cells(*values)}}


def test_what_customers_owe_is_the_last_cell_of_the_grand_total() -> None:
    jane = {"ColData": cells("Jane", "", "", "", "", "37.50", "37.50", record_id="4")}
    family = {"Header": {"ColData": cells("Kay")}, "Rows": {"Row": [jane]}, "type": "Section"}

    assert owed_altogether(report(jane, total("GrandTotal", "TOTAL", "", "", "", "", "37.50", "37.50"))) == D("37.50")
    assert owed_altogether(report(family, total("GrandTotal", "TOTAL", "", "", "", "", "", "-2.10"))) == D("-2.10")
    assert owed_altogether(EMPTY) == 0
    assert owed_altogether(report(jane)) is None
    assert owed_altogether(report(total("GrandTotal", "TOTAL", "n/a"))) is None
    assert owed_altogether(None) is None


def test_a_trial_balance_says_debit_or_credit_also_in_sections() -> None:
    checking = {"ColData": cells("Checking", "4151.74", "", record_id="35")}
    loan = {"ColData": cells("Loan", "", "46.00", record_id="13")}
    section = {"Header": {"ColData": cells("ASSETS", "", "")}, "Rows": {"Row": [checking]}}
    whole = total("GrandTotal", "TOTAL", "4151.74", "46.00")

    assert account_balances(report(section, loan, whole)) == {"35": D("4151.74"), "13": D(-46)}
    assert account_balances(EMPTY) == {}
    assert account_balances(report()) is None
    assert account_balances(report({"ColData": cells("Odd", "?", "", record_id="1")})) is None
    assert account_balances(None) is None


@pytest.mark.parametrize(
    "row", [{"ColData": cells("G1 Total sales", "140.00"), "group": "G1"}, total("G1", "G1", "140.00")]
)
def test_a_tax_summary_says_an_amount_for_each_label_that_begins_a_row(row: Body) -> None:
    french = {"ColData": cells("Case 01 Vente", "9.00"), "group": "Case 01"}
    nothing = {"ColData": cells("1A GST on sales", ""), "group": "1A"}

    assert amounts_by_label(report(row, french, nothing)) == {"G1": D(140), "1A": D(0)}
    assert amounts_by_label(report(french)) is None
    assert amounts_by_label(None) is None


COLUMNS = {
    "Column": [
        {"MetaData": [{"Name": "ColKey", "Value": name}]}
        for name in ("doc_num", "tx_date", "subt_nat_amount", "txn_type")
    ]
}


def listed(*rows: tuple[str, str, str, str, str]) -> Body:
    """A list of transactions: number, day, amount, type and id, in the order of its own columns."""
    data = [
        {"ColData": [{"value": number}, {"value": day}, {"value": amount}, {"value": kind, "id": record_id}]}
        for number, day, amount, kind, record_id in rows
    ]
    return {"Columns": COLUMNS, "Rows": {"Row": data}}


def test_a_list_of_transactions_is_read_by_its_own_columns_without_what_is_of_no_customer() -> None:
    report = listed(
        ("1001", "2026-11-03", "226.09", "Sales Receipt", "7"),
        ("", "2026-11-04", "", "Journal Entry", "8"),
        ("B1", "2026-11-04", "50.00", "Bill Payment (Check)", "9"),
    )

    assert listed_entries(report) == (
        LedgerEntry("7", "Sales Receipt", "1001", date(2026, 11, 3), D("226.09")),
        LedgerEntry("8", "Journal Entry", "", date(2026, 11, 4), D(0)),
    )
    assert listed_entries({"Rows": {}}) == ()


@pytest.mark.parametrize(
    "row",
    [
        ("1", "2026-11-03", "1.00", "Invoice", ""),
        ("1", "3 Nov", "1.00", "Invoice", "7"),
        ("1", "2026-11-03", "n/a", "Invoice", "7"),
    ],
)
def test_a_list_that_does_not_say_which_when_or_how_much_is_none(row: tuple[str, str, str, str, str]) -> None:
    assert listed_entries(listed(row)) is None
    assert listed_entries({**listed(("1", "2026-11-03", "1.00", "Invoice", "7")), "Columns": {}}) is None
