"""What people do in the storm, at a shop or in the books, through the simulators' side doors.

Each record is edited on the side where it began, so that nothing is a conflict and what it must come to is known.
Every call answers which records moved, for the events that tell of it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from tests.chaos.branches import Branch, Document, Person

DELETIONS = 2
"""So many documents of a connection are deleted on a side, which is too few for the mass-delete fuse."""
HINTS = (4, 14)


@dataclass(frozen=True, slots=True)
class Moved:
    """A record that moved on its side: `entity` and `action` in that side's own words."""

    entity: str
    id: str
    action: str
    version: str = ""


def _phone(branch: Branch) -> str:
    return f"0400 {next(branch.numbers):06}"


@dataclass(frozen=True, slots=True)
class Shop:
    """The people of a shop."""

    http: httpx.AsyncClient
    url: str
    chance: random.Random

    async def act(self, branch: Branch) -> list[Moved]:
        """Do something that people at a shop do."""
        kind = self.chance.choices(("sell", "edit", "hint", "delete"), (4, 5, 3, 1))[0]
        if not branch.sales:
            kind = "sell"
        if kind == "sell":
            return await self._sell(branch)
        if kind == "edit":
            return await self._edit(branch)
        if kind == "delete" and branch.deletions < DELETIONS:
            return await self._delete(branch)
        return self._hint(branch)

    async def _sell(self, branch: Branch) -> list[Moved]:
        bodies = [self._newcomer(branch) for _ in range(self.chance.randint(1, 3))]
        made = await self._ask("POST", branch, "contacts", bodies)
        people = [Person(str(m["id"]), m["email"], m["phone"], str(m["version"])) for m in made]
        buyers = [person for person in people for _ in range(self.chance.randint(1, 2))]
        orders = [self._order(branch, buyer) for buyer in buyers]
        sold = await self._ask("POST", branch, "sales", orders)
        sales = [
            Document(str(s["id"]), s["number"], buyer, s["total"], s["lines"], str(s["version"]))
            for s, buyer in zip(sold, buyers, strict=True)
        ]
        paid = [sale for sale in sales if self.chance.random() < 0.5]
        if paid:
            money = [
                {
                    "contact_id": sale.person.id,
                    "payment_method_id": branch.method,
                    "amount": sale.total,
                    "allocations": [{"sale_id": sale.id, "amount": sale.total}],
                }
                for sale in paid
            ]
            for sale, receipt in zip(paid, await self._ask("POST", branch, "receipts", money), strict=True):
                sale.paid = True
                sale.payment_id, sale.payment_version = str(receipt["id"]), str(receipt["version"])
        branch.people += people
        branch.sales += sales
        return [
            *(Moved("contact", person.id, "saved", person.version) for person in people),
            *(Moved("sale", sale.id, "saved", sale.version) for sale in sales),
            *(Moved("receipt", sale.payment_id, "saved", sale.payment_version) for sale in paid),
        ]

    def _newcomer(self, branch: Branch) -> dict[str, Any]:
        number = next(branch.numbers)
        return {
            "type": "individual",
            "first_name": f"Ann{number}",
            "last_name": f"of {branch.tag}",
            "email": f"{branch.tag}-shop-{number}@example.com",
            "phone": _phone(branch),
        }

    def _order(self, branch: Branch, buyer: Person) -> dict[str, Any]:
        line = {
            "description": f"Goods of {branch.tag}",
            "quantity": str(self.chance.randint(1, 9)),
            "unit_price": f"{self.chance.randint(1, 90)}.{self.chance.randint(0, 99):02}",
            "tax_code": "GST",
        }
        return {"contact_id": buyer.id, "number": f"{branch.tag}-S{next(branch.numbers)}", "lines": [line]}

    async def _edit(self, branch: Branch) -> list[Moved]:
        moved = []
        open_sales = [sale for sale in branch.sales if not sale.paid and not sale.deleted]
        for sale in _some(self.chance, open_sales, self.chance.randint(1, 3)):
            line = {**sale.lines[0], "quantity": str(self.chance.randint(10, 99))}
            found = await self._ask("PATCH", branch, f"sales/{sale.id}", {"lines": [line]})
            sale.total, sale.lines, sale.version = found["total"], found["lines"], str(found["version"])
            moved.append(Moved("sale", sale.id, "saved", sale.version))
        for person in _some(self.chance, branch.people, self.chance.randint(1, 3)):
            person.phone = _phone(branch)
            found = await self._ask("PATCH", branch, f"contacts/{person.id}", {"phone": person.phone})
            person.version = str(found["version"])
            moved.append(Moved("contact", person.id, "saved", person.version))
        return moved

    async def _delete(self, branch: Branch) -> list[Moved]:
        live = [sale for sale in branch.sales if not sale.deleted]
        several = [s for s in live if not s.paid and sum(other.person is s.person for other in live) > 1]
        if not several:
            return self._hint(branch)
        sale = self.chance.choice(several)
        branch.deletions += 1
        sale.deleted = True
        stub = await self._ask("DELETE", branch, f"sales/{sale.id}")
        sale.version = str(stub["version"])
        return [Moved("sale", sale.id, "deleted", sale.version)]

    def _hint(self, branch: Branch) -> list[Moved]:
        """Somebody opens records and saves them as they are."""
        live = [sale for sale in branch.sales if not sale.deleted]
        count = self.chance.randint(*HINTS)
        return [
            *(Moved("sale", s.id, "saved", s.version) for s in _some(self.chance, live, count // 2)),
            *(Moved("contact", p.id, "saved", p.version) for p in _some(self.chance, branch.people, count // 2)),
        ]

    async def _ask(self, method: str, branch: Branch, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"{self.url}/_sandbox/sites/{branch.site_id}/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()


@dataclass(frozen=True, slots=True)
class Books:
    """The people of a company."""

    http: httpx.AsyncClient
    url: str
    chance: random.Random

    async def act(self, branch: Branch) -> list[Moved]:
        """Do something that people in the books do."""
        kind = self.chance.choices(("bill", "edit", "hint"), (4, 5, 3))[0]
        if kind == "bill" or not branch.invoices:
            return await self._bill(branch)
        return await self._edit(branch) if kind == "edit" else self._hint(branch)

    async def _bill(self, branch: Branch) -> list[Moved]:
        newcomers = [self._newcomer(branch) for _ in range(self.chance.randint(1, 3))]
        made = await self._write(branch, "customer", newcomers)
        customers = [
            Person(c["Id"], c["PrimaryEmailAddr"]["Address"], c["PrimaryPhone"]["FreeFormNumber"]) for c in made
        ]
        buyers = [customer for customer in customers for _ in range(self.chance.randint(1, 2))]
        wanted = [
            {
                "CustomerRef": {"value": buyer.id},
                "DocNumber": f"{branch.tag}-I{next(branch.numbers)}",
                "GlobalTaxCalculation": "TaxExcluded",
                "Line": [self._line(branch)],
            }
            for buyer in buyers
        ]
        invoices = [
            Document(i["Id"], i["DocNumber"], buyer, str(i["TotalAmt"]), i["Line"])
            for i, buyer in zip(await self._write(branch, "invoice", wanted), buyers, strict=True)
        ]
        paid = [invoice for invoice in invoices if self.chance.random() < 0.5]
        money = [
            {
                "CustomerRef": {"value": invoice.person.id},
                "TotalAmt": float(invoice.total),
                "DepositToAccountRef": {"value": branch.bank},
                "Line": [
                    {
                        "Amount": float(invoice.total),
                        "LinkedTxn": [{"TxnId": invoice.id, "TxnType": "Invoice"}],
                    }
                ],
            }
            for invoice in paid
        ]
        for invoice, payment in zip(paid, await self._write(branch, "payment", money), strict=True):
            invoice.paid, invoice.payment_id = True, payment["Id"]
        branch.customers += customers
        branch.invoices += invoices
        return [
            *(Moved("customer", customer.id, "created") for customer in customers),
            *(Moved("invoice", invoice.id, "created") for invoice in invoices),
            *(Moved("payment", invoice.payment_id, "created") for invoice in paid),
        ]

    def _newcomer(self, branch: Branch) -> dict[str, Any]:
        number = next(branch.numbers)
        return {
            "GivenName": f"Bob{number}",
            "FamilyName": f"of {branch.tag}",
            "PrimaryEmailAddr": {"Address": f"{branch.tag}-books-{number}@example.com"},
            "PrimaryPhone": {"FreeFormNumber": _phone(branch)},
        }

    def _line(self, branch: Branch) -> dict[str, Any]:
        quantity, price = self.chance.randint(1, 9), self.chance.randint(1, 200)
        return {
            "Amount": quantity * price,
            "DetailType": "SalesItemLineDetail",
            "Description": f"Work for {branch.tag}",
            "SalesItemLineDetail": {
                "ItemRef": {"value": branch.item},
                "Qty": quantity,
                "UnitPrice": price,
                "TaxCodeRef": {"value": branch.gst},
            },
        }

    async def _edit(self, branch: Branch) -> list[Moved]:
        unpaid = [invoice for invoice in branch.invoices if not invoice.paid]
        chosen = _some(self.chance, unpaid, self.chance.randint(1, 3))
        bodies = [{"Id": invoice.id, "sparse": True, "Line": [self._line(branch)]} for invoice in chosen]
        for invoice, found in zip(chosen, await self._write(branch, "invoice", bodies), strict=True):
            invoice.total = str(found["TotalAmt"])
        people = _some(self.chance, branch.customers, self.chance.randint(1, 3))
        for person in people:
            person.phone = _phone(branch)
        phones = [{"Id": p.id, "sparse": True, "PrimaryPhone": {"FreeFormNumber": p.phone}} for p in people]
        await self._write(branch, "customer", phones)
        return [
            *(Moved("invoice", invoice.id, "updated") for invoice in chosen),
            *(Moved("customer", person.id, "updated") for person in people),
        ]

    def _hint(self, branch: Branch) -> list[Moved]:
        """Something of these records moved that nobody synchronises."""
        count = self.chance.randint(*HINTS) // 2
        return [
            *(Moved("invoice", i.id, "updated") for i in _some(self.chance, branch.invoices, count)),
            *(Moved("customer", p.id, "updated") for p in _some(self.chance, branch.customers, count)),
        ]

    async def _write(self, branch: Branch, entity: str, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not bodies:
            return []
        address = f"{self.url}/_sandbox/companies/{branch.realm_id}/{entity}?quiet=true"
        answer = await self.http.post(address, json=bodies)
        assert answer.is_success, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def _some(chance: random.Random, of: Sequence[Any], count: int) -> list[Any]:
    return chance.sample(of, min(len(of), count))
