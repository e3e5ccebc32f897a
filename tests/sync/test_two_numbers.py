"""A pair that has another number on either side names both where a person sees it, as a fact and not as a question (S1, R1)."""

from typing import Any

import httpx
from fastapi import FastAPI

from app.api import records
from app.api.auth import admit
from app.container import build_container
from app.domain.model.operations import Action
from tests.support.joint import Joint
from tests.support.stories import Body, customer, invoice, line, payment, quiet, reasons, run


async def record(joint: Joint, side: str, kind: str, record_id: str) -> dict[str, Any]:
    """What the API says of one record."""
    app = FastAPI()
    app.include_router(records.router)
    app.state.container = build_container(joint.runtime)
    app.dependency_overrides[admit] = lambda: None
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as api:
        answer = await api.get(f"/api/v1/connections/{joint.connection_id}/records/{side}/{kind}/{record_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def in_both(joint: Joint, here: str, there: str) -> tuple[Body, Body]:
    """One document, entered in both under these numbers, that is one pair after this."""
    ada = await joint.contact()
    owner = await customer(joint, "Ada", "Lovelace", "ada@example.com")
    sale = await joint.sale(
        ada["id"], {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}, number=here
    )
    made = await invoice(joint, owner["Id"], await line(joint, "20.00", "Tea"), DocNumber=there, TxnDate=sale["date"])
    await run(joint)
    for item in [i for i in await joint.attention() if i.kind == "ambiguous_match" and i.record_kind == "sale"]:
        await joint.answer(item.id, "choose", item.detail["choices"][0]["id"])
        await run(joint)
    return sale, made


async def test_an_adopted_pair_with_two_numbers_names_both_in_the_report_and_on_both_its_records(joint: Joint) -> None:
    sale, made = await in_both(joint, "SO-88423", "88423")
    fact = "Its number is SO-88423 in Oncord and 88423 in QuickBooks."
    assert [why for why in await reasons(joint, Action.ADOPT) if "same document" in why] == [
        f"The same document was there on both sides; they are one from now on. {fact}"
    ]
    assert await joint.attention() == [], "it is a fact and no question"

    here = await record(joint, "oncord", "sale", sale["id"])
    there = await record(joint, "quickbooks", "sale", made["Id"])
    assert here["says"] == there["says"] == [fact]
    assert (here["record"]["number"], [each["label"] for each in here["across"]]) == (
        "SO-88423",
        ["Invoice 88423, Ada Lovelace"],
    )
    assert here["record"] == there["across"][0]
    assert here["books_url"].split("&")[0].endswith(f"invoice?txnId={made['Id']}")
    assert here["books_status"] == "linked"
    await quiet(joint)


async def test_so_does_a_number_that_quickbooks_holds_cut(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], number="WEB-ORDER-2026-11-28-000001")
    await run(joint)
    [made] = await joint.books_list("invoice")
    told = await record(joint, "quickbooks", "sale", made["Id"])
    assert told["says"] == [f"Its number is {sale['number']} in Oncord and {made['DocNumber']} in QuickBooks."]


async def test_so_do_a_receipt_and_its_payment_with_two_references(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    owner = made["CustomerRef"]["value"]
    receipt = await joint.receipt(sale, reference="TRF 1", date="2026-11-20")
    await payment(joint, owner, "22.00", {made["Id"]: "22.00"}, PaymentRefNum="77", TxnDate="2026-11-20")
    await run(joint)
    for item in await joint.attention():
        await joint.answer(item.id, "choose", item.detail["choices"][0]["id"])
        await run(joint)

    fact = "Its reference is TRF 1 in Oncord and 77 in QuickBooks."
    assert [why for why in await reasons(joint, Action.ADOPT) if fact in why]
    assert (await record(joint, "oncord", "receipt", receipt["id"]))["says"] == [fact]


async def test_an_ordinary_pair_with_one_number_and_a_record_without_a_counterpart_say_nothing(joint: Joint) -> None:
    sale, _ = await in_both(joint, "88423", "88423")
    assert [why for why in await reasons(joint, Action.ADOPT) if "number" in why] == []
    assert (await record(joint, "oncord", "sale", sale["id"]))["says"] == []
    alone = await joint.sale(sale["contact_id"], status="draft")
    await run(joint)
    told = await record(joint, "oncord", "sale", alone["id"])
    assert (told["across"], told["says"], told["books_status"]) == ([], [], "none")
