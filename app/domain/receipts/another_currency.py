"""Money in another currency than the sale that it pays: what QuickBooks' own way of entering it is, in words. Pure.

A payment of QuickBooks' is in the currency of its customer, and goes to an account in that currency or in the home currency
(docs/quickbooks.md 9.15). Which rate such money was exchanged at is known by the bank and by nobody else, so that it is not guessed.
"""

from app.domain.model.configuration import Configuration
from app.domain.model.currencies import with_currency
from app.domain.model.records import Receipt, Sale


def in_another_currency(receipt: Receipt, sale: Sale, configuration: Configuration) -> str:
    """What is wrong with a receipt that pays a sale in another currency, and how it is entered."""
    paid, owed, home = receipt.payment.currency, sale.money.currency, configuration.home_currency
    amount = with_currency(abs(receipt.payment.amount), paid)
    named = f"sale {sale.number}" if sale.number else "a sale"
    what = (
        f"It is {amount} but pays {named} in {owed}, and a QuickBooks payment has one currency, that of its customer."
    )
    if len(receipt.payment.allocations) > 1:
        return f"{what} Record one receipt for each currency."
    return f"{what} {_way(amount, paid, owed, home)}"


def _way(amount: str, paid: str, owed: str, home: str) -> str:
    in_oncord = f"Enter the receipt in Oncord in {owed}, with what it settles of the sale."
    if paid == home:
        return (
            f"{in_oncord} Its payment in QuickBooks then goes to an account kept in {home}: correct the exchange rate there so "
            f"that it comes to {amount}."
        )
    if owed == home:
        return (
            f"{in_oncord} The bank's {amount} are then a transfer in QuickBooks, from the account kept in {home} that the "
            f"payment went to (a clearing account fits best) to the one kept in {paid}."
        )
    return (
        f"{in_oncord} Let its payment in QuickBooks go to a clearing account kept in {home}, and transfer from there what the "
        f"bank got, {amount}, to the account kept in {paid}, at the bank's rate."
    )
