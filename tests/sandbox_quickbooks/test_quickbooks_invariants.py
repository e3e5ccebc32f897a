"""Whatever is done in whatever order, the books add up: random walks over one company, checked at every step."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal

import pytest

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.customers import merge
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.requests.interference import bank_deposit
from app.sandbox.quickbooks.requests.writes import write
from app.sandbox.quickbooks.values.faults import FaultError
from app.sandbox.quickbooks.values.wire import (
    Body,
    dumps,
    money,
    parse,
)

from .books import open_books

ZERO = Decimal(0)


class Walker:
    """A person and an app who do things at random."""

    def __init__(self, country: str, seed: int) -> None:
        self.company: Company = open_books(country).company
        self.chance = random.Random(seed)
        self.done: defaultdict[str, int] = defaultdict(int)
        for number in range(4):
            write(self.company, "Customer", {"DisplayName": f"C{number}"})

    def pick(self, entity: str) -> Record | None:
        rows = list(self.company.table(entity).rows.values())
        return self.chance.choice(rows) if rows else None

    def customer(self) -> Body:
        rows = [row for row in self.company.table("Customer").rows.values() if row.body["Active"]]
        return {"value": self.chance.choice(rows).id}

    def lines(self) -> list[Body]:
        chance, company = self.chance, self.company
        codes = (
            ["TAX", "NON"]
            if company.country == "US"
            else [company.table("TaxCode").find("Name", name)[0].id for name in ("GST", "GST-free")]
        )
        found: list[Body] = []
        for _ in range(chance.randint(1, 4)):
            detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": {"value": chance.choice(codes)}}
            found.append(
                {
                    "DetailType": "SalesItemLineDetail",
                    "Amount": Decimal(chance.randint(1, 20000)) / 100,
                    "SalesItemLineDetail": detail,
                }
            )
        if chance.random() < 0.3:
            percent = {"PercentBased": True, "DiscountPercent": chance.choice([5, Decimal("7.5"), 33])}
            found.append({"DetailType": "DiscountLineDetail", "DiscountLineDetail": percent})
        return found

    def form(self) -> None:
        entity = self.chance.choice(["Invoice", "Invoice", "CreditMemo", "SalesReceipt"])
        mode = self.chance.choice(["TaxExcluded", "TaxInclusive"])
        place = {"Line1": "1", "CountrySubDivisionCode": self.chance.choice(["AZ", "CA", "NV"])}
        body = {"CustomerRef": self.customer(), "Line": self.lines(), "ShipAddr": place}
        write(self.company, entity, body if self.company.country == "US" else {**body, "GlobalTaxCalculation": mode})

    def relined(self) -> None:
        record = self.pick("Invoice")
        if record is not None:
            write(
                self.company,
                "Invoice",
                {"Id": record.id, "SyncToken": record.token, "sparse": True, "Line": self.lines()},
            )

    def echoed(self) -> None:
        """A full update with exactly what was answered must not move anything."""
        entity = self.chance.choice(["Invoice", "CreditMemo", "SalesReceipt", "Customer"])
        record = self.pick(entity)
        if record is not None and "Voided" not in str(record.body.get("PrivateNote")):
            token = record.token
            write(self.company, entity, parse(dumps(record.body)))
            assert record.token == token

    def paid(self) -> None:
        invoice, memo = self.pick("Invoice"), self.pick("CreditMemo")
        if invoice is None:
            return
        amount = min(money(invoice.body["Balance"]), Decimal(self.chance.randint(1, 20000)) / 100)
        links = [{"Amount": amount, "LinkedTxn": [{"TxnId": invoice.id, "TxnType": "Invoice"}]}]
        total = amount + self.chance.choice([0, 5])
        if memo is not None and memo.body["CustomerRef"] == invoice.body["CustomerRef"] and self.chance.random() < 0.7:
            amount = min(amount, money(memo.body["Balance"]))
            links[0]["Amount"] = amount
            links.append({"Amount": amount, "LinkedTxn": [{"TxnId": memo.id, "TxnType": "CreditMemo"}]})
            total = ZERO
        body = {"CustomerRef": invoice.body["CustomerRef"], "TotalAmt": total, "Line": links}
        write(self.company, "Payment", body)

    def repaid(self) -> None:
        payment = self.pick("Payment")
        if payment is not None:
            sent = {name: payment.body[name] for name in ("Id", "SyncToken", "CustomerRef", "TotalAmt")}
            write(self.company, "Payment", {**sent, "Line": payment.body["Line"][:1]})

    def gone(self) -> None:
        entity = self.chance.choice(["Invoice", "Payment", "CreditMemo", "Deposit", "SalesReceipt"])
        record = self.pick(entity)
        if record is not None:
            write(
                self.company, entity, {"Id": record.id}, operation=self.chance.choice(["delete", "void"]), person=True
            )

    def deposited(self) -> None:
        payment = self.pick("Payment")
        if payment is not None:
            bank_deposit(self.company, [("Payment", payment.id)])

    def merged(self) -> None:
        loser, survivor = self.pick("Customer"), self.pick("Customer")
        if loser is not None and survivor is not None and self.done["merged"] < 2:
            merge(self.company, loser, survivor)

    def step(self) -> None:
        acts: list[Callable[[], None]] = [
            self.form, self.form, self.relined, self.echoed, self.paid, self.paid, self.paid, self.repaid, self.gone, self.deposited,
        ]  # fmt: skip
        act = self.merged if self.chance.random() < 0.01 else self.chance.choice(acts)
        self.company.clock.advance(1)
        try:
            act()
            self.done[act.__name__] += 1
        except FaultError:
            self.done["refused"] += 1


def check(company: Company) -> None:
    rows = {entity: table.rows for entity, table in company.tables.items()}
    applied: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    balances: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payment in rows["Payment"].values():
        left = money(payment.body["TotalAmt"])
        for line in payment.body["Line"]:
            link = line["LinkedTxn"][0]
            applied[link["TxnType"], link["TxnId"]] += money(line["Amount"])
            left += money(line["Amount"]) * (1 if link["TxnType"] == "CreditMemo" else -1)
        assert money(payment.body["UnappliedAmt"]) == left >= 0
        balances[payment.body["CustomerRef"]["value"]] -= left
    for entity, sign in (("Invoice", 1), ("CreditMemo", -1)):
        for form in rows[entity].values():
            body = form.body
            assert money(body["Balance"]) == money(body["TotalAmt"]) - applied.pop((entity, form.id), ZERO) >= 0
            balances[body["CustomerRef"]["value"]] += sign * money(body["Balance"])
    assert not applied
    for entity in ("Invoice", "CreditMemo", "SalesReceipt"):
        for form in rows[entity].values():
            adds_up(form.body)
    for customer in rows["Customer"].values():
        assert money(customer.body["Balance"]) == balances[customer.id]
    receivable = company.account_of("Accounts Receivable").body["CurrentBalance"]
    assert money(receivable) == sum(balances.values(), ZERO)
    in_order(company)


def adds_up(body: Body) -> None:
    lines, tax = body["Line"], money(body.get("TxnTaxDetail", {}).get("TotalTax", 0))
    parts = {
        kind: sum((money(line["Amount"]) for line in lines if line["DetailType"] == f"{kind}LineDetail"), ZERO)
        for kind in ("SalesItem", "Discount", "SubTotal")
    }
    if "Voided" not in str(body.get("PrivateNote")):
        assert parts["SubTotal"] == parts["SalesItem"]
        assert money(body["TotalAmt"]) == parts["SalesItem"] - parts["Discount"] + tax
    assert tax == sum((money(line["Amount"]) for line in body.get("TxnTaxDetail", {}).get("TaxLine", [])), ZERO)


def in_order(company: Company) -> None:
    """The order of changes is the order of time, and each index finds what is there."""
    for table in company.tables.values():
        times = [table.rows[identifier].updated for identifier in table.recent]
        assert times == sorted(times)
        assert table.recent.keys() == table.rows.keys()
        for record in table.rows.values():
            assert "DocNumber" not in record.body or record in table.find("DocNumber", record.body["DocNumber"])


@pytest.mark.parametrize("country", ["AU", "US"])
@pytest.mark.parametrize("seed", range(6))
def test_the_books_add_up_after_every_step(country: str, seed: int) -> None:
    walker = Walker(country, seed)
    for step in range(150):
        walker.step()
        if step % 5 == 0:
            check(walker.company)

    check(walker.company)
    assert walker.done["paid"] + walker.done["repaid"] > 10
    assert walker.done["refused"] < 110
