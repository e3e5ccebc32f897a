"""R7: the bookkeeper moves payments from one account to another, and the shop says otherwise by which method money came.
S3: documents are sent to customers, and somebody has chosen what becomes of the invoice of a sale that is deleted.

By chances of its own, so that what else happens in a life does not depend on it.
"""

import random

from tests.simulation.life import Body, Life


async def banked(life: Life, chance: random.Random) -> None:
    """One of these happens, where there is something that it could happen to."""
    deeds = (_account_moved, _account_moved, _method_changed, _sent, _sent)
    await chance.choice(deeds)(life, chance)


async def choose(life: Life, chance: random.Random) -> None:
    """Somebody chooses, once, what becomes of the documents of deleted sales."""
    life.removals = chance.choice(("delete", "void"))
    await life.configure(removals=life.removals)


async def _sent(life: Life, chance: random.Random) -> None:
    entity = chance.choice(("invoice", "invoice", "creditmemo"))
    documents = await life.joint.books_list(entity)
    if documents:
        document = chance.choice(documents)
        await life.books(entity, {"Id": document["Id"], "sparse": True, "EmailStatus": "EmailSent"})


async def _account_moved(life: Life, chance: random.Random) -> None:
    payments = [p for p in await life.joint.books_list("payment") if p["TotalAmt"] > 0]
    if not payments:
        return
    paid = chance.choice(payments)
    currency = (paid.get("CurrencyRef") or {}).get("value", life.currencies[0])
    others = [account for account in life.accounts[currency] if account != _account(paid)]
    if others and await life.books("payment", {**paid, "DepositToAccountRef": {"value": chance.choice(others)}}):
        life.ways.moved.add(str(paid["Id"]))


async def _method_changed(life: Life, chance: random.Random) -> None:
    receipts = await life.joint.shop_list("receipts")
    if not receipts:
        return
    receipt = chance.choice(receipts)
    others = [method for method in life.methods if method != receipt["payment_method_id"]]
    saved = await life.shop("PATCH", f"receipts/{receipt['id']}", {"payment_method_id": chance.choice(others)})
    if saved is not None:
        life.renamed.add(str(receipt["id"]))


def _account(payment: Body) -> str:
    return str((payment.get("DepositToAccountRef") or {}).get("value", ""))
