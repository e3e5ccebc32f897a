"""What settles an invoice or credit memo besides payments of money, out of what QuickBooks says of it (docs/quickbooks.md 9.16).

A document names the payments that are linked to it; a payment of zero, or one with more lines than money, names the
journal entries and bank deposits behind it. Pure: the documents are read by the client, in bulk.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from app.domain.model.days import day_in_words
from app.domain.model.totals import ZERO
from app.domain.settlement.causes import Cause, Part, SettledBy
from app.json_values import amount, text
from app.quickbooks.mapping.receipt import settled_elsewhere
from app.quickbooks.mapping.values import ref, rows

Found = Mapping[str, dict[str, Any]]
"""Documents by id."""
BEHIND = ("JournalEntry", "Deposit")
"""What a payment can set against an invoice that is no money of its own."""
_CAUSES = {"JournalEntry": Cause.JOURNAL, "Deposit": Cause.BANK_DEPOSIT}
_NAMES = {"JournalEntry": "Journal entry", "Deposit": "Bank deposit", "RefundReceipt": "Refund receipt"}


def linked_to(documents: Iterable[dict[str, Any]], *types: str) -> list[str]:
    """The ids of what these documents, or their lines, are linked to, of some types; each once."""
    found: dict[str, None] = {}
    for document in documents:
        links = [*rows(document.get("LinkedTxn"))]
        links += [link for line in rows(document.get("Line")) for link in rows(line.get("LinkedTxn"))]
        found |= {text(link.get("TxnId")): None for link in links if text(link.get("TxnType")) in types}
    return [each for each in found if each]


def debited(entries: Iterable[dict[str, Any]]) -> set[str]:
    """The accounts that some journal entries debit."""
    return {account for entry in entries for account in _debits(entry)}


def settled_by(
    document: dict[str, Any], payments: Found, behind: Mapping[str, Found], bad_debts: frozenset[str]
) -> SettledBy:
    """What settles one document. `behind` holds journal entries, bank deposits and refund receipts, each by id;
    `bad_debts` are the accounts of that sort."""
    document_id = text(document.get("Id"))
    own = [i for i in linked_to([document], "Payment") if i]
    parts = [Part(Cause.DEPOSIT, up_front)] if (up_front := amount(document.get("Deposit"))) > 0 else []
    for payment_id in own:
        payment = payments.get(payment_id, {})
        left = settled_elsewhere(payment).get(document_id, ZERO)
        parts += _behind(payment, left, behind, bad_debts)
    for refund_id in linked_to([document], "RefundReceipt"):
        refund = behind["RefundReceipt"].get(refund_id, {})
        parts.append(Part(Cause.REFUND_RECEIPT, amount(refund.get("TotalAmt")), _label("RefundReceipt", refund)))
    paid = amount(document.get("TotalAmt")) - amount(document.get("Balance"))
    return SettledBy(tuple(part for part in parts if part.amount), tuple(own), paid)


def _behind(
    payment: dict[str, Any], left: Decimal, behind: Mapping[str, Found], bad_debts: frozenset[str]
) -> Iterable[Part]:
    """The credits of a payment that are neither money nor credit memos, as far as they settle `left` of one invoice."""
    for line in rows(payment.get("Line")):
        for link in rows(line.get("LinkedTxn")):
            sort = text(link.get("TxnType"))
            share = min(left, amount(line.get("Amount")))
            if sort in BEHIND and share > 0:
                credit = behind[sort].get(text(link.get("TxnId")), {})
                accounts = _debits(credit)
                written_off = sort == "JournalEntry" and accounts and accounts <= bad_debts
                cause = Cause.WRITTEN_OFF if written_off else _CAUSES[sort]
                yield Part(cause, share, _label(sort, credit))
                left -= share


def _debits(entry: dict[str, Any]) -> set[str]:
    details = (line.get("JournalEntryLineDetail") for line in rows(entry.get("Line")))
    return {ref(d.get("AccountRef")) for d in details if isinstance(d, dict) and d.get("PostingType") == "Debit"}


def _label(sort: str, document: dict[str, Any]) -> str:
    number, date = text(document.get("DocNumber")), text(document.get("TxnDate"))[:10]
    return " ".join(word for word in (_NAMES[sort], number, f"of {day_in_words(date)}" if date else "") if word)
