"""The shop's own rules at their edges: arithmetic, order of change, references, concurrency."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.oncord import World, totals
from app.sandbox.oncord.fields import amount
from tests.sandbox_oncord.shop import Shop

MONEY = st.decimals(min_value=-10_000, max_value=10_000, places=2).map(str)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.just("item"),
            "quantity": st.decimals(min_value=-50, max_value=50, places=3).map(str),
            "unit_price": st.decimals(min_value=0, max_value=500, places=4).map(str),
            "discount_amount": MONEY,
            "tax_code": st.sampled_from(["GST", "FRE", None]),
            "tax_rate": st.none(),
            "tax_amount": st.none(),
            "line_total": st.none(),
        }
    ),
    max_size=6,
)


@given(LINES, st.booleans(), MONEY, st.one_of(st.none(), MONEY))
def test_what_the_shop_fills_in_always_adds_up(
    lines: list[dict[str, Any]], included: bool, discount: str, shipping: str | None
) -> None:
    sale: dict[str, Any] = {
        "lines": lines,
        "amounts_include_tax": included,
        "order_discounts": [{"amount": discount, "tax_code": "GST", "tax_amount": None}],
        "shipping": None if shipping is None else {"amount": shipping, "tax_code": "FRE", "tax_amount": None},
        "rounding": "0.01",
        "tax_total": None,
        "total": None,
    }
    totals.fill_in(sale, {"GST": "10", "FRE": "0"})

    assert totals.problems(sale) == []
    parts = [amount(line["line_total"]) for line in lines] + [-amount(discount), amount(shipping), amount("0.01")]
    assert amount(sale["total"]) == sum(parts) + (0 if included else amount(sale["tax_total"]))


async def test_a_whole_record_sent_back_unchanged_is_taken_as_it_is(shop: Shop) -> None:
    sale = await shop.sale(
        (await shop.contact())["id"], shipping={"amount": "9.95"}, order_discounts=[{"amount": "1.00"}]
    )

    done = await shop.write("sales", "update", id=sale["id"], version="1", record=sale)

    moved = {"version", "modified_at"}
    assert done["status"] == "ok"
    assert {k: v for k, v in done["record"].items() if k not in moved} == {
        k: v for k, v in sale.items() if k not in moved
    }


async def test_a_subtotal_line_is_a_caption_without_an_amount(shop: Shop) -> None:
    mia = await shop.contact()
    caption = {"kind": "subtotal", "description": "Kitchen"}
    sale = await shop.sale(mia["id"], lines=[{"unit_price": "11.00"}, caption])
    record = {"contact_id": mia["id"], "date": "2026-11-20", "lines": [{**caption, "line_total": "11.00"}]}

    refused = await shop.write("sales", "create", record=record)

    assert (sale["lines"][1]["line_total"], sale["total"]) == ("0.00", "11.00")
    assert [error["field"] for error in refused["errors"]] == ["lines.0.line_total"]


async def test_modified_at_grows_strictly_even_when_the_clock_stands_still(shop: Shop) -> None:
    made = [await shop.contact() for _ in range(5)]
    made.append(await shop.sale(made[0]["id"]))
    moments = [record["modified_at"] for record in made]

    assert moments == sorted(set(moments))
    assert all(len(moment) == len("2026-11-22T02:00:00.000000Z") for moment in moments)


async def test_a_payment_gives_its_sale_no_new_version(shop: Shop) -> None:
    sale = await shop.sale((await shop.contact())["id"])
    await shop.connect()
    parts = [{"sale_id": sale["id"], "amount": "10.00"}]
    await shop.door("POST", "/receipts", {"payment_method_id": "1", "allocations": parts})
    await shop.world.events.deliver_due()

    paid = await shop.door("GET", f"/sales/{sale['id']}")
    assert (paid["amount_paid"], paid["version"], paid["modified_at"]) == ("10.00", "1", sale["modified_at"])
    assert shop.mailbox.told == [("receipt.saved", "1")]


async def test_a_reference_that_was_changed_is_free_again(shop: Shop) -> None:
    first = await shop.contact(external_ref="old")
    await shop.door("PATCH", f"/contacts/{first['id']}", {"external_ref": "new"})
    second = await shop.contact(external_ref="old")

    assert second["id"] == "2"
    taken = await shop.write("contacts", "update", id="2", version="1", record={"external_ref": "new"})
    assert [error["field"] for error in taken["errors"]] == ["external_ref"]
    answer = await shop.client.post("/_sandbox/sites/demo/contacts", json={"first_name": "X", "external_ref": "new"})
    assert answer.status_code == 409


async def test_a_deleted_sale_takes_along_the_receipts_that_pay_nothing_else_when_told_to(shop: Shop) -> None:
    mia = await shop.contact()
    one, two = await shop.sale(mia["id"]), await shop.sale(mia["id"])
    part, other = {"sale_id": one["id"], "amount": "10.00"}, {"sale_id": two["id"], "amount": "5.00"}
    await shop.door("POST", "/receipts", {"payment_method_id": "1", "allocations": [part]})
    await shop.door("POST", "/receipts", {"payment_method_id": "1", "allocations": [part, other]})

    await shop.door("DELETE", f"/sales/{one['id']}?cascade=true")

    shared, alone = sorted((await shop.door("GET", "/receipts"))["items"], key=lambda receipt: receipt["deleted"])
    assert alone["deleted_with"] == {"entity": "sale", "id": one["id"]}
    assert (shared["allocations"], shared["unallocated_amount"]) == ([other], "10.00")


async def test_a_merge_into_nothing_or_into_itself_is_refused(shop: Shop) -> None:
    await shop.contact()

    for into, status in (("1", 422), ("9", 404)):
        answer = await shop.client.post("/_sandbox/sites/demo/contacts/1/merge", json={"into": into})
        assert answer.status_code == status


async def test_a_record_keeps_its_place_in_time_when_an_edit_is_refused(shop: Shop) -> None:
    before = await shop.contact()
    await shop.client.patch("/_sandbox/sites/demo/contacts/1", json={"email": "nonsense"})

    assert await shop.door("GET", "/contacts/1") == before


async def test_a_world_loaded_while_a_post_is_under_way_is_not_disturbed(shop: Shop) -> None:
    await shop.connect()
    saved = (await shop.client.get("/_sandbox/state")).json()
    await shop.contact()

    async def load_meanwhile(request: httpx.Request) -> httpx.Response:
        await shop.client.put("/_sandbox/state", json=saved)
        return httpx.Response(200)

    shop.world.events.transport = httpx.MockTransport(load_meanwhile)

    assert await shop.world.events.deliver_due() == 1
    assert shop.world.events.next_due() is None
    assert (await shop.door("GET", "/contacts"))["items"] == []


def test_the_same_seed_gives_the_same_tokens() -> None:
    assert World(seed=3).add_site().token == World(seed=3).add_site().token
    assert World(seed=3).add_site().token != World(seed=4).add_site().token


def test_the_simulator_imports_nothing_else_of_ours_than_how_its_page_looks() -> None:
    import ast
    from pathlib import Path

    import app.sandbox.oncord as room
    from app.sandbox import pages as look

    files = [*Path(str(room.__file__)).parent.glob("*.py"), *Path(str(look.__file__)).parent.glob("*.py")]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [f"{node.module}.{alias.name}" for alias in node.names] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert not name.startswith("app.") or name.startswith(("app.sandbox.oncord", "app.sandbox.pages")), (
                    f"{path.name} imports {name}"
                )


@pytest.mark.parametrize(
    ("country", "taken"), [("AU", True), ("US", True), ("", True), ("Australia", False), ("AUS", False), ("au", False)]
)
async def test_a_country_is_an_iso_code_or_invalid(shop: Shop, country: str, taken: bool) -> None:
    address = {"line1": "1 High St", "country": country}
    wrote = await shop.write("contacts", "create", record={"last_name": "Tran", "billing_address": address})
    assert wrote["status"] == ("ok" if taken else "invalid")
    assert [error["field"] for error in wrote["errors"]] == ([] if taken else ["billing_address.country"])
