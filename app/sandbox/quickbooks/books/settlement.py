"""Which payment has settled how much of which invoice, credit memo or money paid back.

The target remembers what each payment took (`applied`); the payment carries the lines. Every apply and unapply raises
the target's SyncToken, as was seen on the wire; a change of a payment that leaves its lines alone does not touch it.
"""

from __future__ import annotations

from decimal import Decimal

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.ledger import open_charge, post
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)
TARGETS = {"Invoice": "Invoice", "CreditMemo": "CreditMemo", "Expense": "Purchase"}
"""What a payment line may link: TxnType on the wire to entity."""
CREDITS = ("CreditMemo",)


def applied_to(record: Record) -> Decimal:
    return sum((money(part) for part in record.facts.get("applied", {}).values()), ZERO)


def still_open(company: Company, entity: str, record: Record) -> Decimal:
    """What can still be linked to a target."""
    return open_charge(company, record) if entity == "Purchase" else money(record.body["Balance"])


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
    others = [link for link in target.body.get("LinkedTxn", []) if link.get("TxnType") != "Payment"]
    links = others + [{"TxnId": identifier, "TxnType": "Payment"} for identifier in applied]
    body = {**target.body, "LinkedTxn": links}
    if entity != "Purchase":
        left = money(body["TotalAmt"]) - money(body.get("Deposit", ZERO)) - applied_to(target)
        body["Balance"] = max(ZERO, left)
        if entity == "CreditMemo":
            body["RemainingCredit"] = body["Balance"]
    company.change(entity, target, body)
    post(company, entity, target)


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
    lines = lines if total else _balanced(lines)
    others = [row for row in payment.facts.get("allocations", []) if row[1] != target.id]
    if not lines and not total:
        # [SIM] a payment that only linked credits to charges has nothing left to say
        payment.facts["allocations"] = others
        forget(company, payment)
        company.remove("Payment", payment)
        return
    company.change("Payment", payment, {**payment.body, "Line": lines, "UnappliedAmt": unapplied(total, lines)})
    payment.facts["allocations"] = [*others, [entity, target.id, kept]] if kept else others
    allocate(company, payment)
    post(company, "Payment", payment)


def _balanced(lines: list[Body]) -> list[Body]:
    """Charges and credits of a zero payment, cut to the smaller of the two sums."""
    sums = {True: ZERO, False: ZERO}
    for line in lines:
        sums[_is_credit(line)] += money(line["Amount"])
    room = min(sums.values())
    left = {True: room, False: room}
    kept = []
    for line in lines:
        amount = min(money(line["Amount"]), left[_is_credit(line)])
        left[_is_credit(line)] -= amount
        if amount:
            kept.append({**line, "Amount": amount})
    return kept


def _is_credit(line: Body) -> bool:
    return line["LinkedTxn"][0]["TxnType"] in CREDITS


def unapplied(total: Decimal, lines: list[Body]) -> Decimal:
    """What is left of a payment: its money and the credits it uses, less the charges it settles."""
    return total + sum((money(line["Amount"]) * (1 if _is_credit(line) else -1) for line in lines), ZERO)
