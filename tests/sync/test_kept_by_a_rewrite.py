"""What the books hold on a line that a shop has no words for stays on it when the lines are written anew (I15)."""

from typing import Any

from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, customer, invoice, line, plain, quiet, run, sales_item

MARKUP = {"PercentBased": True, "Percent": 12.5}


async def test_i15_a_markup_made_in_quickbooks_survives_an_edit_of_the_lines_in_the_shop(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    made = await invoice(
        joint,
        owner["Id"],
        await line(joint, "11.25", "Paint", MarkupInfo=MARKUP, Qty=1, UnitPrice=11.25),
        await line(joint, "20.00", "Work"),
    )
    await run(joint)
    [sale] = await joint.shop_list("sales")

    for edited in ([1], [0], [0, 1]):
        now = (await joint.shop_list("sales"))[0]
        lines = [
            x | {"quantity": f"{float(x['quantity'] or 1) + 1:g}"} if n in edited else x
            for n, x in enumerate(now["lines"])
        ]
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})
        await run(joint)
        after = await book(joint, "invoice", made["Id"])
        details = [x["SalesItemLineDetail"] for x in after["Line"] if x["DetailType"] == "SalesItemLineDetail"]
        assert [d.get("MarkupInfo") for d in details] == [MARKUP, None]

    assert await asked(joint) == []
    await quiet(joint)


async def a_class(joint: Joint, name: str) -> str:
    """A class that lines may have."""
    tracking = {"AccountingInfoPrefs": {"ClassTrackingPerTxnLine": True}}
    await joint.person("preferences", {"Id": "1", "sparse": True, **tracking})
    return str((await joint.person("class", {"Name": name}))["Id"])


async def a_bundle(joint: Joint, *parts: Body, **members: Any) -> Body:
    """A bundle of some parts, as a line of a document."""
    held = {"ItemGroupLine": [{"ItemRef": {"value": await sales_item(joint)}, "Qty": 1}]}
    group = await joint.person("item", {"Name": "Tea set", "Type": "Group", "ItemGroupDetail": held})
    detail = {"GroupItemRef": {"value": group["Id"]}, "Quantity": 1, "Line": list(parts), **members}
    return {"DetailType": "GroupLineDetail", "Description": "Set", "GroupLineDetail": detail}


def parts_of(document: Body) -> list[Body]:
    """The details of the parts of a document's bundle."""
    [group] = [x["GroupLineDetail"] for x in document["Line"] if x["DetailType"] == "GroupLineDetail"]
    return [x["SalesItemLineDetail"] for x in group["Line"]]


async def test_i15_the_classes_inside_a_bundle_survive_an_edit_of_the_lines_in_the_shop(joint: Joint) -> None:
    north, south = await a_class(joint, "North"), await a_class(joint, "South")
    owner = await customer(joint, "Grace")
    parts = [
        await line(joint, "10.00", "Cup", ClassRef={"value": north}, ServiceDate="2026-11-02", Qty=2, UnitPrice=5),
        await line(joint, "18.00", "Saucer", ClassRef={"value": south}, Qty=2, UnitPrice=10, DiscountRate=10),
        await line(joint, "1.00", "Box"),
    ]
    bundle = await a_bundle(joint, *parts, ServiceDate="2026-11-03")
    made = await invoice(
        joint, owner["Id"], plain(bundle), await line(joint, "20.00", "Table", ClassRef={"value": south})
    )
    await run(joint)
    [sale] = await joint.shop_list("sales")

    async def edited(place: int, **members: Any) -> Body:
        now = (await joint.shop_list("sales"))[0]["lines"]
        changed = [x | members if n == place else x for n, x in enumerate(now)]
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": changed})
        await run(joint)
        return await book(joint, "invoice", made["Id"])

    def said(document: Body) -> list[Any]:
        return [
            (x.get("ClassRef", {}).get("value"), x.get("ServiceDate"), x.get("DiscountRate"))
            for x in parts_of(document)
        ]

    held = [(north, "2026-11-02", None), (south, None, 10), (None, None, None)]
    for place, members in (
        (3, {"quantity": "1", "unit_price": "30.00"}),
        (0, {"quantity": "3"}),
        (2, {"description": "Crate"}),
    ):
        after = await edited(place, **members)
        assert said(after) == held, place
        assert after["Line"][0]["GroupLineDetail"]["ServiceDate"] == "2026-11-03"
        assert after["Line"][1]["SalesItemLineDetail"]["ClassRef"]["value"] == south

    now = (await joint.shop_list("sales"))[0]["lines"]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [now[1], now[2], now[3]]})
    await run(joint)
    after = await book(joint, "invoice", made["Id"])
    assert said(after) == held[1:]

    assert await asked(joint) == []
    await quiet(joint)


async def test_i15_what_stands_beside_the_detail_of_a_line_survives_an_edit_of_the_lines(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    project = {"ProjectRef": {"value": "7"}}
    field = {"CustomField": [{"DefinitionId": "1", "StringValue": "Blue"}]}
    bundle = await a_bundle(joint, await line(joint, "10.00", "Cup") | project, await line(joint, "5.00", "Box"))
    made = await invoice(
        joint,
        owner["Id"],
        plain(bundle) | field,
        await line(joint, "20.00", "Table") | project | field,
        {"DetailType": "DescriptionOnly", "Description": "By hand", **project},
    )

    def said(document: Body) -> list[Body]:
        [group] = [x["GroupLineDetail"] for x in document["Line"] if x["DetailType"] == "GroupLineDetail"]
        lines = [*document["Line"][:3], *group["Line"]]
        return [{name: x[name] for name in ("ProjectRef", "CustomField") if name in x} for x in lines]

    held = [field, project | field, project, project, {}]
    assert said(made) == held
    await run(joint)
    [sale] = await joint.shop_list("sales")
    for place in (0, 2):
        now = (await joint.shop_list("sales"))[0]["lines"]
        changed = [x | ({"quantity": "3"} if n == place else {}) for n, x in enumerate(now)]
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": changed})
        await run(joint)
        assert said(await book(joint, "invoice", made["Id"])) == held

    assert await asked(joint) == []
    await quiet(joint)
