"""The list of work: open questions by their cause, answered many at a time, and asked again where somebody has changed their mind."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.model.actor import Actor
from app.domain.model.refund_answers import GOODWILL, PAY_IT_BACK
from app.domain.model.rules import RULES
from app.errors import Conflict, InvalidInput, Rejection
from app.services.attention import APPROVE, CHOOSE, answers, asked_about, read_item, resolve
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.people import attention, audit, bulk_questions, work
from app.storage.people.attention import AttentionItem
from app.storage.people.work import Cause, Group

MOST = 200
"""So many items are answered at once."""
_ONE_BY_ONE = (
    APPROVE,
    GOODWILL,
    PAY_IT_BACK,
    CHOOSE,
    bulk_questions.ALL_SAME,
    bulk_questions.NONE_SAME,
    bulk_questions.ONE_BY_ONE,
)
"""Answers that somebody gives looking at one item: they remove, choose, or are about many already."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of an answer to many items: how many took it, and why the others did not, in words."""

    answered: int
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkGroup:
    """The open items of one kind, and by what there is to do about them, the largest first."""

    group: Group
    causes: tuple[Cause, ...]


async def list_groups(container: ServiceContainer, connection_id: str) -> list[WorkGroup]:
    """The open items by their kind, and of each kind by their cause, with counts and amounts."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        found, causes = await work.groups(tx, connection_id), await work.causes(tx, connection_id)
    return [WorkGroup(group, tuple(each for each in causes if each.kind == group.kind)) for group in found]


def cause_in_words(cause: Cause) -> str:
    """What is the matter, or what to do about it, in a sentence."""
    if cause.sort == "method":
        if not cause.records:
            return f"Nothing waits for {cause.words} yet: choose its account."
        waits = "1 receipt waits" if cause.records == 1 else f"{cause.records:,} receipts wait"
        return f"{waits} for {cause.words}: choose its account."
    return RULES.get(cause.words, cause.words) if cause.sort == "rule" else cause.words


def is_a_list(items: Sequence[AttentionItem]) -> bool:
    """Whether several items are told as one list, each in a row: they are of one sort, and each says all in a sentence."""
    told_apart = ("disagreements", "choices", "records", "methods", "count", "waiting")
    plain = all(not any(item.detail.get(name) for name in told_apart) and item.subject for item in items)
    return len(items) > 1 and plain and len({item.kind for item in items}) == 1


def answers_for_all(items: Sequence[AttentionItem]) -> tuple[str, ...]:
    """What all of some items can be answered with at once."""
    shared = [action for action in answers(items[0]) if action not in _ONE_BY_ONE] if items else []
    return tuple(action for action in shared if all(action in answers(item) for item in items))


async def answer_all(
    container: ServiceContainer, connection_id: str, item_ids: Sequence[str], action: str, *, who: Actor
) -> Answered:
    """Give several items one answer, each by itself: one that cannot take it keeps no other from it.

    Raises `InvalidInput` where there are none, too many, or where the answer is one that is given item by item.
    """
    wanted = list(dict.fromkeys(item_ids))
    if not wanted or len(wanted) > MOST:
        raise InvalidInput(
            "items-unknown", f"Choose what to answer, up to {MOST} at once.", fields={"items": f"1 to {MOST}"}
        )
    if action in _ONE_BY_ONE:
        raise InvalidInput(
            "action-by-itself", "This answer is given to one item at a time.", fields={"action": "another one"}
        )
    answered, refused = 0, list[str]()
    for item_id in wanted:
        try:
            await resolve(container, connection_id, item_id, action, who=who)
            answered += 1
        except Rejection as rejection:
            refused.append(rejection.detail)
    return Answered(answered, tuple(dict.fromkeys(refused)))


async def reopen(container: ServiceContainer, connection_id: str, item_id: str, *, who: Actor) -> AttentionItem:
    """Ask again what somebody has dismissed. Raises `Conflict` where it was answered otherwise, or is asked about already."""
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        if not await attention.reopen(tx, connection_id, item_id, now):
            raise Conflict(
                "attention-not-dismissed",
                "Only what was left as it is can be re-opened: this was answered otherwise, has ended by itself, or is open.",
            )
        item = await attention.get(tx, connection_id, item_id)
        asked = {"kind": item.kind, **asked_about(item)} if item is not None else {}
        detail = {"item": item_id, **asked}
        await audit.record(tx, connection_id, at=now, who=who, action="attention.reopened", detail=detail)
    return await read_item(container, connection_id, item_id)
