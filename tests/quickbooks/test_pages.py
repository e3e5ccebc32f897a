"""Where people find documents and customers in QuickBooks' own screens (docs/quickbooks.md 9.17)."""

from decimal import Decimal

import pytest

from app.domain.model.records import Contact, Item, Kind, Money, Payment, Receipt, Record, Sale, Side, Snapshot
from app.quickbooks.mapping.pages import page_of


def page(record: Record | None, environment: str = "production", *, deleted: bool = False) -> str:
    kind = {Contact: Kind.CONTACT, Sale: Kind.SALE, Receipt: Kind.RECEIPT, Item: Kind.ITEM}
    snapshot = Snapshot(Side.QUICKBOOKS, kind.get(type(record), Kind.SALE), "130", "0", record, deleted=deleted)
    return page_of(snapshot, "9341", environment)


@pytest.mark.parametrize(
    ("record", "path"),
    [
        (Contact(), "customerdetail?nameId=130"),
        (Sale("7", Money("AUD")), "invoice?txnId=130"),
        (Sale("7", Money("AUD"), type="adjustment"), "creditmemo?txnId=130"),
        (Receipt("7", Payment(Decimal(5), "AUD")), "recvpayment?txnId=130"),
        (Receipt("7", Payment(Decimal(0), "AUD")), "recvpayment?txnId=130"),
        (Receipt("7", Payment(Decimal(-5), "AUD")), "expense?txnId=130"),
    ],
)
def test_each_document_has_its_page_in_its_company(record: Record, path: str) -> None:
    assert page(record) == f"https://app.qbo.intuit.com/app/{path}&deeplinkcompanyid=9341"
    assert page(record, "sandbox") == f"https://app.sandbox.qbo.intuit.com/app/{path}&deeplinkcompanyid=9341"


def test_what_is_gone_or_has_no_page_has_none() -> None:
    assert page(Item()) == ""
    assert page(None) == ""
    assert page(Contact(), deleted=True) == ""
