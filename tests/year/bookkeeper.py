"""What the bookkeeper does in a year: invoices of their own, payments on account, reconciliations, a BAS each quarter, answers."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.container import build_container
from app.domain.model.configuration import ItemPolicy
from app.domain.model.untaxed_lines import UntaxedCodes, UntaxedLines
from app.errors import Rejection
from app.services import sealed_months
from tests.simulation.guarded import Guard
from tests.support.joint import CONNECTION, Joint
from tests.support.people import SOMEBODY
from tests.year.bas import Codes
from tests.year.companies import Company

Body = dict[str, Any]


@dataclass
class Bookkeeper:
    """Works in QuickBooks and in the console."""

    joint: Joint
    guard: Guard
    chance: random.Random
    company: Company
    codes: dict[str, str] = field(default_factory=dict)
    banks: list[str] = field(default_factory=list)
    item: str = ""
    answers: Counter[str] = field(default_factory=Counter)
    open_invoices: list[Body] = field(default_factory=list)
    reopened: bool = False
    """Whether the books were opened for an evening, so that something can be done in a period that is closed."""

    async def begins(self) -> None:
        """Where things are in the company."""
        self.codes = {str(c["Name"]): str(c["Id"]) for c in await self.joint.books_list("taxcode")}
        self.item = next(str(i["Id"]) for i in await self.joint.books_list("item") if i["Name"] == "Oncord sales")
        self.banks = [str(a["Id"]) for a in await self.joint.books_list("account") if a["AccountType"] == "Bank"]

    def documents(self) -> Iterator[tuple[int, Body]]:
        """Invoices and credit memos as the books hold them."""
        company = self.joint.books.companies[self.joint.realm]
        for entity, sign in (("Invoice", 1), ("CreditMemo", -1)):
            yield from ((sign, record.body) for record in company.table(entity).rows.values())

    def payments(self) -> list[Body]:
        """Payments as the books hold them."""
        return [record.body for record in self.joint.books.companies[self.joint.realm].table("Payment").rows.values()]

    def labels(self) -> Codes | None:
        """Which codes stand where on the BAS; None in America, where there is none."""
        if self.company.american:
            return None
        return Codes(self.codes["GST-free"], self.codes["GST-free exports"], self.codes["Out of Scope"])

    async def invoices_somebody(self, day: dt.date) -> None:
        """A job of the week is billed in QuickBooks."""
        name = f"Works {day:%j%y}"
        customer = await self.joint.person("customer", {"CompanyName": name, "DisplayName": name})
        detail = {"ItemRef": {"value": self.item}, "TaxCodeRef": {"value": self.codes.get("GST", "TAX")}}
        line = {"Amount": 150.0, "Description": "Catering", "DetailType": "SalesItemLineDetail"}
        body: Body = {"CustomerRef": {"value": customer["Id"]}}
        if not self.company.american:
            body["GlobalTaxCalculation"] = "TaxExcluded"
        made = await self.joint.person("invoice", {**body, "Line": [{**line, "SalesItemLineDetail": detail}]})
        self.open_invoices.append(made)

    async def takes_money(self) -> None:
        """Somebody's invoice is paid into the bank."""
        if not self.open_invoices:
            return
        invoice = self.open_invoices.pop(0)
        tie = {"Amount": invoice["TotalAmt"], "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
        account = await self.joint.account("Bank")
        body = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": invoice["TotalAmt"], "Line": [tie]}
        await self.joint.person("payment", {**body, "DepositToAccountRef": {"value": account}})

    async def reconciles(self, until: dt.date, status: str = "Reconciled") -> None:
        """Every account is held against its statement."""
        for account in self.banks:
            body = {"account": account, "until": until.isoformat(), "status": status}
            await self.joint.in_books("POST", "reconcile", body)

    async def lodges(self, until: dt.date) -> None:
        """A quarter is lodged: QuickBooks gets its closing date, the connection the day, and the months are sealed."""
        await self.joint.in_books("POST", "close-books", {"date": until.isoformat()})
        await self.joint.configure(lodged_until=until)
        self.guard.lodged = until.isoformat()

    async def closes_again(self) -> None:
        """What was opened for an evening is closed again."""
        if self.reopened:
            await self.joint.in_books("POST", "close-books", {"date": self.guard.lodged})
            self.reopened = False

    async def seals(self, month: str) -> str:
        """A month is sealed; why it was not, or ""."""
        container = build_container(self.joint.runtime)
        try:
            await sealed_months.seal(container, CONNECTION, month, who=SOMEBODY, with_differences=True)
        except Rejection as error:
            return f"{month} could not be sealed: {error}"
        self.guard.sealed.add(month)
        return ""

    async def says_what_lines_without_a_code_are(self) -> None:
        """GST-free at home, exports abroad; freight abroad is GST-free and no export."""
        if self.company.american:
            return
        free, export = self.codes["GST-free"], self.codes["GST-free exports"]
        home = UntaxedCodes(free, free, free, free)
        await self.joint.configure(untaxed_lines=UntaxedLines(home, UntaxedCodes(export, export, free, export)))

    async def says_what_vouchers_and_bad_debts_are(self) -> None:
        """Vouchers are owed: an item on a liability. A bad debt is a cost: an item on an expense."""
        account = await self.joint.person(
            "account", {"Name": "Vouchers sold", "AccountType": "Other Current Liability"}
        )
        body = {"Name": "Gift vouchers", "Type": "Service", "IncomeAccountRef": {"value": account["Id"]}}
        item = str((await self.joint.person("item", body))["Id"])
        expense = await self.joint.person("account", {"Name": "Bad debts expense", "AccountType": "Expense"})
        body = {"Name": "Bad debts", "Type": "Service", "IncomeAccountRef": {"value": expense["Id"]}}
        lost = str((await self.joint.person("item", body))["Id"])
        income, reasons = await self.joint.account("Income"), {"bad_debt": lost}
        policy = ItemPolicy("single", self.item, income, voucher_item_id=item, reason_items=reasons)
        await self.joint.configure(items=policy)

    async def answers_what_is_asked(self) -> None:
        """Friday afternoon: whatever is open is looked at."""
        for item in await self.joint.attention():
            answer = self._answer_to(item)
            if answer is None:
                continue
            action, choice = answer
            try:
                await self.joint.answer(item.id, action, choice)
            except Rejection:
                continue
            self.guard.answered[str(item.id)] = action
            if action == "do_in_old_period" and not self.reopened:
                await self.joint.in_books("POST", "close-books", {"date": None})
                self.reopened = True
            self.answers[f"{item.kind}: {action}"] += 1

    def _answer_to(self, item: Any) -> tuple[str, str | None] | None:
        if item.kind == "locked_period":
            wish = ("date_first_open_day", "do_in_old_period")
            return next(((each, None) for each in wish if each in item.actions), None)
        if item.kind == "cleared_money" and "unapply" in item.actions and self.company.basis == "cash":
            return "unapply", None  # what is left as it is would be paid in the books alone
        if item.kind == "cleared_money":
            return self.chance.choice([each for each in item.actions if each != "do_it_anyway"]), None
        if item.kind == "ambiguous_match":
            return ("create_new", None) if "create_new" in item.actions else ("dismiss", None)
        if item.kind in ("unmapped", "mass_delete"):
            return ("approve", None) if "approve" in item.actions else None
        return None
