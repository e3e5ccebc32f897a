"""A document's page says which payments have settled it and what is open; a payment's page names its method and account."""

from decimal import Decimal

from psycopg.types.json import Jsonb

from app.container import build_container
from app.domain.model.records import Kind, Side
from app.services import story
from app.services.settling import Settling
from tests.console.pages import shown
from tests.support.joint import Joint
from tests.support.stories import customer, invoice, payment, run, void
from tests.support.watched import watched
from tests.sync.test_rules_refunds import returned


async def settling(joint: Joint, record_id: str, side: Side = Side.ONCORD) -> Settling:
    told = await story.tell(build_container(joint.runtime), joint.connection_id, side, Kind.SALE, record_id)
    assert told.settling is not None
    return told.settling


async def channel(joint: Joint, receipt_id: str, side: Side = Side.ONCORD) -> tuple[str, str]:
    told = await story.tell(build_container(joint.runtime), joint.connection_id, side, Kind.RECEIPT, receipt_id)
    assert told.settling is None
    return next((each.oncord, each.quickbooks) for each in told.fields if each.name == "channel")


async def name_accounts(joint: Joint) -> None:
    """As storing the configuration does."""
    names = {str(a["Id"]): a["Name"] for a in await joint.books_list("account")}
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute(
            "UPDATE connection SET facts = facts || jsonb_build_object('quickbooks', jsonb_build_object('accounts', %s::jsonb)) WHERE id = %s",
            (Jsonb(names), joint.connection_id),
        )


async def bank(joint: Joint) -> str:
    return next(str(a["Name"]) for a in await joint.books_list("account") if a["AccountType"] == "Bank")


async def title(joint: Joint, kind: str) -> str:
    return next(str(m["title"]) for m in await joint.shop_list("payment-methods") if m["type"] == kind)


async def test_a_document_names_each_payment_with_its_way_and_what_is_open_on_either_side(joint: Joint) -> None:
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], number="1041")
    await joint.receipt(sale, "10.00", date="2026-11-18")
    await joint.receipt(sale, "2.00", payment_method_id=await joint.method("cash"), date="2026-11-19")
    await run(joint)
    await name_accounts(joint)
    [made] = await joint.books_list("invoice")
    account, method = await bank(joint), await title(joint, "direct_deposit")

    found = await settling(joint, sale["id"])

    assert (found.currency, found.total) == ("AUD", Decimal("22.00"))
    assert found.open == {Side.ONCORD: Decimal("10.00"), Side.QUICKBOOKS: Decimal("12.00")}
    ways = [(each.way, each.oncord, each.quickbooks) for each in found.by]
    assert ways == [
        (f"{method}, which goes to {account}", Decimal("10.00"), Decimal("10.00")),
        (f"{await title(joint, 'cash')}, which stays in Oncord", Decimal("2.00"), None),
    ]
    assert found.by == (await settling(joint, made["Id"], Side.QUICKBOOKS)).by
    async with watched(joint) as seen:
        page = f"/connections/{joint.connection_id}/records/oncord/sale/{sale['id']}"
        words = shown(await seen.browser.get(page))
        assert "Open in Oncord: $10.00, open in QuickBooks: $12.00, of $22.00." in words
        assert f"{method}, which goes to {account} $10.00 $10.00" in words
        answer = (await seen.api.get(f"/api/v1{page}")).json()["settling"]
    assert answer["open"] == {"oncord": "10.00", "quickbooks": "12.00"}
    assert answer["by"][0]["record"]["links"]["here"].endswith(f"/oncord/receipt/{found.by[0].record.id}")  # type: ignore[union-attr]


async def test_what_nothing_has_settled_and_what_is_void_say_so(joint: Joint) -> None:
    zed = await customer(joint, "Zed", "Zebra")
    plain, emptied = [await invoice(joint, zed["Id"], DocNumber=f"Q-{n}") for n in (1, 2)]
    await void(joint, "invoice", emptied["Id"])
    await run(joint)

    found = await settling(joint, plain["Id"], Side.QUICKBOOKS)
    assert (found.open, found.by) == ({Side.ONCORD: Decimal("33.00"), Side.QUICKBOOKS: Decimal("33.00")}, ())
    assert (await settling(joint, emptied["Id"], Side.QUICKBOOKS)).open == {}


async def test_a_payment_and_a_refund_name_method_and_account_on_both_sides(joint: Joint) -> None:
    zed = await customer(joint, "Zed", "Zebra")
    bill = await invoice(joint, zed["Id"], DocNumber="Q-7")
    paid = await payment(joint, zed["Id"], "33.00", {bill["Id"]: "33.00"})
    _, credit = await returned(joint)
    refund = await joint.receipt(credit, "-22.00")
    await run(joint)
    await name_accounts(joint)
    account, method = await bank(joint), await title(joint, "direct_deposit")

    names = (f"{method}, which goes to {account}", account)
    assert await channel(joint, paid["Id"], Side.QUICKBOOKS) == names
    assert await channel(joint, refund["id"]) == names


async def test_a_method_or_an_account_without_a_name_is_no_id(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    money = await joint.receipt(sale)
    await run(joint)

    here, there = await channel(joint, money["id"])

    assert there == "an account that QuickBooks does not name"
    assert here == f"{await title(joint, 'direct_deposit')}, which goes to {there}", (
        "a run that writes money reads the methods' names"
    )
