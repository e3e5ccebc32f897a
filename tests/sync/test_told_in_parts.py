"""S3, R7: what is told in parts is judged as a whole: a receipt is freed before the end of its sale is told of, and a record
that is laid aside goes on changing."""

import pytest

from app.domain.model.records import Kind
from tests.support.joint import Joint
from tests.support.stories import asked, book, credit_memo, payment, quiet, run, shop
from tests.sync.test_freed_by_a_delete import applied, paid_by_the_bookkeeper
from tests.sync.test_moved_contacts import two_people
from tests.sync.test_only_a_look import tell


async def told(joint: Joint) -> list[tuple[str, str, str]]:
    """A run that reads only what it was told of; what it wrote."""
    done = await joint.sync(download=False)
    assert done.state in ("succeeded", "partial"), done.error
    return await joint.writes()


async def test_s3_a_freed_receipt_that_is_told_of_before_its_deleted_sale_leaves_the_payment(joint: Joint) -> None:
    sale, made, paid = await paid_by_the_bookkeeper(joint)
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await tell(joint, Kind.RECEIPT, receipt["id"])

    assert await told(joint) == []
    assert applied(await book(joint, "payment", paid["Id"])) == {made["Id"]: 22}
    assert await asked(joint) == [("S3", "parked")]
    await quiet(joint)


async def test_s3_a_receipt_of_the_shops_own_is_freed_and_its_invoice_deleted_whatever_is_told_first(
    joint: Joint,
) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await tell(joint, Kind.RECEIPT, receipt["id"])
    await told(joint)

    assert await joint.books_list("invoice") == []
    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (22, 22)
    await quiet(joint)


async def test_c3_what_joins_a_credit_stays_joined_where_a_contact_goes_with_its_sales(joint: Joint) -> None:
    """The sale had been moved to that contact, which is asked about and lays it aside."""
    ada, bea, adas, _ = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    await run(joint)
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    credit = await credit_memo(joint, adas)
    joined = await payment(joint, adas, "0.00", {made["Id"]: "5.00"}, {credit["Id"]: "5.00"})
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bea["id"]})
    await run(joint)
    assert await asked(joint) == [("S2", "parked")]
    await joint.in_shop("DELETE", f"contacts/{bea['id']}?cascade=true")
    for kind, record in ((Kind.CONTACT, bea), (Kind.SALE, sale), (Kind.RECEIPT, receipt)):
        await tell(joint, kind, record["id"])

    assert await told(joint) == []
    assert applied(await book(joint, "payment", joined["Id"])) == {made["Id"]: 5, credit["Id"]: 5}
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_a_receipt_that_a_person_takes_off_one_sale_and_puts_on_another_travels(joint: Joint) -> None:
    sale, made, paid = await paid_by_the_bookkeeper(joint)
    other = await joint.sale(sale["contact_id"])
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    parts = [{"sale_id": other["id"], "amount": "22.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": parts})
    await tell(joint, Kind.RECEIPT, receipt["id"])

    assert await told(joint) == [("quickbooks", "receipt", "update")]
    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 22
    assert (await book(joint, "payment", paid["Id"]))["UnappliedAmt"] == 0
    await quiet(joint)


@pytest.mark.parametrize("news", ["moved back", "nothing"])
async def test_what_is_laid_aside_is_looked_at_again_where_it_was_changed_and_only_there(
    joint: Joint, news: str
) -> None:
    ada, bea, adas, _ = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    await joint.receipt(sale)
    await run(joint)
    [paid] = await joint.books_list("payment")
    linked = [{"TxnId": paid["Id"], "TxnType": "Payment", "TxnLineId": "0"}]
    line = {"Amount": paid["TotalAmt"], "LinkedTxn": linked}
    bank = await joint.account("Bank")
    await joint.in_books("POST", "deposit", {"DepositToAccountRef": {"value": bank}, "Line": [line]})
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bea["id"]})
    await run(joint)
    assert await asked(joint) == [("S2", "parked")]
    if news == "moved back":
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": ada["id"]})
    await tell(joint, Kind.SALE, sale["id"])

    assert await told(joint) == []
    assert await asked(joint) == ([] if news == "moved back" else [("S2", "parked")])
    looked_at = [d for d in await joint.decisions() if d.operation.kind is Kind.SALE]
    assert bool(looked_at) == (news == "moved back")
    assert (await shop(joint, "sales", sale["id"]))["contact_id"] == (ada if news == "moved back" else bea)["id"]
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    assert made["CustomerRef"]["value"] == adas
