"""A line without a tax code is not a line without tax: what it is, somebody says once, and until then its sale waits."""

from datetime import timedelta
from typing import Any

import pytest

from app.container import build_container
from app.domain.model.configuration import Configuration
from app.domain.model.untaxed_lines import UntaxedCodes, UntaxedLines
from app.domain.sales import conversion
from app.services import overview, tie_outs
from app.storage.connections import connections
from app.storage.connections.configuration import configuration_from_json, configuration_to_json
from tests.support.joint import Joint
from tests.support.stories import Body, asked, change, quiet, run, shop, tax_code
from tests.sync.test_company_changed import save_again
from tests.sync.test_out_of_use import switch

BREAD: Body = {"description": "Bread", "quantity": "1", "unit_price": "10.00", "tax_code": ""}
TEA: Body = {"description": "Tea", "quantity": "1", "unit_price": "11.00", "tax_code": "GST"}
POST: Body = {"method": "Post", "amount": "7.00", "tax_code": ""}
OFF: Body = {"description": "Off", "amount": "2.00", "tax_code": ""}
WELLINGTON: Body = {"line1": "1 Quay", "suburb": "Wellington", "postcode": "6011", "country": "NZ"}
ROUNDING = "Rounding"


async def configured(joint: Joint) -> Configuration:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert connection.configuration is not None
    return connection.configuration


async def choose(joint: Joint, *, abroad: UntaxedCodes | None = None, **home: str) -> None:
    """Somebody says it, by the names of the codes; what is not said is not decided."""
    codes = {sort: await tax_code(joint, name) for sort, name in home.items()}
    await joint.configure(untaxed_lines=UntaxedLines(UntaxedCodes(**codes), abroad or UntaxedCodes()))


async def nobody_has_said(joint: Joint) -> None:
    await joint.configure(untaxed_lines=UntaxedLines())


async def product(joint: Joint) -> Body:
    made: Body = await joint.in_shop(
        "POST", "products", {"price": "5.00", "tax_code": "GST", "title": "Cup", "code": "CUP"}
    )
    return made


async def codes_of(joint: Joint, number: str, entity: str = "invoice") -> dict[str, str]:
    """The names of the tax codes of the lines of a document, by their words."""
    names = {str(c["Id"]): str(c["Name"]) for c in await joint.books_list("taxcode")}
    [made] = [d for d in await joint.books_list(entity) if d["DocNumber"] == number]
    details = [(x.get("Description", ""), x.get("SalesItemLineDetail")) for x in made["Line"]]
    return {words: names[d["TaxCodeRef"]["value"]] for words, d in details if d}


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_s1_what_nobody_has_said_waits_under_one_question_with_amounts_and_goes_once_it_is_said(
    joint: Joint, basis: str
) -> None:
    await joint.configure(gst_basis=basis)
    await nobody_has_said(joint)
    cup = {"product_id": (await product(joint))["id"], "quantity": "2", "tax_code": ""}
    ada = await joint.contact()
    whole = await joint.sale(ada["id"], cup, BREAD, shipping=POST, order_discounts=[OFF])
    credit = await joint.sale(
        ada["id"], {**BREAD, "quantity": "-1"}, kind="adjustment", adjusts_sale_id=whole["id"], number="CR-1"
    )
    ordinary = await joint.sale((await joint.contact("Bob"))["id"], TEA)
    await run(joint)

    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [ordinary["number"]]
    assert [c["GivenName"] for c in await joint.books_list("customer")] == ["Bob"]  # C1: nobody is made in vain
    [item] = await joint.attention()
    assert item.kind == "unmapped"
    assert "nobody has said yet which" in item.summary
    assert "products (10.00 AUD in 1 sale)" in item.summary
    assert "free text (0.00 AUD in 2 sales)" in item.summary  # 10.00 that was sold and given back
    assert "shipping (7.00 AUD in 1 sale)" in item.summary
    assert "discounts (-2.00 AUD in 1 sale)" in item.summary
    assert item.detail["count"] == 2
    assert "nobody has said yet which" in (await shop(joint, "sales", whole["id"]))["books_reason"]

    await choose(
        joint, products="GST-free", free_text="Input taxed", shipping="Out of Scope", discounts="GST-free exports"
    )
    await run(joint)

    assert await codes_of(joint, whole["number"]) == {
        "Cup": "GST-free",
        "Bread": "Input taxed",
        "Post": "Out of Scope",
        "Off": "GST-free exports",
    }
    assert await codes_of(joint, credit["number"], "creditmemo") == {"Bread": "Input taxed"}
    assert await asked(joint) == []
    await quiet(joint)
    assert (await overview.read_connection(build_container(joint.runtime), joint.connection_id)).agreement.light == (
        "agrees"
    )


async def test_s1_what_is_shipped_abroad_is_a_question_of_its_own_for_which_an_export_is_proposed(joint: Joint) -> None:
    await choose(joint, free_text="GST-free")
    ada = await joint.contact()
    here = await joint.sale(ada["id"], BREAD)
    there = await joint.sale(ada["id"], BREAD, shipping_address=WELLINGTON)
    await run(joint)

    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [here["number"]]
    [item] = await joint.attention()
    assert "free text, shipped abroad (10.00 AUD in 1 sale)" in item.summary
    assert "an export is proposed" in item.summary

    await choose(joint, free_text="GST-free", abroad=UntaxedCodes(free_text=await tax_code(joint, "GST-free exports")))
    await run(joint)

    assert await codes_of(joint, here["number"]) == {"Bread": "GST-free"}
    assert await codes_of(joint, there["number"]) == {"Bread": "GST-free exports"}
    assert await asked(joint) == []


async def test_s2_what_is_linked_keeps_its_codes_and_only_a_new_line_without_one_asks(joint: Joint) -> None:
    await choose(joint, free_text="GST-free", shipping="GST-free")
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], BREAD, shipping=POST)
    other = await joint.sale(ada["id"], {**BREAD, "description": "Rolls"})
    await run(joint)
    await change_code(joint, other["number"], "Input taxed")  # the bookkeeper knows better
    await run(joint)

    # an upgrade: the stored configuration of before says nothing of such lines
    stored = configuration_to_json(await configured(joint))
    del stored["untaxed_lines"], stored["charges_tax"]
    await joint.configure(untaxed_lines=configuration_from_json(stored).untaxed_lines)
    assert await run(joint) == []
    assert await asked(joint) == []
    for each in (sale, other):
        lines = [{**each["lines"][0], "unit_price": "12.00"}]
        await joint.in_shop("PATCH", f"sales/{each['id']}", {"lines": lines, "shipping_address": WELLINGTON})
    await run(joint)

    assert await codes_of(joint, sale["number"]) == {"Bread": "GST-free", "Post": "GST-free"}
    assert await codes_of(joint, other["number"]) == {"Rolls": "Input taxed"}
    assert await asked(joint) == []

    now = await shop(joint, "sales", sale["id"])
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [*now["lines"], {**BREAD, "description": "Buns"}]})
    await run(joint)
    assert [kind for _, kind in await asked(joint)] == ["unmapped"]
    assert set(await codes_of(joint, sale["number"])) == {"Bread", "Post"}

    await choose(joint, abroad=UntaxedCodes(free_text=await tax_code(joint, "Out of Scope")))
    await run(joint)
    assert await codes_of(joint, sale["number"]) == {"Bread": "GST-free", "Buns": "Out of Scope", "Post": "GST-free"}
    assert await asked(joint) == []
    await quiet(joint)


async def change_code(joint: Joint, number: str, name: str) -> None:
    """The bookkeeper gives the only line of an invoice another code."""
    [made] = [i for i in await joint.books_list("invoice") if i["DocNumber"] == number]
    line = next(x for x in made["Line"] if x["DetailType"] == "SalesItemLineDetail")
    detail = {**line["SalesItemLineDetail"], "TaxCodeRef": {"value": await tax_code(joint, name)}}
    await change(joint, "invoice", made["Id"], Line=[{**line, "SalesItemLineDetail": detail}])


async def test_i14_rounding_is_out_of_scope_unasked_and_never_gst_free(joint: Joint) -> None:
    await nobody_has_said(joint)
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], TEA, rounding="-0.01")
    await run(joint)

    assert await codes_of(joint, sale["number"]) == {"Tea": "GST", ROUNDING: "Out of Scope"}
    assert await asked(joint) == []

    await switch(joint, "taxcode", await tax_code(joint, "Out of Scope"), active=False)
    joint.clock.pass_time(timedelta(days=7, seconds=1).total_seconds())  # nothing tells of tax codes
    late = await joint.sale(ada["id"], TEA, rounding="-0.01")
    await run(joint)
    assert late["number"] not in {i["DocNumber"] for i in await joint.books_list("invoice")}
    [item] = await joint.attention()
    assert "no tax code outside tax" in item.summary


async def test_s1_what_comes_to_nothing_asks_nobody_until_it_costs_something(joint: Joint) -> None:
    await nobody_has_said(joint)
    gift = {**BREAD, "description": "Gift", "unit_price": "0.00"}
    words = {"kind": "text", "description": "With love", "quantity": "0", "unit_price": "0", "tax_code": ""}
    free = {"method": "Pick-up", "amount": "0.00", "tax_code": ""}
    sale = await joint.sale((await joint.contact())["id"], TEA, gift, words, shipping=free)
    await run(joint)

    assert len(await joint.books_list("invoice")) == 1
    assert await asked(joint) == []
    lines = [{**x, "unit_price": "3.00"} if x["description"] == "Gift" else x for x in sale["lines"]]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})
    await run(joint)
    assert [kind for _, kind in await asked(joint)] == ["unmapped"]

    await choose(joint, free_text="Input taxed")
    await run(joint)
    assert (await codes_of(joint, sale["number"]))["Gift"] == "Input taxed"
    assert await asked(joint) == []


async def test_s1_in_america_a_line_without_tax_is_non_and_nobody_is_asked(us: Joint) -> None:
    sale = await us.sale((await us.contact())["id"], BREAD, shipping=POST, shipping_address=WELLINGTON)
    await run(us)

    [made] = await us.books_list("invoice")
    details = [x["SalesItemLineDetail"] for x in made["Line"] if x["DetailType"] == "SalesItemLineDetail"]
    assert {d["TaxCodeRef"]["value"] for d in details} == {"NON"}
    assert (made["DocNumber"], await asked(us)) == (sale["number"], [])


async def test_s1_a_company_that_charges_no_tax_is_asked_for_no_code(joint: Joint) -> None:
    await change(joint, "preferences", "1", TaxPrefs={"UsingSalesTax": False})
    await joint.configure(untaxed_lines=UntaxedLines(), tax_codes=())
    await save_again(joint)
    sale = await joint.sale((await joint.contact())["id"], BREAD, shipping=POST)
    await run(joint)

    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [sale["number"]]
    assert await asked(joint) == []


async def test_law_13_a_mapped_code_of_no_tax_decides_nothing_about_lines_without_one(joint: Joint) -> None:
    await nobody_has_said(joint)
    free, mapped = await tax_code(joint, "GST-free"), (await configured(joint)).tax_codes
    assert any(code.quickbooks_id == free for code in mapped)
    bare = await joint.sale((await joint.contact())["id"], BREAD)
    coded = await joint.sale(
        (await joint.contact("Bob"))["id"],
        {**BREAD, "tax_code": next(c.code for c in mapped if c.quickbooks_id == free)},
    )
    await run(joint)

    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [coded["number"]]
    await joint.configure(
        tax_codes=tuple(c for c in mapped if c.code == "GST"),
        untaxed_lines=UntaxedLines(UntaxedCodes(free_text=free)),
    )
    await run(joint)
    assert await codes_of(joint, bare["number"]) == {"Bread": "GST-free"}
    assert await asked(joint) == []


async def test_i20_an_engine_that_takes_such_a_line_for_out_of_scope_is_found_out(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = await tax_code(joint, "Out of Scope")
    right = conversion.untaxed_code

    def wrong(line: Any, *rest: Any) -> str:
        return outside if right(line, *rest) else ""

    monkeypatch.setattr(conversion, "untaxed_code", wrong)
    sale = await joint.sale((await joint.contact())["id"], BREAD, rounding="-0.01")
    await run(joint)

    lines = await tie_outs.list_standing(build_container(joint.runtime), joint.connection_id)
    assert [(x["what"], x["cause"], x["number"]) for x in lines] == [("sales", "unexplained", sale["number"])]
    assert await asked(joint) == [], "nothing else has noticed it"
