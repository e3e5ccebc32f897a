"""What is owed and given back otherwise: debts that nobody is going to pay, money back for no adjustment, sales from before the
start date. People's deeds, by chances of an accountant's own.
"""

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.container import build_container
from app.domain.model.opening import OpeningChoice
from app.errors import Rejection
from app.services import opening
from tests.simulation.answering import answer_item
from tests.simulation.life import Body, Life
from tests.support.joint import CONNECTION
from tests.support.people import SOMEBODY

Chance = random.Random
STARTS = dt.date(2026, 9, 1)
"""The start date, where the shop is older than its books: long before anything else that people enter late."""
CHOICES: tuple[OpeningChoice, ...] = ("create", "bring_in", "match", "left_out")


async def begin(life: Life, chance: Chance) -> None:
    """Perhaps the shop had sold for a while before the books began."""
    if chance.random() < 0.5:
        life.starts = STARTS.isoformat()
        life.told.append(f"  0 clerk starts on {STARTS}")
        await life.configure(start_date=STARTS)


def _one(chance: Chance, records: list[Body]) -> Body | None:
    return chance.choice(records) if records else None


async def _standing(life: Life) -> list[Body]:
    sales = await life.joint.shop_list("sales")
    return [
        s
        for s in sales
        if s["kind"] == "sale" and s["status"] == "confirmed" and not s["voided"] and float(s["total"]) > 0
    ]


# debts that nobody is going to pay


async def written_off(life: Life, chance: Chance) -> None:
    """A sale that nobody has paid is written off, whole or in part, and mostly the credit is applied to it at once; or one that
    was written off before is applied now."""
    if chance.random() < 0.2:
        await _apply_late(life, chance)
        return
    sale = _one(chance, [s for s in await _standing(life) if not float(s["amount_paid"])])
    lines = [] if sale is None else [x for x in sale["lines"] if float(x["line_total"]) > 0 and not x.get("voucher")]
    if sale is None or not lines:
        return
    if chance.random() < 0.4:
        lines = lines[:1]
    off = [
        {"description": f"Lost {n}", "quantity": "-1", "unit_price": x["line_total"], "tax_code": x["tax_code"]}
        for n, x in enumerate(lines)
    ]
    body: Body = {"contact_id": sale["contact_id"], "kind": "adjustment", "lines": off, "adjusts_sale_id": sale["id"]}
    body |= {"adjustment_reason": "bad_debt", "currency": sale["currency"]}
    if life.world != "american":
        body["amounts_include_tax"] = sale["amounts_include_tax"]
    made = await life.shop("POST", "sales", body)
    if made is not None and chance.random() < 0.75:
        await _apply(life, sale, made)


async def _apply_late(life: Life, chance: Chance) -> None:
    sales = await life.joint.shop_list("sales")
    lost = [
        s for s in sales if s.get("adjustment_reason") == "bad_debt" and not s["voided"] and s["id"] not in life.used
    ]
    adjustment = _one(chance, lost)
    sale = next((s for s in sales if adjustment and s["id"] == adjustment["adjusts_sale_id"]), None)
    if adjustment is not None and sale is not None:
        await _apply(life, sale, adjustment)


async def _apply(life: Life, sale: Body, adjustment: Body) -> None:
    credit = f"{min(-float(adjustment['total']), float(sale['amount_owing'])):.2f}"
    if float(credit) <= 0:
        return
    parts = [{"sale_id": sale["id"], "amount": credit}, {"sale_id": adjustment["id"], "amount": f"-{credit}"}]
    body = {"contact_id": sale["contact_id"], "payment_method_id": life.methods[0], "amount": "0.00"}
    if await life.shop("POST", "receipts", {**body, "currency": sale["currency"], "allocations": parts}):
        life.used.add(str(adjustment["id"]))


async def said_what_bad_debts_are(life: Life, chance: Chance) -> None:
    """Somebody chooses the item of bad debts, once; and to which account goodwill goes."""
    if life.bad_debt_item:
        return
    account = await life.joint.person("account", {"Name": "Bad debts expense", "AccountType": "Expense"})
    body = {"Name": "Bad debts", "Type": "Service", "IncomeAccountRef": {"value": account["Id"]}}
    life.bad_debt_item = str((await life.joint.person("item", body))["Id"])
    life.told.append(f"{life.tick:3} clerk says that bad debts are item {life.bad_debt_item}")
    items = replace((await life.configuration()).items, reason_items={"bad_debt": life.bad_debt_item})
    await life.configure(items=items, goodwill_account=str(account["Id"]))


# money back for no adjustment


async def paid_back(life: Life, chance: Chance) -> None:
    """Money goes back to somebody who has paid, without an adjustment: the whole, a line, some of it, or for no sale."""
    sale = _one(chance, [s for s in await _standing(life) if float(s["amount_paid"]) > 0])
    if sale is None:
        return
    paid = min(float(sale["amount_paid"]), float(sale["total"]))
    amount = chance.choice((paid, paid, round(paid / 3, 2), *(float(x["line_total"]) for x in sale["lines"])))
    if not 0 < amount <= paid:
        return
    back: Body = {"contact_id": sale["contact_id"], "payment_method_id": life.methods[0], "amount": f"-{amount:.2f}"}
    back["currency"] = sale["currency"]
    back["allocations"] = [{"sale_id": sale["id"], "amount": f"-{amount:.2f}"}] if chance.random() < 0.75 else []
    await life.shop("POST", "receipts", back)


async def said_what_it_gives_back(life: Life, chance: Chance) -> None:
    """Somebody says what a refund gives back."""
    item: Any = _one(chance, [i for i in await life.joint.attention() if i.kind == "refund"])
    if item is not None:
        await answer_item(life, item, chance.choice(item.actions))


# sales from before the start date


async def early_sale(life: Life, chance: Chance) -> None:
    """A sale from before the start date, of which something was paid before or has been since; the books may hold it."""
    if not life.starts:
        return
    contact = _one(chance, await life.joint.shop_list("contacts"))
    if contact is None:
        return
    price = f"{chance.randrange(100, 40000) / 100:.2f}"
    line = {"description": f"Old {life.tick}", "quantity": "1", "unit_price": price, "tax_code": life.codes["FREE"][0]}
    day = STARTS - dt.timedelta(days=chance.randrange(1, 30))
    body: Body = {"contact_id": contact["id"], "lines": [line], "currency": life.currencies[0], "date": day.isoformat()}
    sale = await life.shop("POST", "sales", body)
    if sale is None:
        return
    life.early.add(str(sale["id"]))
    life.open_then[str(sale["id"])] = Decimal(str(sale["total"]))
    if chance.random() < 0.4:
        before = await _received(life, sale, chance.choice((1.0, 0.5)), day)
        life.open_then[str(sale["id"])] -= Decimal(before)
    elif chance.random() < 0.4:
        await _in_the_books(life, contact, price, day)


async def money_for_an_early_sale(life: Life, chance: Chance) -> None:
    """What was still owed for a sale from before the start date comes in now."""
    sales = [s for s in await _standing(life) if s["id"] in life.early and float(s["amount_owing"]) > 0]
    sale = _one(chance, sales)
    if sale is not None:
        await _received(life, sale, chance.choice((1.0, 0.5)), life.joint.clock.now().date())


async def _received(life: Life, sale: Body, share: float, day: dt.date) -> str:
    amount = f"{float(sale['amount_owing']) * share:.2f}"
    body: Body = {"contact_id": sale["contact_id"], "payment_method_id": life.methods[0], "amount": amount}
    body |= {"currency": sale["currency"], "date": day.isoformat()}
    made = await life.shop("POST", "receipts", {**body, "allocations": [{"sale_id": sale["id"], "amount": amount}]})
    return amount if made is not None else "0"


async def _in_the_books(life: Life, contact: Body, price: str, day: dt.date) -> None:
    """The bookkeeper has entered such a sale, where its customer is known."""
    customers = (await life.counterparts("contact")).get(str(contact["id"]), [])
    if not customers:
        return
    detail = {"ItemRef": {"value": life.item}, "TaxCodeRef": {"value": life.codes["FREE"][1]}}
    line = {"Amount": float(price), "Description": "Old", "DetailType": "SalesItemLineDetail"}
    body: Body = {"CustomerRef": {"value": customers[0]}, "TxnDate": day.isoformat()}
    if life.world != "american":
        body["GlobalTaxCalculation"] = "TaxExcluded"
    await life.books("invoice", {**body, "Line": [{**line, "SalesItemLineDetail": detail}]})


async def said_what_early_sales_become(life: Life, chance: Chance) -> None:
    """Somebody says it of all such sales at once, or of one of them."""
    if not life.starts:
        return
    choice = chance.choice(CHOICES)
    container = build_container(life.joint.runtime)
    try:
        if chance.random() < 0.4:
            items = (await life.configuration()).items
            if choice == "bring_in" and not items.opening_item_id:
                items = replace(items, opening_item_id=await _equity_item(life))
            life.told.append(f"{life.tick:3} clerk says that early sales are {choice}")
            await life.configure(opening_receivables=choice, items=items)
            life.opening_choice = choice
            life.opening_choices.add(choice)
            return
        page = await opening.list_openings(container, CONNECTION, 50, None)
        each = chance.choice(page.items) if page.items else None
        if each is not None:
            document = each.documents[0].id if choice == "match" and each.documents else ""
            life.told.append(f"{life.tick:3} clerk says that early sale {each.sale.sale_id} is {choice} {document}")
            await opening.answer_opening(container, CONNECTION, each.sale.sale_id, choice, document, who=SOMEBODY)
            life.openings[each.sale.sale_id] = choice
    except Rejection as error:
        life.told.append(f"{life.tick:3} clerk: refused, {error}")


async def _equity_item(life: Life) -> str:
    account = await life.joint.account("Equity", "OpeningBalanceEquity")
    made = await life.joint.person(
        "item", {"Name": "Owed before", "Type": "Service", "IncomeAccountRef": {"value": account}}
    )
    life.opening_item = str(made["Id"])
    return life.opening_item
