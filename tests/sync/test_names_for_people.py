"""Every decision and every question names its document: label, number, date, amount and currency, kept with it."""

from decimal import Decimal

from app.storage.people import attention
from tests.support.joint import Joint
from tests.support.stories import customer, invoice, line, run


async def test_every_decision_and_item_of_a_busy_run_names_its_record(joint: Joint) -> None:
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], number="1041")
    await joint.receipt(sale)
    other = await joint.sale(ada["id"], number="1042", currency="USD")
    made = await customer(joint, "Zed", "Zebra", email="zed@example.com")
    await invoice(joint, made["Id"], await line(joint, "20.00"), DocNumber="Q-7")
    await run(joint)

    decisions = [d.operation for d in await joint.decisions()]
    assert len(decisions) > 5
    assert [o for o in decisions if not o.subject.label] == []
    labels = {o.subject.label for o in decisions}
    assert {"Contact Ada Lovelace", "Sale 1041, Ada Lovelace", "Receipt, Ada Lovelace"} <= labels
    assert {"Customer Zed Zebra", "Invoice Q-7, Zed Zebra"} <= labels
    [created] = [o for o in decisions if o.subject.number == "1041"]
    assert (created.subject.amount, created.subject.currency) == (Decimal("22.00"), "AUD")

    [item] = await joint.attention()
    assert item.record_id == other["id"]
    assert item.subject["label"] == "Sale 1042, Ada Lovelace"
    assert (item.subject["amount"], item.subject["currency"]) == ("22.00", "USD")


async def test_whose_it_is_stands_apart_so_that_a_name_can_be_erased_and_the_rest_still_reads_well(
    joint: Joint,
) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"], number="1041")
    await joint.sale(ada["id"], number="1042", currency="USD")
    await run(joint)
    by_contact = "UPDATE {} SET person = '' WHERE connection_id = %s AND contact = %s"
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        for table in ("operation", "attention"):
            erased = await tx.execute(by_contact.format(table), (joint.connection_id, f"oncord:{ada['id']}"))
            assert erased.rowcount
        kept = await tx.execute(
            "SELECT contact, label FROM document_change WHERE connection_id = %s", (joint.connection_id,)
        )
        assert {row["contact"] for row in await kept.fetchall()} == {f"oncord:{ada['id']}"}

    subjects = [d.operation.subject for d in await joint.decisions()]
    assert {s.label for s in subjects} >= {"Contact", "Sale 1041", "Sale 1042"}
    assert "Lovelace" not in str(subjects)
    [item] = await joint.attention()
    assert item.subject | {"sort": ""} == {
        "label": "Sale 1042",
        "number": "1042",
        "date": "2026-11-20",
        "amount": "22.00",
        "currency": "USD",
        "sort": "",
    }


async def test_what_was_deleted_is_still_called_by_its_name(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], number="1041")
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    [deleted] = [d.operation for d in await joint.decisions() if d.operation.action == "delete"]
    assert deleted.subject.label == "Invoice 1041, Ada Lovelace"


async def test_an_item_that_comes_up_again_takes_the_present_name_over(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], number="1042", currency="USD")
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"number": "1043"})
    await run(joint)

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [item] = (await attention.page(tx, joint.connection_id)).items
    assert item.subject["label"] == "Sale 1043, Ada Lovelace"
