"""What a bookkeeper would have typed besides: a note, an address, a term, how it was paid; and none of it is an edit later."""

import pytest

from app.domain.model.configuration import DocumentPolicy, MappedMethod
from app.domain.model.records import Kind
from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, quiet, run, shop


async def invoice_of(joint: Joint) -> Body:
    [found] = await joint.books_list("invoice")
    return found


async def payment_method(joint: Joint, payment: Body) -> str:
    rows = {row["Id"]: row["Name"] for row in await joint.books_list("paymentmethod")}
    return str(rows[payment["PaymentMethodRef"]["value"]])


async def test_s1_an_invoice_says_whose_it_is_in_words_and_is_sent_to_nobody(joint: Joint) -> None:
    ada = await joint.contact(email="ada@example.com")
    sale = await joint.sale(ada["id"])
    await run(joint)

    made = await invoice_of(joint)
    assert made["PrivateNote"].startswith(f"Oncord sale {sale['number']} [oncord:")
    assert made["BillEmail"] == {"Address": "ada@example.com"}
    assert made["EmailStatus"] == "NotSet"
    assert (made["AllowOnlineCreditCardPayment"], made["AllowOnlineACHPayment"]) == (False, False)
    await quiet(joint)


async def test_s1_what_a_bookkeeper_types_over_it_stays_and_is_no_edit_of_the_sale(joint: Joint) -> None:
    ada = await joint.contact(email="ada@example.com")
    sale = await joint.sale(ada["id"])
    await run(joint)
    made = await invoice_of(joint)
    await change(joint, "invoice", made["Id"], BillEmail={"Address": "accounts@example.com"})
    assert await run(joint) == []
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Leave at the door"})
    await run(joint)

    kept = await invoice_of(joint)
    assert kept["BillEmail"] == {"Address": "accounts@example.com"}
    assert kept["CustomerMemo"] == {"value": "Leave at the door"}
    await quiet(joint)


@pytest.mark.parametrize(("email", "expected"), [("bea@example.com", {"Address": "bea@example.com"}), ("", None)])
async def test_s2_a_document_that_goes_to_another_contact_is_not_sent_to_the_one_before(
    joint: Joint, email: str, expected: Body | None
) -> None:
    ada, bea = await joint.contact(email="ada@example.com"), await joint.contact("Bea", "Arthur", email=email)
    sale = await joint.sale(ada["id"])
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bea["id"]})
    await run(joint)

    assert (await invoice_of(joint)).get("BillEmail") == expected
    await quiet(joint)


async def test_s1_an_invoice_that_was_paid_is_sent_nowhere_unless_its_payment_comes_with_it(joint: Joint) -> None:
    ada = await joint.contact(email="ada@example.com")
    together, alone = await joint.sale(ada["id"]), await joint.sale(ada["id"])
    await joint.receipt(together)
    await joint.receipt(alone, payment_method_id=await joint.method("other"))
    await run(joint)

    made = {i["DocNumber"]: i for i in await joint.books_list("invoice")}
    assert made[together["number"]]["BillEmail"] == {"Address": "ada@example.com"}
    assert made[together["number"]]["Balance"] == 0
    assert "BillEmail" not in made[alone["number"]], "its receipt waits: QuickBooks would remind who has paid"


@pytest.mark.parametrize(("days", "term"), [("2026-12-20", "Net 30"), ("2026-12-05", "Net 15"), ("2026-12-01", None)])
async def test_s1_the_term_is_the_one_whose_days_fit_the_due_date(joint: Joint, days: str, term: str | None) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"], date="2026-11-20", due_date=days)
    await run(joint)

    made = await invoice_of(joint)
    names = {row["Id"]: row["Name"] for row in await joint.books_list("term")}
    assert made["DueDate"] == days
    assert names.get(made.get("SalesTermRef", {}).get("value")) == term
    await quiet(joint)


async def test_r1_a_payment_says_how_it_was_paid_and_what_for(joint: Joint) -> None:
    ada = await joint.contact()
    sale = await joint.sale(ada["id"])
    await joint.receipt(sale)
    await run(joint)

    [made] = await joint.books_list("payment")
    assert made["PrivateNote"].startswith(f"Oncord receipt for sale {sale['number']} [oncord:")
    titles = {m["id"]: m["title"] for m in await joint.shop_list("payment-methods")}
    [receipt] = await joint.shop_list("receipts")
    assert await payment_method(joint, made) == titles[receipt["payment_method_id"]]
    await quiet(joint)

    before = await joint.books_list("paymentmethod")
    await joint.receipt(await joint.sale(ada["id"]))
    await run(joint)
    assert await joint.books_list("paymentmethod") == before, "the method that was made is found again"


async def test_r1_a_method_that_the_company_has_is_taken_whatever_its_case(joint: Joint) -> None:
    titles = {m["id"]: m["title"] for m in await joint.shop_list("payment-methods")}
    ada = await joint.contact()
    receipt = await joint.receipt(await joint.sale(ada["id"]))
    there = await joint.person("paymentmethod", {"Name": titles[receipt["payment_method_id"]].upper()})
    await run(joint)

    [made] = await joint.books_list("payment")
    assert made["PaymentMethodRef"]["value"] == there["Id"]


async def test_r7_a_receipt_that_came_another_way_says_so_in_its_payment(joint: Joint) -> None:
    ada = await joint.contact()
    receipt = await joint.receipt(await joint.sale(ada["id"]))
    await run(joint)
    titles = {m["id"]: m["title"] for m in await joint.shop_list("payment-methods")}
    direct, other = receipt["payment_method_id"], await joint.method("credit_card")
    till = await joint.person("account", {"Name": "Card clearing", "AccountType": "Bank"})
    mapped = (MappedMethod(direct, await joint.account("Bank")), MappedMethod(other, till["Id"]))
    await joint.configure(payment_methods=mapped)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"payment_method_id": other})
    await run(joint)

    [made] = await joint.books_list("payment")
    assert await payment_method(joint, made) == titles[other]
    assert (await shop(joint, "receipts", receipt["id"]))["payment_method_id"] == other
    await quiet(joint)


async def test_r1_a_payment_goes_without_a_method_that_quickbooks_does_not_add(joint: Joint) -> None:
    ada = await joint.contact()
    receipt = await joint.receipt(await joint.sale(ada["id"]))
    titles = {m["id"]: m["title"] for m in await joint.shop_list("payment-methods")}
    taken = await joint.person("paymentmethod", {"Name": titles[receipt["payment_method_id"]]})
    await joint.person("paymentmethod", {"Id": taken["Id"], "sparse": True, "Active": False})
    await run(joint)

    [made] = await joint.books_list("payment")
    assert made["TotalAmt"] == float(receipt["amount"])
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_how_money_came_is_the_bookkeepers_once_it_is_there(joint: Joint) -> None:
    ada = await joint.contact()
    receipt = await joint.receipt(await joint.sale(ada["id"]))
    await run(joint)
    [made] = await joint.books_list("payment")
    cash = await joint.person("paymentmethod", {"Name": "Barter"})
    await joint.person("payment", {**made, "PaymentMethodRef": {"value": cash["Id"]}})
    assert await run(joint) == []
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "R-2"})
    await run(joint)

    kept = await book(joint, "payment", made["Id"])
    assert (kept["PaymentMethodRef"]["value"], kept["PaymentRefNum"]) == (cash["Id"], "R-2")
    await quiet(joint)


async def tracked(joint: Joint, **switches: bool) -> None:
    await joint.in_books("POST", "preferences", {"AccountingInfoPrefs": switches, "sparse": True, "Id": "1"})


@pytest.mark.parametrize("where", ["ClassTrackingPerTxn", "ClassTrackingPerTxnLine"])
async def test_s1_new_documents_have_the_class_and_the_location_that_were_chosen(joint: Joint, where: str) -> None:
    web, sydney = await joint.person("class", {"Name": "Web"}), await joint.person("department", {"Name": "Sydney"})
    await tracked(joint, **{where: True, "TrackDepartments": True})
    await joint.configure(documents=DocumentPolicy(class_id=web["Id"], location_id=sydney["Id"]))
    ada = await joint.contact()
    sale = await joint.sale(ada["id"])
    await run(joint)

    made = await invoice_of(joint)
    lines = [x["SalesItemLineDetail"].get("ClassRef", {}).get("value") for x in made["Line"] if "Id" in x]
    assert made["DepartmentRef"]["value"] == sydney["Id"]
    assert (made.get("ClassRef", {}).get("value"), lines) == (
        (web["Id"], [None]) if where == "ClassTrackingPerTxn" else (None, [web["Id"]])
    )
    await quiet(joint)

    other = await joint.person("class", {"Name": "Shop"})
    first = dict(next(x for x in made["Line"] if "Id" in x))
    if where == "ClassTrackingPerTxnLine":
        first["SalesItemLineDetail"] = {**first["SalesItemLineDetail"], "ClassRef": {"value": other["Id"]}}
        await change(joint, "invoice", made["Id"], Line=[first])
    lines_now = [*sale["lines"], {"description": "Milk", "quantity": "1", "unit_price": "3.30", "tax_code": "GST"}]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines_now})
    await run(joint)
    kept = await invoice_of(joint)
    lines = [x["SalesItemLineDetail"].get("ClassRef", {}).get("value") for x in kept["Line"] if "Id" in x]
    assert lines == ([None, None] if where == "ClassTrackingPerTxn" else [other["Id"], web["Id"]])
    await quiet(joint)


async def test_s1_a_company_that_uses_no_classes_is_sent_none(joint: Joint) -> None:
    web = await joint.person("class", {"Name": "Web"})
    await joint.configure(documents=DocumentPolicy(class_id=web["Id"], location_id="1"))
    await joint.sale((await joint.contact())["id"])
    await run(joint)

    made = await invoice_of(joint)
    assert "ClassRef" not in made
    assert "DepartmentRef" not in made


async def test_s1_payment_links_are_left_to_the_company_where_that_was_chosen(joint: Joint) -> None:
    await joint.configure(documents=DocumentPolicy(payment_links=True))
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = [d for d in await joint.decisions() if d.operation.kind is Kind.SALE and d.operation.action.writes]
    assert "AllowOnline" not in made.body


async def test_s1_a_class_that_is_out_of_use_is_named_and_can_be_mended(joint: Joint) -> None:
    web = await joint.person("class", {"Name": "Web"})
    await tracked(joint, ClassTrackingPerTxn=True)
    await joint.configure(documents=DocumentPolicy(class_id=web["Id"]))
    await joint.person("class", {"Id": web["Id"], "sparse": True, "Active": False})
    await joint.sale((await joint.contact())["id"])
    await run(joint)

    [item] = await joint.attention()
    assert "class Web" in item.summary
    await joint.configure(documents=DocumentPolicy())
    await run(joint)
    assert len(await joint.books_list("invoice")) == 1
    assert await asked(joint) == []
