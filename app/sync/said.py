"""What people have answered about which one a record is: kept with the question until the record has its counterpart."""

from collections.abc import Mapping

from app.domain.people import alike_in_name_only
from app.domain.records import Kind, Side, Snapshot
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
            kept.chosen, kept.offered, kept.scope, tuple(sorted(kept.facts.items())), kept.of_lot
        )
    return {key: tuple(answers.values()) for key, answers in found.items()}


def standing(answers: Mapping[Key, tuple[Said, ...]], snapshots: Mapping[Key, Snapshot]) -> dict[Key, tuple[Said, ...]]:
    """These answers without those that were given to many pairs of blank cards at once, where a pair is none by now: what
    somebody has typed since then decides."""
    return {key: tuple(s for s in told if not _outdated(key, s, snapshots)) for key, told in answers.items()}


def _outdated(key: Key, said: Said, snapshots: Mapping[Key, Snapshot]) -> bool:
    own = snapshots.get(key)
    others = [snapshots.get((key[0].other, key[1], i)) for i in said.offered]
    if not said.of_lot or own is None or any(other is None for other in others):
        return False
    return not any(alike_in_name_only(own.record, other.record) for other in others if other is not None)


async def choices_used(context: TurnContext, situation: Situation) -> None:
    """Let go of the answers whose records have their counterparts now."""
    if not situation.said:
        return
    async with context.transaction() as tx:
        await attention.use_choices(tx, context.connection_id, context.clock.now())
