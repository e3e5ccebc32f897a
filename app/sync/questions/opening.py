"""What the one question about opening receivables says (S1): how much was open on the start date, and what can be answered."""

from collections.abc import Sequence
from datetime import date

from app.domain.model.configuration import Configuration
from app.domain.model.currencies import with_currency, written
from app.domain.model.days import day_in_words
from app.storage.database import Transaction
from app.storage.people import openings
from app.storage.people.openings import OpenSum
from app.sync.context import TurnContext


async def waiting_openings(context: TurnContext, tx: Transaction) -> list[OpenSum]:
    """The sales that wait for an answer, by currency."""
    return await openings.waiting(tx, context.connection_id, context.configuration.start_date)


def in_words(found: Sequence[OpenSum], configuration: Configuration) -> str:
    """How much was open, what can be said of it, and what becomes of the money."""
    start = day_in_words(configuration.start_date)
    open_then = " and ".join(_money(each) for each in found)
    was_open = f"{open_then} of sales from before the start date {start} was still open on it" if found else _NOTHING
    bring_in = (
        "bring in what was open of them, as an opening balance on the start date and outside tax; "
        if configuration.reports_by_invoice
        else ""
    )
    return (
        f"{was_open}, and nobody has said yet how that comes into QuickBooks. Say it in the configuration once for all of them, "
        f"or of each under Opening receivables: create an invoice of its own date; {bring_in}it is there already; or it stays "
        "in Oncord. What was received for them since waits with them; what was received before the start date never goes over."
    )


_NOTHING = "Something of sales from before the start date was still open on it"


def as_detail(found: Sequence[OpenSum], start: date) -> dict[str, object]:
    """The same for whoever reads the item over the API."""
    sums = [
        {
            "currency": each.currency,
            "sales": each.sales,
            "total": written(each.total, each.currency),
            "open": written(each.open_then, each.currency),
        }
        for each in found
    ]
    return {"start_date": start.isoformat(), "sums": sums}


def _money(each: OpenSum) -> str:
    return with_currency(each.open_then, each.currency)
