"""R7: the bookkeeper moves payments from one account to another, and the shop says otherwise by which method money came.

By chances of its own, so that what else happens in a life does not depend on it.
"""

import random

from tests.simulation.life import Body, Life


async def banked(life: Life, chance: random.Random) -> None:
    """One of the two happens, where there is money."""
    await (_account_moved if chance.random() < 0.6 else _method_changed)(life, chance)


async def _account_moved(life: Life, chance: random.Random) -> None:
    payments = [p for p in await life.joint.books_list("payment") if p["TotalAmt"] > 0]
    if not payments:
        return
    paid = chance.choice(payments)
    currency = (paid.get("CurrencyRef") or {}).get("value", life.currencies[0])
    others = [account for account in life.accounts[currency] if account != _account(paid)]
    if others:
        await life.books("payment", {**paid, "DepositToAccountRef": {"value": chance.choice(others)}})


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
