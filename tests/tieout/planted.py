"""Discrepancies planted into what we remember of both sides, behind everybody's back: each is named once, with its
amount and its cause, and nothing else is.

A world is made once, by the engine and both simulators; then each seed plants some discrepancies into it, each with
records of its own, has the whole compared, and takes them out again.
"""

import copy
import random
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from psycopg.types.json import Jsonb

from app import tie_outs
from app.storage.tieouts import results
from app.tieout.certificate import check, of_the_period, sealed
from tests.support.joint import Joint
from tests.support.stories import customer, invoice, payment

D = Decimal
Body = dict[str, Any]
Named = tuple[str, str, Decimal, str]
"""Kind, what, amount, cause."""
SALES, UNPAID, REFUNDS = 8, 2, 2
UNEXPLAINED = "unexplained"
NOBODYS_CODE, NOBODYS_ACCOUNT = "1", "999"


async def make_world(joint: Joint) -> None:
    """Sales of the shop, each with its receipt, and invoices of the books, some of them paid; all of it synchronised."""
    ada, bob, cy = [await joint.contact(name, "Byron") for name in ("Ada", "Bob", "Cy")]
    free = next(c["code"] for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)
    for i in range(SALES):
        lines = (
            {"description": "Tea", "quantity": "1", "unit_price": f"{11 + 2 * i}.00", "tax_code": "GST"},
            {"description": "Book", "quantity": "1", "unit_price": f"{20 + i}.00", "tax_code": free},
            {
                "description": "Card",
                "quantity": "1",
                "unit_price": f"{3 + i}.00",
                "tax_code": "",
            },  # QuickBooks gives it a code
        )
        sale = await joint.sale((ada if i % 2 else bob)["id"], *lines)
        await joint.receipt(sale, f"{5 + i}.00")
    for i in range(UNPAID):
        await joint.sale(bob["id"], number=f"U-{i}")
    for i in range(REFUNDS):
        tea = {"description": "Tea", "quantity": "-1", "unit_price": f"{11 + 2 * i}.00", "tax_code": "GST"}
        await joint.receipt(await joint.sale(cy["id"], tea, kind="adjustment"), f"-{11 + 2 * i}.00")
    kay = await customer(joint, "Kay")
    for i in range(3):
        there = await invoice(joint, kay["Id"])
        await payment(joint, kay["Id"], f"{4 + i}.00", {there["Id"]: f"{4 + i}.00"})
    await joint.sync()


class Planter:
    """Plants discrepancies into one world, and takes them out again."""

    def __init__(self, joint: Joint, chance: random.Random) -> None:
        self._joint = joint
        self._chance = chance
        self._before: list[tuple[str, tuple[Any, ...]]] = []
        self._pairs: dict[str, list[Body]] = {}

    async def run(self, count: int) -> tuple[list[Named], list[Named], list[str]]:
        """Plant so many: what was planted, what was named, and what of the certificate does not come out."""
        self._pairs = {kind: await self._live(kind) for kind in _LIVE}
        planted = []
        try:
            for plant in self._chance.sample(self._ways(), count):
                planted += await plant()
            return sorted(planted), *await self._judged()
        finally:
            for statement, values in reversed(self._before):
                await self._do(statement, *values)

    def _ways(self) -> list[Callable[[], Awaitable[list[Named]]]]:
        return [
            self.a_cent,
            self.tax_between_codes,
            self.payment_unlinked,
            self.settled_without_a_payment,
            self.settled_by_less_than_was_paid,
            self.receipt_of_another_amount,
            self.document_without_a_link,
            self.crossed_links,
            self.doubled_document,
            self.lost_document,
            self.code_of_nobody,
            self.another_customer,
            self.another_currency,
            self.refund_from_another_account,
            self.deletion_that_was_only_noted,
            self.deleted_in_the_books,
            self.deletion_that_waits,
            self.another_month,
            self.another_account,
            self.void_there,
        ]

    async def a_cent(self) -> list[Named]:
        side, sign = self._chance.choice((("oncord", -1), ("quickbooks", 1)))
        record = await self._take("sale", side)
        money = record["record"]["money"]
        money["total"] = str(D(money["total"]) + D("0.01"))
        money["lines"][0]["total"] = str(D(money["lines"][0]["total"]) + D("0.01"))
        await self._write(record)
        return [("sale", "total", sign * D("0.01"), UNEXPLAINED)]

    async def tax_between_codes(self) -> list[Named]:
        record = await self._take("sale", "quickbooks", taxed=True)
        lines = record["record"]["money"]["lines"]
        taxed = next(i for i in lines if D(i.get("tax", "0")))
        free = next(i for i in lines if not D(i.get("tax", "0")))
        moved = D(taxed["tax"])
        taxed["tax"], free["tax"] = "0", str(moved)
        await self._write(record)
        return [("sale", "tax", moved, UNEXPLAINED)]

    async def payment_unlinked(self) -> list[Named]:
        """A payment came loose, and what it paid is owed again."""
        sale, receipt = await self._with_receipt()
        payment_ = await self._row("receipt", "quickbooks", receipt["quickbooks_id"])
        paid = D(payment_["record"]["payment"].pop("allocations")[0]["amount"])
        await self._write(payment_)
        await self._settle(sale, -paid)
        return [("receipt", "applied", -paid, UNEXPLAINED)]

    async def settled_without_a_payment(self) -> list[Named]:
        await self._settle((await self._with_receipt())[0], D(2))
        return [("sale", "settled", D(2), "settled_otherwise")]

    async def settled_by_less_than_was_paid(self) -> list[Named]:
        await self._settle((await self._with_receipt())[0], D(-1))
        return [("sale", "settled", D(-1), "settled_otherwise")]

    async def receipt_of_another_amount(self) -> list[Named]:
        record = await self._take("receipt", "oncord")
        payment_ = record["record"]["payment"]
        payment_["amount"] = str(D(payment_["amount"]) + 3)
        await self._write(record)
        return [("receipt", "amount", D(-3), UNEXPLAINED)]

    async def document_without_a_link(self) -> list[Named]:
        link = self._pair("sale")
        total = await self._total(link)
        await self._do("UPDATE link SET state = 'revived' WHERE id = %s", link["id"])
        self._before.append(("UPDATE link SET state = 'live' WHERE id = %s", (link["id"],)))
        return [("sale", "missing", -total, UNEXPLAINED), ("sale", "missing", total, UNEXPLAINED)]

    async def crossed_links(self) -> list[Named]:
        (one, _), (other, _) = await self._with_receipt(), await self._with_receipt()
        await self._cross(one, other)
        self._before.append(("", (one, other)))
        sales = [await self._record("sale", "oncord", link["oncord_id"]) for link in (one, other)]
        theirs = [await self._record("sale", "quickbooks", link["quickbooks_id"]) for link in (other, one)]
        found: list[Named] = []
        for ours, there in zip(sales, theirs, strict=True):
            apart = D(there["money"]["total"]) - D(ours["money"]["total"])
            found += [("sale", "total", apart, UNEXPLAINED), ("sale", "number", D(0), UNEXPLAINED)]
        owners = {sale["contact_id"] for sale in sales}
        found += [("sale", "contact", D(0), UNEXPLAINED)] * (2 if len(owners) > 1 else 0)
        return found + [move for link in (one, other) for move in await self._paying(link)]

    async def doubled_document(self) -> list[Named]:
        link = self._pair("sale")
        columns = await self._columns()
        others = columns.replace("record_id", "'9999'", 1)
        await self._do(
            f"INSERT INTO mirror ({columns}) SELECT {others} FROM mirror"  # noqa: S608
            " WHERE side = 'quickbooks' AND kind = 'sale' AND record_id = %s",
            link["quickbooks_id"],
        )
        gone = "DELETE FROM mirror WHERE side = 'quickbooks' AND kind = 'sale' AND record_id = '9999'"
        self._before.append((gone, ()))
        return [("sale", "missing", await self._total(link), UNEXPLAINED)]

    async def lost_document(self) -> list[Named]:
        link = self._pair("sale")
        where = (link["quickbooks_id"],)
        lose = "UPDATE mirror SET deleted = {} WHERE side = 'quickbooks' AND kind = 'sale' AND record_id = %s"
        await self._do(lose.format("true"), *where)
        self._before.append((lose.format("false"), where))
        return [("sale", "missing", -await self._total(link), UNEXPLAINED)]

    async def deletion_that_waits(self) -> list[Named]:
        """A document was deleted on one side, and what follows from it on the other side is parked."""
        side, sign = self._chance.choice((("oncord", 1), ("quickbooks", -1)))
        link = self._pair("sale")
        where = (side, link[f"{side}_id"])
        lose = "UPDATE mirror SET deleted = {} WHERE side = %s AND kind = 'sale' AND record_id = %s"
        await self._do(lose.format("true"), *where)
        self._before.append((lose.format("false"), where))
        await self._do(_PARK, *where)
        self._before.append(("DELETE FROM pending_change WHERE side = %s AND kind = 'sale' AND record_id = %s", where))
        return [("sale", "missing", sign * await self._total(link), "parked")]

    async def another_month(self) -> list[Named]:
        record = await self._take("sale", "oncord")
        record["record"]["date"] = "2026-03-01"
        await self._write(record)
        return [("sale", "date", D(0), UNEXPLAINED)]

    async def another_account(self) -> list[Named]:
        record = await self._take("receipt", "quickbooks")
        record["record"]["channel"] = NOBODYS_ACCOUNT
        await self._write(record)
        return [("receipt", "account", D(record["record"]["payment"]["amount"]), UNEXPLAINED)]

    async def refund_from_another_account(self) -> list[Named]:
        record = await self._take("refund", "quickbooks")
        record["record"]["channel"] = NOBODYS_ACCOUNT
        await self._write(record)
        return [("receipt", "account", D(record["record"]["payment"]["amount"]), UNEXPLAINED)]

    async def code_of_nobody(self) -> list[Named]:
        """A line has a tax code that no mapping says, beside one that has none in Oncord."""
        record = await self._take("sale", "quickbooks", taxed=True)
        book = next(line for line in record["record"]["money"]["lines"] if line["description"] == "Book")
        book["tax_code"] = NOBODYS_CODE
        await self._write(record)
        return [("sale", "sales", D(book["total"]), UNEXPLAINED)]

    async def another_customer(self) -> list[Named]:
        record = await self._take("sale", "quickbooks")
        record["record"]["contact_id"] = (await self._customers_of_the_books())[0]
        await self._write(record)
        return [("sale", "contact", D(0), UNEXPLAINED)]

    async def another_currency(self) -> list[Named]:
        record = await self._take("sale", "quickbooks")
        record["record"]["money"]["currency"] = "NZD"
        await self._write(record)
        return [("sale", "currency", D(0), "currency")]

    async def deletion_that_was_only_noted(self) -> list[Named]:
        """A sale that began in the shop was deleted there, and what should have gone along stands."""
        link = await self._bury("oncord")
        return [("sale", "missing", await self._total(link), UNEXPLAINED)]

    async def deleted_in_the_books(self) -> list[Named]:
        link = await self._bury("quickbooks")
        return [("sale", "missing", -await self._total(link), "kept_by_rule")]

    async def void_there(self) -> list[Named]:
        link = self._pair("sale")
        total = await self._total(link)
        record = await self._row("sale", "quickbooks", link["quickbooks_id"])
        record["record"]["voided"] = True
        await self._write(record)
        return [("sale", "void", -total, "void")]

    # what plants are made of

    def _pair(self, kind: str) -> Body:
        """A pair that nothing was planted into yet; one with the shop's number, of a sale."""
        return self._pairs[kind].pop(self._chance.randrange(len(self._pairs[kind])))

    async def _bury(self, side: str) -> Body:
        """A document of a pair is deleted on one side, and that is noted."""
        link = self._pair("unpaid")
        where = (side, link[f"{side}_id"])
        lose = "UPDATE mirror SET deleted = {} WHERE side = %s AND kind = 'sale' AND record_id = %s"
        await self._do(lose.format("true"), *where)
        self._before.append((lose.format("false"), where))
        await self._do("UPDATE link SET state = 'tombstone', gone = %s WHERE id = %s", side, link["id"])
        self._before.append(("UPDATE link SET state = 'live', gone = '' WHERE id = %s", (link["id"],)))
        return link

    async def _customers_of_the_books(self) -> list[str]:
        found = await self._rows(
            "SELECT quickbooks_id FROM link WHERE kind = 'contact' AND state = 'live' AND origin = 'quickbooks' ORDER BY id"
        )
        return [row["quickbooks_id"] for row in found]

    async def _settle(self, link: Body, more: Decimal) -> None:
        """QuickBooks shows so much more of an invoice as settled."""
        invoice_ = await self._row("sale", "quickbooks", link["quickbooks_id"])
        invoice_["record"]["paid"] = str(D(invoice_["record"]["paid"]) + more)
        await self._write(invoice_)

    async def _with_receipt(self) -> tuple[Body, Body]:
        """A sale that nothing was planted into, nor into what pays it, and the receipt that does."""
        for link in self._chance.sample(self._pairs["sale"], len(self._pairs["sale"])):
            paying = await self._rows(
                "SELECT record_id FROM mirror WHERE side = 'oncord' AND kind = 'receipt'"
                " AND record #>> '{payment,allocations,0,sale_id}' = %s",
                link["oncord_id"],
            )
            receipt = next((r for r in self._pairs["receipt"] if r["oncord_id"] == paying[0]["record_id"]), None)
            if receipt is not None:
                self._pairs["receipt"].remove(receipt)
                self._pairs["sale"].remove(link)
                return link, receipt
        raise AssertionError("the world is too small")

    async def _take(self, kind: str, side: str, *, taxed: bool = False) -> Body:
        for _ in range(len(self._pairs[kind])):
            link = self._pair(kind)
            row = await self._row("receipt" if kind == "refund" else kind, side, link[f"{side}_id"])
            if not taxed or len(row["record"]["money"]["lines"]) > 1:
                return row
        raise AssertionError("the world is too small")

    async def _row(self, kind: str, side: str, record_id: str) -> Body:
        row = {"kind": kind, "side": side, "id": record_id, "record": await self._record(kind, side, record_id)}
        self._before.append((_WRITE, (Jsonb(copy.deepcopy(row["record"])), side, kind, record_id)))
        return row

    async def _write(self, row: Body) -> None:
        await self._do(_WRITE, Jsonb(row["record"]), row["side"], row["kind"], row["id"])

    async def _record(self, kind: str, side: str, record_id: str) -> Body:
        found = await self._rows(
            "SELECT record FROM mirror WHERE side = %s AND kind = %s AND record_id = %s", side, kind, record_id
        )
        return dict(found[0]["record"])

    async def _total(self, link: Body) -> Decimal:
        return D((await self._record("sale", "oncord", link["oncord_id"]))["money"]["total"])

    async def _live(self, kind: str) -> list[Body]:
        """Pairs of one of `_LIVE` that began at the shop: their numbers travel."""
        return await self._rows(
            "SELECT l.id, l.oncord_id, l.quickbooks_id FROM link l JOIN mirror m ON m.connection_id = l.connection_id"  # noqa: S608
            " AND m.side = 'oncord' AND m.kind = l.kind AND m.record_id = l.oncord_id"
            f" WHERE l.state = 'live' AND l.origin = 'oncord' AND l.part = '' AND {_LIVE[kind]} ORDER BY l.id"
        )

    async def _paying(self, link: Body) -> list[Named]:
        """The receipt of a document whose links were crossed pays one document here, and another one there."""
        paid = await self._applied(link)
        return [("receipt", "applied", -paid, UNEXPLAINED), ("receipt", "applied", paid, UNEXPLAINED)]

    async def _applied(self, link: Body) -> Decimal:
        found = await self._rows(
            "SELECT sum((a ->> 'amount')::numeric) AS paid FROM mirror m, jsonb_array_elements(m.record #>"
            " '{payment,allocations}') a WHERE m.side = 'oncord' AND m.kind = 'receipt' AND a ->> 'sale_id' = %s",
            link["oncord_id"],
        )
        return D(found[0]["paid"])

    async def _columns(self) -> str:
        found = await self._rows(
            "SELECT string_agg(column_name, ', ' ORDER BY ordinal_position) AS names FROM information_schema.columns"
            " WHERE table_name = 'mirror'"
        )
        return str(found[0]["names"])

    async def _cross(self, one: Body, other: Body) -> None:
        move = "UPDATE link SET quickbooks_id = %s WHERE id = %s"
        await self._do(move, "between", one["id"])
        await self._do(move, one["quickbooks_id"], other["id"])
        await self._do(move, other["quickbooks_id"], one["id"])

    async def _do(self, statement: str, *values: Any) -> None:
        if not statement:  # crossed links are crossed back
            one, other = values
            turned = [
                {**link, "quickbooks_id": across["quickbooks_id"]} for link, across in ((one, other), (other, one))
            ]
            await self._cross(*turned)
            return
        async with self._joint.runtime.database.transaction(self._joint.connection_id) as tx:
            await tx.execute(statement, values)  # type: ignore[arg-type]

    async def _rows(self, statement: str, *values: Any) -> list[Body]:
        async with self._joint.runtime.database.transaction(self._joint.connection_id) as tx:
            return [dict(row) for row in await (await tx.execute(statement, values)).fetchall()]  # type: ignore[arg-type]

    async def _judged(self) -> tuple[list[Named], list[str]]:
        runtime, connection_id = self._joint.runtime, self._joint.connection_id
        taken = await tie_outs.take_whole(runtime.database, runtime.clock, runtime.ids, connection_id)
        assert taken is not None
        assert taken.certificate is not None
        async with runtime.database.transaction(connection_id) as tx:
            lines = [line async for line in results.lines(tx, taken.id)]
        named = sorted((line["kind"], line["what"], D(line["amount"]), line["cause"]) for line in lines)
        return named, check(sealed(taken.certificate, of_the_period(lines)))


_LIVE = {
    "sale": "l.kind = 'sale' AND coalesce(m.record ->> 'type', 'sale') = 'sale' AND NOT starts_with(m.record ->> 'number', 'U-')",
    "unpaid": "l.kind = 'sale' AND starts_with(m.record ->> 'number', 'U-')",
    "receipt": "l.kind = 'receipt' AND (m.record #>> '{payment,amount}')::numeric > 0",
    "refund": "l.kind = 'receipt' AND (m.record #>> '{payment,amount}')::numeric < 0",
}
"""What discrepancies are planted into: documents that are paid and not, and money in and out."""
_WRITE = "UPDATE mirror SET record = %s WHERE side = %s AND kind = %s AND record_id = %s"
_PARK = (
    "INSERT INTO pending_change (connection_id, side, kind, record_id, first_changed_at, last_changed_at, parked, waits_for,"
    " reason) SELECT connection_id, side, kind, record_id, now(), now(), true, 'change', 'Its counterpart stays.' FROM mirror"
    " WHERE side = %s AND kind = 'sale' AND record_id = %s"
)
