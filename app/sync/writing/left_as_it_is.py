"""What somebody was asked and has left as it is: it is not asked again for an edit that asks nothing else.

A record that waits for a person is decided about anew with each edit of it, of notes say, and comes to the same question. The last word on
that was a person's, who left it; so it stays left while it asks the same in the same words, offers the same, and is about as much money
of the same day. It is put anew where it asks something else, where it has ended since, and where a record needs its answer that did
not wait for it when it was left. What a choice of the configuration holds up waits visibly, and is never left for good (law 13).
"""

import json
from collections.abc import Sequence

from app.domain.model.operations import Operation
from app.domain.model.waiting import Answer, OpenPeriod, OtherRecord, PersonsDecision, Uncleared, format_waits_for
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import ChangedRecord, Key
from app.storage.database import Transaction
from app.storage.encoding import dump, subject_to_plain
from app.storage.people import attention
from app.storage.people.attention import Left
from app.storage.runs import decisions
from app.sync.context import TurnContext
from app.sync.writing.ask import asked_under, offered_with

_MONEY = ("date", "amount", "currency")


async def was_left(
    context: TurnContext, tx: Transaction, operation: Operation, summary: str, change: ChangedRecord, links: LinkIndex
) -> bool:
    """Whether somebody was asked just this and has left it as it is; `change` is what comes to the question now."""
    asked = asked_under(operation)
    if not isinstance(asked, Answer | OpenPeriod | Uncleared | PersonsDecision):
        return False
    source: Key = (operation.source_side, operation.source_kind, operation.source_id or operation.target_id)
    records, matters = _either(source, links), [format_waits_for(asked)]
    if isinstance(asked, Answer | OpenPeriod | Uncleared):
        records = _either((asked.side, asked.kind, asked.id), links)
        matters = [format_waits_for(type(asked)(kind, side, record_id)) for side, kind, record_id in records]
        matters.append(format_waits_for(asked))
    before = await attention.left(tx, context.connection_id, matters, [record_id for _, _, record_id in records])
    if before is None or not _asks_the_same(before, operation, summary):
        return False
    if change.key in records:
        return True
    waited = [*matters, *(format_waits_for(OtherRecord(kind, side, record_id)) for side, kind, record_id in records)]
    return await decisions.waited(tx, context.connection_id, change.key, waited, before.at)


def _either(record: Key, links: LinkIndex) -> Sequence[Key]:
    """A record, and its counterpart where it has one: a question about a pair is put at whichever of the two was edited."""
    pair = links.live(record)
    side, kind, _ = record
    return [record] if pair is None else [record, (side.other, kind, pair.id_on(side.other))]


def _asks_the_same(before: Left, operation: Operation, summary: str) -> bool:
    offered = json.loads(dump(offered_with(operation)))
    subject = json.loads(dump(subject_to_plain(operation.subject)))
    same_offer = all(before.detail.get(name) == value for name, value in offered.items())
    return (
        before.summary == summary
        and same_offer
        and all(before.subject.get(each) == subject.get(each) for each in _MONEY)
    )
