"""What the one question about lines without a tax code says beside which sales wait: which sorts of line, where to, how much."""

from collections.abc import Sequence

from app.domain.model.currencies import written
from app.domain.model.untaxed_lines import Destination, Sort
from app.storage.database import Transaction
from app.storage.people.untaxed import UntaxedSales, untaxed_sales
from app.sync.context import TurnContext

_CALLED: dict[Sort, str] = {
    "products": "products",
    "free_text": "free text",
    "shipping": "shipping",
    "discounts": "discounts",
}
_WHERE: dict[Destination | None, str] = {
    "home": "",
    "abroad": ", shipped abroad",
    None: ", to a country that is not known",
}


async def waiting_untaxed(context: TurnContext, tx: Transaction) -> list[UntaxedSales]:
    """The sales that wait, by sort of line, destination and currency."""
    found = await untaxed_sales(tx, context.connection_id, context.configuration.country)
    return [each for each in found if each.waiting]


def in_words(found: Sequence[UntaxedSales]) -> str:
    """What their lines without a code are; "" where none is there to be told of."""
    if not found:
        return ""
    told = "; ".join(
        f"{_CALLED[each.sort]}{_WHERE[each.destination]} ({written(each.amount, each.currency)} {each.currency} in "
        f"{each.waiting} {'sale' if each.waiting == 1 else 'sales'})"
        for each in found
    )
    export = (
        " For what is shipped abroad, an export is proposed." if any(e.destination == "abroad" for e in found) else ""
    )
    return f"Without a code are: {told}.{export}"


def as_detail(found: Sequence[UntaxedSales]) -> list[dict[str, str | int]]:
    """The same for whoever reads the item over the API."""
    return [
        {
            "sort": each.sort,
            "destination": each.destination or "",
            "sales": each.waiting,
            "amount": written(each.amount, each.currency),
            "currency": each.currency,
        }
        for each in found
    ]
