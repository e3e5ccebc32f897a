"""What a dry run says moves in the books is what the books' own reports move by when it runs, to the cent.

The oracle reads the reports of the simulated QuickBooks before and after, and its documents where no report tells (taxable sales
in America); it never asks the planner. Worlds are random: made from a seed, synchronised, and changed on both sides.
"""

import calendar
import random
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.quickbooks.requests import ledger_reports
from tests.support.joint import Joint, joined
from tests.support.previews import carried_out
from tests.support.services import DatabaseUrls
from tests.support.stories import change, customer, invoice, payment, remove, sales_item, void
from tests.support.watched import watched
from tests.sync.test_rules_currencies import dollars, in_dollars, rates

D = Decimal
MONTHS = [f"2026-{month:02d}" for month in range(7, 13)]
Figures = dict[tuple[str, str], Decimal]
"""By figure and month ("" of those that are balances, which have none)."""


@pytest.fixture(params=["accrual", "cash", "america"])
async def company(request: pytest.FixtureRequest, own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """An Australian company on either basis, and an American one."""
    async with joined(own_database.app, country="US" if request.param == "america" else "AU") as joint:
        await joint.configure(gst_basis="cash" if request.param == "cash" else "accrual", gst_period="quarterly")
        yield joint


class Books:
    """What the simulator's reports say at one moment."""

    def __init__(self, joint: Joint, basis: str, american: bool) -> None:
        self.company = joint.books.companies[joint.realm]
        self.basis, self.american = basis, american

    def figures(self) -> Figures:
        found: Figures = {}
        for month in MONTHS:
            first, last = f"{month}-01", f"{month}-{calendar.monthrange(2026, int(month[5:]))[1]:02d}"
            for label, amount in self._labels(first, last).items():
                found[label, month] = amount
        aged = ledger_reports.aged_receivables(self.company, {"report_date": "2026-12-31"})
        rows = aged["Rows"].get("Row", []) if aged["Rows"] else []
        found["receivables", ""] = _money(rows[-1]["Summary"]["ColData"][-1]["value"]) if rows else D(0)
        kinds = {a.id: a.body["AccountType"] for a in self.company.table("Account").rows.values()}
        balances = ledger_reports.trial_balance(self.company, {"end_date": "2026-12-31"})
        for row in balances["Rows"].get("Row", []) if balances["Rows"] else []:
            name, debit, credit = row.get("ColData") or (None, None, None)
            if name and kinds[name["id"]] in ("Bank", "Other Current Asset"):
                found[f"account {name['value']}", ""] = _money(debit["value"]) - _money(credit["value"])
        return found

    def _labels(self, first: str, last: str) -> dict[str, Decimal]:
        if self.american:
            return self._american(first, last)
        agency = next(iter(self.company.table("TaxAgency").rows))
        asked = {"agency_id": agency, "accounting_method": self.basis, "start_date": first, "end_date": last}
        rows = ledger_reports.tax_summary(self.company, asked)["Rows"]["Row"]
        return {row["group"]: _money(row["ColData"][-1]["value"]) for row in rows}

    def _american(self, first: str, last: str) -> dict[str, Decimal]:
        sums = dict.fromkeys(("Taxable sales", "Sales that are not taxable", "Sales tax"), D(0))
        for entity, sign in (("Invoice", 1), ("CreditMemo", -1)):
            for record in self.company.table(entity).rows.values():
                if not first <= record.body["TxnDate"] <= last:
                    continue
                sums["Sales tax"] += sign * D(str((record.body.get("TxnTaxDetail") or {}).get("TotalTax", 0)))
                for line in record.body["Line"]:
                    code = ((line.get("SalesItemLineDetail") or {}).get("TaxCodeRef") or {}).get("value")
                    if code:
                        name = "Taxable sales" if code == "TAX" else "Sales that are not taxable"
                        sums[name] += sign * D(str(line["Amount"]))
        return sums


def _money(text: str) -> Decimal:
    return D(text or "0")


def effect_of(preview: dict[str, Any]) -> Figures:
    """What the preview says, by the same names."""
    found: Figures = {}
    for each in preview["effect"]["figures"]:
        if each["figure"] in ("receivables", "account"):
            name = "receivables" if each["figure"] == "receivables" else f"account {each['name']}"
            found[name, ""] = found.get((name, ""), D(0)) + D(each["home_amount"])
    for period in preview["effect"]["periods"]:
        for month in period["months"]:
            for each in month["figures"]:
                if each["figure"] in ("income", "tax"):
                    place = (each["label"] or each["name"], month["month"])
                    found[place] = found.get(place, D(0)) + D(each["home_amount"])
    return found


class World:
    """Somebody at the shop and somebody at the books, who do what the seed says."""

    def __init__(self, joint: Joint, seed: int, american: bool) -> None:
        self.joint, self.chance, self.american = joint, random.Random(seed), american
        self.sales: list[dict[str, Any]] = []
        self.receipts: list[dict[str, Any]] = []
        self.invoices: list[dict[str, Any]] = []
        self.codes: list[str] = []

    async def begins(self) -> None:
        self.codes = (
            ["TAX", "NON"] if self.american else [c["code"] for c in await self.joint.shop_list("tax-codes")][:2]
        )
        self.people = [await self.joint.contact(f"Person{i}", "Doe", email=f"p{i}@example.com") for i in range(3)]
        self.there = await customer(self.joint, "Zed", "Zebra")
        for _ in range(6):
            await self.sells()
        for _ in range(3):
            await self.is_paid()
        for _ in range(2):
            await self.bills()

    def day(self) -> str:
        return f"2026-{self.chance.choice((8, 9, 10, 11)):02d}-{self.chance.randint(1, 20):02d}"

    def line(self) -> dict[str, Any]:
        price = f"{self.chance.randint(100, 9999) / 100:.2f}"
        quantity = str(self.chance.randint(1, 4))
        return {
            "description": "Tea",
            "quantity": quantity,
            "unit_price": price,
            "tax_code": self.chance.choice(self.codes),
        }

    async def sells(self) -> None:
        lines = [self.line() for _ in range(self.chance.randint(1, 3))]
        self.sales.append(await self.joint.sale(self.chance.choice(self.people)["id"], *lines, date=self.day()))

    async def is_paid(self) -> None:
        sale = self.chance.choice(self.sales)
        open_amount = D(sale["total"]) - sum((D(r["amount"]) for r in self.receipts if r["sale"] == sale["id"]), D(0))
        if open_amount <= 0 or sale.get("gone"):
            return
        amount = open_amount if self.chance.random() < 0.5 else (open_amount / 2).quantize(D("0.01"))
        made = await self.joint.receipt(sale, f"{amount:.2f}", date=max(self.day(), sale["date"]))
        self.receipts.append({**made, "sale": sale["id"], "of": sale["date"], "amount": amount})

    async def bills(self) -> None:
        item = {"ItemRef": {"value": await sales_item(self.joint)}, "TaxCodeRef": {"value": "NON"}}
        foreign = {
            "DetailType": "SalesItemLineDetail",
            "Amount": 30.0,
            "Description": "Design",
            "SalesItemLineDetail": item,
        }
        lines = [foreign] if self.american else []
        made = await invoice(self.joint, self.there["Id"], *lines, TxnDate=self.day())
        self.invoices.append(made)
        if self.chance.random() < 0.5:
            await payment(self.joint, self.there["Id"], "11.00", {made["Id"]: "11.00"}, TxnDate="2026-11-20")

    async def changes(self) -> None:
        """A sale's lines, day or note; a receipt's day or an end of it; an invoice that goes; and new ones of each."""
        for _ in range(4):
            sale = self.chance.choice(self.sales)
            paid = any(r["sale"] == sale["id"] for r in self.receipts)
            act = self.chance.choice(("lines", "day", "note", "delete", "cancel"))
            if sale.get("gone") or (paid and act != "note"):
                continue
            at = f"sales/{sale['id']}"
            if act == "lines":
                edited = await self.joint.in_shop("PATCH", at, {"lines": [self.line(), self.line()]})
                sale["total"] = edited["total"]
            elif act == "day":
                sale["date"] = (await self.joint.in_shop("PATCH", at, {"date": self.day()}))["date"]
            elif act == "note":
                await self.joint.in_shop("PATCH", at, {"notes": "By the door"})
            else:
                sale["gone"] = True
                await (
                    self.joint.in_shop("DELETE", at)
                    if act == "delete"
                    else self.joint.in_shop("PATCH", at, {"status": "cancelled"})
                )
        for receipt in self.chance.sample(self.receipts, min(2, len(self.receipts))):
            if self.chance.random() < 0.5:
                await self.joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"date": max(self.day(), receipt["of"])})
            else:
                await self.joint.in_shop("DELETE", f"receipts/{receipt['id']}")
        if self.invoices and self.chance.random() < 0.5:
            gone = self.chance.choice(self.invoices)
            await (remove if self.chance.random() < 0.5 else void)(self.joint, "invoice", gone["Id"])
        await self.sells()
        await self.is_paid()
        await self.bills()


@pytest.mark.parametrize("seed", range(3))
async def test_what_a_dry_run_says_moves_is_what_the_reports_move_by(
    company: Joint, seed: int, request: pytest.FixtureRequest
) -> None:
    kind = request.node.callspec.params["company"]
    books = Books(company, "Cash" if kind == "cash" else "Accrual", kind == "america")
    world = World(company, seed, kind == "america")
    await world.begins()
    await holds_to_the_cent(company, books)  # the first synchronisation
    await world.changes()
    await holds_to_the_cent(company, books)


async def holds_to_the_cent(joint: Joint, books: Books) -> None:
    """A dry run's effect is what the run after it moves. Where labels count by shares of documents that are paid in part, the report
    rounds each month's sum by itself, so that its move may be a cent beside the unrounded one."""
    run = await joint.sync(dry_run=True)
    async with watched(joint) as seen:
        answer = await seen.api.get(f"/api/v1/connections/{joint.connection_id}/syncs/{run.id}/preview")
        assert answer.status_code == 200, answer.text
        page = await seen.browser.get(f"/connections/{joint.connection_id}/runs/{run.id}/preview")
        assert page.status_code == 200
    preview = answer.json()
    before = books.figures()
    done = await carried_out(joint, run.id, earlier_periods=True)
    assert (done.state, done.error) in (("succeeded", ""), ("partial", "")), done
    now = books.figures()

    moved = {place: now.get(place, D(0)) - before.get(place, D(0)) for place in {*before, *now}}
    told = effect_of(preview)
    slack = D("0.01") if books.basis == "Cash" else D(0)
    apart = {
        place: (told.get(place, D(0)), moved.get(place, D(0)))
        for place in {*told, *moved}
        if abs(told.get(place, D(0)) - moved.get(place, D(0))) > (slack if place[1] else D(0))
    }
    assert not apart, {"said, moved": apart}
    assert any(moved.values()), "nothing moved, so that nothing was shown"


async def test_an_edit_in_the_books_alone_moves_nothing_there(joint: Joint) -> None:
    zed = await customer(joint, "Zed", "Zebra")
    there = await invoice(joint, zed["Id"])
    await joint.sync()
    await change(joint, "invoice", there["Id"], DueDate="2026-12-24")
    run = await joint.sync(dry_run=True)
    async with watched(joint) as seen:
        preview = (await seen.api.get(f"/api/v1/connections/{joint.connection_id}/syncs/{run.id}/preview")).json()

    assert preview["counts"]["changed"] == 1
    assert preview["effect"]["figures"] == []


async def test_home_amounts_stand_beside_foreign_ones(joint: Joint) -> None:
    await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    await joint.configure(multi_currency=True)
    await rates(joint, ("2026-01-01", "1.5"))
    await dollars(joint)
    sale = await in_dollars(joint, (await joint.contact())["id"])
    await joint.receipt(sale, "11.00")
    books = Books(joint, "Accrual", american=False)
    before = books.figures()["receivables", ""]
    run = await joint.sync(dry_run=True)
    async with watched(joint) as seen:
        address = f"/api/v1/connections/{joint.connection_id}/syncs/{run.id}/preview"
        preview = (await seen.api.get(address)).json()
        page = await seen.browser.get(f"/connections/{joint.connection_id}/runs/{run.id}/preview")
    await joint.sync()

    owed = next(each for each in preview["effect"]["figures"] if each["figure"] == "receivables")
    assert (owed["currency"], owed["amount"], owed["home_amount"]) == ("USD", "11.00", "16.50")
    assert books.figures()["receivables", ""] - before == D("16.50")
    assert "$16.50" in page.text


async def test_locked_periods_come_first_and_earlier_ones_are_asked_about_twice(joint: Joint) -> None:
    await joint.configure(gst_period="quarterly", lodged_until=date(2026, 6, 30))
    await joint.sale((await joint.contact())["id"], date="2026-08-03")
    await joint.sale((await joint.contact("Eve"))["id"], date="2026-11-03")
    run = await joint.sync(dry_run=True)
    async with watched(joint) as seen:
        address = f"/api/v1/connections/{joint.connection_id}/syncs/{run.id}/preview"
        effect = (await seen.api.get(address)).json()["effect"]

    assert effect["asks_twice"]
    assert [(p["first"], p["last"], p["locked"], p["earlier"]) for p in effect["periods"]] == [
        ("2026-07-01", "2026-09-30", False, True),
        ("2026-10-01", "2026-12-31", False, False),
    ]
    assert {f["label"] or f["figure"]: f["amount"] for f in effect["figures"]} == {
        "receivables": "44.00", "G1": "44.00", "1A": "4.00",
    }  # fmt: skip
