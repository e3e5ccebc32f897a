"""Answering attention items: what a person decides is kept with the item, and the record is looked at again."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.domain.model.actor import Actor
from app.domain.model.links import LinkState
from app.domain.model.records import Kind, Side
from app.domain.model.refund_answers import GIVEN_BACK, GOODWILL, OVERPAYMENT, PAY_IT_BACK, PAYS_CREDIT
from app.domain.model.waiting import Approval, ConfigurationChoice, ListRow, OtherRecord, WaitsFor, parse_waits_for
from app.domain.planning.labels import label_of
from app.errors import Conflict, InvalidInput, NotFound
from app.services import goodwill, pay_back
from app.services.ports import ServiceContainer
from app.services.records import recreate_within
from app.services.sites import require_connection
from app.storage.changes import change_queue, schedule
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from app.storage.connections.connections import Connection
from app.storage.database import Transaction
from app.storage.paging import Page
from app.storage.people import (
    attention,
    audit,
    bulk_questions,
    locked_periods,
    restorations,
)
from app.storage.people.attention import AttentionItem
from app.storage.people.bulk_questions import Pair
from app.storage.records import links, mirrors
from app.storage.runs import runs

DISMISS = "dismiss"
"""Always possible: it is seen, and nothing is to be done."""
RETRY = "retry"
"""What was in the way has been mended: look at the record again."""
APPROVE = "approve"
"""What was held back for a person may go on."""
USE_OTHER = restorations.USE_OTHER
"""Of a conflict: the value that lost goes on after all (`sync.writing.restore`)."""
TAKE_BACK = restorations.TAKE_BACK
"""Of a value that went on and that one side has refused: the other side gives it up again."""
CHOOSE = attention.CHOOSE
"""Of several records that could be one: it is this one."""
PUT_BACK = attention.PUT_BACK
"""The counterpart that was deleted is made anew, and what waits for it goes on (`services.records`)."""
DO_IT_THERE, OPEN_DAY, LEAVE = locked_periods.DO_IT_THERE, locked_periods.OPEN_DAY, locked_periods.LEAVE
ENTER = locked_periods.ENTER
"""Of what a locked period holds back: it may be done there once, is entered as a document of its own, is dated on the first
open day, or stays a named difference (B1)."""
DO_IT_ANYWAY, UNAPPLY = locked_periods.DO_IT_ANYWAY, locked_periods.UNAPPLY
"""Of money that a bank statement holds: it may be deleted or changed once, or is taken off what it pays (R3, R5, R7)."""
_OF_REFUNDS = (GIVEN_BACK, PAYS_CREDIT, OVERPAYMENT, GOODWILL, PAY_IT_BACK)
"""Of a refund that pays back no credit: what it gives back (R5); of what a late cancellation has left open: that it is paid back (S5)."""
_OF_LOTS = (bulk_questions.ALL_SAME, bulk_questions.NONE_SAME, bulk_questions.ONE_BY_ONE)
_EFFECTIVE = (
    CHOOSE,
    attention.CREATE_NEW,
    PUT_BACK,
    RETRY,
    APPROVE,
    USE_OTHER,
    TAKE_BACK,
    DO_IT_THERE,
    ENTER,
    OPEN_DAY,
    DO_IT_ANYWAY,
    UNAPPLY,
    LEAVE,
    *_OF_REFUNDS,
    *_OF_LOTS,
)


async def list_items(
    container: ServiceContainer,
    connection_id: str,
    state: str,
    limit: int,
    cursor: str | None,
    *,
    kind: str = "",
    cause: str = "",
) -> Page[AttentionItem]:
    """The items of a connection in one state, and of one kind and cause where that is said, the newest first."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return await attention.page(tx, connection_id, state, limit, cursor, kind=kind, cause=cause)


async def read_item(container: ServiceContainer, connection_id: str, item_id: str) -> AttentionItem:
    """One item, open or not."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return await _known_item(tx, connection_id, item_id)


async def list_pairs(
    container: ServiceContainer, connection_id: str, item_id: str, limit: int, cursor: str | None
) -> Page[Pair]:
    """The pairs that an item asks about together; none where it asks about one thing only."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        item = await _known_item(tx, connection_id, item_id)
        return await bulk_questions.pairs(tx, item, limit, cursor) if item.kind == bulk_questions.KIND else Page(())


async def people_in(
    container: ServiceContainer, connection_id: str, items: Sequence[AttentionItem]
) -> Mapping[str, Mapping[str, str]]:
    """The names of the contacts that the disagreements of some items speak of: by side, by id on that side."""
    ids: dict[Side, set[str]] = {side: set() for side in Side}
    for item in items:
        for each in item.detail.get("disagreements", ()):
            for side in Side:
                value = each.get(side.value)
                if each["field"] == "contact_id" and isinstance(value, str):
                    ids[side].add(value)
    return await names_of_people(container, connection_id, ids)


async def names_of_people(
    container: ServiceContainer, connection_id: str, ids: Mapping[Side, Collection[str]]
) -> dict[str, dict[str, str]]:
    """What contacts and customers are called, by side and id; those that are not there are left out."""
    names: dict[str, dict[str, str]] = {}
    async with container.database.transaction(connection_id) as tx:
        for side in Side:
            contacts = await mirrors.load(tx, connection_id, side, Kind.CONTACT, ids[side]) if ids[side] else {}
            names[side.value] = {i: label_of(side, Kind.CONTACT, s.record).label for i, s in contacts.items()}
    return names


def answers(item: AttentionItem) -> tuple[str, ...]:
    """What an item can be answered with; only what has an effect is offered."""
    return (*(action for action in item.actions if action in _EFFECTIVE), DISMISS)


async def resolve(
    container: ServiceContainer,
    connection_id: str,
    item_id: str,
    action: str,
    *,
    who: Actor,
    choice: str | None = None,
    count: int | None = None,
) -> AttentionItem:
    """Close an item with one of its answers. Anything but `dismiss` makes its records due again and asks for a run.

    With `choose`, `choice` is the id of one of the records that are offered; it is kept until the two are joined. With
    `goodwill` it is the id of an expense account, with `pay_back` that of the account that is paid from, where that is not the one of
    the configuration. `count`
    is how many pairs the person was shown where many are asked about together: with others there now nothing is answered.

    Raises `InvalidInput` for an answer that is not offered, `Conflict` where the item has been settled already.
    """
    now = container.clock.now()
    if action == GOODWILL and choice is not None:
        await goodwill.check_account(container, connection_id, choice)
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        item = await _known_item(tx, connection_id, item_id)
        offered = ", ".join(answers(item))
        if action not in answers(item):
            raise InvalidInput(
                "action-unknown", f"This item can be answered with: {offered}.", fields={"action": f"one of {offered}"}
            )
        kept = _kept(connection, item, action, choice)
        if action in (USE_OTHER, TAKE_BACK) and item.state == "open":
            await _make_sure_it_can_be_put_back(tx, item)
        if item.kind == bulk_questions.KIND and item.state == "open":
            kept |= await _answer_the_lot(container, tx, item, action, who, count)
        if not await attention.resolve(
            tx, connection_id, item_id, resolution=action, by=who.name, now=now, detail=kept
        ):
            raise Conflict("attention-settled", "This item has been settled already.")
        await audit.record(
            tx,
            connection_id,
            at=now,
            who=who,
            action="attention.resolved",
            detail={"item": item_id, "kind": item.kind, "answer": action, **asked_about(item), **kept},
        )
        if action == PUT_BACK:
            to_recreate = item.detail["put_back"]
            await recreate_within(
                container,
                tx,
                connection,
                Side(to_recreate["side"]),
                Kind(to_recreate["kind"]),
                to_recreate["id"],
                who=who,
            )
        left_different = "there" in item.detail.get("losing", {})
        again = action not in (DISMISS, bulk_questions.ONE_BY_ONE) or left_different
        if again:
            await _due_again(container, tx, item)
        runs_now = again and connection.state in ("ready", "blocked") and connection.configuration is not None
        if action == RETRY:  # the advice may have sent somebody to the company's settings
            await connections.company_may_have_changed(tx, connection_id)
        if runs_now:
            await runs.request(
                tx, connection_id, run_id=container.ids.new("run"), trigger="approval", requested_by=who.name, now=now
            )
        item = await _known_item(tx, connection_id, item_id)
    if runs_now:
        await container.waker.wake(connection_id)
    return item


def asked_about(item: AttentionItem) -> dict[str, Any]:
    """What of a question stays with its answer for years: the rule, the record, its number, date and amount, and no person."""
    subject = {name: item.subject[name] for name in ("number", "date", "amount", "currency") if item.subject.get(name)}
    return {"rule": item.rule, "side": item.side, "record_kind": item.record_kind, "record": item.record_id, **subject}


async def _due_again(container: ServiceContainer, tx: Transaction, item: AttentionItem) -> None:
    """Set free what the matter has held up: every record that waits for the same, or the one that it is about."""
    now = container.clock.now()
    waits_for = parse_waits_for(item.key)
    if isinstance(waits_for, ConfigurationChoice | ListRow | Approval):
        whole = Approval(None) if isinstance(waits_for, Approval) else ConfigurationChoice()
        await change_queue.release_many(tx, item.connection_id, now, [waits_for, whole])
        await schedule.wake_by(tx, item.connection_id, now)
        return
    if waits_for is not None:
        await change_queue.release_many(tx, item.connection_id, now, [waits_for])
    if item.side and item.record_kind and item.record_id:
        key = (Side(item.side), Kind(item.record_kind), item.record_id)
        await change_queue.release_many(tx, item.connection_id, now, [OtherRecord(key[1], key[0], key[2])])
        if not await change_queue.release(tx, item.connection_id, now, keys=[key]):
            await change_queue.add(tx, item.connection_id, [PendingChange(*key)], now)
    await schedule.wake_by(tx, item.connection_id, now)


async def _make_sure_it_can_be_put_back(tx: Transaction, item: AttentionItem) -> None:
    """Raises `Conflict`, saying why, where the pair of a conflict is no longer there to take a value."""
    kept = item.detail.get("losing")
    if not kept:
        raise Conflict("value-not-kept", "The other value was not kept, so it cannot be put back. Type it anew.")
    side, kind = Side(kept["side"]), Kind(kept["kind"])
    pairs = await links.of_records(tx, item.connection_id, kind, side, [kept["id"]])
    live = [link for link in pairs if link.state is LinkState.LIVE]
    ids = {side: kept["id"], side.other: live[0].id_on(side.other) if live else kept["other_id"]}
    for place, record_id in ids.items():
        mirror = (await mirrors.load(tx, item.connection_id, place, kind, [record_id])).get(record_id)
        if mirror is None or mirror.deleted or mirror.record is None:
            where = place.called
            raise Conflict(
                "value-has-no-place",
                f"It was deleted in {where}, so there is nothing to put the value back into. Leave this as it is.",
            )
        if {"money", "payment"} & set(kept["fields"]) and getattr(mirror.record, "voided", False):
            raise Conflict(
                "value-has-no-place",
                "It is void by now, and the amounts of what is void do not change. Leave this as it is.",
            )
    if not live:
        raise Conflict(
            "value-has-no-place",
            "The two records are not joined any more, so the value cannot be put back on both. Leave this as it is.",
        )


async def _answer_the_lot(
    container: ServiceContainer, tx: Transaction, item: AttentionItem, action: str, who: Actor, count: int | None
) -> dict[str, Any]:
    """Give each question that an item stands for the answer of them all; what of the two cards was typed since they were
    last read is read before that is carried out. Raises `Conflict` where there are not as many as the person saw."""
    now = container.clock.now()
    answered = await bulk_questions.answer(tx, item, action, by=who.name, now=now)
    if count is not None and count != len(answered):
        words = f"There are {len(answered)} pairs by now, not {count}. Look at them again, then answer."
        raise Conflict("lot-changed", words)
    if action in (bulk_questions.ALL_SAME, bulk_questions.NONE_SAME):
        records = [record for pair in answered for record in pair.records]
        waiting: list[WaitsFor] = [OtherRecord(kind, side, record_id) for side, kind, record_id in records]
        waiting += [asked for pair in answered if (asked := parse_waits_for(pair.key)) is not None]
        await change_queue.release_many(tx, item.connection_id, now, waiting)
        await change_queue.add(tx, item.connection_id, [PendingChange(*record) for record in records], now)
        await change_queue.release(tx, item.connection_id, now, keys=records)
    return {"count": len(answered)}


def _kept(connection: Connection, item: AttentionItem, action: str, choice: str | None) -> dict[str, Any]:
    """What of an answer is kept with its item besides its name. Raises `InvalidInput` for a choice that makes no sense with it."""
    if action == GOODWILL:
        return dict(goodwill.account_kept(connection, choice))
    if action == PAY_IT_BACK:
        return dict(pay_back.account_kept(connection, str(item.detail.get("currency", "")), choice))
    return _chosen(item, action, choice)


def _chosen(item: AttentionItem, action: str, choice: str | None) -> dict[str, Any]:
    """What is kept of an answer to which one a record is: the choice, "" for none of them."""
    if action != CHOOSE:
        if choice is not None:
            words = f"A choice goes with the action {CHOOSE} only; leave it out."
            raise InvalidInput("choice-unexpected", words, fields={"choice": words})
        return {"chosen": ""} if action == attention.CREATE_NEW else {}
    offered = [str(each["id"]) for each in item.detail.get("choices", ())]
    if choice is None or choice not in offered:
        missing = "Say which one" if choice is None else f"{choice} is not among the choices of this item. Choose one"
        others = ", ".join(offered) or "none is left"
        words = f"{missing} of: {others}; or answer {attention.CREATE_NEW} if it is none of them."
        raise InvalidInput("choice-unknown", words, fields={"choice": f"one of {others}"})
    return {"chosen": choice}


async def _known_item(tx: Transaction, connection_id: str, item_id: str) -> AttentionItem:
    item = await attention.get(tx, connection_id, item_id)
    if item is None:
        raise NotFound("attention-not-found", "This connection has no such item.")
    return item
