"""R3, R4: a receipt over two customers is two payments; each of them is deleted, voided and put back by itself."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, invoice, quiet, remove, run, shop, void
from tests.sync.test_rules_split_receipts import split_receipt


def cash(payments: list[Body]) -> list[float]:
    return sorted(float(p["TotalAmt"]) for p in payments)


@pytest.mark.parametrize("how", ["delete", "void"])
@pytest.mark.parametrize("which", [0, 1])
async def test_r4_an_edit_of_the_receipt_reaches_the_other_leg_and_makes_the_lost_one_not_again(
    joint: Joint, which: int, how: str
) -> None:
    receipt, payments = await split_receipt(joint)
    await (remove if how == "delete" else void)(joint, "payment", payments[which]["Id"])

    assert await run(joint) == [("oncord", "receipt", "update")]
    kept = await shop(joint, "receipts", receipt["id"])
    assert (kept["books_status"], kept["amount"]) == ("gone" if how == "delete" else "void", "30.00")
    assert kept["allocations"] == receipt["allocations"]
    await quiet(joint)

    parts = [dict(a) for a in receipt["allocations"]]
    parts[1 - which]["amount"] = "5.00"
    whole = f"{5 + [22, 8][which]}.00"
    typed = {"reference": "again", "amount": whole, "allocations": parts}
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", typed)
    await run(joint)

    left = [p for p in await joint.books_list("payment") if p["TotalAmt"]]
    assert [(p["Id"], p["TotalAmt"], p["PaymentRefNum"]) for p in left] == [(payments[1 - which]["Id"], 5, "again")]
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] in ("gone", "void")
    assert await asked(joint) == []
    await quiet(joint)


async def test_r4_a_leg_that_is_deleted_while_the_receipt_is_edited_holds_the_edit_back_from_nobody(
    joint: Joint,
) -> None:
    receipt, payments = await split_receipt(joint)
    await remove(joint, "payment", payments[1]["Id"])
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "meanwhile"})
    await run(joint)

    [left] = await joint.books_list("payment")
    assert (left["Id"], left["PaymentRefNum"]) == (payments[0]["Id"], "meanwhile")
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "gone"
    await quiet(joint)


async def test_r7_what_changes_on_the_leg_that_stands_reaches_a_receipt_that_keeps_the_rest(joint: Joint) -> None:
    receipt, payments = await split_receipt(joint)
    await remove(joint, "payment", payments[1]["Id"])
    await run(joint)
    [left] = await joint.books_list("payment")
    await joint.person("payment", {**left, "TotalAmt": 20, "Line": [{**left["Line"][0], "Amount": 20}]})
    await run(joint)

    changed = await shop(joint, "receipts", receipt["id"])
    assert (changed["amount"], [a["amount"] for a in changed["allocations"]]) == ("28.00", ["20.00", "8.00"])
    await quiet(joint)


@pytest.mark.parametrize("which", [0, 1])
async def test_r4_a_leg_that_is_put_back_is_made_anew_and_nothing_else(joint: Joint, which: int) -> None:
    receipt, payments = await split_receipt(joint)
    await remove(joint, "payment", payments[which]["Id"])
    await run(joint)
    await joint.put_back("oncord", "receipt", receipt["id"])

    assert ("quickbooks", "receipt", "create") in await run(joint)
    assert cash(await joint.books_list("payment")) == [8, 22]
    assert payments[1 - which]["Id"] in {p["Id"] for p in await joint.books_list("payment")}
    assert all(
        i["Balance"] == 0 for i in await joint.books_list("invoice") if i["CustomerRef"]["name"] == "Ada Lovelace"
    )
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "linked"
    await quiet(joint)

    anew = next(p for p in await joint.books_list("payment") if p["Id"] != payments[1 - which]["Id"])
    await remove(joint, "payment", anew["Id"])
    await run(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "late"})
    await run(joint)
    assert len(await joint.books_list("payment")) == 1
    await quiet(joint)


async def test_r3_each_leg_of_a_deleted_receipt_goes_by_its_own_origin(joint: Joint) -> None:
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    one, two = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    await run(joint)
    [adas] = [i for i in await joint.books_list("invoice") if i["CustomerRef"]["name"] == "Ada Lovelace"]
    owner = adas["CustomerRef"]["value"]
    theirs = await joint.person(
        "payment",
        {
            "CustomerRef": {"value": owner},
            "TotalAmt": 22,
            "DepositToAccountRef": {"value": await joint.account("Bank")},
            "Line": [{"Amount": 22, "LinkedTxn": [{"TxnId": adas["Id"], "TxnType": "Invoice"}]}],
        },
    )
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "30.00", "allocations": parts})
    await run(joint)
    assert cash(await joint.books_list("payment")) == [8, 22]

    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    assert [p["Id"] for p in await joint.books_list("payment")] == [theirs["Id"]]
    await quiet(joint)

    await joint.in_shop("POST", f"receipts/{receipt['id']}/restore")
    await run(joint)
    assert cash(await joint.books_list("payment")) == [8, 22]
    assert theirs["Id"] in {p["Id"] for p in await joint.books_list("payment")}
    await quiet(joint)


async def test_r7_a_split_receipt_whose_legs_stand_is_edited_as_before(joint: Joint) -> None:
    receipt, payments = await split_receipt(joint)
    parts = [dict(a) for a in receipt["allocations"]]
    parts[0]["amount"], parts[1]["amount"] = "12.00", "18.00"
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": parts})
    await run(joint)

    assert cash(await joint.books_list("payment")) == [12, 18]
    assert {p["Id"] for p in await joint.books_list("payment")} == {p["Id"] for p in payments}
    await quiet(joint)


async def test_r4_a_leg_whose_customer_was_merged_away_is_not_made_again_for_the_survivor(joint: Joint) -> None:
    receipt, payments = await split_receipt(joint)
    beas = payments[1]["CustomerRef"]["value"]
    await remove(joint, "payment", payments[1]["Id"])
    await run(joint)
    other = await joint.person("customer", {"GivenName": "Cat", "FamilyName": "Stevens"})
    await invoice(joint, other["Id"])
    await run(joint)
    await joint.in_books("POST", "customer/merge", {"from": beas, "into": other["Id"]})
    await run(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "later", "amount": "31.00"})
    await run(joint)

    assert cash(await joint.books_list("payment")) == [23]
    assert await book(joint, "payment", payments[0]["Id"])
    assert await change(joint, "payment", payments[0]["Id"], PrivateNote="seen")
    await quiet(joint)


@pytest.mark.parametrize("which", [0, 1])
async def test_r4_a_deleted_leg_stays_away_where_the_receipt_had_let_go_of_its_other_customer(
    joint: Joint, which: int
) -> None:
    receipt, payments = await split_receipt(joint)
    kept = receipt["allocations"][which]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": kept["amount"], "allocations": [kept]})
    await run(joint)
    [left] = await joint.books_list("payment")
    assert left["Id"] == payments[which]["Id"]
    await remove(joint, "payment", left["Id"])
    await run(joint)

    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "later"})
    await run(joint)
    assert await joint.books_list("payment") == []
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "gone"
    assert await asked(joint) == []
    await quiet(joint)

    typed = {"amount": receipt["amount"], "allocations": receipt["allocations"]}
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", typed)
    await run(joint)
    other = float(receipt["allocations"][1 - which]["amount"])
    assert cash(await joint.books_list("payment")) == [other], "what it pays of the other customer again is new"
    await quiet(joint)


@pytest.mark.parametrize("which", [0, 1])
async def test_r4_a_restored_receipt_does_not_bring_back_the_leg_that_the_books_had_deleted(
    joint: Joint, which: int
) -> None:
    receipt, payments = await split_receipt(joint)
    await remove(joint, "payment", payments[which]["Id"])
    await run(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    assert await joint.books_list("payment") == []

    await joint.in_shop("POST", f"receipts/{receipt['id']}/restore")
    await run(joint)
    assert cash(await joint.books_list("payment")) == [[8, 22][which]]
    await quiet(joint)


async def test_r3_a_restored_receipt_whose_payments_went_with_it_gets_all_of_them_again(joint: Joint) -> None:
    receipt, _ = await split_receipt(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    assert await joint.books_list("payment") == []

    await joint.in_shop("POST", f"receipts/{receipt['id']}/restore")
    await run(joint)
    assert cash(await joint.books_list("payment")) == [8, 22]
    await quiet(joint)


@pytest.mark.parametrize("which", [0, 1])
async def test_r4_money_of_a_deleted_payment_is_not_made_again_for_somebody_else(joint: Joint, which: int) -> None:
    receipt, payments = await split_receipt(joint)
    kept, other = receipt["allocations"][which], receipt["allocations"][1 - which]
    await joint.in_shop(
        "PATCH", f"receipts/{receipt['id']}", {"amount": "8.00", "allocations": [kept | {"amount": "8.00"}]}
    )
    await run(joint)
    await remove(joint, "payment", payments[which]["Id"])
    await run(joint)

    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": [other | {"amount": "8.00"}]})
    await run(joint)
    assert await joint.books_list("payment") == []
    await quiet(joint)


@pytest.mark.parametrize("first", ["lost", "merged"])
@pytest.mark.parametrize("survivor", [0, 1])
@pytest.mark.parametrize("how", ["delete", "void"])
@pytest.mark.parametrize("which", [0, 1])
async def test_r4_a_lost_leg_stays_lost_where_both_legs_are_one_customers_by_a_merge(
    joint: Joint, which: int, how: str, survivor: int, first: str
) -> None:
    """Seed 100116 of `make simulate`."""
    receipt, payments = await split_receipt(joint)
    owners = [p["CustomerRef"]["value"] for p in payments]
    stands = payments[1 - which]

    async def lose() -> None:
        await (remove if how == "delete" else void)(joint, "payment", payments[which]["Id"])
        await run(joint)

    async def merge() -> None:
        await joint.in_books("POST", "customer/merge", {"from": owners[1 - survivor], "into": owners[survivor]})
        await run(joint)

    for happens in (lose, merge) if first == "lost" else (merge, lose):
        await happens()

    assert [(p["Id"], p["TotalAmt"]) for p in await joint.books_list("payment") if p["TotalAmt"]] == [
        (stands["Id"], stands["TotalAmt"])
    ]
    kept = await shop(joint, "receipts", receipt["id"])
    assert (kept["amount"], kept["allocations"]) == ("30.00", receipt["allocations"])
    await quiet(joint)

    parts = [dict(a) for a in receipt["allocations"]]
    parts[1 - which]["amount"] = "5.00"
    whole = f"{5 + [22, 8][which]}.00"
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "R", "amount": whole, "allocations": parts})
    await run(joint)
    assert [
        (p["Id"], p["TotalAmt"], p["PaymentRefNum"]) for p in await joint.books_list("payment") if p["TotalAmt"]
    ] == [(stands["Id"], 5, "R")]
    await quiet(joint)


@pytest.mark.parametrize("survivor", [0, 1])
@pytest.mark.parametrize("which", [0, 1])
async def test_r4_a_leg_of_a_merged_customer_is_put_back_beside_the_one_that_stands(
    joint: Joint, which: int, survivor: int
) -> None:
    receipt, payments = await split_receipt(joint)
    owners = [p["CustomerRef"]["value"] for p in payments]
    await remove(joint, "payment", payments[which]["Id"])
    await run(joint)
    await joint.in_books("POST", "customer/merge", {"from": owners[1 - survivor], "into": owners[survivor]})
    await run(joint)
    await joint.put_back("oncord", "receipt", receipt["id"])
    await run(joint)

    assert sum(cash(await joint.books_list("payment"))) == 30
    assert sorted(float(i["Balance"]) for i in await joint.books_list("invoice")) == [0, 14]
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "linked"
    await quiet(joint)


@pytest.mark.parametrize("origin", ["shop", "books"])
async def test_s3_a_share_that_never_went_over_changes_no_payment_of_the_bookkeepers_once_its_document_is_gone(
    joint: Joint, origin: str
) -> None:
    """Seed 100286 of `make simulate`."""
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    one, two = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    await run(joint)
    documents = {i["CustomerRef"]["name"]: i for i in await joint.books_list("invoice")}
    elsewhere = await joint.account("Other Current Asset", "UndepositedFunds")
    await joint.person("payment", _paying(documents["Bea Arthur"], elsewhere))
    if origin == "books":
        await joint.person("payment", _paying(documents["Ada Lovelace"], await joint.account("Bank")))
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    receipt = await joint.receipt(one, "30.00", allocations=parts)
    await run(joint)
    assert cash(await joint.books_list("payment")) == [22, 22]
    [adas] = [p for p in await joint.books_list("payment") if p["CustomerRef"]["name"] == "Ada Lovelace"]

    await remove(joint, "invoice", documents["Bea Arthur"]["Id"])
    await run(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "later"})
    await run(joint)
    of_ada = [p for p in await joint.books_list("payment") if p["CustomerRef"]["name"] == "Ada Lovelace"]
    assert cash(of_ada) == ([30] if origin == "shop" else [8, 22])
    assert {p["PaymentRefNum"] for p in of_ada} == {"later"}
    assert next(p["TotalAmt"] for p in of_ada if p["Id"] == adas["Id"]) == (30 if origin == "shop" else 22)
    assert (await shop(joint, "receipts", receipt["id"]))["amount"] == "30.00"
    await quiet(joint)


def _paying(document: Body, account: str) -> Body:
    line = {"Amount": document["TotalAmt"], "LinkedTxn": [{"TxnId": document["Id"], "TxnType": "Invoice"}]}
    return {
        "CustomerRef": document["CustomerRef"],
        "TotalAmt": document["TotalAmt"],
        "DepositToAccountRef": {"value": account},
        "Line": [line],
    }
