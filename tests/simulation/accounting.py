"""What an accountant brings into a life: days that pass, closing dates, what is lodged, months that are sealed, reconciliations; and
what people do all the same: sales, receipts and cancellations of old days, lines without a tax code, edits of what is closed.

By chances of its own, so that what else happens in a life does not depend on it.
"""

import datetime as dt
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from app.container import build_container
from app.domain.model.untaxed_lines import UntaxedCodes, UntaxedLines
from app.errors import Rejection
from app.services import sealed_months
from tests.simulation import owing
from tests.simulation.answering import answer_item
from tests.simulation.guarded import ASKED, Guard
from tests.simulation.life import Body, Life
from tests.support.joint import CONNECTION
from tests.support.people import SOMEBODY

Chance = random.Random
SORTS = ("products", "free_text", "shipping", "discounts")
DAY = 86400
MOST_DAYS = 75
"""So long a life lasts at most: after a hundred days without a run the grant would be gone, which is another story."""


async def begin(life: Life, chance: Chance) -> None:
    """How this company reports its GST is chosen, and perhaps nobody has said yet what lines without a code are."""
    life.guard = Guard(life.joint)
    life.outside.guard = life.guard
    basis = chance.choice(("accrual", "accrual", "cash", "undecided"))
    # America's sales tax does not depend on when a sale is paid: "on cash-basis GST: nor allocations" (B1) is of no figure there.
    life.guard.allocations_are_free = basis == "accrual" or life.world == "american"
    life.told.append(f"  0 clerk GST basis {basis}")
    await life.configure(gst_basis=basis)
    if life.world != "american":
        undecided = chance.random() < 0.6
        life.said = set() if undecided else {life.codes["FREE"][1]}
        life.said_abroad = set(life.said)
        if undecided:
            await life.configure(untaxed_lines=UntaxedLines())
    await owing.begin(life, chance)


async def account(life: Life, chance: Chance) -> None:
    """One of these happens, where there is something that it could happen to."""
    [deed] = chance.choices(list(_DEEDS), weights=list(_DEEDS.values()))
    await deed(life, chance)


def _guard(life: Life) -> Guard:
    assert life.guard is not None
    return life.guard


def _today(life: Life) -> dt.date:
    """The day at the shop, in Brisbane or in California."""
    hours = -8 if life.world == "american" else 10
    return (life.joint.clock.now() + dt.timedelta(hours=hours)).date()


async def _days_pass(life: Life, chance: Chance) -> None:
    days = chance.choice((1, 2, 3, 7, 12))
    if life.days + days <= MOST_DAYS:
        life.days += days
        life.joint.clock.pass_time(days * DAY)
        life.told.append(f"{life.tick:3} {days} days pass: {_today(life)}")


def _a_past_day(life: Life, chance: Chance, most: int = 60) -> str:
    return (_today(life) - dt.timedelta(days=chance.randrange(1, most))).isoformat()


async def _books_closed(life: Life, chance: Chance) -> None:
    """The bookkeeper sets the closing date, moves it, or opens the books again."""
    until = _a_past_day(life, chance) if chance.random() < 0.8 else None
    life.told.append(f"{life.tick:3} books closed up to {until}")
    await life.joint.in_books("POST", "close-books", {"date": until})


async def _lodged(life: Life, chance: Chance) -> None:
    """Somebody enters up to when a BAS was lodged, or takes that back."""
    until = _a_past_day(life, chance) if chance.random() < 0.85 else ""
    life.told.append(f"{life.tick:3} clerk lodged until {until}")
    try:
        await life.configure(lodged_until=dt.date.fromisoformat(until) if until else None)
    except Rejection as error:
        life.told.append(f"          refused: {error}")
        return
    _guard(life).lodged = until


async def _sealed(life: Life, chance: Chance) -> None:
    """A month that is over is sealed, with whatever differs; or the last one is unsealed."""
    guard, container = _guard(life), build_container(life.joint.runtime)
    last = max(guard.sealed, default="")
    month = (_today(life).replace(day=1) - dt.timedelta(days=chance.choice((1, 1, 35)))).strftime("%Y-%m")
    try:
        if last and chance.random() < 0.4:
            await sealed_months.unseal(container, CONNECTION, last, who=SOMEBODY)
            guard.sealed.discard(last)
            life.told.append(f"{life.tick:3} clerk unseals {last}")
        else:
            await sealed_months.seal(container, CONNECTION, month, who=SOMEBODY, with_differences=True)
            guard.sealed.add(month)
            life.told.append(f"{life.tick:3} clerk seals {month}")
    except Rejection as error:
        life.told.append(f"{life.tick:3} clerk cannot seal or unseal: {error}")


async def _reconciled(life: Life, chance: Chance) -> None:
    """The bank feed matches what lies in an account, a reconciliation holds it, or one is undone."""
    account = chance.choice([each for every in life.accounts.values() for each in every])
    status = chance.choice(("Reconciled", "Reconciled", "Cleared", "Uncleared"))
    body: Body = {"account": account, "status": status}
    if chance.random() < 0.5:
        body["until"] = _a_past_day(life, chance, 20)
    done = await life.joint.in_books("POST", "reconcile", body)
    life.told.append(f"{life.tick:3} books {status} {account} {body.get('until', '')}: {len(done['items'])}")
    life.ways.banked |= {str(each["id"]) for each in done["items"]}


def _one(chance: Chance, records: list[Body]) -> Body | None:
    return chance.choice(records) if records else None


async def _old_sale(life: Life, chance: Chance) -> None:
    """A sale is typed in late."""
    contact = _one(chance, await life.joint.shop_list("contacts"))
    if contact:
        line = _line(life, chance, life.codes[chance.choice(("GST", "FREE"))][0])
        members = {"contact_id": contact["id"], "lines": [line], "currency": life.currencies[0]}
        await life.shop("POST", "sales", {**members, "date": _a_past_day(life, chance)})


def _line(life: Life, chance: Chance, code: str) -> Body:
    price = f"{chance.randrange(100, 40000) / 100:.2f}"
    return {"description": f"Aged {chance.randrange(10**6)}", "quantity": "1", "unit_price": price, "tax_code": code}


async def _old_receipt(life: Life, chance: Chance) -> None:
    """Money of an old day is typed in late."""
    sales = await life.joint.shop_list("sales")
    sale = _one(chance, [s for s in sales if s["status"] == "confirmed" and not s["voided"] and float(s["total"]) > 0])
    if sale:
        body: Body = {"contact_id": sale["contact_id"], "payment_method_id": life.methods[0], "amount": sale["total"]}
        body |= {"currency": sale["currency"], "date": _a_past_day(life, chance, 40)}
        await life.shop("POST", "receipts", {**body, "allocations": [{"sale_id": sale["id"], "amount": sale["total"]}]})


async def _cancelled(life: Life, chance: Chance) -> None:
    """A sale is cancelled, rather one of an earlier month, paid or not; now and then one stands again."""
    sales = await life.joint.shop_list("sales")
    standing = [s for s in sales if s["status"] == "confirmed" and not s["voided"] and s["kind"] == "sale"]
    month = _today(life).strftime("%Y-%m")
    late = [s for s in standing if s["date"][:7] < month]
    if chance.random() < 0.2:
        sale = _one(chance, [s for s in sales if s["voided"]])
        members: Body = {"voided": False}
    else:
        sale, members = _one(chance, late or standing), {"voided": True}
    if sale:
        await life.shop("PATCH", f"sales/{sale['id']}", members)


async def _old_sale_edited(life: Life, chance: Chance) -> None:
    """Somebody changes the price, the day or the note of a sale of a locked period, or deletes it."""
    until = _guard(life).until
    sales = [s for s in await life.joint.shop_list("sales") if s["kind"] == "sale" and not s["voided"]]
    sale = _one(chance, [s for s in sales if s["date"] <= until] or sales)
    if sale is None:
        return
    what = chance.choice(("price", "price", "day", "note", "gone"))
    if what == "price":
        line = _line(life, chance, life.codes["GST"][0])
        await life.type_at_shop("sale", sale, lines=[line], order_discounts=[])
    elif what == "day":
        await life.shop("PATCH", f"sales/{sale['id']}", {"date": _a_past_day(life, chance)})
    elif what == "note":
        await life.type_at_shop("sale", sale, notes=f"Old {life.tick}")
    else:
        await life.shop("DELETE", f"sales/{sale['id']}{chance.choice(('', '?cascade=true'))}")


async def _money_edited(life: Life, chance: Chance) -> None:
    """Somebody changes a receipt whose money the bank may hold: its amount, its day, or it is deleted."""
    receipt = _one(chance, [r for r in await life.joint.shop_list("receipts") if float(r["amount"]) > 0])
    if receipt is None:
        return
    what = chance.choice(("less", "less", "day", "gone"))
    if what == "less" and receipt["allocations"]:
        half = [{**a, "amount": f"{float(a['amount']) / 2:.2f}"} for a in receipt["allocations"]]
        amount = f"{sum(float(a['amount']) for a in half):.2f}"
        if float(amount):
            await life.type_at_shop("receipt", receipt, amount=amount, allocations=half)
    elif what == "day":
        await life.shop("PATCH", f"receipts/{receipt['id']}", {"date": _a_past_day(life, chance)})
    elif what == "gone":
        await life.shop("DELETE", f"receipts/{receipt['id']}")


async def _sold_without_a_code(life: Life, chance: Chance) -> None:
    """A sale with lines that have no tax code, and perhaps shipping and a discount without one."""
    contact = _one(chance, await life.joint.shop_list("contacts"))
    if contact is None:
        return
    lines = [_line(life, chance, ""), _line(life, chance, life.codes["GST"][0])]
    body: Body = {"contact_id": contact["id"], "lines": lines[: chance.randrange(1, 3)], "currency": life.currencies[0]}
    if chance.random() < 0.3:
        body["shipping"] = {"method": "Post", "amount": "7.00", "tax_code": ""}
    await life.shop("POST", "sales", body)


async def _voucher_sold(life: Life, chance: Chance) -> None:
    """A voucher is sold, alone or with tea, or part of one is redeemed."""
    contact = _one(chance, await life.joint.shop_list("contacts"))
    if contact is None:
        return
    worth, tea = chance.choice((50, 50, -20)), _line(life, chance, life.codes["GST"][0])
    card = {"description": "Gift card", "quantity": "1", "unit_price": f"{worth}.00", "tax_code": "", "voucher": True}
    lines = [card] if worth > 0 and chance.random() < 0.5 else [card, {**tea, "unit_price": "88.00"}]
    if life.world == "american":
        card["tax_code"] = life.codes["FREE"][0]
    await life.shop("POST", "sales", {"contact_id": contact["id"], "lines": lines, "currency": life.currencies[0]})


async def _said_what_vouchers_are(life: Life, chance: Chance) -> None:
    """Somebody chooses the item that vouchers become, once."""
    if life.voucher_item:
        return
    account = await life.joint.person("account", {"Name": "Vouchers sold", "AccountType": "Other Current Liability"})
    body = {"Name": "Gift vouchers", "Type": "Service", "IncomeAccountRef": {"value": account["Id"]}}
    life.voucher_item = str((await life.joint.person("item", body))["Id"])
    life.told.append(f"{life.tick:3} clerk says that vouchers are item {life.voucher_item}")
    config = await life.configuration()
    await life.configure(items=replace(config.items, voucher_item_id=life.voucher_item))


async def _said_what_it_is(life: Life, chance: Chance) -> None:
    """Somebody says what lines without a code are, of every sort or of some."""
    if life.world == "american":
        return
    code = life.codes["FREE"][1]
    codes = UntaxedCodes(**{sort: code for sort in SORTS if chance.random() < 0.8})
    config = await life.configuration()
    away = life.ways.export or code
    wish = replace(config.untaxed_lines, home=codes, abroad=UntaxedCodes(away, away, away, away))
    life.told.append(f"{life.tick:3} clerk says what lines without a code are: {codes}")
    life.said.add(code)
    life.said_abroad.add(away)
    await life.configure(untaxed_lines=wish)


async def _answered(life: Life, chance: Chance) -> None:
    """Somebody answers a question about a locked period or cleared money with one of its answers."""
    item: Any = _one(chance, [i for i in await life.joint.attention() if i.kind in ASKED])
    if item is not None:
        await answer_item(life, item, chance.choice(item.actions))


Deed = Callable[[Life, Chance], Awaitable[None]]
_DEEDS: dict[Deed, int] = {
    _days_pass: 5,
    _books_closed: 2,
    _lodged: 3,
    _sealed: 2,
    _reconciled: 4,
    _old_sale: 3,
    _old_receipt: 2,
    _cancelled: 4,
    _old_sale_edited: 4,
    _money_edited: 4,
    _sold_without_a_code: 3,
    _said_what_it_is: 1,
    _voucher_sold: 2,
    _said_what_vouchers_are: 1,
    _answered: 6,
    owing.written_off: 2,
    owing.said_what_bad_debts_are: 1,
    owing.paid_back: 2,
    owing.said_what_it_gives_back: 2,
    owing.early_sale: 3,
    owing.money_for_an_early_sale: 2,
    owing.said_what_early_sales_become: 2,
}
"""What happens, and how often."""
