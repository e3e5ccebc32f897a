"""What people have answered about which one a record is: kept with the question until the record has its counterpart."""

from collections.abc import Mapping

from app.domain.matching.people import alike_in_name_only
from app.domain.model.records import Kind, Side, Snapshot
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import Key, MatchAnswer, PlanInput
from app.storage.database import Transaction
from app.storage.people import attention
from app.sync.context import TurnContext


async def kept_answers(context: TurnContext, tx: Transaction) -> dict[Key, tuple[MatchAnswer, ...]]:
    """The answers that have not led to a link yet; the latest one about each record (in each scope)."""
    by_record: dict[Key, dict[str, MatchAnswer]] = {}
    for kept in await attention.choices(tx, context.connection_id):
        key = (Side(kept.side), Kind(kept.kind), kept.record_id)
        by_record.setdefault(key, {})[kept.scope] = MatchAnswer(
            kept.chosen, kept.offered, kept.scope, tuple(sorted(kept.facts.items())), kept.of_lot
        )
    return {key: tuple(answers.values()) for key, answers in by_record.items()}


def standing(
    answers: Mapping[Key, tuple[MatchAnswer, ...]], snapshots: Mapping[Key, Snapshot], links: LinkIndex
) -> dict[Key, tuple[MatchAnswer, ...]]:
    """These answers without those that were given to many pairs of blank cards at once, where a pair is none by now: what
    somebody has typed since then decides. Once one of the two has its counterpart the answer has been carried out, and
    holds."""
    return {
        key: tuple(s for s in record_answers if not _outdated(key, s, snapshots, links))
        for key, record_answers in answers.items()
    }


def _outdated(key: Key, answer: MatchAnswer, snapshots: Mapping[Key, Snapshot], links: LinkIndex) -> bool:
    others = [(key[0].other, key[1], i) for i in answer.offered]
    pair = [snapshots.get(each) for each in (key, *others)]
    if not answer.of_lot or None in pair or any(links.live(each) is not None for each in (key, *others)):
        return False
    own, *other_records = [snapshot.record for snapshot in pair if snapshot is not None]
    return not any(alike_in_name_only(own, other) for other in other_records)


async def choices_used(context: TurnContext, plan_input: PlanInput) -> None:
    """Let go of the answers whose records have their counterparts now."""
    if not plan_input.match_answers:
        return
    async with context.transaction() as tx:
        await attention.use_choices(tx, context.connection_id, context.clock.now())
