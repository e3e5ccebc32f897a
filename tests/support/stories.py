"""What people do and what they see, in the words of the stories: documents made at the books, runs, quiet, attention."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domain.model.operations import Action
from app.domain.model.rules import RULES
from app.storage.runs.operations import StoredOperation
from app.sync.engine import WITHOUT_END
from tests.support.joint import Joint

Body = dict[str, Any]
BOOKS_MARK = ("books_status", "books_reason", "books_url", "books_as_of", "books_settled", "amount_owing")
"""What we write on a record of the shop to say how it stands in the books, and what follows from it there."""


async def customer(joint: Joint, given: str, family: str = "Hopper", email: str | None = None, **members: Any) -> Body:
    """A customer made in QuickBooks; its e-mail follows from its name unless it is given ("" for none)."""
    address = f"{given}.{family}@example.com".lower() if email is None else email
    body: Body = {"GivenName": given, "FamilyName": family, **members}
    if address:
        body["PrimaryEmailAddr"] = {"Address": address}
    return await joint.person("customer", body)


async def tax_code(joint: Joint, name: str = "GST") -> str:
    """The id of a tax code of the company."""
    return next(str(c["Id"]) for c in await joint.books_list("taxcode") if c["Name"] == name)


async def sales_item(joint: Joint) -> str:
    """The one item that the configuration names."""
    return next(str(i["Id"]) for i in await joint.books_list("item") if i["Name"] == "Oncord sales")


async def line(joint: Joint, amount: str, words: str = "Design", *, code: str = "GST", **detail: Any) -> Body:
    """A sales line of `amount` before tax."""
    item = detail.pop("item", None) or await sales_item(joint)
    inner = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": await tax_code(joint, code)}, **detail}
    return {
        "Amount": Decimal(amount),
        "Description": words,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": inner,
    }


async def document(joint: Joint, entity: str, customer_id: str, *lines: Body, **members: Any) -> Body:
    """An invoice or credit memo made in QuickBooks, of 30.00 before tax unless lines are given."""
    chosen = list(lines) or [await line(joint, "30.00")]
    body = {"CustomerRef": {"value": customer_id}, "GlobalTaxCalculation": "TaxExcluded", "Line": chosen, **members}
    return await joint.person(entity, plain(body))


async def invoice(joint: Joint, customer_id: str, *lines: Body, **members: Any) -> Body:
    """An invoice made in QuickBooks; 33.00 unless lines are given."""
    return await document(joint, "invoice", customer_id, *lines, **members)


async def credit_memo(joint: Joint, customer_id: str, *lines: Body, **members: Any) -> Body:
    """A credit memo made in QuickBooks; 33.00 unless lines are given."""
    return await document(joint, "creditmemo", customer_id, *lines, **members)


async def payment(
    joint: Joint,
    customer_id: str,
    amount: str,
    invoices: Mapping[str, str] | None = None,
    credit: Mapping[str, str] | None = None,
    **members: Any,
) -> Body:
    """A payment made in QuickBooks, applied to invoices (id: amount) and using credits."""
    lines = [
        {"Amount": float(value), "LinkedTxn": [{"TxnId": key, "TxnType": entity}]}
        for entity, parts in (("Invoice", invoices or {}), ("CreditMemo", credit or {}))
        for key, value in parts.items()
    ]
    body: Body = {"CustomerRef": {"value": customer_id}, "TotalAmt": float(amount), "Line": lines, **members}
    if float(amount) and "DepositToAccountRef" not in body:
        body["DepositToAccountRef"] = {"value": await joint.account("Bank")}
    return await joint.person("payment", body)


def plain(value: Any) -> Any:
    """A body as JSON can say it."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return float(value) if isinstance(value, Decimal) else value


async def change(joint: Joint, entity: str, record_id: str, **members: Any) -> Body:
    """A person edits a document or customer in QuickBooks."""
    return await joint.person(entity, plain({"Id": record_id, "sparse": True, **members}))


async def remove(joint: Joint, entity: str, record_id: str) -> None:
    """A person deletes a document in QuickBooks."""
    await joint.person(entity, {"Id": record_id}, operation="delete")


async def void(joint: Joint, entity: str, record_id: str) -> None:
    """A person voids a document in QuickBooks, which leaves every amount zero and says so."""
    if entity == "invoice":
        await joint.person(entity, {"Id": record_id}, operation="void")
    elif entity == "payment":
        body = await book(joint, entity, record_id)
        await joint.person(entity, plain(body), operation="update", include="void")
    else:
        body = await book(joint, entity, record_id)
        emptied = [
            {**x, "Amount": 0, "SalesItemLineDetail": {**x["SalesItemLineDetail"], "Qty": 0, "UnitPrice": 0}}
            for x in body["Line"]
            if x["DetailType"] == "SalesItemLineDetail"
        ]
        for x in emptied:
            x["SalesItemLineDetail"].pop("TaxInclusiveAmt", None)
        await change(joint, entity, record_id, Line=emptied, PrivateNote="Voided", TxnTaxDetail={"TotalTax": 0})


async def book(joint: Joint, entity: str, record_id: str) -> Body:
    """One object of the company, as it is now."""
    return next(x for x in await joint.books_list(entity) if x["Id"] == record_id)


async def book_or_none(joint: Joint, entity: str, record_id: str) -> Body | None:
    """One object of the company, or None where it is gone."""
    return next((x for x in await joint.books_list(entity) if x["Id"] == record_id), None)


async def shop(joint: Joint, collection: str, record_id: str) -> Body:
    """One record of the shop, as it is now."""
    return next(x for x in await joint.shop_list(collection, deleted=True) if x["id"] == record_id)


async def run(joint: Joint) -> list[tuple[str, str, str]]:
    """One whole run with a download; what it wrote. Every decision has to name its rule and say why (law 7)."""
    done = await joint.sync()
    assert done.state in ("succeeded", "partial"), (done.state, done.error, done.counters)
    for decided in await joint.decisions():
        assert decided.operation.rule in RULES, decided
        assert re.search(r"[A-Z].*[.]$", decided.operation.reason, re.DOTALL), decided.operation.reason
    assert await joint.postponed(WITHOUT_END) == [], "a record set itself free without end"
    return await joint.writes()


async def quiet(joint: Joint) -> None:
    """A further run plans no writes (I3, I5)."""
    again = await run(joint)
    assert again == [], [(d.operation.reason, d.operation.fields) for d in await written(joint)]


async def written(joint: Joint) -> list[StoredOperation]:
    """What the last run wrote, with its rules."""
    return [d for d in await joint.decisions() if d.operation.action.writes]


async def reasons(joint: Joint, action: Action) -> list[str]:
    """Why the last run decided so."""
    return [d.operation.reason for d in await joint.decisions() if d.operation.action is action]


async def asked(joint: Joint) -> list[tuple[str, str]]:
    """(rule, kind) of the open attention items."""
    return sorted((item.rule, item.kind) for item in await joint.attention())
