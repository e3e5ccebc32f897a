"""Amounts of a sale that QuickBooks cannot be told: those of an invoice over the charges of a statement, and what is below zero."""

from dataclasses import replace

from app.domain.model.currencies import with_currency
from app.domain.model.records import STATEMENT_CHARGES, Sale, Side, Snapshot
from app.domain.planning.merge import Merged


def refused_amounts(sale: Sale, invoice: Snapshot, merged: Merged) -> str:
    """Why QuickBooks cannot be told of amounts that have changed in Oncord; "" where it can, or where none have."""
    if "money" not in merged.to_quickbooks:
        return ""
    if STATEMENT_CHARGES in invoice.extras:
        return _ON_A_STATEMENT
    return below_zero(sale) if sale.money.total < 0 else ""


_ON_A_STATEMENT = (
    "Its amounts were changed in Oncord, but its invoice charges what stands on a statement in QuickBooks and has no lines that "
    "could be written. Change the charges in QuickBooks, or set the amounts back in Oncord."
)


def amounts_of_a_statement(invoice: Snapshot, merged: Merged) -> Merged:
    """Where both sides changed the amounts of an invoice over the charges of a statement, those of QuickBooks go on."""
    both = any(d.field == "money" and d.winner is Side.ONCORD for d in merged.disagreements)
    if not both or STATEMENT_CHARGES not in invoice.extras:
        return merged
    turned = tuple(replace(d, winner=Side.QUICKBOOKS) if d.field == "money" else d for d in merged.disagreements)
    others = tuple(group for group in merged.to_quickbooks if group != "money")
    return replace(merged, to_quickbooks=others, to_oncord=(*merged.to_oncord, "money"), disagreements=turned)


def below_zero(sale: Sale) -> str:
    """What to do about a sale that gives back more than it charges, which no invoice can."""
    total = with_currency(sale.money.total, sale.money.currency)
    return (
        f"It comes to {total}, and QuickBooks has no invoice below zero. In Oncord, take what is given back off this sale "
        "and enter it as an adjustment with a negative total; that becomes a credit in QuickBooks. The rest is then "
        "synchronised by itself."
    )
