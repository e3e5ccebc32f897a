"""Closing the questions "created separately: the same as this one?" once somebody has merged the two."""

from app.domain.contacts.same_people import SEPARATE
from app.domain.contacts.separate import merged_since
from app.domain.model.links import LinkState
from app.domain.model.records import Kind, Side
from app.domain.model.waiting import PersonsDecision, format_waits_for
from app.storage.database import Transaction
from app.storage.people import attention, shared_questions
from app.storage.records import links, mirrors
from app.sync.context import TurnContext


async def close_what_was_merged(context: TurnContext, tx: Transaction) -> None:
    """Look at each such question that is open; there are few."""
    connection, settled = context.connection_id, []
    for asked in await shared_questions.open_with(tx, connection, format_waits_for(PersonsDecision(SEPARATE))):
        side = Side(asked.side)
        pairs = await links.of_records(tx, connection, Kind.CONTACT, side, [asked.record_id])
        made = {pair.id_on(side.other) for pair in pairs if pair.state is LinkState.LIVE}
        offered = {i for place, i in asked.offered if place == side.other}
        cards = await mirrors.load(tx, connection, side.other, Kind.CONTACT, made | offered)
        if offered and merged_since(made, offered, cards):
            settled.append(asked.key)
    if settled:
        now = context.clock.now()
        await attention.settle(tx, connection, settled, reason="They have been merged since.", now=now)
