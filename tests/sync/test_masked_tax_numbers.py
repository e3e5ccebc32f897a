"""QuickBooks shows the last five characters of a customer's tax number: what is visible is compared, nothing masked is written."""

from typing import Any

import pytest

from app.domain.matching.people import evidence
from app.domain.matching.tax_numbers import is_masked, may_be_one, read_number, tail
from app.domain.model.records import Contact, Name
from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, customer, invoice, quiet, run, shop

ABN = "51824753556"
SAME_END = "53004753556"
OTHER = "53004085616"


async def answered(joint: Joint, customer_id: str) -> Any:
    """The number as QuickBooks' API shows it."""
    answer = await joint.http_books.get(
        f"/v3/company/{joint.realm}/customer/{customer_id}",
        headers={"Authorization": f"Bearer {await token(joint)}", "Accept": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["Customer"].get("PrimaryTaxIdentifier")


async def token(joint: Joint) -> str:
    side = joint.runtime
    return str(await side.tokens.access_token(joint.connection_id))


async def linked(joint: Joint, **members: Any) -> tuple[Body, Body]:
    contact = await joint.contact("Ada", "Lovelace", **members)
    await joint.sale(contact["id"])
    await run(joint)
    [made] = await joint.books_list("customer")
    return contact, made


async def told(joint: Joint) -> list[str]:
    return [i.summary for i in await joint.attention() if i.kind == "hidden_number"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("XXXXXX53556", ABN, True),
        ("XXXXXXXXX3 556", "51 824 753 556", True),
        ("XXXXXX53556", "XXXXXX53556", True),
        ("XXXXXX53556", OTHER, False),
        ("XXXXXX", ABN, False),
        ("XXXXXX53556", "", False),
        ("51 824 753 556", ABN, True),
        (SAME_END, ABN, False),
        ("", "", True),
    ],
)
def test_two_numbers_may_be_one_as_far_as_they_are_visible(one: str, other: str, same: bool) -> None:
    assert may_be_one(one, other) is same
    assert may_be_one(other, one) is same


def test_a_masked_number_reads_as_the_one_that_is_known() -> None:
    assert is_masked("XXXXXX53556")
    assert not is_masked(ABN)
    assert tail("XXXXXX53556") == "53556"
    assert read_number("XXXXXX53556", ABN, OTHER) == ABN
    assert read_number("XXXXXX53556", "", ABN) == ABN
    assert read_number("XXXXXX53556", OTHER, "") == "XXXXXX53556"
    assert read_number(OTHER, ABN, ABN) == OTHER


def test_two_ends_that_are_alike_match_nobody() -> None:
    name = Name(first="Ada", last="Lovelace", display="Ada Lovelace")
    one, other = (Contact(name=name, email=email, tax_number="XXXXXX53556") for email in ("a@x.example", "b@y.example"))
    assert "the same tax number" not in evidence(one, other).speaks_for
    assert (
        evidence(one, other).grade.value
        == evidence(
            Contact(name=name, email="a@x.example", phone="1"), Contact(name=name, email="b@y.example", phone="1")
        ).grade.value
    )


async def test_c1_a_number_from_oncord_is_written_once_and_its_changes_travel(joint: Joint) -> None:
    contact, made = await linked(joint, tax_number=ABN)
    assert made["PrimaryTaxIdentifier"] == ABN
    assert await answered(joint, made["Id"]) == "XXXXXX53556"
    await quiet(joint)
    await change(joint, "customer", made["Id"], Notes="a good one")
    assert await run(joint) == []

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"tax_number": SAME_END})
    assert await run(joint) == [("quickbooks", "contact", "update")]
    assert (await book(joint, "customer", made["Id"]))["PrimaryTaxIdentifier"] == SAME_END
    await quiet(joint)

    await change(joint, "customer", made["Id"], PrimaryPhone={"FreeFormNumber": "0400 111 222"})
    assert await run(joint) == [("oncord", "contact", "update")]
    assert (await shop(joint, "contacts", contact["id"]))["tax_number"] == SAME_END
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"tax_number": ""})
    await run(joint)
    assert "PrimaryTaxIdentifier" not in await book(joint, "customer", made["Id"])
    assert await told(joint) == []
    await quiet(joint)


async def test_c4_a_number_typed_in_quickbooks_is_told_of_once_and_written_nowhere(joint: Joint) -> None:
    grace = await customer(joint, "Grace", PrimaryTaxIdentifier=ABN)
    await run(joint)
    [contact] = await joint.shop_list("contacts")
    assert not contact["tax_number"]
    [said] = await told(joint)
    assert "ends in 53556" in said
    assert "Oncord has none" in said
    await quiet(joint)

    [item] = [i for i in await joint.attention() if i.kind == "hidden_number"]
    await joint.answer(item.id, "dismiss")
    await change(joint, "customer", grace["Id"], PrimaryPhone={"FreeFormNumber": "0400 111 222"})
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"mobile": "0400 333 444"})
    await run(joint)
    await run(joint)
    assert await told(joint) == []
    assert not (await shop(joint, "contacts", contact["id"]))["tax_number"]
    assert (await book(joint, "customer", grace["Id"]))["PrimaryTaxIdentifier"] == ABN
    await quiet(joint)

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"tax_number": "51 824 753 556"})
    assert await run(joint) == [("quickbooks", "contact", "update")]
    assert (await book(joint, "customer", grace["Id"]))["PrimaryTaxIdentifier"] == "51 824 753 556"
    await quiet(joint)


async def test_c5_another_number_in_quickbooks_is_said_and_not_guessed(joint: Joint) -> None:
    contact, made = await linked(joint, tax_number=ABN)
    await change(joint, "customer", made["Id"], PrimaryTaxIdentifier=OTHER)
    assert await run(joint) == []
    [said] = await told(joint)
    assert "85616" in said
    assert ABN in said
    assert (await shop(joint, "contacts", contact["id"]))["tax_number"] == ABN
    await quiet(joint)
    assert len(await told(joint)) == 1

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"tax_number": OTHER})
    await run(joint)
    await run(joint)
    assert await told(joint) == []
    assert (await book(joint, "customer", made["Id"]))["PrimaryTaxIdentifier"] == OTHER
    await quiet(joint)


async def test_i4_where_both_sides_type_one_oncords_goes_on_and_no_mask_can_be_put_back(joint: Joint) -> None:
    contact, made = await linked(joint, tax_number=ABN)
    await change(joint, "customer", made["Id"], PrimaryTaxIdentifier=OTHER)
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"tax_number": SAME_END})
    assert await run(joint) == [("quickbooks", "contact", "update")]
    assert (await book(joint, "customer", made["Id"]))["PrimaryTaxIdentifier"] == SAME_END
    [item] = await joint.attention()
    assert item.kind == "conflict"
    assert item.actions == ["dismiss"]
    await quiet(joint)


async def test_c5_a_number_that_was_taken_out_in_quickbooks_can_be_read(joint: Joint) -> None:
    contact, made = await linked(joint, tax_number=ABN)
    await change(joint, "customer", made["Id"], PrimaryTaxIdentifier="")
    assert await run(joint) == [("oncord", "contact", "update")]
    assert not (await shop(joint, "contacts", contact["id"]))["tax_number"]
    await quiet(joint)


async def test_two_that_meet_with_numbers_that_end_alike_write_nothing(joint: Joint) -> None:
    contact = await joint.contact("Grace", "Hopper", email="grace.hopper@example.com", tax_number=ABN)
    grace = await customer(joint, "Grace", PrimaryTaxIdentifier=ABN)
    await invoice(joint, grace["Id"])
    await run(joint)
    assert [c["id"] for c in await joint.shop_list("contacts")] == [contact["id"]]
    assert await told(joint) == []
    assert await asked(joint) == []
    await quiet(joint)


async def test_a_mask_that_was_copied_into_the_shop_goes_nowhere(joint: Joint) -> None:
    contact, made = await linked(joint, tax_number=ABN)
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"tax_number": "XXXXXX53556"})
    assert await run(joint) == []
    assert (await book(joint, "customer", made["Id"]))["PrimaryTaxIdentifier"] == ABN
    await quiet(joint)
