"""Pairs that come to agree in one transaction are gathered, and stored by one statement, with what waits for them.

Whoever touches links otherwise has them stored first, so that all happens in the order in which it was decided.
"""

from collections.abc import Sequence

from app.domain.model.records import Side
from app.domain.model.waiting import OtherRecord
from app.storage.changes import change_queue
from app.storage.clauses import Clause
from app.storage.database import Transaction
from app.storage.records.agreed_pairs import AgreedPair, agree
from app.sync.context import TurnContext
from app.sync.writing.memory import Memory


def note_agreed(memory: Memory, pair: AgreedPair) -> int:
    """Have a pair stored with the next ones; answers the id that its link has in `memory` until then, where it is new."""
    memory.agreed.append(pair)
    return -len(memory.agreed)


def note_freed(memory: Memory, *records: OtherRecord) -> None:
    """Have what waits for these records looked at again once their pairs are stored."""
    memory.freed += records


async def store_agreed(
    context: TurnContext, tx: Transaction, memory: Memory, beside: Sequence[Clause | None] = ()
) -> None:
    """Store what was noted, in the transaction in which it was decided, and what else is changed `beside` by the same statement."""
    pairs, memory.agreed = memory.agreed, []
    freed, memory.freed = memory.freed, []
    now = context.clock.now()
    released = change_queue.releasing(context.connection_id, now, freed)
    link_ids = await agree(tx, context.connection_id, pairs, now, [released, *beside])
    for place, (pair, link_id) in enumerate(zip(pairs, link_ids, strict=True)):
        keys = ((Side.ONCORD, pair.kind, pair.oncord_id), (Side.QUICKBOOKS, pair.kind, pair.quickbooks_id))
        memory.links.number(keys, -place - 1, link_id)
