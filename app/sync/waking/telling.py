"""Writes down what people are to be told of the changes of connections: message, deliveries and memory in one transaction.

It goes along with each sweep, so that it sees what is stuck before the sweep mends it, and looks at those connections only of which something has moved
since the last one, or which are in alarm. Sending is for `app.outgoing`.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from app import log
from app.domain.guards.stuck import Outlook
from app.domain.messages.changes import News, changes
from app.domain.messages.topics import CONDITIONS, Phase, Standing, Topic
from app.domain.messages.weekly import WEEK, is_due, next_monday
from app.domain.messages.words import Week, Words, in_words, summary_in_words
from app.domain.model.days import day_in_words
from app.freshness import Allowed, outlooks
from app.storage import conditions, health
from app.storage.changes import due
from app.storage.conditions import Seen
from app.storage.database import EVERY_CONNECTION, Database, Transaction
from app.storage.people import messages, recipients, told_conditions
from app.storage.people.messages import Delivery, Message
from app.storage.people.recipients import OPERATORS, Recipient
from app.storage.tieouts import results
from app.sync.context import Ids
from app.tieout.certificate import light
from app.zones import zone_named

_log = log.get(__name__)

_PAGES = {
    Topic.UNEXPLAINED: "#agreement",
    Topic.STUCK: "#freshness",
    Topic.HELD: "/attention",
    Topic.WAITING: "/attention",
}
"""Of a connection's page: where a person goes on from a message."""
_LIGHTS = {
    "agrees": "Documents agree",
    "differs": "Both sides agree but for differences that have a name",
    "unexplained": "Both sides differ without an explanation",
}
_NOT_COMPARED = "Both sides have not been compared yet"
Told = Mapping[str, Sequence[Recipient]]
"""Whom to tell, by connection; the operator's own by `OPERATORS`."""
_Sent = tuple[Message, int]
"""A message, and to how many it goes."""


@dataclass(frozen=True, slots=True)
class Telling:
    """`due`: whether something is to be sent; `faults`: why connections could not be told of, which those after look at again."""

    due: bool
    faults: tuple[Exception, ...] = ()


async def tell_changes(
    database: Database, ids: Ids, now: dt.datetime, alarming: Mapping[str, Outlook], allowed: Allowed
) -> Telling:
    """Write down what is to be told at this moment, of each connection that can be told of.

    `alarming`: the connections in which something is due that nobody is going to look at (law 12).
    """
    faults: list[Exception] = []

    async def tell(those: Sequence[str]) -> list[_Sent]:
        return await _tell(tx, ids, those, now, alarming, allowed)

    async with database.transaction(EVERY_CONNECTION) as tx:
        if not await told_conditions.one_at_a_time(tx):
            return Telling(False)
        those = await conditions.to_be_looked_at(tx, await health.last_seen(tx, "telling"), now)
        sent = await _each_apart(tx, sorted({*those, *alarming}), tell, faults)
        if not faults:
            await due.sign_of_life(tx, "telling", now)
        to_be_sent = await messages.any_due(tx, now)
    for letter, count in sent:
        _log.info(
            "somebody is told",
            connection=letter.connection_id,
            topic=letter.topic,
            phase=letter.phase,
            recipients=count,
        )
    return Telling(to_be_sent, tuple(faults))


async def _each_apart(
    tx: Transaction,
    those: Sequence[str],
    tell: Callable[[Sequence[str]], Awaitable[list[_Sent]]],
    faults: list[Exception],
) -> list[_Sent]:
    """Tell of all at once; where that fails of either half by itself, until the connection whose fault it is stands alone."""
    try:
        async with tx.transaction():
            return await tell(those)
    except Exception as error:
        if tx.broken:
            raise
        if len(those) <= 1:
            _log.exception("a connection cannot be told of", connection=next(iter(those), ""))
            faults.append(error)
            return []
    middle = len(those) // 2
    first = await _each_apart(tx, those[:middle], tell, faults)
    return first + await _each_apart(tx, those[middle:], tell, faults)


async def _tell(
    tx: Transaction,
    ids: Ids,
    those: Sequence[str],
    now: dt.datetime,
    alarming: Mapping[str, Outlook],
    allowed: Allowed,
) -> list[_Sent]:
    memory, told = await told_conditions.load(tx, those), await recipients.told(tx, those)
    moved, letters = [], []
    for seen in await conditions.of_these(tx, those, now):
        standings = {**seen.standings, **_stuck(alarming.get(seen.id))}
        before = frozenset(each for each in memory.get(seen.id, ()) if each.topic in CONDITIONS)
        found = changes(standings, before, now)
        moved.append((seen.id, before, found.memory))
        for news in found.news:
            words = in_words(news, standings, zone_named(seen.time_zone))
            letters.append(_message(ids, seen, news, words, now))
        if seen.summary_due:
            last = next((each.told_at for each in memory.get(seen.id, ()) if each.topic is Topic.SUMMARY), None)
            letters += await _summarise(tx, ids, seen, last, now, told, allowed)
    await told_conditions.replace(tx, moved)
    return await _write(tx, ids, letters, told)


def _stuck(outlook: Outlook | None) -> dict[Topic, Standing]:
    if outlook is None:
        return {}
    return {Topic.STUCK: Standing(count=outlook.stuck, since=outlook.stuck_since or outlook.unread_since)}


def _message(ids: Ids, seen: Seen, news: News, words: Words, now: dt.datetime) -> Message:
    path = f"/connections/{seen.id}{_PAGES.get(news.topic, '')}"
    return Message(
        ids.new("msg"),
        seen.id,
        news.topic,
        news.phase,
        words.title,
        words.summary,
        words.lines,
        words.advice,
        path,
        now,
        news.since,
    )


async def _write(tx: Transaction, ids: Ids, letters: Sequence[Message], told: Told) -> list[_Sent]:
    await messages.insert(tx, *letters)
    deliveries, sent = [], []
    for letter in letters:
        everybody = (*told.get(letter.connection_id, ()), *told.get(OPERATORS, ()))
        those = [each for each in everybody if letter.topic in each.topics]
        for recipient in those:
            named = (ids.new("del"), letter.connection_id, letter.id, recipient.id)
            deliveries.append(Delivery(*named, "waiting", 0, letter.at, letter.at))
        sent.append((letter, len(those)))
    await messages.send(tx, *deliveries)
    return sent


def _agreed(standing: results.Standing, zone: dt.tzinfo) -> str:
    """How both sides stand; that documents agree says nothing of the ledger, so that it is told when that was looked at last."""
    known = light(standing.differences, standing.unexplained)
    if known != "agrees":
        return _LIGHTS[known]
    looked_at = standing.ledger_at
    since = day_in_words(looked_at.astimezone(zone).date()) if looked_at else "the connection was made"
    return f"{_LIGHTS[known]}; ledger not checked since {since}"


async def _summarise(
    tx: Transaction,
    ids: Ids,
    seen: Seen,
    last: dt.datetime | None,
    now: dt.datetime,
    told: Told,
    allowed: Allowed,
) -> list[Message]:
    """The week's summary, on its Monday, where somebody wants one; a connection's first week begins when it is first seen."""
    zone = zone_named(seen.time_zone)
    if last is not None and not is_due(last, now, zone):
        await told_conditions.foresee_summary(tx, seen.id, next_monday(now, zone))
        return []
    await told_conditions.note_summary(tx, seen.id, now)
    await told_conditions.foresee_summary(tx, seen.id, next_monday(now, zone))
    wanted = any(Topic.SUMMARY in each.topics for each in (*told.get(seen.id, ()), *told.get(OPERATORS, ())))
    if last is None or not wanted or not seen.synchronised:
        return []
    week = await conditions.week_of(tx, seen.id, now - WEEK)
    standing = (await results.standing(tx, [seen.id])).get(seen.id)
    agreed = _agreed(standing, zone) if standing else _NOT_COMPARED
    ahead = (await outlooks(tx, [seen.id], now, allowed, frozenset())).get(seen.id)
    behind = (ahead.behind, ahead.behind_since) if ahead is not None and ahead.behind else None
    words = summary_in_words(
        Week(now - WEEK, now, week.written, agreed, week.questions, week.answered, behind=behind), zone
    )
    news = News(Topic.SUMMARY, Phase.ONCE, frozenset(), now - WEEK)
    return [_message(ids, seen, news, words, now)]
