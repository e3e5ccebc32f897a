"""Another hand right before our write, and answers that fail, against the whole engine: both sides end up agreeing.

Nothing is doubled, overwritten or brought back, and what cannot be done is asked about (I2 to I5). The client's own
answer to each hazard is proved in `tests/quickbooks`.
"""

from app.domain.model.configuration import MappedMethod
from tests.quickbooks.hazard_register import survives
from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, book_or_none, customer, payment, quiet, run, shop


async def in_agreement(joint: Joint) -> tuple[Body, Body]:
    """A sale that both sides hold; the sale and the invoice."""
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    return sale, made


@survives("synctoken_bumped")
async def test_a_version_that_quickbooks_raised_itself_costs_one_more_try(joint: Joint) -> None:
    sale, made = await in_agreement(joint)
    await joint.hazard("quickbooks", "synctoken_bumped", times=1)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "soon"})
    await run(joint)
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["CustomerMemo"]["value"] == "soon"
    await quiet(joint)


@survives("stale_without_cause")
async def test_a_change_refused_as_stale_that_nobody_has_made_is_laid_aside_and_not_tried_for_ever(
    joint: Joint,
) -> None:
    sale, made = await in_agreement(joint)
    await joint.hazard("quickbooks", "stale_without_cause", entity="invoice")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "soon"})
    await run(joint)

    [item] = await joint.attention()
    assert (item.rule, item.kind) == ("S2", "refused")
    assert "You and root were working on this" in item.summary
    await quiet(joint)
    await joint.hazard("quickbooks", "stale_without_cause", on=False)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "sooner"})
    await run(joint)
    assert (await book(joint, "invoice", made["Id"]))["CustomerMemo"]["value"] == "sooner"
    assert await asked(joint) == []


@survives("voided_meanwhile")
async def test_an_invoice_voided_right_before_our_change_stays_void(joint: Joint) -> None:
    sale, made = await in_agreement(joint)
    await joint.hazard("quickbooks", "voided_meanwhile", times=1)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "soon"})
    await run(joint)
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 0
    assert len(await joint.books_list("invoice")) == 1
    await quiet(joint)


@survives("deleted_meanwhile")
async def test_an_invoice_deleted_right_before_our_change_is_not_made_again_unasked(joint: Joint) -> None:
    sale, made = await in_agreement(joint)
    await joint.hazard("quickbooks", "deleted_meanwhile", times=1)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "soon"})
    await run(joint)
    await run(joint)

    assert await book_or_none(joint, "invoice", made["Id"]) is None
    assert (await shop(joint, "sales", sale["id"]))["total"] == sale["total"]
    assert await joint.books_list("invoice") == [], await asked(joint)
    await quiet(joint)


@survives("inactivated_meanwhile")
async def test_a_customer_made_inactive_right_before_our_change_is_noticed(joint: Joint) -> None:
    sale, made = await in_agreement(joint)
    await payment(joint, made["CustomerRef"]["value"], "22.00", {made["Id"]: "22.00"})
    await run(joint)
    await joint.hazard("quickbooks", "inactivated_meanwhile", times=1)
    await joint.in_shop("PATCH", f"contacts/{sale['contact_id']}", {"phone": "0400 000 000"})
    await run(joint)
    await run(joint)

    assert len(await joint.books_list("customer")) == 1
    assert (await shop(joint, "contacts", sale["contact_id"]))["phone"] == "0400 000 000"
    await quiet(joint)


@survives("merged_meanwhile")
async def test_a_customer_merged_away_right_before_our_change_is_not_brought_back(joint: Joint) -> None:
    sale, made = await in_agreement(joint)
    winner = await customer(joint, "Winner")
    await run(joint)
    await joint.hazard("quickbooks", "merged_meanwhile", times=1)
    await joint.in_shop("PATCH", f"contacts/{sale['contact_id']}", {"phone": "0400 000 000"})
    await run(joint)
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["CustomerRef"]["value"] == winner["Id"]
    active = [c["Id"] for c in await joint.books_list("customer") if c["Active"]]
    assert active == [winner["Id"]]
    await quiet(joint)


@survives("paid_meanwhile")
async def test_an_invoice_paid_right_before_our_payment_is_not_paid_twice(joint: Joint) -> None:
    sale, made = await in_agreement(joint)
    await joint.hazard("quickbooks", "paid_meanwhile", times=1)
    await joint.receipt(sale)
    await run(joint)
    await run(joint)

    payments = await joint.books_list("payment")
    applied = sum(line["Amount"] for p in payments for line in p["Line"])
    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 0
    assert f"{applied:.2f}" == sale["total"], await asked(joint)
    await quiet(joint)


@survives("deposited_meanwhile")
async def test_a_payment_deposited_right_before_our_change_is_left_alone_and_asked_about(joint: Joint) -> None:
    undeposited = await joint.account("Other Current Asset", "UndepositedFunds")
    await joint.configure(
        payment_methods=(MappedMethod(await joint.method("direct_deposit"), undeposited, preferred=True),)
    )
    sale, _ = await in_agreement(joint)
    receipt = await joint.receipt(sale, "10.00")
    await run(joint)
    [before] = await joint.books_list("payment")
    await joint.hazard("quickbooks", "deposited_meanwhile", times=1)
    await joint.in_shop(
        "PATCH",
        f"receipts/{receipt['id']}",
        {"amount": "12.00", "allocations": [{"sale_id": sale["id"], "amount": "12.00"}]},
    )
    await run(joint)
    await run(joint)

    [after] = await joint.books_list("payment")
    assert (after["TotalAmt"], after["Id"]) == (10, before["Id"])
    assert await asked(joint) == [("R7", "refused")]


@survives("displayname_taken")
async def test_a_supplier_who_takes_the_name_right_before_gives_the_customer_a_suffix(joint: Joint) -> None:
    await joint.hazard("quickbooks", "displayname_taken", times=1)
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    await run(joint)

    [made] = await joint.books_list("customer")
    assert made["DisplayName"] == "Ada Lovelace (ada@example.com)"
    [billed] = await joint.books_list("invoice")
    assert f"{billed['TotalAmt']:.2f}" == sale["total"]
    await quiet(joint)


@survives("docnumber_taken")
async def test_a_number_that_turns_out_to_be_free_is_used_in_the_same_run_and_once(joint: Joint) -> None:
    await joint.hazard("quickbooks", "docnumber_taken", times=1)
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)

    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [sale["number"]]
    assert await asked(joint) == []
    await quiet(joint)


@survives("requestid_forgotten")
async def test_an_invoice_whose_answer_was_lost_is_found_and_not_made_again(joint: Joint) -> None:
    await joint.hazard("quickbooks", "requestid_forgotten", seconds=1)
    await joint.hazard("quickbooks", "answer_lost", times=1, entity="invoice")
    sale = await joint.sale((await joint.contact())["id"])
    await joint.sync()
    joint.clock.pass_time(7200)
    await run(joint)

    [made] = await joint.books_list("invoice")
    assert made["DocNumber"] == sale["number"]
    await quiet(joint)


@survives("latency")
async def test_a_run_whose_answers_are_slow_takes_longer_and_ends_the_same(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.hazard("quickbooks", "latency", seconds=90)
    await run(joint)

    [made] = await joint.books_list("invoice")
    assert f"{made['TotalAmt']:.2f}" == sale["total"]
    await quiet(joint)


@survives("reads_blocked")
async def test_while_reads_are_blocked_a_sale_still_becomes_an_invoice_and_the_rest_follows_later(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.touched("oncord", "sale", sale["id"])
    await customer(joint, "Later")
    await joint.hazard("quickbooks", "reads_blocked")
    await joint.sync(download=False)
    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [sale["number"]]

    await joint.sync(turns=3)
    assert "Later" not in [c["first_name"] for c in await joint.shop_list("contacts")]

    await joint.hazard("quickbooks", "reads_blocked", on=False)
    joint.clock.pass_time(3600)
    await run(joint)
    assert "Later" in [c["first_name"] for c in await joint.shop_list("contacts")]
    await quiet(joint)


async def test_i7_names_that_others_take_one_after_the_other_delay_a_customer_but_never_stop_it(joint: Joint) -> None:
    contact = await joint.contact("Grace", "Hopper")
    await joint.sale(contact["id"])
    await joint.hazard("quickbooks", "displayname_taken", times=5)
    await joint.sync()
    await joint.sync()

    [made] = await joint.books_list("customer")
    assert made["DisplayName"].startswith("Grace Hopper (")
    assert len(await joint.books_list("invoice")) == 1
