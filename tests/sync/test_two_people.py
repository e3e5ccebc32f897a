"""B11 and B14: one address with two names is two; and how one person is written, typed anew or deleted makes no double."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import book, change, customer, invoice, quiet, run, shop

Body = dict[str, Any]
SHARED = "shared@agency.example"

TWO = [
    (
        {"company_name": "Acme Pty Ltd", "type": "company"},
        {"CompanyName": "Zenith Pty Ltd", "DisplayName": "Zenith Pty Ltd"},
    ),
    ({"company_name": "The Red Shop", "type": "company"}, {"DisplayName": "The Blue Cafe"}),
    ({"first_name": "John", "last_name": "Smith"}, {"GivenName": "Mary", "FamilyName": "Smith"}),
    ({"company_name": "Hill & Co", "type": "company"}, {"CompanyName": "Dale & Co", "DisplayName": "Dale & Co"}),
    ({"first_name": "Dr Ann", "last_name": "van der Berg"}, {"DisplayName": "Dr Jan van der Berg"}),
]


WITHOUT_PARTS = {"GivenName": None, "FamilyName": None}


async def _contact(joint: Joint, **members: Any) -> Body:
    made: Body = await joint.in_shop("POST", "contacts", {"email": SHARED, **members})
    return made


async def _customer(joint: Joint, **members: Any) -> Body:
    return await joint.person("customer", {"PrimaryEmailAddr": {"Address": SHARED}, **members})


@pytest.mark.parametrize(("ours", "theirs"), TWO)
async def test_a_sale_is_never_invoiced_to_another_name_with_the_same_address(
    joint: Joint, ours: Body, theirs: Body
) -> None:
    other = await _customer(joint, BillAddr={"Line1": "1 Their Street"}, **theirs)
    contact = await _contact(joint, billing_address={"line1": "9 Our Street"}, **ours)
    await joint.sale(contact["id"])
    await run(joint)

    [billed] = await joint.books_list("invoice")
    assert billed["CustomerRef"]["value"] != other["Id"]
    assert (await book(joint, "customer", other["Id"]))["BillAddr"]["Line1"] == "1 Their Street"
    assert len(await joint.books_list("customer")) == 2
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize(("ours", "theirs"), TWO)
async def test_an_invoice_never_becomes_the_sale_of_another_name_with_the_same_address(
    joint: Joint, ours: Body, theirs: Body
) -> None:
    contact = await _contact(joint, billing_address={"line1": "9 Our Street"}, **ours)
    other = await _customer(joint, BillAddr={"Line1": "1 Their Street"}, **theirs)
    await invoice(joint, other["Id"])
    await run(joint)

    [sale] = await joint.shop_list("sales")
    assert sale["contact_id"] != contact["id"]
    assert (await shop(joint, "contacts", contact["id"]))["billing_address"]["line1"] == "9 Our Street"
    assert len(await joint.shop_list("contacts")) == 2
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {"PrimaryEmailAddr": {"Address": "office@x.example, ada@example.com"}}),
        ({"last_name": "O'Brien"}, {"FamilyName": "O’Brien"}),
        ({"last_name": "Lovelace"}, {"FamilyName": "Love\u200blace"}),
        ({"first_name": "Liz"}, {"GivenName": "Elizabeth"}),
        ({"first_name": "Jürgen", "last_name": "Müller"}, {"GivenName": "Juergen", "FamilyName": "Mueller"}),
        ({"first_name": "Bjørn", "last_name": "Åkesson"}, {"DisplayName": "Bjoern Akesson", **WITHOUT_PARTS}),
        ({"last_name": "El-Sayed"}, {"FamilyName": "Elsayed"}),
    ],
)
async def test_one_person_written_in_two_ways_is_one(joint: Joint, ours: Body, theirs: Body) -> None:
    mail = {"PrimaryEmailAddr": {"Address": "ada@example.com"}}
    made = await joint.person("customer", {"GivenName": "Ada", "FamilyName": "Lovelace", **mail, **theirs})
    contact = await joint.contact(
        first=ours.get("first_name", "Ada"), last=ours.get("last_name", "Lovelace"), email="ada@example.com"
    )
    await joint.sale(contact["id"])
    await run(joint)

    [billed] = await joint.books_list("invoice")
    assert billed["CustomerRef"]["value"] == made["Id"]
    assert len(await joint.shop_list("contacts")) == 1
    assert (await book(joint, "customer", made["Id"]))["PrimaryEmailAddr"]["Address"] == (theirs | mail | theirs)[
        "PrimaryEmailAddr"
    ]["Address"]
    assert await joint.attention() == []
    await quiet(joint)


async def test_a_new_address_takes_the_place_of_the_former_one_in_a_list(joint: Joint) -> None:
    made = await joint.person(
        "customer",
        {
            "GivenName": "Ada",
            "FamilyName": "Lovelace",
            "PrimaryEmailAddr": {"Address": "office@x.example, ada@example.com"},
        },
    )
    contact = await joint.contact()
    await run(joint)
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"email": "ada@new.example"})
    await run(joint)

    kept = await book(joint, "customer", made["Id"])
    assert kept["PrimaryEmailAddr"]["Address"] == "office@x.example, ada@new.example"
    await quiet(joint)


async def test_b14_a_sub_customer_with_its_parents_address_stands_for_the_parent(joint: Joint) -> None:
    parent = await customer(joint, "Grace")
    for name, mail in (
        ("Kitchen", "Grace.Hopper@example.com"),
        ("Bath", "grace.hopper@example.com, GRACE.hopper@example.com"),
        ("Shed", ""),
    ):
        site = {"DisplayName": name, "Job": True, "ParentRef": {"value": parent["Id"]}}
        if mail:
            site["PrimaryEmailAddr"] = {"Address": mail}
        await invoice(joint, (await joint.person("customer", site))["Id"])
    await run(joint)

    [contact] = await joint.shop_list("contacts")
    assert {s["contact_id"] for s in await joint.shop_list("sales")} == {contact["id"]}
    await quiet(joint)


async def test_b14_a_project_stands_for_its_customer_whatever_its_address(joint: Joint) -> None:
    parent = await customer(joint, "Grace")
    body = {"DisplayName": "New roof", "Job": True, "IsProject": True, "ParentRef": {"value": parent["Id"]}}
    project = await joint.person("customer", body | {"PrimaryEmailAddr": {"Address": "site@builder.example"}})
    await invoice(joint, project["Id"])
    await run(joint)

    assert project["IsProject"] is True
    [contact] = await joint.shop_list("contacts")
    [sale] = await joint.shop_list("sales")
    assert sale["contact_id"] == contact["id"]
    await quiet(joint)


async def test_b14_a_contact_that_was_deleted_and_made_again_is_asked_about(joint: Joint) -> None:
    first = await joint.contact()
    await joint.sale(first["id"])
    await run(joint)
    await joint.in_shop("DELETE", f"contacts/{first['id']}")
    await run(joint)
    again = await joint.contact("Ada")
    await joint.sale(again["id"])

    assert await run(joint) == []
    [known] = await joint.books_list("customer")
    [item] = await joint.attention()
    [offered] = item.detail["choices"]
    assert (item.record_id, offered["id"]) == (again["id"], known["Id"])
    assert offered["against"] == ["its counterpart was deleted"]

    await joint.answer(item.id, "choose", known["Id"])
    await joint.sync(download=False)

    assert len(await joint.books_list("customer")) == 1
    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {known["Id"]}
    await joint.in_shop("PATCH", f"contacts/{again['id']}", {"phone": "0400 111 222"})
    await run(joint)
    assert (await book(joint, "customer", known["Id"]))["PrimaryPhone"]["FreeFormNumber"] == "0400 111 222"
    await quiet(joint)


async def test_b14_another_person_at_the_address_of_a_deleted_contact_is_a_new_one(joint: Joint) -> None:
    first = await joint.contact()
    await joint.sale(first["id"])
    await run(joint)
    await joint.in_shop("DELETE", f"contacts/{first['id']}")
    await run(joint)
    other = await joint.contact("Charles", "Babbage", email="ada@example.com")
    await joint.sale(other["id"])
    await run(joint)

    assert len(await joint.books_list("customer")) == 2
    assert await joint.attention() == []


@pytest.mark.parametrize(
    "corrected", [{"GivenName": "Mary"}, {"FamilyName": "Bloggs"}, {"GivenName": "", "FamilyName": ""}]
)
async def test_b14_a_company_whose_contact_person_is_corrected_stays_a_company(joint: Joint, corrected: Body) -> None:
    contact = await _contact(joint, type="company", company_name="Acme Pty Ltd", first_name="Joe", last_name="Blogs")
    await joint.sale(contact["id"])
    await run(joint)
    [made] = await joint.books_list("customer")
    await change(joint, "customer", made["Id"], **corrected)
    await run(joint)

    kept = await shop(joint, "contacts", contact["id"])
    assert (kept["type"], kept["company_name"]) == ("company", "Acme Pty Ltd")
    named = {"GivenName": "Joe", "FamilyName": "Blogs", **corrected}
    assert (kept["first_name"] or "", kept["last_name"] or "") == (named["GivenName"], named["FamilyName"])
    assert (await book(joint, "customer", made["Id"]))["DisplayName"] == "Acme Pty Ltd"
    await quiet(joint)


async def test_a_person_who_is_renamed_in_the_books_stays_a_person(joint: Joint) -> None:
    contact = await joint.contact(company_name="Acme")
    await joint.sale(contact["id"])
    await run(joint)
    [made] = await joint.books_list("customer")
    await change(joint, "customer", made["Id"], FamilyName="King")
    await run(joint)

    kept = await shop(joint, "contacts", contact["id"])
    assert (kept["type"], kept["first_name"], kept["last_name"]) == ("individual", "Ada", "King")
    await quiet(joint)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("Mohammed", "El-Sayed"), ("Muhammad", "Elsayed")),
        (("Yusuf", "Khan"), ("Youssef", "Khan")),
        (("Juergen", "Mueller"), ("Jurgen", "Muller")),
    ],
)
async def test_a_name_that_is_nearly_the_same_at_one_address_is_asked_about_and_nobody_is_doubled(
    joint: Joint, ours: tuple[str, str], theirs: tuple[str, str]
) -> None:
    made = await customer(joint, *theirs, email="me@example.com")
    contact = await joint.contact(*ours, email="me@example.com")
    await joint.sale(contact["id"])
    await run(joint)

    [item] = await joint.attention()
    assert (item.kind, item.record_kind, item.record_id) == ("ambiguous_match", "contact", contact["id"])
    assert item.detail["choices"][0]["speaks_for"] == ["the same e-mail address", "nearly the same name"]
    assert len(await joint.books_list("customer")) == len(await joint.shop_list("contacts")) == 1
    await joint.answer(item.id, "choose", made["Id"])
    await run(joint)
    assert len(await joint.books_list("customer")) == len(await joint.shop_list("contacts")) == 1
    await quiet(joint)
