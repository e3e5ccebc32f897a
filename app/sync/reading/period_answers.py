"""What people have said about documents of locked periods and about cleared money, as a plan is given it (B1, R3, R5, R7)."""

from app.domain.model.days import day_in_words
from app.domain.model.records import Kind
from app.domain.planning.plan_input import PeriodAnswer
from app.storage.database import Transaction
from app.storage.people import locked_periods
from app.sync.context import TurnContext


async def period_answers(context: TurnContext, tx: Transaction) -> dict[tuple[Kind, str], PeriodAnswer]:
    """The answers that still stand, by the record of Oncord that each is about."""
    return {
        (Kind(each.kind), each.record_id): PeriodAnswer(
            each.item_id,
            allows=each.answer != locked_periods.LEAVE,
            shown=each.shown,
            open_day=each.answer == locked_periods.OPEN_DAY,
            unapplies=each.answer == locked_periods.UNAPPLY,
            as_difference=each.answer == locked_periods.ENTER,
            by=each.by,
            on=day_in_words(each.at),
        )
        for each in await locked_periods.standing(tx, context.connection_id)
    }
