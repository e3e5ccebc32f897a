"""What happens at the shop in a year: orders, what is paid at once and what later, edits, returns, cancellations, late typing."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.support.joint import Joint
from tests.year.bas import Slip
from tests.year.companies import Company
from tests.year.people import Person, crowd, in_america

Body = dict[str, Any]
GOODS = ("Tea pot", "Kettle", "Mug", "Tray", "Spoon", "Tin", "Cloth", "Lamp", "Jar", "Whisk")
FOOD = ("Bread", "Rice", "Apples", "Tea leaves", "Flour", "Oats")
METHODS = ("credit_card", "credit_card", "credit_card", "paypal", "direct_deposit")
NEVER_PAID = 2
"""So many sales at a time nobody is going to pay."""
REMEMBERED = 400
"""So many people and orders the shop's staff still think of."""


@dataclass(slots=True)
class Order:
    """One sale as the staff remember it."""

    sale: Body
    day: dt.date
    receipt: Body | None = None


@dataclass
class Shop:
    """The shop's staff and customers. Whoever they are, they know nothing of the books."""

    joint: Joint
    chance: random.Random
    company: Company
    methods: dict[str, str] = field(default_factory=dict)
    regulars: list[tuple[Person, str]] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)
    sold: int = 0
    paid: int = 0
    _crowd: Iterator[Person] = field(init=False)
    _waiting: list[Person] = field(default_factory=list)

    def __post_init__(self) -> None:
        people = crowd(random.Random(f"crowd {self.chance.random()}"))
        self._crowd = map(in_america, people) if self.company.american else people

    async def opens(self) -> None:
        """Which methods of payment there are."""
        self.methods = {str(m["type"]): str(m["id"]) for m in await self.joint.shop_list("payment-methods")}

    # orders

    async def order(self, day: dt.date) -> Order:
        """Somebody orders, and mostly pays at once."""
        person, contact_id = await self._buyer()
        body: Body = {"contact_id": contact_id, "lines": self._basket(person), "source": "checkout"}
        if self.chance.random() < 0.4:
            code = self.company.none if person.abroad else self.company.taxed
            body["shipping"] = {"method": "Post", "amount": f"{self.chance.choice((7, 9.5, 12))}", "tax_code": code}
        if self.chance.random() < 0.08 and not person.abroad:
            body["order_discounts"] = [
                {"description": "Voucher code", "amount": "1.10", "tax_code": self.company.taxed}
            ]
            body["lines"] = [self._line(GOODS, self.company.taxed), *body["lines"]]
        if person.abroad and self.company.foreign and contact_id in self._in_dollars:
            body["currency"] = "USD"
        if not person.abroad and "currency" not in body:
            body["lines"] += self._voucher(sum(float(x["unit_price"]) * float(x["quantity"]) for x in body["lines"]))
        body["amounts_include_tax"] = self.chance.random() < 0.9 and not self.company.american
        made = Order(await self.joint.in_shop("POST", "sales", body), day)
        self.sold += 1
        if len(self.lost) < NEVER_PAID and self._is_plain(body):
            self.lost.append(made)
            return made
        self.orders = [*self.orders[-REMEMBERED:], made]
        if self.chance.random() < 0.92:
            await self.pay(made)
        return made

    lost: list[Order] = field(default_factory=list)
    """Sales that nobody is going to pay, until they are written off; the oldest first."""
    _in_dollars: set[str] = field(default_factory=set)
    vouchers: list[int] = field(default_factory=list)
    """What of the vouchers that are out there nobody has redeemed."""

    def _is_plain(self, body: Body) -> bool:
        """Whether an order is of goods alone, in the home currency."""
        vouchers = any(line.get("voucher") for line in body["lines"])
        return not vouchers and not {"shipping", "order_discounts", "currency"} & set(body)

    def _voucher(self, comes_to: float) -> list[Body]:
        """A voucher that is bought along, or part of one that pays for what is bought; mostly none."""
        what, line = self.chance.random(), {"quantity": "1", "tax_code": self.company.none, "voucher": True}
        if what < 0.03:
            self.vouchers.append(50)
            return [{**line, "description": "Gift card", "unit_price": "50.00"}]
        if what < 0.06 and self.vouchers:
            used = min(self.vouchers[0], int(comes_to) - 5)
            if used > 0:
                self.vouchers[0] -= used
                self.vouchers = [left for left in self.vouchers if left]
                return [{**line, "description": "Gift card used", "unit_price": f"-{used}.00"}]
        return []

    async def _buyer(self) -> tuple[Person, str]:
        """A regular with an account, a guest who was here before, or somebody new."""
        what = self.chance.random()
        if self.regulars and what < 0.35:
            return self.chance.choice(self.regulars)
        if self.regulars and what < 0.45:  # the same guest types everything in again
            person, before = self.chance.choice(self.regulars)
            made = await self.joint.in_shop("POST", "contacts", person.card)
            if before in self._in_dollars:
                self._in_dollars.add(made["id"])
            return person, made["id"]
        person = next(self._crowd)
        contact_id = str((await self.joint.in_shop("POST", "contacts", person.card))["id"])
        if person.abroad and self.chance.random() < 0.5:
            self._in_dollars.add(contact_id)
        self.regulars = [*self.regulars[-REMEMBERED:], (person, contact_id)]
        return person, contact_id

    def _basket(self, person: Person) -> list[Body]:
        if person.abroad:
            return [self._line(GOODS, self.company.none) for _ in range(self.chance.randrange(1, 3))]
        taxed, free, none = self.company.taxed, self.company.free, self.company.none
        kinds = ((GOODS, taxed), (GOODS, taxed), (FOOD, free), (FOOD, none))
        return [self._line(*self.chance.choice(kinds)) for _ in range(self.chance.randrange(1, 5))]

    def _line(self, names: tuple[str, ...], code: str) -> Body:
        price = f"{self.chance.randrange(150, 9000) / 100:.2f}"
        quantity = str(self.chance.choice((1, 1, 1, 2, 3)))
        return {"description": self.chance.choice(names), "quantity": quantity, "unit_price": price, "tax_code": code}

    async def pay(self, order: Order, **members: Any) -> None:
        """An order is paid in full; from abroad by card."""
        sale = order.sale
        if float(sale["total"]) <= 0:
            return
        dollars = self.company.foreign and sale["currency"] == "USD"
        kind = "credit_card" if dollars else self.chance.choice(METHODS)
        body: Body = {
            "contact_id": sale["contact_id"],
            "payment_method_id": self.methods[kind],
            "amount": sale["total"],
        }
        body |= {"allocations": [{"sale_id": sale["id"], "amount": sale["total"]}], **members}
        order.receipt = await self.joint.in_shop("POST", "receipts", body)
        self.paid += 1

    # what comes afterwards

    async def returned(self, day: dt.date) -> None:
        """Something of an order is brought back, and the money goes back the way it came."""
        order = self._some(paid=True, since=day - dt.timedelta(days=14))
        if order is None:
            return
        sale, line = order.sale, self.chance.choice([x for x in order.sale["lines"] if not x.get("voucher")])
        kept = ("description", "quantity", "unit_price", "tax_code")
        back = {name: line[name] for name in kept} | {"quantity": f"-{line['quantity']}"}
        body = {"contact_id": sale["contact_id"], "kind": "adjustment", "lines": [back], "adjusts_sale_id": sale["id"]}
        body |= {"currency": sale["currency"], "amounts_include_tax": sale["amounts_include_tax"]}
        credit = await self.joint.in_shop("POST", "sales", body)
        assert order.receipt is not None
        amount = credit["total"]
        refund = {"contact_id": sale["contact_id"], "payment_method_id": order.receipt["payment_method_id"]}
        refund |= {"amount": amount, "allocations": [{"sale_id": credit["id"], "amount": amount}]}
        await self.joint.in_shop("POST", "receipts", refund)
        self.orders.remove(order)

    async def written_off(self) -> bool:
        """A sale of long ago that nobody is going to pay is written off today, line by line; whether there was one."""
        if not self.lost:
            return False
        sale = self.lost.pop(0).sale
        kept = ("description", "quantity", "unit_price", "tax_code")
        lines = [{name: line[name] for name in kept} for line in sale["lines"]]
        lines = [{**line, "quantity": f"-{line['quantity']}"} for line in lines]
        body = {"contact_id": sale["contact_id"], "kind": "adjustment", "lines": lines}
        body |= {"adjusts_sale_id": sale["id"], "adjustment_reason": "bad_debt"}
        body |= {name: sale[name] for name in ("currency", "amounts_include_tax")}
        await self.joint.in_shop("POST", "sales", body)
        return True

    async def edited(self, day: dt.date) -> None:
        """A price is corrected on a sale that is not paid yet, in its own month."""
        order = self._some(paid=False, since=day.replace(day=1))
        if order is not None:
            order.sale = await self._reprice(order.sale)

    async def _reprice(self, sale: Body) -> Body:
        lines = [*sale["lines"]]
        lines[0] = {**lines[0], "unit_price": f"{float(lines[0]['unit_price']) + 1:.2f}"}
        changed: Body = await self.joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})
        return changed

    async def cancelled(self, day: dt.date, *, paid: bool, late: bool) -> bool:
        """A sale is cancelled, of this month or of an earlier one; whether there was one to cancel."""
        first = day.replace(day=1)
        until = first - dt.timedelta(days=1) if late else day
        order = self._some(paid=paid, since=dt.date.min if late else first, until=until)
        if order is None:
            return False
        await self.joint.in_shop("PATCH", f"sales/{order.sale['id']}", {"voided": True})
        self.slips.append(Slip(order.sale["id"], day.isoformat()))
        self.orders.remove(order)
        return True

    async def deleted(self, day: dt.date) -> None:
        """A sale of this month that nobody has paid was a mistake."""
        order = self._some(paid=False, since=day.replace(day=1))
        if order is not None:
            await self.joint.in_shop("DELETE", f"sales/{order.sale['id']}")
            self.orders.remove(order)

    async def paid_late(self, day: dt.date) -> None:
        """Money for a sale on account arrives."""
        order = self._some(paid=False, until=day - dt.timedelta(days=5))
        if order is not None:
            await self.pay(order)

    async def repriced_late(self, until: dt.date) -> Order | None:
        """Somebody corrects the price of a sale of a period that is lodged; the sale as it was."""
        order = self._some(paid=False, until=until)
        if order is None:
            return None
        before = Order(order.sale, order.day)
        order.sale = await self._reprice(order.sale)
        return before

    async def as_before(self, before: Order) -> None:
        """That correction is taken back."""
        lines = before.sale["lines"]
        put_back = await self.joint.in_shop("PATCH", f"sales/{before.sale['id']}", {"lines": lines})
        for order in self.orders:
            if order.sale["id"] == before.sale["id"]:
                order.sale = put_back

    async def money_corrected(self, until: dt.date) -> None:
        """Somebody finds that a receipt of long ago was a dollar less, or never came."""
        order = self._some(paid=True, until=until)
        if order is None or order.receipt is None or float(order.receipt["amount"]) < 5:
            return
        self.orders.remove(order)
        address = f"receipts/{order.receipt['id']}"
        if self.chance.random() < 0.5:
            await self.joint.in_shop("DELETE", address)
            return
        amount = f"{Decimal(order.receipt['amount']) - 1:.2f}"
        allocations = [{"sale_id": order.sale["id"], "amount": amount}]
        await self.joint.in_shop("PATCH", address, {"amount": amount, "allocations": allocations})

    def _some(self, *, paid: bool, since: dt.date = dt.date.min, until: dt.date = dt.date.max) -> Order | None:
        known = [o for o in self.orders if (o.receipt is not None) == paid and since <= o.day <= until]
        return self.chance.choice(known) if known else None
