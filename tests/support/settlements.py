"""What bookkeepers do to an invoice besides recording a payment, and how a sale is said to stand."""

from typing import Any

from app.container import build_container
from app.domain.settlement.state import Settlement
from app.services.settlement import read_settlement
from tests.support.joint import Joint
from tests.support.stories import Body, change, plain


async def standing(joint: Joint, sale: Body) -> Settlement:
    """How a sale stands, as the shop is told before it reminds anybody."""
    return await read_settlement(build_container(joint.runtime), joint.connection_id, str(sale["id"]))


def told(found: Settlement) -> tuple[str, str, str]:
    """Its state, what is settled of it, and what is open."""
    return found.state, f"{found.settled:.2f}", f"{found.open:.2f}"


def causes(found: Settlement) -> dict[str, str]:
    """What has settled it, with the amounts."""
    return {str(part.cause): f"{part.amount:.2f}" for part in found.causes}


async def up_front(joint: Joint, invoice_id: str, amount: str) -> Body:
    """A person enters money up front on an invoice."""
    bank = await joint.account("Bank")
    return await change(joint, "invoice", invoice_id, Deposit=float(amount), DepositToAccountRef={"value": bank})


async def bad_debts(joint: Joint) -> str:
    """The account that write-offs go to; made where it is missing."""
    rows = [a for a in await joint.books_list("account") if a["AccountSubType"] == "BadDebts"]
    if rows:
        return str(rows[0]["Id"])
    body = {"Name": "Bad debts", "AccountType": "Expense", "AccountSubType": "BadDebts"}
    return str((await joint.person("account", body))["Id"])


async def journal(joint: Joint, customer_id: str, amount: str, account: str, **members: Any) -> Body:
    """A journal entry that takes `amount` off what a customer owes, against an account."""

    def line(posting: str, account_id: str, **more: Any) -> Body:
        detail = {"PostingType": posting, "AccountRef": {"value": account_id}, **more}
        return {"Amount": float(amount), "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}

    owner = {"Type": "Customer", "EntityRef": {"value": customer_id}}
    receivable = await joint.account("Accounts Receivable")
    lines = [line("Debit", account), line("Credit", receivable, Entity=owner)]
    return await joint.person("journalentry", {"Line": lines, **members})


async def banked(joint: Joint, customer_id: str, amount: str) -> Body:
    """A bank deposit that is booked to Accounts Receivable."""
    detail = {
        "AccountRef": {"value": await joint.account("Accounts Receivable")},
        "Entity": {"value": customer_id, "type": "CUSTOMER"},
    }
    line = {"Amount": float(amount), "DetailType": "DepositLineDetail", "DepositLineDetail": detail}
    return await joint.person(
        "deposit", {"DepositToAccountRef": {"value": await joint.account("Bank")}, "Line": [line]}
    )


async def set_against(
    joint: Joint, invoice: Body, entity: str, credit: Body, amount: str, *, cash: str = "0", **members: Any
) -> Body:
    """A person sets what such a document credits against an invoice, together with cash where some came in."""
    lines = [
        {
            "Amount": float(amount) + float(cash),
            "LinkedTxn": [{"TxnId": str(invoice["Id"]), "TxnType": "Invoice"}],
        },
        {"Amount": float(amount), "LinkedTxn": [{"TxnId": str(credit["Id"]), "TxnType": entity}]},
    ]
    body: Body = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": float(cash), "Line": lines, **members}
    if float(cash):
        body["DepositToAccountRef"] = {"value": await joint.account("Bank")}
    return await joint.person("payment", plain(body))
