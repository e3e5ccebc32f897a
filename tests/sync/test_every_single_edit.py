"""Every single edit of a sale or of its invoice, each on a pair of its own: afterwards both sides come to the same, in total
and in tax per code, or an open question names the difference with its amount (I14).

What is expected is read off the documents of both simulators; nothing of ours has a say in it.
"""

import copy
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pytest

from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, book, change, plain, quiet, run, shop

Country = Literal["AU", "US"]
TAXED = {"AU": "GST", "US": "TAX"}
FREE = {"AU": "FRE", "US": "NON"}
HOME = {
    "AU": {"line1": "1 Main St", "suburb": "Perth", "state": "WA", "postcode": "6000", "country": "AU"},
    "US": {"line1": "1 Main St", "suburb": "San Pablo", "state": "CA", "postcode": "94806", "country": "US"},
}
AWAY = {
    "AU": {"line1": "2 Sun Rd", "suburb": "Hobart", "state": "TAS", "postcode": "7000", "country": "AU"},
    "US": {"line1": "2 Sun Rd", "suburb": "Tucson", "state": "AZ", "postcode": "85701", "country": "US"},
}
ELSEWHERE = {
    "AU": {"Line1": "2 Sun Rd", "City": "Hobart", "CountrySubDivisionCode": "TAS", "PostalCode": "7000"},
    "US": {"Line1": "2 Sun Rd", "City": "Tucson", "CountrySubDivisionCode": "AZ", "PostalCode": "85701"},
}

Edit = Callable[[Body], Body]
"""Out of a document as it is: what a person sends to change one thing of it."""


def ordered(country: Country, included: bool) -> Body:
    """Everything that a sale can have, with cents that do not come out even."""
    taxed, free = TAXED[country], FREE[country]
    return {
        "amounts_include_tax": included,
        "lines": [
            {"description": "Tea", "quantity": "3", "unit_price": "7.77", "discount_amount": "1.11", "tax_code": taxed},
            {"description": "Cup", "quantity": "2", "unit_price": "13.33", "tax_code": taxed},
            {"description": "Honey", "quantity": "1", "unit_price": "9.99", "tax_code": free},
        ],
        "order_discounts": [{"description": "Spring sale", "amount": "2.22", "tax_code": taxed}],
        "shipping": {"method": "Express post", "amount": "8.88", "tax_code": taxed},
        "billing_address": HOME[country],
        "shipping_address": HOME[country],
    }


def line_of(place: int, **members: Any) -> Edit:
    return lambda sale: {"lines": [{**x, **members} if n == place else x for n, x in enumerate(sale["lines"])]}


def in_the_shop(country: Country, other: str) -> dict[str, Edit]:
    """One edit of each field of a sale; `other` is another contact."""
    taxed, free = TAXED[country], FREE[country]
    new = {"description": "Saucer", "quantity": "7", "unit_price": "1.43", "tax_code": taxed}
    return {
        "contact": lambda _: {"contact_id": other},
        "number": lambda sale: {"number": f"{sale['number']}-B"},
        "date": lambda _: {"date": "2026-11-02"},
        "due date": lambda _: {"due_date": "2026-12-24"},
        "notes": lambda _: {"notes": "With thanks"},
        "reference": lambda _: {"reference": "PO 7"},
        "billing address": lambda _: {"billing_address": AWAY[country]},
        "shipping address": lambda _: {"shipping_address": AWAY[country]},
        "mode": lambda sale: {"amounts_include_tax": not sale["amounts_include_tax"]},
        "line words": line_of(0, description="Green tea"),
        "line quantity": line_of(0, quantity="5"),
        "line price": line_of(1, unit_price="17.77"),
        "line discount": line_of(0, discount_amount="3.33"),
        "line discount off": line_of(0, discount_amount="0.00"),
        "line tax off": line_of(0, tax_code=free),
        "line tax on": line_of(2, tax_code=taxed),
        "line kind": line_of(2, description="Honey, with words", quantity="2", unit_price="4.99"),
        "line added": lambda sale: {"lines": [*sale["lines"], new]},
        "line removed": lambda sale: {"lines": sale["lines"][1:]},
        "lines turned round": lambda sale: {"lines": sale["lines"][::-1]},
        "lines typed anew": lambda sale: {"lines": [{k: v for k, v in x.items() if k != "id"} for x in sale["lines"]]},
        "words in between": lambda sale: {
            "lines": [sale["lines"][0], {"kind": "text", "description": "Thank you"}, *sale["lines"][1:]]
        },
        "discount": lambda sale: {"order_discounts": [{**sale["order_discounts"][0], "amount": "4.44"}]},
        "discount off": lambda _: {"order_discounts": []},
        "discount words": lambda sale: {"order_discounts": [{**sale["order_discounts"][0], "description": "Members"}]},
        "discount tax": lambda sale: {"order_discounts": [{**sale["order_discounts"][0], "tax_code": free}]},
        "shipping": lambda sale: {"shipping": {**sale["shipping"], "amount": "11.11"}},
        "shipping method": lambda sale: {"shipping": {**sale["shipping"], "method": "Courier"}},
        "shipping tax": lambda sale: {"shipping": {**sale["shipping"], "tax_code": free}},
        "shipping off": lambda _: {"shipping": None},
        "rounding": lambda _: {"rounding": "-0.02"},
        "tax off": lambda sale: {
            "lines": [{**x, "tax_code": free} for x in sale["lines"]],
            "shipping": {**sale["shipping"], "tax_code": free},
            "order_discounts": [{**sale["order_discounts"][0], "tax_code": free}],
        },
    }


def sent_back(document: Body) -> list[Body]:
    """An invoice's lines as a screen sends them back."""
    return [copy.deepcopy(x) for x in document["Line"] if x["DetailType"] != "SubTotalLineDetail"]


def row_of(words: str, amount: str | None = None, *, detail: Body | None = None, **members: Any) -> Edit:
    """One line of an invoice; with an amount it loses what would contradict it."""

    def edit(document: Body) -> Body:
        lines = sent_back(document)
        [one] = [x for x in lines if x.get("Description") == words]
        one |= members
        if amount is not None:
            kept = {k: v for k, v in one["SalesItemLineDetail"].items() if k not in ("UnitPrice", "Qty")}
            one |= {"Amount": Decimal(amount), "SalesItemLineDetail": kept}
            kept.pop("TaxInclusiveAmt", None)
        one["SalesItemLineDetail"] |= detail or {}
        return {"Line": lines}

    return edit


def in_the_books(country: Country, other: str, codes: dict[str, str], item: str) -> dict[str, Edit]:
    """One edit of each field of an invoice; `other` is another customer, `codes` are the tax codes by the shop's."""
    taxed, free = ({"value": codes[x[country]]} for x in (TAXED, FREE))
    new = {
        "Amount": Decimal("10.01"),
        "Description": "Saucer",
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": item}, "TaxCodeRef": taxed},
    }
    found: dict[str, Edit] = {
        "customer": lambda _: {"CustomerRef": {"value": other}},
        "number": lambda document: {"DocNumber": f"{document['DocNumber']}-B"},
        "date": lambda _: {"TxnDate": "2026-11-02"},
        "due date": lambda _: {"DueDate": "2026-12-24"},
        "memo": lambda _: {"CustomerMemo": {"value": "With thanks"}},
        "private note": lambda document: {"PrivateNote": f"{document['PrivateNote']} seen"},
        "billing address": lambda _: {"BillAddr": ELSEWHERE[country]},
        "shipping address": lambda _: {"ShipAddr": ELSEWHERE[country]},
        "line words": row_of("Tea", Description="Green tea"),
        "line amount": row_of("Cup", "31.31"),
        "line quantity": row_of("Cup", "39.00", detail={"Qty": 3, "UnitPrice": 13}),
        "line date": row_of("Cup", detail={"ServiceDate": "2026-11-01"}),
        "line tax off": row_of("Cup", "26.66", detail={"TaxCodeRef": free}),
        "line tax on": row_of("Honey", "9.99", detail={"TaxCodeRef": taxed}),
        "line added": lambda document: {"Line": [*sent_back(document), copy.deepcopy(new)]},
        "line removed": lambda document: {"Line": sent_back(document)[1:]},
        "lines turned round": lambda document: {"Line": sent_back(document)[::-1]},
        "lines typed anew": lambda document: {
            "Line": [{k: v for k, v in x.items() if k != "Id"} for x in sent_back(document)]
        },
        "words in between": lambda document: {
            "Line": [*sent_back(document), {"DetailType": "DescriptionOnly", "Description": "Thank you"}]
        },
        "discount": lambda document: {
            "Line": [
                *sent_back(document),
                {
                    "DetailType": "DiscountLineDetail",
                    "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 7},
                },
            ]
        },
        "discount in words": row_of("Spring sale", "-4.44"),
        "shipping": row_of("Express post", "11.11"),
        "shipping method": row_of("Express post", Description="Courier"),
    }
    if country == "US":
        return found | {"tax typed over": lambda _: {"TxnTaxDetail": {"TotalTax": Decimal("4.56")}}}
    return found | {"mode": _other_mode}


def _other_mode(document: Body) -> Body:
    """The bookkeeper switches between amounts with and without tax; the screen keeps the figures that are shown."""
    lines = sent_back(document)
    for one in lines:
        detail = one.get("SalesItemLineDetail", {})
        detail.pop("TaxInclusiveAmt", None)
    mode = "TaxExcluded" if document["GlobalTaxCalculation"] == "TaxInclusive" else "TaxInclusive"
    return {"GlobalTaxCalculation": mode, "Line": lines}


@dataclass(frozen=True, slots=True)
class Came:
    """What a document came to: its total, its tax, and the tax of each code (in America there is only one)."""

    total: Decimal
    tax: Decimal
    per_code: tuple[tuple[str, Decimal], ...]


def at_the_shop(sale: Body, country: Country) -> Came:
    taxes: dict[str, Decimal] = defaultdict(Decimal)
    parts = [*sale["lines"], *([sale["shipping"]] if sale["shipping"] else [])]
    for part, sign in [*((x, 1) for x in parts), *((x, -1) for x in sale["order_discounts"])]:
        taxes[TAXED[country] if country == "US" else part["tax_code"]] += sign * Decimal(part["tax_amount"] or 0)
    return Came(
        Decimal(sale["total"]), Decimal(sale["tax_total"]), tuple(sorted((k, v) for k, v in taxes.items() if v))
    )


def at_the_books(document: Body, country: Country, code_of: dict[str, str]) -> Came:
    detail = document.get("TxnTaxDetail") or {}
    tax = Decimal(str(detail.get("TotalTax", 0)))
    taxes: dict[str, Decimal] = defaultdict(Decimal)
    if country == "US":
        taxes[TAXED[country]] = tax
    else:
        for line in detail.get("TaxLine") or []:
            taxes[code_of[line["TaxLineDetail"]["TaxRateRef"]["value"]]] += Decimal(str(line["Amount"]))
    return Came(Decimal(str(document["TotalAmt"])), tax, tuple(sorted((k, v) for k, v in taxes.items() if v)))


@pytest.mark.parametrize(
    ("country", "included", "hazard"),
    [
        ("AU", True, ""),
        ("AU", False, ""),
        ("US", True, ""),
        ("US", False, ""),
        ("US", False, "tax_override_ignored"),
        ("AU", False, "tax_override_ignored"),
    ],
)
async def test_after_any_single_edit_both_sides_come_to_the_same_or_the_difference_is_named(
    own_database: DatabaseUrls, country: Country, included: bool, hazard: str
) -> None:
    async with joined(own_database.app, country=country) as joint:
        assert (await joint.sync()).state == "succeeded"
        edits, pairs, code_of = await edits_on_pairs(joint, country, included)
        if hazard:
            await joint.hazard("quickbooks", hazard)

        for (side, _), edit, pair in zip(edits, edits.values(), pairs, strict=True):
            await edited(joint, side, edit, pair)
        await run(joint)

        asked = await questions(joint)
        differing = []
        for name, (sale_id, invoice_id) in zip(edits, pairs, strict=True):
            ours = at_the_shop(await shop(joint, "sales", sale_id), country)
            theirs = at_the_books(await book(joint, "invoice", invoice_id), country, code_of)
            apart = abs(ours.total - theirs.total) or abs(ours.tax - theirs.tax)
            if ours != theirs and f"{apart:.2f}" not in asked.get(sale_id, ""):
                differing.append((name, ours, theirs, asked.get(sale_id)))
        assert differing == []
        assert hazard or asked == {}, "without a hazard none of these needs a person"
        await quiet(joint)


async def edits_on_pairs(
    joint: Joint, country: Country, included: bool
) -> tuple[dict[tuple[str, str], Edit], list[tuple[str, str]], dict[str, str]]:
    """Every edit by its side and name, a pair for each of them, and the shop's tax code of each rate of the books."""
    ada = await joint.contact(billing_address=HOME[country], shipping_address=HOME[country])
    grace = await joint.contact("Grace", "Hopper", billing_address=AWAY[country], shipping_address=AWAY[country])
    await sold(joint, grace["id"], "GRACE", ordered(country, included))
    await run(joint)
    other = next(c["Id"] for c in await joint.books_list("customer") if c["DisplayName"] == "Grace Hopper")
    code_of, codes = await tax_codes(joint, country)
    item = next(str(i["Id"]) for i in await joint.books_list("item") if i["Name"] == "Oncord sales")
    edits = {
        **{("shop", k): e for k, e in in_the_shop(country, grace["id"]).items()},
        **{("books", k): e for k, e in in_the_books(country, other, codes, item).items()},
    }
    return edits, await made(joint, ada["id"], ordered(country, included), len(edits)), code_of


async def edited(joint: Joint, side: str, edit: Edit, pair: tuple[str, str]) -> None:
    """A person makes an edit on its side of a pair."""
    sale_id, invoice_id = pair
    if side == "shop":
        await joint.in_shop("PATCH", f"sales/{sale_id}", edit(await shop(joint, "sales", sale_id)))
    else:
        await change(joint, "invoice", invoice_id, **plain(edit(await book(joint, "invoice", invoice_id))))


async def sold(joint: Joint, contact_id: str, number: str, content: Body) -> Body:
    """A sale under a number."""
    order = {k: v for k, v in content.items() if k != "lines"}
    return await joint.sale(contact_id, *content["lines"], number=number, **order)


async def made(joint: Joint, contact_id: str, content: Body, count: int) -> list[tuple[str, str]]:
    """So many equal sales, each with its invoice: the ids of both."""
    sales = [await sold(joint, contact_id, f"{n + 10001}", content) for n in range(count)]
    await run(joint)
    invoices = {i["DocNumber"]: i["Id"] for i in await joint.books_list("invoice")}
    return [(sale["id"], invoices[sale["number"]]) for sale in sales]


async def tax_codes(joint: Joint, country: Country) -> tuple[dict[str, str], dict[str, str]]:
    """The shop's tax code of each rate of the books, and the books' code of each of the shop's."""
    if country == "US":
        return {}, {"TAX": "TAX", "NON": "NON"}
    names = {"gst": "GST", "gst free": "FRE", "out of scope": ""}  # the last one is what rounds a total off
    by_rate: dict[str, str] = {}
    by_code: dict[str, str] = {}
    for code in await joint.books_list("taxcode"):
        ours = names.get(code["Name"].lower().replace("-", " "))
        if ours is None:
            continue
        by_code[ours] = str(code["Id"])
        for detail in code["SalesTaxRateList"]["TaxRateDetail"]:
            by_rate[str(detail["TaxRateRef"]["value"])] = ours
    return by_rate, by_code


async def questions(joint: Joint) -> dict[str, str]:
    """The words of the open questions, by the sale that they are about."""
    return {item.record_id: f"{item.summary} {item.advice}" for item in await joint.attention()}
