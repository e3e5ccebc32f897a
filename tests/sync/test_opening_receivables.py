"""Sales from before the start date that were still open on it are asked about once, and their money waits with them (S1, R1)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import pytest

from app.container import build_container
from app.domain.model.configuration import ItemPolicy
from app.domain.model.operations import Action
from app.errors import InvalidInput, NotFound
from app.services import opening, overview
from app.services.settlement import read_settlement
from tests.support.joint import Joint, joined
from tests.support.people import SOMEBODY
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, asked, customer, invoice, line, quiet, reasons, run, shop
from tests.sync.test_lines_without_a_code import configured
from tests.sync.test_tie_out import named

MARCH, JULY, AUGUST = date(2026, 3, 1), date(2026, 7, 1), date(2026, 8, 1)


@pytest.fixture(params=["AU", "US"])
async def either(own_database: DatabaseUrls, request: pytest.FixtureRequest) -> AsyncIterator[Joint]:
    country: Literal["AU", "US"] = request.param
    async with joined(own_database.app, country=country) as made:
        await made.configure(start_date=JULY, gst_basis="undecided" if country == "US" else "accrual")
        yield made


async def equity_item(joint: Joint) -> str:
    """The item on Opening Balance Equity that a person has made in QuickBooks."""
    account = await joint.account("Equity", "OpeningBalanceEquity")
    made = await joint.person(
        "item", {"Name": "Owed before", "Type": "Service", "IncomeAccountRef": {"value": account}}
    )
    return str(made["Id"])


async def choose(joint: Joint, choice: str, **members: Any) -> None:
    """Somebody says it once for all."""
    items = (await configured(joint)).items
    if choice == "bring_in" and not items.opening_item_id:
        members["items"] = replace(items, opening_item_id=await equity_item(joint))
    await joint.configure(opening_receivables=choice, **members)


async def old_sale(joint: Joint, number: str = "OLD-1", price: str = "100.00", **members: Any) -> Body:
    line = {"description": "Tea", "quantity": "1", "unit_price": price, "tax_code": "GST"}
    if joint.books.companies[joint.realm].country == "US":
        line["tax_code"] = "NON"
    contact = members.pop("contact", None) or await joint.contact()
    return await joint.sale(contact["id"], line, number=number, **{"date": "2026-06-10", **members})


async def invoices(joint: Joint) -> dict[str, tuple[str, float, float]]:
    """Day, total and balance of each invoice by number."""
    return {i["DocNumber"]: (i["TxnDate"], i["TotalAmt"], i["Balance"]) for i in await joint.books_list("invoice")}


async def light(joint: Joint) -> str:
    return (await overview.read_connection(build_container(joint.runtime), joint.connection_id)).agreement.light


async def test_s1_open_sales_of_before_are_asked_about_in_one_question_with_their_amounts(either: Joint) -> None:
    ada = await either.contact()
    one = await old_sale(either, "OLD-1", contact=ada)
    two = await old_sale(either, "OLD-2", "50.00", contact=ada)
    await either.receipt(one, "40.00", date="2026-06-20")
    await either.receipt(one, "60.00", date="2026-07-05")
    await either.receipt(two, "20.00", date="2026-08-01")
    paid = await old_sale(either, "OLD-3", contact=await either.contact("Bob"))
    await either.receipt(paid, paid["total"], date="2026-06-30")
    await run(either)

    assert await either.books_list("invoice") == []
    assert await either.books_list("payment") == []
    [item] = await either.attention()
    currency = one["currency"]
    assert (item.rule, item.kind) == ("S1", "unmapped")
    assert f"110.00 {currency} of sales from before the start date 1 Jul 2026 was still open on it" in item.summary
    assert f"2 sales of 150.00 {currency} and 2 receipts of 80.00 {currency} wait for this" in item.summary
    assert item.detail["opening"]["sums"] == [
        {"currency": currency, "sales": 2, "total": "150.00", "open": "110.00"},
    ]
    assert "60.00" in (await shop(either, "sales", one["id"]))["books_reason"]
    assert any("It is dated before the start date" in why for why in await reasons(either, Action.SKIP))
    assert await light(either) == "differs"
    await quiet(either)
    assert len(await either.attention()) == 1


async def test_s1_what_was_open_is_brought_in_outside_tax_and_what_was_received_since_pays_it(either: Joint) -> None:
    sale = await old_sale(either)
    await either.receipt(sale, "40.00", date="2026-06-20")
    await either.receipt(sale, "25.00", date="2026-07-05")
    await run(either)
    await choose(either, "bring_in")
    await run(either)

    assert await invoices(either) == {"OLD-1": ("2026-07-01", 60, 35)}
    [made] = await either.books_list("invoice")
    [goods] = [x for x in made["Line"] if x["DetailType"] == "SalesItemLineDetail"]
    detail = goods["SalesItemLineDetail"]
    assert (detail["ItemRef"]["name"], goods["Amount"]) == ("Owed before", 60)
    codes = {str(c["Id"]): c["Name"] for c in await either.books_list("taxcode")}
    outside = "NON" if either.books.companies[either.realm].country == "US" else "Out of Scope"
    assert codes.get(detail["TaxCodeRef"]["value"], detail["TaxCodeRef"]["value"]) == outside
    assert made.get("TxnTaxDetail", {}).get("TotalTax", 0) == 0
    [payment] = await either.books_list("payment")
    assert (payment["TotalAmt"], payment["UnappliedAmt"]) == (25, 0)
    assert await asked(either) == []
    await quiet(either)

    await either.receipt(sale, "35.00", date="2026-09-01")
    await run(either)
    assert await invoices(either) == {"OLD-1": ("2026-07-01", 60, 0)}
    assert len(await either.shop_list("sales")) == 1
    assert len(await either.shop_list("receipts")) == 3
    await quiet(either)
    assert Decimal((await shop(either, "sales", sale["id"]))["amount_owing"]) == 0


@pytest.fixture
async def shop_of_july(joint: Joint) -> Joint:
    """An Australian shop that began with QuickBooks in July, and reports GST by what is invoiced."""
    await joint.configure(start_date=JULY, gst_basis="accrual")
    return joint


async def say(joint: Joint, sale: Body, choice: Any, document_id: str = "") -> None:
    await opening.answer_opening(
        build_container(joint.runtime), joint.connection_id, sale["id"], choice, document_id, who=SOMEBODY
    )


async def test_s1_a_shop_without_open_old_sales_is_asked_nothing(shop_of_july: Joint) -> None:
    joint = shop_of_july
    ada = await joint.contact()
    paid = await old_sale(joint, contact=ada)
    await joint.receipt(paid, "70.00", date="2026-06-20")
    await joint.receipt(paid, "30.00", date="2026-06-30")
    await old_sale(joint, "DRAFT", contact=ada, status="draft")
    fresh = await joint.sale(ada["id"])
    await joint.receipt(fresh)
    await run(joint)

    assert await asked(joint) == []
    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [fresh["number"]]
    assert len(await joint.books_list("payment")) == 1
    await quiet(joint)


async def test_s1_a_sale_that_was_wholly_open_gets_an_invoice_of_its_own_date_and_goes_on_like_any_other(
    either: Joint,
) -> None:
    sale = await old_sale(either)
    await either.receipt(sale, "30.00", date="2026-07-02")
    await choose(either, "create")
    await run(either)

    assert await invoices(either) == {"OLD-1": ("2026-06-10", 100, 70)}
    assert len(await either.books_list("payment")) == 1
    assert (await asked(either), await light(either)) == ([], "agrees")
    await either.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "found"})
    await either.receipt(sale, "10.00", date="2026-06-29")  # somebody enters late what came before: it never goes over
    await run(either)

    [made] = await either.books_list("invoice")
    assert (made["CustomerMemo"]["value"], made["Balance"]) == ("found", 70)
    assert len(await either.books_list("payment")) == 1
    assert await light(either) == "differs"
    await quiet(either)


async def test_s1_what_was_paid_in_part_before_gets_no_invoice_of_its_whole_total(shop_of_july: Joint) -> None:
    joint = shop_of_july
    sale = await old_sale(joint)
    await joint.receipt(sale, "40.00", date="2026-06-20")
    await choose(joint, "create")
    await run(joint)

    assert await joint.books_list("invoice") == []
    [item] = await joint.attention()
    assert item.key == "configuration:opening receivables"
    assert "paid in part before" in (await shop(joint, "sales", sale["id"]))["books_reason"]
    with pytest.raises(InvalidInput, match="paid in part"):
        await say(joint, sale, "create")

    await choose(joint, "bring_in")
    await run(joint)
    assert await invoices(joint) == {"OLD-1": ("2026-07-01", 60, 60)}
    assert await asked(joint) == []


async def test_b1_nothing_is_made_in_a_locked_period_and_no_further_question_put(shop_of_july: Joint) -> None:
    joint = shop_of_july
    await old_sale(joint)
    await choose(joint, "create", lodged_until=date(2026, 6, 30))
    await run(joint)

    assert await joint.books_list("invoice") == []
    assert [item.key for item in await joint.attention()] == ["configuration:opening receivables"]
    await joint.configure(lodged_until=date(2026, 3, 31))
    await run(joint)
    assert await invoices(joint) == {"OLD-1": ("2026-06-10", 100, 100)}


@pytest.mark.parametrize("basis", ["cash", "undecided"])
async def test_s1_an_opening_balance_is_not_offered_where_gst_follows_the_money(
    shop_of_july: Joint, basis: Literal["cash", "undecided"]
) -> None:
    joint = shop_of_july
    sale = await old_sale(joint)
    await joint.receipt(sale, "25.00", date="2026-07-05")
    await choose(joint, "bring_in", gst_basis=basis)
    await run(joint)

    assert await joint.books_list("invoice") == []
    [item] = await joint.attention()
    assert "bring in what was open" not in item.summary
    with pytest.raises(InvalidInput, match="GST"):
        await say(joint, sale, "bring_in")

    await choose(joint, "create")
    await run(joint)
    assert await invoices(joint) == {"OLD-1": ("2026-06-10", 100, 75)}
    assert await asked(joint) == []


async def test_s1_what_stays_in_oncord_keeps_its_money_there(shop_of_july: Joint) -> None:
    joint = shop_of_july
    sale = await old_sale(joint)
    await joint.receipt(sale, "25.00", date="2026-07-05")
    await run(joint)
    await choose(joint, "left_out")
    await run(joint)

    assert (await joint.books_list("invoice"), await joint.books_list("payment")) == ([], [])
    assert (await asked(joint), await light(joint)) == ([], "differs")
    await quiet(joint)


async def test_s1_each_can_be_answered_by_itself(shop_of_july: Joint) -> None:
    joint = shop_of_july
    ada = await joint.contact()
    one, two = await old_sale(joint, "OLD-1", contact=ada), await old_sale(joint, "OLD-2", "50.00", contact=ada)
    three = await old_sale(joint, "OLD-3", "30.00", contact=ada)
    await joint.receipt(one, "25.00", date="2026-07-05")
    await joint.receipt(two, "5.00", date="2026-07-06")
    await run(joint)
    await choose(joint, "undecided", items=await with_equity_item(joint))
    await say(joint, one, "bring_in")
    await say(joint, two, "create")
    await run(joint)

    assert await invoices(joint) == {"OLD-1": ("2026-07-01", 100, 75), "OLD-2": ("2026-06-10", 50, 45)}
    [item] = await joint.attention()
    assert item.detail["opening"]["sums"][0]["sales"] == 1
    listed = await opening.list_openings(build_container(joint.runtime), joint.connection_id, 50, None)
    assert [each.sale.sale_id for each in listed.items] == [three["id"]]

    await say(joint, three, "left_out")
    await run(joint)
    assert await asked(joint) == []
    with pytest.raises(NotFound):
        await say(joint, one, "left_out")
    await quiet(joint)


async def with_equity_item(joint: Joint) -> ItemPolicy:
    return replace((await configured(joint)).items, opening_item_id=await equity_item(joint))


async def test_r1_of_a_receipt_over_an_old_and_a_new_sale_the_rest_follows_once_somebody_has_said_it(
    shop_of_july: Joint,
) -> None:
    joint = shop_of_july
    ada = await joint.contact()
    old, new = await old_sale(joint, contact=ada), await joint.sale(ada["id"])
    parts = [{"sale_id": old["id"], "amount": "60.00"}, {"sale_id": new["id"], "amount": "8.00"}]
    await joint.receipt(new, "68.00", allocations=parts)
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (8, 0)
    [item] = await joint.attention()
    assert item.key == "configuration:opening receivables"
    assert item.detail["count"] == 2
    await choose(joint, "bring_in")
    await run(joint)
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (68, 0)
    assert (await invoices(joint))["OLD-1"] == ("2026-07-01", 100, 40)
    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize(("start", "there"), [(AUGUST, 1), (MARCH, 1)])
async def test_s1_another_start_date_doubles_nothing_that_was_brought_in(
    shop_of_july: Joint, start: date, there: int
) -> None:
    joint = shop_of_july
    sale = await old_sale(joint)
    await joint.receipt(sale, "40.00", date="2026-06-20")
    await choose(joint, "bring_in")
    await run(joint)
    await joint.configure(start_date=start)
    await joint.touched("oncord", "sale", sale["id"])
    await joint.receipt(sale, "10.00", date="2026-07-15")
    await run(joint)

    assert await invoices(joint) == {"OLD-1": ("2026-07-01", 60, 50)}
    assert len(await joint.books_list("payment")) == there
    assert await asked(joint) == []
    await quiet(joint)


async def test_s1_a_later_start_date_judges_anew_what_was_open_and_an_earlier_one_brings_the_sale_itself(
    shop_of_july: Joint,
) -> None:
    joint = shop_of_july
    sale = await old_sale(joint)
    await joint.receipt(sale, "40.00", date="2026-06-20")
    await joint.receipt(sale, "60.00", date="2026-07-15")
    await run(joint)
    assert len(await joint.attention()) == 1

    await joint.configure(start_date=AUGUST)
    await run(joint)
    assert await asked(joint) == []  # by then it was paid
    await joint.configure(start_date=JULY)
    await run(joint)
    assert len(await joint.attention()) == 1

    await joint.configure(start_date=MARCH)
    await run(joint)
    assert await invoices(joint) == {"OLD-1": ("2026-06-10", 100, 0)}
    assert len(await joint.books_list("payment")) == 2
    assert await asked(joint) == []
    await quiet(joint)


async def test_s1_an_invoice_that_the_bookkeeper_entered_waits_beside_the_sale_and_is_joined_as_somebody_says(
    shop_of_july: Joint,
) -> None:
    joint = shop_of_july
    ada = await joint.contact()
    made = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    sale = await old_sale(joint, contact=ada)
    await joint.receipt(sale, "40.00", date="2026-06-20")
    await joint.receipt(sale, "25.00", date="2026-07-05")
    await run(joint)
    entered = await invoice(
        joint,
        made["Id"],
        await line(joint, "60.00", "Opening", code="Out of Scope"),
        DocNumber="OB",
        TxnDate="2026-06-30",
    )
    await run(joint)

    assert len(await joint.shop_list("sales")) == 1  # it is no sale of its own, as long as nobody has said so
    [item] = await joint.attention()
    assert item.detail["count"] == 3
    [listed] = (await opening.list_openings(build_container(joint.runtime), joint.connection_id, 50, None)).items
    assert [(d.number, d.open) for d in listed.documents] == [("OB", "60.00")]

    await say(joint, sale, "match", entered["Id"])
    await run(joint)
    assert await invoices(joint) == {"OB": ("2026-06-30", 60, 35)}
    assert len(await joint.shop_list("sales")) == 1
    assert await asked(joint) == []
    await quiet(joint)


async def test_s1_said_of_all_to_be_there_those_are_joined_that_certainly_are(shop_of_july: Joint) -> None:
    joint = shop_of_july
    ada = await joint.contact()
    made = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    await old_sale(joint, "OLD-1", contact=ada)
    lost = await old_sale(joint, "OLD-2", "50.00", contact=ada)
    await run(joint)
    await invoice(
        joint,
        made["Id"],
        await line(joint, "100.00", "Opening", code="Out of Scope"),
        DocNumber="OB",
        TxnDate="2026-06-30",
    )
    await run(joint)
    await choose(joint, "match")
    await run(joint)

    assert await invoices(joint) == {"OB": ("2026-06-30", 100, 100)}
    assert len(await joint.shop_list("sales")) == 2
    [item] = await joint.attention()
    assert item.detail["count"] == 1
    assert "certainly this one" in (await shop(joint, "sales", lost["id"]))["books_reason"]


async def test_s1_a_brought_in_sale_that_is_edited_or_cancelled_is_told_to_a_person(shop_of_july: Joint) -> None:
    joint = shop_of_july
    sale = await old_sale(joint)
    await choose(joint, "bring_in")
    await run(joint)
    dearer = {"description": "Tea", "quantity": "1", "unit_price": "120.00", "tax_code": "GST"}
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [dearer]})
    await run(joint)

    assert await invoices(joint) == {"OLD-1": ("2026-07-01", 100, 100)}
    [item] = await joint.attention()
    assert "120.00 AUD of this sale was open on 1 Jul 2026" in item.summary
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**dearer, "unit_price": "100.00"}]})
    await run(joint)
    assert await asked(joint) == []

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "cancelled"})
    await run(joint)
    assert await invoices(joint) == {"OLD-1": ("2026-07-01", 100, 100)}
    [item] = await joint.attention()
    assert "The sale was cancelled in Oncord" in item.summary


async def test_s3_a_brought_in_sale_that_is_deleted_takes_its_opening_balance_along(shop_of_july: Joint) -> None:
    joint = shop_of_july
    sale = await old_sale(joint)
    await choose(joint, "bring_in")
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    assert (await invoices(joint))["OLD-1"][1] == 0  # voided: its day is in an earlier month
    assert await asked(joint) == []
    await quiet(joint)


async def test_i20_the_tie_out_names_what_waits_and_what_was_brought_in_with_amounts(shop_of_july: Joint) -> None:
    joint = shop_of_july
    sale = await old_sale(joint)
    await joint.receipt(sale, "40.00", date="2026-06-20")
    await joint.receipt(sale, "25.00", date="2026-07-05")
    await run(joint)
    assert {cause for *_, cause in await named(joint)} == {"opening_receivable"}
    assert ("sale", "missing", Decimal("-100.00"), "opening_receivable") in await named(joint)
    assert ("receipt", "missing", Decimal("-25.00"), "opening_receivable") in await named(joint)

    await choose(joint, "bring_in")
    await run(joint)
    assert {cause for *_, cause in await named(joint)} == {"opening_receivable"}
    assert ("sale", "total", Decimal("-40.00"), "opening_receivable") in await named(joint)
    assert ("receipt", "missing", Decimal("-40.00"), "opening_receivable") in await named(joint)
    assert await light(joint) == "differs"

    stands = await read_settlement(build_container(joint.runtime), joint.connection_id, sale["id"])
    assert (stands.opening_since, stands.opening_balance, stands.open) == (JULY, Decimal(60), Decimal(35))
    told = (await shop(joint, "sales", sale["id"]))["books_reason"]
    assert told == "In QuickBooks it is an opening balance of 60.00 AUD, which was open of it on 1 Jul 2026."
