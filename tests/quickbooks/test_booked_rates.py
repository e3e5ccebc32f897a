"""What a document in another currency is booked at is kept beside it: no part of the record, of its digest, or of one-currency companies."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.home_amounts import rate_in, total_at_home
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.snapshots import read_snapshot
from app.storage.encoding import record_digest

SEVERAL = Books("1", "A", "AU", "AUD", receivables={"84": "AUD"}, multi_currency=True)
LINE = {"Amount": Decimal(11), "DetailType": "AccountBasedExpenseLineDetail"}
OF_EACH: dict[str, dict[str, Any]] = {
    "Invoice": {"CustomerRef": {"value": "5"}, "Balance": Decimal(11)},
    "CreditMemo": {"CustomerRef": {"value": "5"}, "RemainingCredit": Decimal(11)},
    "Payment": {"CustomerRef": {"value": "5"}, "Line": []},
    "Purchase": {
        "EntityRef": {"value": "5", "type": "Customer"},
        "Line": [{**LINE, "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "84"}}}],
    },
}


def document(entity: str, **members: Any) -> dict[str, Any]:
    rate = {"CurrencyRef": {"value": "USD"}, "ExchangeRate": Decimal("1.52")}
    return {
        "Id": "9",
        "SyncToken": "0",
        "TxnDate": "2026-11-20",
        "TotalAmt": Decimal(11),
        **rate,
        **OF_EACH[entity],
        **members,
    }


@pytest.mark.parametrize("entity", OF_EACH)
def test_the_rate_of_each_kind_of_document_is_kept_and_moves_nothing(entity: str) -> None:
    seen = read_snapshot(entity, document(entity), SEVERAL)
    corrected = read_snapshot(
        entity, document(entity, ExchangeRate=Decimal("1.6"), HomeTotalAmt=Decimal("17.61")), SEVERAL
    )

    assert (rate_in(seen.extras), total_at_home(seen.extras)) == (Decimal("1.52"), None)
    assert (rate_in(corrected.extras), total_at_home(corrected.extras)) == (Decimal("1.6"), Decimal("17.61"))
    assert seen.record == corrected.record
    assert record_digest(seen.kind, seen.record) == record_digest(corrected.kind, corrected.record)


@pytest.mark.parametrize("entity", OF_EACH)
@pytest.mark.parametrize(
    ("books", "currency"), [(SEVERAL, "AUD"), (SEVERAL, ""), (replace(SEVERAL, multi_currency=False), "USD")]
)
def test_nothing_is_kept_at_home_or_where_a_company_keeps_one_currency(
    entity: str, books: Books, currency: str
) -> None:
    told = {"CurrencyRef": {"value": currency}, "ExchangeRate": Decimal(1), "HomeTotalAmt": Decimal(11)}
    seen = read_snapshot(entity, document(entity, **told), books)

    assert rate_in(seen.extras) is None
    assert total_at_home(seen.extras) is None


@pytest.mark.parametrize("rate", [None, "", Decimal(0), Decimal(-1), "many"])
def test_a_rate_that_makes_no_sense_is_none_and_spoils_nothing_else(rate: Any) -> None:
    seen = read_snapshot("Invoice", document("Invoice", ExchangeRate=rate), SEVERAL)

    assert rate_in(seen.extras) is None
    assert seen.record is not None
    assert seen.unreadable == ""
