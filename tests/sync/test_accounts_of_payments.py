"""R7: the account of a payment belongs to the books, its method to the shop."""

import pytest

from app.container import build_container
from app.domain.model.configuration import MappedMethod
from app.services import tie_outs
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import Body, asked, book, customer, invoice, payment, quiet, run, shop
from tests.sync.test_tie_out import D, light, named


class Accounts:
    """The accounts and methods of these stories: direct and PayPal lead to the bank, card to the till."""

    def __init__(self, bank: str, till: str, undeposited: str, methods: tuple[str, str, str]) -> None:
        self.bank, self.till, self.undeposited = bank, till, undeposited
        self.direct, self.paypal, self.card = methods


async def accounts(joint: Joint, *, into_undeposited: bool = False) -> Accounts:
    bank = await joint.account("Bank")
    till = str((await joint.person("account", {"Name": "Card clearing", "AccountType": "Bank"}))["Id"])
    undeposited = await joint.account("Other Current Asset", "UndepositedFunds")
    direct, paypal, card = [await joint.method(m) for m in ("direct_deposit", "paypal", "credit_card")]
    first = undeposited if into_undeposited else bank
    await joint.configure(
        payment_methods=(
            MappedMethod(direct, first, preferred=True),
            MappedMethod(paypal, first),
            MappedMethod(card, till),
        )
    )
    return Accounts(bank, till, undeposited, (direct, paypal, card))


async def received(joint: Joint, amount: str = "7.00") -> tuple[Body, Body]:
    """A receipt of a new sale and its payment."""
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale, amount)
    await run(joint)
    [paid] = await joint.books_list("payment")
    return receipt, paid


async def moved(joint: Joint, paid: Body, account: str, **besides: str) -> None:
    """The bookkeeper moves a payment into another account."""
    now = await book(joint, "payment", paid["Id"])
    await joint.person("payment", {**now, "DepositToAccountRef": {"value": account}, **besides})


async def account_of(joint: Joint, paid: Body) -> str:
    return str((await book(joint, "payment", paid["Id"]))["DepositToAccountRef"]["value"])


async def method_of(joint: Joint, receipt: Body) -> str:
    return str((await shop(joint, "receipts", receipt["id"]))["payment_method_id"])


async def rename(joint: Joint, receipt: Body, method: str, **besides: str) -> None:
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"payment_method_id": method, **besides})


async def test_r7_a_payment_that_the_bookkeeper_banks_tells_oncord_nothing_and_asks_nobody(joint: Joint) -> None:
    on = await accounts(joint, into_undeposited=True)
    receipt, paid = await received(joint)
    assert await account_of(joint, paid) == on.undeposited
    await moved(joint, paid, on.bank)

    assert await run(joint) == []
    assert await method_of(joint, receipt) == on.direct
    assert await account_of(joint, paid) == on.bank
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_an_account_of_another_method_or_of_none_is_carried_to_oncord_no_more(joint: Joint) -> None:
    on = await accounts(joint)
    receipt, paid = await received(joint)
    for account in (on.till, on.undeposited):
        await moved(joint, paid, account)
        assert await run(joint) == []
        assert await method_of(joint, receipt) == on.direct
    assert await asked(joint) == []


async def test_r7_what_else_was_changed_along_with_the_account_goes_over(joint: Joint) -> None:
    on = await accounts(joint)
    receipt, paid = await received(joint)
    await moved(joint, paid, on.till, PaymentRefNum="STMT 9")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"date": "2026-11-02"})

    assert sorted(await run(joint)) == [("oncord", "receipt", "update"), ("quickbooks", "receipt", "update")]
    assert (await shop(joint, "receipts", receipt["id"]))["reference"] == "STMT 9"
    assert (await book(joint, "payment", paid["Id"]))["TxnDate"] == "2026-11-02"
    assert (await account_of(joint, paid), await method_of(joint, receipt)) == (on.till, on.direct)
    await quiet(joint)


async def test_r7_a_method_that_somebody_changes_moves_the_money_where_it_leads(joint: Joint) -> None:
    on = await accounts(joint)
    receipt, paid = await received(joint)
    await rename(joint, receipt, on.card)

    assert await run(joint) == [("quickbooks", "receipt", "update")]
    assert await account_of(joint, paid) == on.till
    await quiet(joint)


async def test_r7_a_method_of_the_same_account_leaves_the_money_where_the_bookkeeper_has_put_it(joint: Joint) -> None:
    on = await accounts(joint)
    receipt, paid = await received(joint)
    await moved(joint, paid, on.undeposited)
    await run(joint)
    await rename(joint, receipt, on.paypal)

    assert await run(joint) == []
    assert await account_of(joint, paid) == on.undeposited
    await rename(joint, receipt, on.card)
    await run(joint)
    assert await account_of(joint, paid) == on.till, "a method of another account, chosen after the bookkeeper's move"
    await quiet(joint)


async def test_r7_where_both_have_moved_the_money_the_books_keep_theirs_also_later(joint: Joint) -> None:
    on = await accounts(joint)
    receipt, paid = await received(joint)
    await moved(joint, paid, on.undeposited, PaymentRefNum="STMT 9")
    await rename(joint, receipt, on.card)
    await run(joint)

    assert (await account_of(joint, paid), await method_of(joint, receipt)) == (on.undeposited, on.card)
    assert (await shop(joint, "receipts", receipt["id"]))["reference"] == "STMT 9"
    assert await asked(joint) == []
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "mine"})
    await run(joint)
    assert (await account_of(joint, paid), await method_of(joint, receipt)) == (on.undeposited, on.card)
    await quiet(joint)


async def test_r7_money_in_a_bank_deposit_stays_there_whatever_its_method_is_called(joint: Joint) -> None:
    on = await accounts(joint, into_undeposited=True)
    receipt, paid = await received(joint)
    await joint.in_books("POST", "deposit", {"payments": [paid["Id"]]})
    await run(joint)
    await rename(joint, receipt, on.card)

    assert await run(joint) == []
    assert await account_of(joint, paid) == on.undeposited
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_each_payment_of_a_split_receipt_lies_where_the_bookkeeper_has_put_it(joint: Joint) -> None:
    on = await accounts(joint)
    one = await joint.sale((await joint.contact())["id"])
    two = await joint.sale((await joint.contact("Bea", "Arthur"))["id"])
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    receipt = await joint.receipt(one, "30.00", allocations=parts)
    await run(joint)
    first, second = await joint.books_list("payment")
    await moved(joint, first, on.undeposited)

    assert await run(joint) == []
    assert [await account_of(joint, p) for p in (first, second)] == [on.undeposited, on.bank]
    assert await method_of(joint, receipt) == on.direct
    await moved(joint, second, on.undeposited)
    await rename(joint, receipt, on.card)
    await run(joint)
    assert [await account_of(joint, p) for p in (first, second)] == [on.till, on.undeposited]
    assert await method_of(joint, receipt) == on.card
    await quiet(joint)


@pytest.mark.parametrize("banked", [True, False])
async def test_r7_money_paid_back_lies_where_the_bookkeeper_has_put_it(joint: Joint, banked: bool) -> None:
    on = await accounts(joint)
    sale = await joint.sale((await joint.contact())["id"])
    credit = await joint.sale(
        sale["contact_id"],
        {"description": "Tea", "quantity": "-1", "unit_price": "11.00", "tax_code": "GST"},
        kind="adjustment",
    )
    refund = await joint.receipt(credit, "-5.00")
    await run(joint)
    [made] = await joint.books_list("purchase")
    assert made["AccountRef"]["value"] == on.bank
    if banked:
        await joint.person("purchase", {**made, "AccountRef": {"value": on.till}})
        assert await run(joint) == []
        assert await method_of(joint, refund) == on.direct
    else:
        await rename(joint, refund, on.card)
        assert await run(joint) == [("quickbooks", "receipt", "update")]
    assert (await book(joint, "purchase", made["Id"]))["AccountRef"]["value"] == on.till
    await quiet(joint)


async def test_r2_the_account_gives_a_method_only_when_the_receipt_is_made(joint: Joint) -> None:
    on = await accounts(joint)
    grace = await customer(joint, "Grace")
    billed = await invoice(joint, grace["Id"])
    paid = await payment(joint, grace["Id"], "33.00", {billed["Id"]: "33.00"}, DepositToAccountRef={"value": on.till})
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    assert receipt["payment_method_id"] == on.card
    await moved(joint, paid, on.bank)

    assert await run(joint) == []
    assert await method_of(joint, receipt) == on.card
    await quiet(joint)


async def test_i19_an_account_moved_in_the_books_is_named_with_its_amount_and_no_fault_of_ours(joint: Joint) -> None:
    on = await accounts(joint)
    _, paid = await received(joint)
    assert await named(joint) == []
    await moved(joint, paid, on.undeposited)
    await run(joint)

    assert await named(joint) == [("receipt", "account", D("7.00"), "account_moved")]
    assert (await light(joint)).light == "differs"


@pytest.mark.parametrize("refunded", [False, True])
async def test_i19_money_that_the_bookkeeper_takes_out_of_an_account_and_puts_back_there_is_moved_in_the_books(
    joint: Joint, refunded: bool
) -> None:
    on = await accounts(joint)
    receipt, paid = await received(joint)
    entity, member = "payment", "DepositToAccountRef"
    if refunded:
        credit = await joint.sale(
            receipt["contact_id"],
            {"description": "Tea", "quantity": "-1", "unit_price": "11.00", "tax_code": "GST"},
            kind="adjustment",
        )
        receipt = await joint.receipt(credit, "-7.00")
        await run(joint)
        [paid] = await joint.books_list("purchase")
        entity, member = "purchase", "AccountRef"

    async def put(account: str) -> None:
        await joint.person(entity, {**await book(joint, entity, paid["Id"]), member: {"value": account}})
        await run(joint)

    await rename(joint, receipt, on.card)
    await run(joint)
    assert (await book(joint, entity, paid["Id"]))[member]["value"] == on.till, "the service has put it there"
    await put(on.bank)
    await rename(joint, receipt, on.direct)
    assert await run(joint) == [], "it lies where the method leads"
    await put(on.till)

    moved_there = D("-7.00") if refunded else D("7.00")
    assert await named(joint) == [("receipt", "account", moved_there, "account_moved")]
    assert (await light(joint)).light == "differs"
    await put(on.bank)
    assert await named(joint) == []


@pytest.mark.parametrize("typed_since", [False, True])
async def test_i19_money_that_the_service_has_put_where_its_method_does_not_lead_has_no_cause(
    joint: Joint, typed_since: bool
) -> None:
    on = await accounts(joint)
    receipt, paid = await received(joint)
    await rename(joint, receipt, on.card)
    await run(joint)
    if typed_since:
        await joint.person("payment", {**await book(joint, "payment", paid["Id"]), "PaymentRefNum": "STMT 9"})
        await run(joint)
    async with joint.runtime.database.transaction(
        joint.connection_id
    ) as tx:  # an engine that does not follow the method
        await tx.execute(
            "UPDATE mirror SET record = record || jsonb_build_object('channel', %s::text)"
            " WHERE side = 'oncord' AND kind = 'receipt'",
            (on.direct,),
        )
    await tie_outs.take(build_container(joint.runtime), joint.connection_id, who=SOMEBODY)

    assert await named(joint) == [("receipt", "account", D("7.00"), "unexplained")]


async def test_i19_a_method_changed_in_a_bank_deposit_is_what_a_person_chose(joint: Joint) -> None:
    on = await accounts(joint, into_undeposited=True)
    receipt, paid = await received(joint)
    await joint.in_books("POST", "deposit", {"payments": [paid["Id"]]})
    await rename(joint, receipt, on.card)
    await run(joint)

    assert await named(joint) == [("receipt", "account", D("7.00"), "person")]
