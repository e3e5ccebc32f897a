"""Every record of the shop says how it stands in the books: linked, waiting, refused, and where to find it (docs/oncord.md 3)."""

from typing import Any

import httpx
import pytest

from app.domain.model.configuration import MappedMethod
from tests.support.joint import SITE, Joint
from tests.support.settlements import up_front
from tests.support.stories import Body, credit_memo, customer, invoice, payment, quiet, remove, run, shop, void

HOST = "https://app.sandbox.qbo.intuit.com/app"


def calls(joint: Joint) -> Any:
    """What the connector was called for at the shop so far."""
    return joint.shop.sites[SITE].calls


def link(joint: Joint, page: str) -> str:
    return f"{HOST}/{page}&deeplinkcompanyid={joint.realm}"


async def mark(joint: Joint, collection: str, record: Body) -> tuple[str, str | None, str | None]:
    held = await shop(joint, collection, record["id"])
    return held["books_status"], held["books_reason"], held["books_url"]


async def sold(joint: Joint, **members: Any) -> tuple[Body, Body, Body]:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"], **members)
    return contact, sale, await joint.receipt(sale, "5.00")


async def test_what_began_in_the_shop_is_linked_and_says_where_it_is_in_one_call_without_a_new_version(
    joint: Joint,
) -> None:
    contact, sale, receipt = await sold(joint)
    await run(joint)

    [there], [made], [paid] = [await joint.books_list(e) for e in ("customer", "invoice", "payment")]
    assert await mark(joint, "contacts", contact) == (
        "linked",
        None,
        link(joint, f"customerdetail?nameId={there['Id']}"),
    )
    assert await mark(joint, "sales", sale) == ("linked", None, link(joint, f"invoice?txnId={made['Id']}"))
    assert await mark(joint, "receipts", receipt) == ("linked", None, link(joint, f"recvpayment?txnId={paid['Id']}"))
    for collection, record in (("contacts", contact), ("sales", sale), ("receipts", receipt)):
        held = await shop(joint, collection, record["id"])
        assert (held["version"], held["modified_at"]) == (record["version"], record["modified_at"])
        assert held["books_as_of"]
    assert (calls(joint)["marks"], calls(joint)["batch"]) == (1, 0)
    await quiet(joint)
    assert calls(joint)["marks"] == 1


async def test_what_began_in_the_books_comes_with_its_mark_and_costs_no_further_call(joint: Joint) -> None:
    grace = await customer(joint, "Grace")
    made = await invoice(joint, grace["Id"])
    credit = await credit_memo(joint, grace["Id"])
    paid = await payment(joint, grace["Id"], "33.00", {made["Id"]: "33.00"})
    await run(joint)

    urls = {r["books_url"] for c in ("contacts", "sales", "receipts") for r in await joint.shop_list(c)}
    assert urls == {
        link(joint, f"customerdetail?nameId={grace['Id']}"),
        link(joint, f"invoice?txnId={made['Id']}"),
        link(joint, f"creditmemo?txnId={credit['Id']}"),
        link(joint, f"recvpayment?txnId={paid['Id']}"),
    }
    assert {r["books_status"] for c in ("contacts", "sales", "receipts") for r in await joint.shop_list(c)} == {
        "linked"
    }
    assert calls(joint)["marks"] == 0
    await quiet(joint)
    assert calls(joint)["marks"] == 0


async def test_an_edit_afterwards_is_one_write_and_no_mark(joint: Joint) -> None:
    contact, sale, _ = await sold(joint)
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Ring twice"})
    assert await run(joint) == [("quickbooks", "sale", "update")]
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "07 3000 1234"})
    assert await run(joint) == [("quickbooks", "contact", "update")]
    assert calls(joint)["marks"] == 1


async def test_a_receipt_that_waits_says_why_until_it_goes_over(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    method = await joint.method("paypal")
    receipt = await joint.receipt(sale, payment_method_id=method)
    await run(joint)

    status, why, url = await mark(joint, "receipts", receipt)
    assert (status, url) == ("waiting", None)
    assert why
    assert "Nobody has decided yet" in why
    assert (await mark(joint, "sales", sale))[0] == "linked"
    said = calls(joint)["marks"]
    await quiet(joint)
    assert calls(joint)["marks"] == said, "what is shown already is not said again"

    bank = await joint.account("Bank")
    direct = await joint.method("direct_deposit")
    await joint.configure(payment_methods=(MappedMethod(direct, bank, preferred=True), MappedMethod(method, bank)))
    await run(joint)
    [paid] = await joint.books_list("payment")
    assert await mark(joint, "receipts", receipt) == ("linked", None, link(joint, f"recvpayment?txnId={paid['Id']}"))
    await quiet(joint)


async def test_a_wait_that_ends_without_a_payment_leaves_no_mark(joint: Joint) -> None:
    contact = await joint.contact()
    method = await joint.method("paypal")
    receipt = await joint.receipt(await joint.sale(contact["id"]), payment_method_id=method)
    await run(joint)
    bank = await joint.account("Bank")
    direct = await joint.method("direct_deposit")
    chosen = (MappedMethod(direct, bank, preferred=True), MappedMethod(method, left_out=True))
    await joint.configure(payment_methods=chosen)
    await run(joint)

    assert await mark(joint, "receipts", receipt) == ("none", None, None)
    await quiet(joint)


async def test_a_sale_that_is_not_taken_says_so_until_it_is_mended(joint: Joint) -> None:
    goods = {"description": "Tea", "quantity": "1", "unit_price": "110.00", "tax_code": "GST"}
    sale = await joint.sale((await joint.contact())["id"], {**goods, "tax_rate": "10", "tax_amount": "9.00"})
    await run(joint)
    status, why, url = await mark(joint, "sales", sale)
    assert (status, url) == ("refused", None)
    assert why

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [goods]})
    await run(joint)
    [made] = await joint.books_list("invoice")
    assert await mark(joint, "sales", sale) == ("linked", None, link(joint, f"invoice?txnId={made['Id']}"))
    await quiet(joint)


async def test_a_refused_edit_is_shown_beside_the_page_and_what_was_settled_comes_back_after_it(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await up_front(joint, made["Id"], "20.00")
    await run(joint)
    settled = (await mark(joint, "sales", sale))[1]
    assert settled
    bad = [{**sale["lines"][0], "tax_rate": "10", "tax_amount": "1.00"}]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": bad})
    await run(joint)

    status, why, url = await mark(joint, "sales", sale)
    assert (status, url) == ("refused", link(joint, f"invoice?txnId={made['Id']}"))
    assert why != settled
    assert (await shop(joint, "sales", sale["id"]))["books_settled"] == "20.00"
    await quiet(joint)

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**sale["lines"][0], "tax_amount": "2.00"}]})
    await run(joint)
    assert await mark(joint, "sales", sale) == ("linked", settled, url)
    await quiet(joint)


async def test_what_became_of_a_document_stays_told_and_the_page_of_a_deleted_one_goes(joint: Joint) -> None:
    _, sale, receipt = await sold(joint)
    other = await joint.sale(sale["contact_id"])
    await run(joint)
    gone, voided = await joint.books_list("invoice")
    [paid] = await joint.books_list("payment")
    await remove(joint, "payment", paid["Id"])
    await remove(joint, "invoice", gone["Id"])
    await void(joint, "invoice", voided["Id"])
    await run(joint)

    assert [(await mark(joint, "sales", sale))[i] for i in (0, 2)] == ["gone", None]
    assert [(await mark(joint, "receipts", receipt))[i] for i in (0, 2)] == ["gone", None]
    page = link(joint, f"invoice?txnId={voided['Id']}")
    assert [(await mark(joint, "sales", other))[i] for i in (0, 2)] == ["void", page]
    await quiet(joint)


async def test_many_records_are_said_in_one_call(joint: Joint) -> None:
    contact = await joint.contact()
    for _ in range(40):
        await joint.receipt(await joint.sale(contact["id"]))
    await run(joint)

    assert {r["books_status"] for c in ("sales", "receipts") for r in await joint.shop_list(c)} == {"linked"}
    assert (calls(joint)["marks"], calls(joint)["marks_ok"]) == (1, 81)


async def test_a_dry_run_says_nothing(joint: Joint) -> None:
    _, sale, _ = await sold(joint)
    await joint.sync(dry_run=True)
    assert calls(joint)["marks"] == 0
    assert await mark(joint, "sales", sale) == ("none", None, None)


async def test_a_mark_is_no_edit_and_calls_nobody_back(joint: Joint) -> None:
    contact, sale, receipt = await sold(joint)
    await run(joint)
    for kind, record in (("contact", contact), ("sale", sale), ("receipt", receipt)):
        await joint.touched("oncord", kind, record["id"])
    assert await run(joint) == []
    assert calls(joint)["marks"] == 1


async def test_pairs_of_before_are_marked_as_they_are_looked_at_and_not_all_at_once(joint: Joint) -> None:
    sales = [await joint.sale((await joint.contact("Ada", f"Nr{n}"))["id"]) for n in range(3)]
    await run(joint)
    for entity in ("contact", "sale"):
        for record in joint.shop.sites[SITE].shelves[entity].records.values():  # type: ignore[index]
            record.update(books_status="none", books_url=None, books_as_of=None)
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute("UPDATE mirror SET record = record - '{books_status,books_url}'::text[] WHERE side = 'oncord'")
    assert await run(joint) == []
    assert calls(joint)["marks"] == 1

    await joint.in_shop("PATCH", f"sales/{sales[0]['id']}", {"notes": "Ring twice"})
    await run(joint)
    assert [(await mark(joint, "sales", sale))[0] for sale in sales] == ["linked", "none", "none"]


class Broken(httpx.AsyncBaseTransport):
    """The way to the shop, on which something befalls the marks."""

    def __init__(self, inner: httpx.AsyncBaseTransport, answer: int) -> None:
        self.inner, self.answer, self.left = inner, answer, 1

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/marks") or not self.left:
            return await self.inner.handle_async_request(request)
        if self.answer == 404:
            return httpx.Response(404, json={"title": "Not Found"})
        self.left -= 1
        await self.inner.handle_async_request(request)
        raise httpx.ReadError("the connection broke before the answer arrived", request=request)


def break_marks(joint: Joint, answer: int) -> None:
    client = joint.runtime.oncord_http
    client._transport = Broken(client._transport, answer)


async def test_marks_whose_answer_was_lost_are_said_again(joint: Joint) -> None:
    _, sale, _ = await sold(joint)
    break_marks(joint, 0)
    await run(joint)

    assert (await mark(joint, "sales", sale))[0] == "linked"
    assert calls(joint)["marks"] == 2
    assert len(await joint.books_list("invoice")) == 1
    await quiet(joint)


@pytest.mark.parametrize("answer", [404])
async def test_a_connector_without_marks_is_told_nothing_and_holds_nothing_up(joint: Joint, answer: int) -> None:
    _, sale, _ = await sold(joint)
    break_marks(joint, answer)
    await run(joint)

    assert len(await joint.books_list("payment")) == 1
    assert (await mark(joint, "sales", sale))[0] == "none"
    await quiet(joint)
