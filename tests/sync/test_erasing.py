"""A person is erased: not a text of theirs is left in any table, what the law wants stays, and nothing comes back or is doubled."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import pytest

from app.container import build_container
from app.domain.model.records import Kind, Side
from app.errors import Conflict, NotFound
from app.services import erasure, lifecycle, tie_outs
from app.services.document_changes import list_changes
from app.storage.connections import archive
from app.storage.people import audit
from app.storage.records import links
from app.sync.waking.life_of_data import look_after_data
from app.tieout.certificate import check
from app.tieout.signature import is_signed
from tests.support.joint import Joint, joined
from tests.support.markers import Markers, dump
from tests.support.people import SOMEBODY
from tests.support.services import DatabaseUrls
from tests.support.stories import change, customer, invoice, line, payment, remove, run

Body = dict[str, Any]


async def certificate(joint: Joint) -> Body:
    container = build_container(joint.runtime)
    taken = await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    return dict(await tie_outs.read_certificate(container, joint.connection_id, taken.id))


async def stored(joint: Joint, tie_out_id: str) -> Body:
    found = await tie_outs.read_certificate(build_container(joint.runtime), joint.connection_id, tie_out_id)
    return dict(found)


async def erase(joint: Joint, side: Side, record_id: str) -> erasure.Outlook:
    return await erasure.erase(build_container(joint.runtime), joint.connection_id, side, record_id, who=SOMEBODY)


async def figures(joint: Joint) -> list[tuple[Any, ...]]:
    """What was done to documents, without a person."""
    page = await list_changes(
        build_container(joint.runtime), joint.connection_id, since=None, until=None, limit=200, cursor=None
    )
    return [
        (c.side, c.action, c.called, c.number, c.date, c.date_before, c.amount, c.amount_before, c.tax, c.tax_before)
        for c in page.items
    ]


def money(line: Body) -> tuple[Any, ...]:
    return (line["number"], line["date"], line["currency"], line["amount"], line["cause"])


@dataclass
class People:
    """Contacts of the shop and customers of the company, each of one person, with what can be typed about them."""

    ada: Body
    lin: Body
    kay: Body
    twin: Body
    """A customer that was merged into Kay's."""

    @property
    def all(self) -> tuple[tuple[Side, str], ...]:
        return ((Side.ONCORD, self.ada["id"]), (Side.ONCORD, self.lin["id"]), (Side.QUICKBOOKS, self.kay["Id"]))


async def a_life(joint: Joint, marks: Markers, code: str = "GST") -> People:
    """Everything that can be typed, through syncs, conflicts, questions, money and a merge, from both sides."""
    ada = await joint.contact(**marks.contact())
    lin = marks.contact() | {"email": ""}
    first, last = lin["first"], lin["last"]
    lin = await joint.contact(**lin)
    await customer(joint, first, last, "", PrimaryPhone={"FreeFormNumber": marks.text("Phone")})
    typed = marks.sale()
    lines = [{**line, "tax_code": code} for line in typed.pop("lines")]
    sale = await joint.sale(ada["id"], *lines, number="1041", **typed)
    await joint.receipt(sale, "5.00", reference="R-1")
    await joint.sale(lin["id"], *lines, number="1042", **{k: v for k, v in marks.sale().items() if k != "lines"})
    gwen = marks.customer()
    kay = await customer(joint, gwen.pop("given"), gwen.pop("family"), **gwen)
    taxed = await line(joint, "30.00", marks.text("Line"), code="GST" if code == "GST" else "TAX")
    there = await invoice(joint, kay["Id"], taxed, DocNumber="2041", **marks.invoice())
    await payment(joint, kay["Id"], "5.00", {there["Id"]: "5.00"})
    await run(joint)
    assert await joint.attention(), "somebody is asked whether the two cards of one name are one person"
    for item in await joint.attention():
        await joint.answer(
            item.id, *(("all_same",) if "all_same" in item.actions else ("choose", item.detail["choices"][0]["id"]))
        )
    await run(joint)

    theirs = await _customers(joint)
    document = next(i for i in await joint.books_list("invoice") if i["CustomerRef"]["value"] == theirs[ada["id"]])
    await joint.in_shop("PATCH", f"contacts/{ada['id']}", {"phone": marks.text("Phone")})
    await change(joint, "customer", theirs[ada["id"]], PrimaryPhone={"FreeFormNumber": marks.text("Phone")})
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": marks.text("Notes")})
    await change(joint, "invoice", document["Id"], CustomerMemo={"value": marks.text("Memo")})
    await run(joint)
    assert {item.kind for item in await joint.attention()} >= {"conflict"}
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**lines[0], "unit_price": "12.00"}]})
    twin = marks.customer()
    twin = await customer(joint, twin.pop("given"), twin.pop("family"), **twin)
    await run(joint)
    await joint.in_books("POST", "customer/merge", {"from": twin["Id"], "into": kay["Id"]})
    await joint.touched("quickbooks", "contact", twin["Id"], deleted_with=f"merged:{kay['Id']}")
    await run(joint)
    return People(ada, lin, kay, twin)


async def _customers(joint: Joint) -> dict[str, str]:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        ids = [c["id"] for c in await joint.shop_list("contacts")]
        found = await links.of_records(tx, joint.connection_id, Kind.CONTACT, Side.ONCORD, ids)
    return {link.oncord_id: link.quickbooks_id for link in found}


async def leave(joint: Joint, people: People, but: str = "") -> None:
    """All that is theirs is deleted on both sides; QuickBooks' customers are made nameless and inactive."""
    for entity in ("payment", "invoice"):
        for each in await joint.books_list(entity):
            if each["CustomerRef"]["value"] == people.kay["Id"]:
                await remove(joint, entity, each["Id"])
        await run(joint)
    for collection in ("receipts", "sales"):
        for each in [one for one in await joint.shop_list(collection) if one["contact_id"] != but]:
            await joint.in_shop("DELETE", f"{collection}/{each['id']}")
        await run(joint)
    kept = (await _customers(joint)).get(but)
    for contact in [one for one in await joint.shop_list("contacts") if one["id"] != but]:
        await joint.in_shop("DELETE", f"contacts/{contact['id']}")
    await run(joint)
    for each in [one for one in await joint.books_list("customer") if one["Id"] != kept]:
        await nameless(joint, each["Id"])
    await run(joint)


async def nameless(joint: Joint, customer_id: str) -> None:
    """A person takes everything out of a customer, and makes it inactive."""
    nothing = dict.fromkeys(("GivenName", "FamilyName", "CompanyName", "Notes", "PrimaryTaxIdentifier"), "")
    empty = {"Line1": "", "Line2": "", "City": "", "CountrySubDivisionCode": "", "PostalCode": "", "Country": ""}
    await change(
        joint,
        "customer",
        customer_id,
        **nothing,
        DisplayName=f"Former customer {customer_id}",
        PrimaryEmailAddr={"Address": ""},
        PrimaryPhone={"FreeFormNumber": ""},
        Mobile={"FreeFormNumber": ""},
        Fax={"FreeFormNumber": ""},
        WebAddr={"URI": ""},
        BillAddr=empty,
        ShipAddr=empty,
    )
    await change(joint, "customer", customer_id, Active=False)


async def test_of_a_person_not_a_text_is_left_and_what_the_law_wants_stays(
    joint: Joint, own_database: DatabaseUrls
) -> None:
    marks = Markers()
    people = await a_life(joint, marks)
    invoices = {i["DocNumber"]: i["Id"] for i in await joint.books_list("invoice")}
    await remove(joint, "invoice", invoices["1042"])
    await run(joint)
    named = await certificate(joint)
    assert [d["who"] for d in named["differences"] if d["number"] == "1042"] == [
        f"{people.lin['first_name']} {people.lin['last_name']}"
    ]
    assert check(named) == []
    before = await figures(joint)
    standing = marks.found(own_database.admin)
    assert {"mirror", "link", "operation", "attention", "document_change", "tie_out_difference"} <= {*standing}

    with pytest.raises(Conflict, match="still a contact in Oncord and an active customer in QuickBooks"):
        await erase(joint, Side.ONCORD, people.ada["id"])
    await leave(joint, people)
    before = await figures(joint)
    proofs = [await stored(joint, named["id"]), await certificate(joint)]
    for side, record_id in people.all:
        done = await erase(joint, side, record_id)
        assert done.emptied
        assert done.staying == ()

    assert marks.found(own_database.admin) == {}
    assert await figures(joint) == before
    for proof in proofs:
        now = await stored(joint, proof["id"])
        assert (now["hash"], check(now)) == (proof["hash"], [])
        assert is_signed(now["signed_by"], now["hash"], now["signature"])
        assert [money(line) for line in now["differences"]] == [money(line) for line in proof["differences"]]


async def counted(joint: Joint) -> dict[str, int]:
    """How many of everything there are on both sides, deleted ones too."""
    there = {entity: len(await joint.books_list(entity)) for entity in ("customer", "invoice", "payment")}
    return there | {c: len(await joint.shop_list(c, deleted=True)) for c in ("contacts", "sales", "receipts")}


async def read_anew(joint: Joint) -> list[tuple[str, str, str]]:
    """What a run writes that knows both sides by nothing but its links."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await archive.drop_present(tx, joint.connection_id)
    return await run(joint)


@pytest.mark.parametrize(("country", "code"), [("AU", "GST"), ("US", "TAX")])
async def test_after_an_erasure_nothing_comes_back_and_nothing_is_made_twice(
    own_database: DatabaseUrls, country: Literal["AU", "US"], code: str
) -> None:
    async with joined(own_database.app, country=country) as joint:
        await run(joint)
        tea = {"description": "Tea", "quantity": "1", "unit_price": "5.00", "tax_code": code}
        people = await a_life(joint, Markers(), code)
        bob = await joint.contact("Bob", "Brown")
        await joint.sale(bob["id"], tea, number="77")
        await leave(joint, people, but=bob["id"])
        for side, record_id in people.all:
            await erase(joint, side, record_id)
            await erase(joint, side, record_id)
        before = await counted(joint)

        assert await run(joint) == []
        assert await read_anew(joint) == []
        assert await counted(joint) == before
        assert check(await certificate(joint)) == []

        again = await joint.contact("Ada", "Again", email="ada.again@example.com")
        await joint.sale(again["id"], tea, number="78")
        assert sorted(kind for _, kind, action in await run(joint) if action == "create") == ["contact", "sale"]


async def test_a_document_that_stays_is_synchronised_on_and_erased_once_it_is_gone(
    joint: Joint, own_database: DatabaseUrls
) -> None:
    marks = Markers()
    ada = await joint.contact(**marks.contact())
    typed = marks.sale()
    lines = typed.pop("lines")
    sale = await joint.sale(ada["id"], *lines, number="1041", **typed)
    await joint.receipt(sale, reference="R-1")
    await run(joint)
    [customer_id] = (await _customers(joint)).values()
    await nameless(joint, customer_id)
    await joint.in_shop("DELETE", f"contacts/{ada['id']}")
    await run(joint)
    name = f"{ada['first_name']} {ada['last_name']}"

    seen = await erasure.look(build_container(joint.runtime), joint.connection_id, Side.ONCORD, ada["id"])
    assert (seen.name, seen.still_there) == (name, ())
    done = await erase(joint, Side.ONCORD, ada["id"])
    assert {(each.side, each.label) for each in done.staying if each.kind == "sale"} == {
        ("oncord", "1041"),
        ("quickbooks", "1041"),
    }
    left = marks.found(own_database.admin)
    assert {*left} <= {"mirror", "link"}
    assert not any(name in text for text in dump(own_database.admin).values())

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**lines[0], "unit_price": "12.00"}]})
    assert await run(joint) == [("quickbooks", "sale", "update")]
    for receipt in await joint.shop_list("receipts"):
        await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    assert marks.found(own_database.admin) != {}
    for _ in range(2):
        joint.clock.pass_time(86_400 + 60)
        await swept(joint)
    assert marks.found(own_database.admin) == {}


async def swept(joint: Joint, keep_removed: timedelta = timedelta(days=30)) -> None:
    await look_after_data(
        joint.runtime.database, joint.runtime.ids, joint.clock.now(), keep_removed=keep_removed, request_seconds=0
    )


async def test_who_was_never_seen_cannot_be_erased(joint: Joint) -> None:
    with pytest.raises(NotFound, match="never seen"):
        await erase(joint, Side.ONCORD, "4711")


async def test_a_person_on_one_side_only_is_still_there_by_that_side(joint: Joint) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"])
    await run(joint)
    await joint.in_shop("DELETE", f"contacts/{ada['id']}")
    await run(joint)

    with pytest.raises(Conflict, match="Ada Lovelace is still an active customer in QuickBooks") as refused:
        await erase(joint, Side.ONCORD, ada["id"])
    assert [each["side"] for each in refused.value.extra["still_there"]] == ["quickbooks"]  # type: ignore[attr-defined]


async def test_the_act_is_on_record_without_a_name(joint: Joint) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"])
    await run(joint)
    for sale in await joint.shop_list("sales"):
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    [customer_id] = (await _customers(joint)).values()
    await joint.in_shop("DELETE", f"contacts/{ada['id']}")
    await run(joint)
    await nameless(joint, customer_id)
    await run(joint)
    await erase(joint, Side.QUICKBOOKS, customer_id)

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        act = (await audit.page(tx, joint.connection_id)).items[0]
    assert (act.who, act.action, act.detail["contacts"], act.detail["customers"]) == (
        SOMEBODY.name, "person.erased", [ada["id"]], [customer_id],
    )  # fmt: skip
    assert "Ada" not in str(act)


async def test_what_was_set_aside_by_starting_over_is_erased_with_it(joint: Joint, own_database: DatabaseUrls) -> None:
    marks = Markers()
    people = await a_life(joint, marks)
    container = build_container(joint.runtime)
    await leave(joint, people)
    await lifecycle.start_over(container, joint.connection_id, who=SOMEBODY)
    assert {"link", "operation", "document_change"} <= {*marks.found(own_database.admin)}

    for side, record_id in people.all[:2]:
        seen = await erasure.look(container, joint.connection_id, side, record_id)
        done = await erase(joint, side, record_id)
        assert (seen.contacts, seen.documents > 0, bool(done.emptied)) == ((record_id,), True, True)
    await erase(joint, *people.all[2])
    await erase(
        joint, Side.QUICKBOOKS, people.twin["Id"]
    )  # that two cards were merged is known as long as they are read

    assert marks.found(own_database.admin) == {}
