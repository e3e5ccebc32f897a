"""The page of one record says what it is called on both sides."""

import datetime as dt
from decimal import Decimal

from app.domain.model.link_part import PRIMARY
from app.domain.model.links import Origin
from app.domain.model.records import Contact, Kind, Money, Name, Sale, Side, Snapshot
from app.storage.records import mirrors
from app.storage.records.agreed_pairs import AgreedPair, agree
from tests.console.pages import shown, sign_in
from tests.support.app import Service

PAGE = "https://books.example/app/invoice?txnId=145"


async def test_a_pair_with_two_numbers_is_found_by_either_and_names_both(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    now = service.clock.now()
    money, day = Money("AUD", total=Decimal(44)), dt.date(2026, 11, 22)
    async with service.container.database.transaction(connection_id) as tx:
        for side, sale_id, contact_id, number in (
            (Side.ONCORD, "1041", "17", "SO-88423"),
            (Side.QUICKBOOKS, "145", "58", "88423"),
        ):
            url = PAGE if side is Side.ONCORD else ""
            sale = Sale(contact_id, money, number=number, date=day, books_status="linked" if url else "", books_url=url)
            contact = Contact(name=Name(first="Ada", last="Byron"))
            both = [
                Snapshot(side, Kind.SALE, sale_id, "1", sale),
                Snapshot(side, Kind.CONTACT, contact_id, "1", contact),
            ]
            await mirrors.save(tx, connection_id, both, now)
        pair = AgreedPair(Kind.SALE, "1041", "145", Origin.BOTH, 0, PRIMARY, None, None)
        await agree(tx, connection_id, [pair], now)
    await sign_in(service)

    for address, title in (("oncord/sale/1041", "Sale SO-88423"), ("quickbooks/sale/145", "Invoice 88423")):
        page = await service.browser.get(f"/connections/{connection_id}/records/{address}")
        words = shown(page)
        assert f"{title}, Ada Byron, 22 Nov 2026, $44.00" in words
        assert "Its number is SO-88423 in Oncord and 88423 in QuickBooks." in words
        assert "In Oncord Sale SO-88423, Ada Byron" in words
        assert "In QuickBooks Invoice 88423, Ada Byron" in words
        assert "txnId=145&amp;deeplinkcompanyid=" in page.text
        assert "Open in QuickBooks" in words
        assert PAGE not in page.text, "one link there is enough"
    unknown = await service.browser.get(f"/connections/{connection_id}/records/oncord/sale/4711")
    assert (unknown.status_code, "never seen such a record" in shown(unknown)) == (404, True)
