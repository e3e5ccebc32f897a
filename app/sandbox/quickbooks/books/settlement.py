"""Which payment has settled how much of which invoice, credit memo or money paid back.

The target remembers what each payment took (`applied`); the payment carries the lines. Every apply and unapply raises
the target's SyncToken, as was seen on the wire; a change of a payment that leaves its lines alone does not touch it.
"""

from __future__ import annotations

from decimal import Decimal

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.ledger import open_charge, owed, post
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)
TARGETS = {
    "Invoice": "Invoice",
    "CreditMemo": "CreditMemo",
    "Expense": "Purchase",
    "JournalEntry": "JournalEntry",
    "Deposit": "Deposit",
}
"""What a payment line may link: TxnType on the wire to entity."""
BEHIND = ("Purchase", "JournalEntry", "Deposit")
"""Documents that are no sales forms: their own bodies do not tell what is linked to their Accounts Receivable."""


def applied_to(record: Record) -> Decimal:
    return sum((money(part) for part in record.facts.get("applied", {}).values()), ZERO)


def still_open(company: Company, entity: str, record: Record) -> Decimal:
    """What can still be linked to a target."""
    return open_charge(company, record, entity) if entity in BEHIND else money(record.body["Balance"])


def still_covered(company: Company, entity: str, before: Record, body: Body) -> None:
    """Raises `FaultError` (6000) for a change by which less is left than what is linked already."""
    if applied_to(before) > abs(owed(company, entity, body)):
        raise faults.business("The amount cannot be less than what is already linked to it.")


def allocate(company: Company, payment: Record) -> None:
    """Brings the targets in line with a payment's present lines."""
    before = {tuple(key): money(amount) for *key, amount in payment.facts.get("allocations", [])}
    now: dict[tuple[str, ...], Decimal] = {}
    for line in payment.body["Line"]:
        for link in line.get("LinkedTxn", []):
            key = (TARGETS[link["TxnType"]], str(link["TxnId"]))
            now[key] = now.get(key, ZERO) + money(line["Amount"])
    payment.facts["allocations"] = [[*key, amount] for key, amount in now.items()]
    for key in {**before, **now}:
        if before.get(key) != now.get(key):
            target = company.get(key[0], key[1])
            if target is not None:
                _set(company, key[0], target, payment.id, now.get(key))


def forget(company: Company, payment: Record) -> None:
    """Takes back everything a payment settled."""
    for entity, identifier, _ in payment.facts.pop("allocations", []):
        target = company.get(entity, identifier)
        if target is not None:
            _set(company, entity, target, payment.id, None)


def _set(company: Company, entity: str, target: Record, payment: str, amount: Decimal | None) -> None:
    applied = {key: money(value) for key, value in target.facts.get("applied", {}).items() if key != payment}
    if amount is not None:
        applied[payment] = amount
    target.facts["applied"] = applied
    if entity in ("JournalEntry", "Deposit"):
        post(company, entity, target)
        return
    others = [link for link in target.body.get("LinkedTxn", []) if link.get("TxnType") not in SETTLING]
    links = others + [{"TxnId": identifier, "TxnType": _sort_of(company, identifier)} for identifier in applied]
    body = {**target.body, "LinkedTxn": links}
    if entity != "Purchase":
        left = money(body["TotalAmt"]) - money(body.get("Deposit", ZERO)) - applied_to(target)
        body["Balance"] = max(ZERO, left)
        if entity == "CreditMemo":
            body["RemainingCredit"] = body["Balance"]
    company.change(entity, target, body)
    post(company, entity, target)


SETTLING = ("Payment", "RefundReceipt")


def _sort_of(company: Company, identifier: str) -> str:
    return "Payment" if company.get("RefundReceipt", identifier) is None else "RefundReceipt"


def settle_directly(company: Company, record: Record) -> None:
    """[SIM] Brings a form in line that a refund receipt settles by itself, without a payment between the two."""
    link = record.facts.get("settles")
    now = {(link[0], link[1]): money(record.body["TotalAmt"])} if link else {}
    record.facts["allocations"] = [[*key, amount] for key, amount in now.items()]
    for (entity, identifier), amount in now.items():
        target = company.get(entity, identifier)
        if target is not None:
            own = money(target.facts.get("applied", {}).get(record.id, ZERO))
            _set(company, entity, target, record.id, min(amount, still_open(company, entity, target) + own))


def release(company: Company, entity: str, target: Record) -> None:
    """A target is voided or deleted: its payments live on, without the lines that settled it."""
    for payment_id in list(target.facts.get("applied", {})):
        _reduce(company, entity, target, payment_id, ZERO)
    target.facts["applied"] = {}


def trim(company: Company, entity: str, target: Record) -> None:
    """A target became smaller than what was applied to it: the latest payments get the excess back."""
    excess = applied_to(target) - (money(target.body["TotalAmt"]) - money(target.body.get("Deposit", ZERO)))
    for payment_id, amount in reversed(list(target.facts.get("applied", {}).items())):
        if excess <= 0:
            return
        kept = max(ZERO, money(amount) - excess)
        excess -= money(amount) - kept
        _reduce(company, entity, target, payment_id, kept)
        others = {key: value for key, value in target.facts["applied"].items() if key != payment_id}
        target.facts["applied"] = {**others, payment_id: kept} if kept else others
        if not kept:
            links = [link for link in target.body["LinkedTxn"] if link.get("TxnId") != payment_id]
            company.table(entity).relabel(target, {**target.body, "LinkedTxn": links})


def _reduce(company: Company, entity: str, target: Record, payment_id: str, kept: Decimal) -> None:
    """Leaves a payment only so much of the target; what else it links follows."""
    payment = company.get("Payment", payment_id)
    if payment is None:
        return
    total = money(payment.body["TotalAmt"])
    lines: list[Body] = []
    for line in payment.body["Line"]:
        if line["LinkedTxn"][0]["TxnId"] != target.id:
            lines.append(line)
        elif kept:
            lines.append({**line, "Amount": kept})
    lines = lines if total else _balanced(company, lines)
    others = [row for row in payment.facts.get("allocations", []) if row[1] != target.id]
    if not lines and not total:
        # [SIM] a payment that only linked credits to charges has nothing left to say
        payment.facts["allocations"] = others
        forget(company, payment)
        company.remove("Payment", payment)
        return
    company.change(
        "Payment", payment, {**payment.body, "Line": lines, "UnappliedAmt": unapplied(company, total, lines)}
    )
    payment.facts["allocations"] = [*others, [entity, target.id, kept]] if kept else others
    allocate(company, payment)
    post(company, "Payment", payment)


def _balanced(company: Company, lines: list[Body]) -> list[Body]:
    """Charges and credits of a zero payment, cut to the smaller of the two sums."""
    sums = {True: ZERO, False: ZERO}
    for line in lines:
        sums[_is_credit(company, line)] += money(line["Amount"])
    room = min(sums.values())
    left = {True: room, False: room}
    kept = []
    for line in lines:
        amount = min(money(line["Amount"]), left[_is_credit(company, line)])
        left[_is_credit(company, line)] -= amount
        if amount:
            kept.append({**line, "Amount": amount})
    return kept


def _is_credit(company: Company, line: Body) -> bool:
    link = line["LinkedTxn"][0]
    entity = TARGETS[link["TxnType"]]
    if entity not in ("JournalEntry", "Deposit"):
        return entity == "CreditMemo"
    record = company.get(entity, link["TxnId"])
    return record is not None and owed(company, entity, record.body) < 0


def unapplied(company: Company, total: Decimal, lines: list[Body]) -> Decimal:
    """What is left of a payment: its money and the credits it uses, less the charges it settles."""
    return total + sum((money(line["Amount"]) * (1 if _is_credit(company, line) else -1) for line in lines), ZERO)
