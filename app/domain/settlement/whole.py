"""The documents of a sale whose later differences have documents of their own (B1), as one: what they come to, and what is
settled of them together."""

from collections.abc import Iterable
from dataclasses import replace

from app.domain.model.records import Sale


def as_one(invoice: Sale, beside: Iterable[Sale]) -> Sale:
    """An invoice with what the documents over its differences add to its total, tax and what is paid; a credit takes away."""
    money, paid = invoice.money, invoice.paid
    for document in beside:
        sign = 1 if document.type == invoice.type else -1
        total = money.total + sign * document.money.total
        money = replace(money, total=total, tax_total=money.tax_total + sign * document.money.tax_total)
        paid += sign * document.paid
    return replace(invoice, money=money, paid=paid)
