"""What people have answered about which one a record is: kept with the question until the record has its counterpart."""

from app.domain.records import Kind, Side
from app.domain.situation import Key, Said, Situation
from app.storage import attention
from app.storage.database import Transaction
from app.sync.context import TurnContext


async def said(context: TurnContext, tx: Transaction) -> dict[Key, tuple[Said, ...]]:
    """The answers that have not led to a link yet; the latest one about each record (in each scope)."""
    found: dict[Key, dict[str, Said]] = {}
    for kept in await attention.choices(tx, context.connection_id):
        key = (Side(kept.side), Kind(kept.kind), kept.record_id)
        found.setdefault(key, {})[kept.scope] = Said(
            kept.chosen, kept.offered, kept.scope, tuple(sorted(kept.facts.items()))
        )
    return {key: tuple(answers.values()) for key, answers in found.items()}


async def choices_used(context: TurnContext, situation: Situation) -> None:
    """Let go of the answers whose records have their counterparts now."""
    if not situation.said:
        return
    async with context.transaction() as tx:
        await attention.use_choices(tx, context.connection_id, context.clock.now())
