"""What the bank reconciliation holds is read out of two reports, in bulk; where they are not to be had, that is said."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.guards.cleared_money import ClearedMoney, Hold, MoneyAccount
from app.domain.model.records import Kind, Payment, Receipt
from app.errors import Throttled, Unreachable
from app.quickbooks.mapping.reports import listed_transactions
from tests.quickbooks.company import Company
from tests.quickbooks.hazard_register import survives
from tests.quickbooks.test_writing_quickbooks import snapshot_of

SINCE, UNTIL = date(2026, 1, 1), date(2026, 12, 31)


async def paid(books: Company, day: date) -> str:
    customer, bank = await books.customer(str(day)), await books.account("Bank")
    made = await books.create(Kind.RECEIPT, Receipt(customer, Payment(Decimal(20), "AUD"), bank, date=day))
    return snapshot_of(made).id


async def reconcile(books: Company, **body: Any) -> None:
    account = await books.account("Bank")
    await books.door("POST", f"/companies/{books.realm}/reconcile", {"account": account, **body})


async def asked(books: Company) -> ClearedMoney:
    return await books.side.cleared_money(SINCE, UNTIL)


async def test_two_metered_reads_tell_what_is_reconciled_and_what_is_cleared(books: Company) -> None:
    first, second, _ = [await paid(books, date(2026, month, 12)) for month in (9, 10, 11)]
    await reconcile(books, until="2026-09-30")
    await reconcile(books, transactions=[second], status="Cleared")
    before = books.meter.total

    assert await asked(books) == ClearedMoney(frozenset({first}), frozenset({second}))
    assert books.meter.total == before + 2


async def test_a_single_day_can_be_asked_about(books: Company) -> None:
    first = await paid(books, date(2026, 9, 12))
    await reconcile(books)

    found = await books.side.cleared_money(date(2026, 9, 12), date(2026, 9, 12))

    assert found.reconciled == {first}


async def test_the_accounts_of_money_are_known_by_name_without_a_read_of_their_own(books: Company) -> None:
    bank, undeposited = await books.account("Bank"), await books.account("Other Current Asset", "UndepositedFunds")
    await books.side.facts()
    before = books.meter.total
    accounts = await books.side.money_accounts()

    assert (accounts[bank].is_bank, accounts[undeposited].is_bank) == (True, False)
    assert accounts[bank].name
    assert books.meter.total == before


@survives("report_refused")
async def test_a_report_that_is_refused_tells_nothing_and_stops_nothing(books: Company) -> None:
    await books.hazard("report_refused")

    assert not (await asked(books)).told


@survives("cleared_filter_ignored")
async def test_a_filter_without_effect_is_no_answer(books: Company) -> None:
    await paid(books, date(2026, 9, 12))
    await books.hazard("cleared_filter_ignored")

    assert not (await asked(books)).told


@pytest.mark.parametrize(("slug", "error"), [("system_fault", Unreachable), ("throttled", Throttled)])
async def test_a_report_that_does_not_come_is_asked_for_again(
    books: Company, slug: str, error: type[Exception]
) -> None:
    await books.hazard(slug, entity="reports")
    with pytest.raises(error):
        await asked(books)


def _report(column: dict[str, Any], *rows: Any) -> dict[str, Any]:
    return {"Columns": {"Column": [{"ColTitle": "Date"}, column]}, "Rows": {"Row": list(rows)}}


_ROW = {"ColData": [{"value": "2026-09-12"}, {"value": "Payment", "id": "71"}]}
_KEYED = {"ColType": "String", "MetaData": [{"Name": "ColKey", "Value": "txn_type"}]}


@pytest.mark.parametrize(
    ("report", "ids"),
    [
        (_report(_KEYED, _ROW), {"71"}),
        (_report({"ColType": "txn_type", "ColTitle": "Transaction Type"}, _ROW), {"71"}),
        (
            _report(_KEYED, {"Header": {}, "Rows": {"Row": [_ROW]}, "Summary": {"ColData": [{"value": "Total"}]}}),
            {"71"},
        ),
        ({"Columns": {"Column": []}, "Rows": {}}, set()),
        ({"Header": {}}, set()),
        (_report({"ColType": "String"}, _ROW), None),
        (_report(_KEYED, {"ColData": [{"value": "2026-09-12"}]}), None),
        (_report(_KEYED, {"ColData": [{"value": "2026-09-12"}, {"value": "Payment"}]}), None),
        ({"Rows": {"Row": [_ROW]}}, None),
    ],
)
def test_the_ids_stand_on_the_cell_of_the_type_and_what_has_none_is_no_answer(
    report: dict[str, Any], ids: set[str] | None
) -> None:
    assert listed_transactions(report) == ids


TODAY = date(2026, 11, 20)
_ACCOUNTS = {"bank": MoneyAccount("Cheque", is_bank=True), "till": MoneyAccount("Undeposited Funds", is_bank=False)}


@pytest.mark.parametrize(
    ("account", "day", "held"),
    [
        ("bank", date(2026, 11, 16), True),
        ("bank", date(2026, 11, 17), False),
        ("bank", date(2026, 12, 1), False),
        ("bank", None, True),
        ("till", date(2026, 1, 1), False),
        ("unheard of", date(2026, 1, 1), True),
    ],
)
def test_where_nobody_tells_money_in_a_bank_account_counts_as_cleared_after_three_days(
    account: str, day: date | None, held: bool
) -> None:
    nothing_told = ClearedMoney(told=False, accounts=_ACCOUNTS)

    assert nothing_told.hold_on("71", account, day, TODAY) == (Hold.TAKEN_FOR_CLEARED if held else None)


def test_where_it_is_told_age_and_account_say_nothing() -> None:
    told = ClearedMoney(frozenset({"71"}), frozenset({"72"}), accounts=_ACCOUNTS)

    assert [told.hold_on(each, "bank", date(2026, 1, 1), TODAY) for each in ("71", "72", "73")] == [
        Hold.RECONCILED,
        Hold.CLEARED,
        None,
    ]
    assert (told.name_of("bank"), told.name_of("unheard of")) == ("Cheque", "")
