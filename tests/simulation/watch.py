"""What the service may never do, judged at the moment in which it does it: each of its writes goes through here first.

Whose a record is, and what people have edited, is what the people of this life remember; nothing is asked of the planner.
"""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from tests.simulation import cancelled
from tests.simulation.life import BOOKS, KIND_OF, SHOP, Body, Life
from tests.simulation.outside import Call
from tests.support.joint import SITE

REMOVING = ("delete", "void")


async def forbidden(life: Life, call: Call) -> None:
    """Note a violation where this write breaks a rule about origin."""
    if call.side == SHOP:
        if call.action == "delete" and f"{call.entity}:{call.id}" in life.born[SHOP]:
            life.faults.append(f"I6: the service deletes {call.entity} {call.id} in the shop, which a person made")
        if call.action == "update" and call.entity == "sale":
            await _strange_lines(life, call)
        if call.action == "update" and "payment_method_id" in call.body:
            life.faults.append(f"R7: the service says by which method the money of receipt {call.id} came")
        return
    if call.entity not in KIND_OF:
        return
    mine = f"{call.entity}:{call.id}" in life.born[BOOKS]
    await cancelled.forbidden(life, call)
    if call.action in REMOVING:
        if mine:
            life.faults.append(f"I6: the service removes {call.entity} {call.id}, which the bookkeeper made")
        elif call.action == "delete" and call.entity in ("invoice", "creditmemo"):  # a void (S5) takes nothing away
            await _paid_by_others(life, call)
            await _not_to_be_deleted(life, call)
    elif call.action == "update" and call.entity == "payment":
        await _put_elsewhere(life, call)
        if mine:
            await _rewritten(life, call)


async def _strange_lines(life: Life, call: Call) -> None:
    """What a write names stands in the very version that it is based on; what was saved meanwhile is refused for that."""
    answer = await life.joint.http_shop.get(f"/_sandbox/sites/{SITE}/sales")  # looking takes no time
    sale = next((s for s in answer.json()["items"] if s["id"] == call.id), None)
    if sale is None or sale.get("deleted") or sale["version"] != call.version:
        return
    there = {str(line["id"]) for line in sale["lines"]}
    named = [str(line["id"]) for line in call.body.get("lines") or [] if line.get("id")]
    if strange := [line for line in named if line not in there]:
        life.faults.append(
            f"A2: the service writes to lines {', '.join(strange)} of sale {call.id}, which has only"
            f" {', '.join(sorted(there)) or 'none'}"
        )


async def _paid_by_others(life: Life, call: Call) -> None:
    document = await _book(life, call.entity, call.id)
    for tie in (document or {}).get("LinkedTxn", []):
        if f"payment:{tie['TxnId']}" in life.born[BOOKS]:
            life.faults.append(
                f"S3: the service removes {call.entity} {call.id} under the bookkeeper's payment {tie['TxnId']}"
            )


async def _put_elsewhere(life: Life, call: Call) -> None:
    """R7: a payment stays in its account unless a person has changed the method of its receipt. One that was moved
    meanwhile is refused for that."""
    payment, account = await _book(life, "payment", call.id), _account(call.body)
    if payment is None or not account or payment["SyncToken"] != call.body.get("SyncToken"):
        return
    if account == _account(payment) or not _account(payment):
        return
    ties = await life.links("receipt", call.id)
    if _account(payment) == life.ways.clearing and await _leads_to(life, {str(t["oncord_id"]) for t in ties}, account):
        return
    if not any(str(tie["oncord_id"]) in life.renamed for tie in ties):
        life.faults.append(f"R7: the service moves payment {call.id} to account {account}; nobody changed its method")


async def _leads_to(life: Life, receipts: set[str], account: str) -> bool:
    """Whether the method of one of these receipts was mapped to an account since money of it went to the clearing account."""
    answer = await life.joint.http_shop.get(f"/_sandbox/sites/{SITE}/receipts")  # looking takes no time
    paid = [r for r in answer.json()["items"] if r["id"] in receipts and not r.get("deleted")]
    went = [life.ways.led.get((str(r["payment_method_id"]), r["currency"]), []) for r in paid]
    return any((life.ways.clearing, account) in pairwise(each) for each in went)


def _account(payment: Body) -> str:
    return str((payment.get("DepositToAccountRef") or {}).get("value") or "")


async def _not_to_be_deleted(life: Life, call: Call) -> None:
    """S3: the document of a sale that was deleted is voided where that was chosen, where somebody else may hold it, and where
    its month is over. What the service has just made and takes back again is no such document."""
    document = await _book(life, call.entity, call.id)
    ties = await life.links("sale", call.id)
    stubs = await life.joint.shop_list("sales", deleted=True)
    gone = {str(sale["id"]): str(sale["modified_at"]) for sale in stubs if sale.get("deleted")}
    deleted_at = [gone[str(tie["oncord_id"])] for tie in ties if str(tie["oncord_id"]) in gone]
    if document is None or not deleted_at:
        return
    if document["SyncToken"] != call.body.get("SyncToken"):
        return  # it was sent meanwhile, and the delete is refused for that
    sent = document.get("EmailStatus") == "EmailSent" or document.get("PrintStatus") == "PrintComplete"
    over = cancelled.in_a_month_that_was_over(document, min(deleted_at))
    if life.removals == "void" or sent or over:
        why = "was sent" if sent else "is of a month that is over" if over else "was to be voided"
        life.faults.append(f"S3: the service deletes {call.entity} {call.id}, which {why}")


async def _rewritten(life: Life, call: Call) -> None:
    """The bookkeeper's payment keeps its money and its lines unless somebody edited the receipt."""
    payment = await _book(life, "payment", call.id)
    if payment is None or "Line" not in call.body:
        return
    ties = await life.links("receipt", call.id)
    if not ties or any(("receipt", t["oncord_id"]) in life.edited for t in ties):
        return
    if _lines(payment) == _lines(call.body) and _money(payment["TotalAmt"]) == _money(call.body["TotalAmt"]):
        return
    receipt = next((r for r in await life.joint.shop_list("receipts") if r["id"] == ties[0]["oncord_id"]), None)
    if receipt is not None and any(a["sale_id"] in life.moved for a in receipt["allocations"]):
        return  # its sale goes to another customer, and takes its share of the payment along
    documents = {key for each in (_lines(payment), _lines(call.body)) for key in each}
    for document in documents:
        sales = await life.links("sale", document)
        if any(("sale", s["oncord_id"]) in life.revived or s["oncord_id"] in life.moved for s in sales):
            return  # what pays a moved invoice is taken off it, moved, and applied again
    life.faults.append(
        f"S3: the service rewrites the bookkeeper's payment {call.id} of receipt {ties[0]['oncord_id']}, which nobody"
        f" edited: {_lines(payment)} becomes {_lines(call.body)}"
    )


def _lines(payment: Body) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in payment.get("Line") or []:
        for tie in line.get("LinkedTxn", []):
            found[str(tie["TxnId"])] = found.get(str(tie["TxnId"]), Decimal(0)) + _money(line["Amount"])
    return {key: amount for key, amount in found.items() if amount}


def _money(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))


async def _book(life: Life, entity: str, record_id: str) -> Body | None:
    return next((r for r in await life.joint.books_list(entity) if str(r["Id"]) == record_id), None)
