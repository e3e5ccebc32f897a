"""Whom to tell, and what they were told: of one connection, or, as the operator (`OPERATORS`), of all of them."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.messages.topics import CHOOSABLE, Phase, Topic
from app.domain.messages.words import tried_out
from app.domain.model.actor import Actor
from app.errors import Conflict, InvalidInput, NotFound, TooMany
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.connections.connections import recipient_context
from app.storage.database import EVERY_CONNECTION, About, Transaction
from app.storage.paging import Page
from app.storage.people import audit, messages, recipients
from app.storage.people.messages import Delivery, Message, Shown
from app.storage.people.recipients import OPERATORS, Recipient, Way

HOUR = dt.timedelta(hours=1)
MOST = 20
"""How many recipients a connection may have, and the operator."""
TESTS_AT_ONCE = 5
"""So many tests may be on their way to one recipient at once."""
TESTS_AN_HOUR = 30
"""So many may be asked for of one connection, whoever they go to."""
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""As browsers take a mail address (HTML, 4.10.5.1.5)."""


@dataclass(frozen=True, slots=True)
class Made:
    """A recipient with its secret, which nobody sees a second time; "" of a mail address."""

    recipient: Recipient
    secret: str


@dataclass(frozen=True, slots=True)
class Told:
    """A message, and how it went to each recipient that the caller may know of."""

    message: Message
    deliveries: tuple[Shown, ...]
    again: tuple[str, ...] = ()
    """Who of the connection would get it if it was sent once more, by name."""


async def list_recipients(container: ServiceContainer, connection_id: str) -> list[Recipient]:
    """Who is told, the oldest first."""
    async with container.database.transaction(_about(connection_id)) as tx:
        await _insist(tx, connection_id)
        return await recipients.of_connection(tx, connection_id)


async def add_recipient(
    container: ServiceContainer,
    connection_id: str,
    *,
    name: str,
    way: Way,
    address: str,
    topics: Sequence[Topic],
    who: Actor,
) -> Made:
    """Have somebody told from now on.

    Raises `InvalidInput` for an address that nothing can be sent to, `Conflict` where there are too many, or no mail is sent here.
    """
    checked = _checked_address(container, way, address)
    secret = container.webhook_secret() if way == "webhook" else ""
    now = container.clock.now()
    recipient = Recipient(
        container.ids.new("rcp"),
        connection_id,
        name or checked,
        way,
        checked,
        container.vault.seal(secret, recipient_context(connection_id)) if secret else "",
        _in_order(topics),
        who.name,
        now,
    )
    async with container.database.transaction(_about(connection_id)) as tx:
        await _insist(tx, connection_id, lock=True)
        known = await recipients.of_connection(tx, connection_id)
        if len(known) >= MOST:
            raise Conflict("too-many-recipients", f"There are {MOST} already. Remove one first.")
        if any((each.way, each.address) == (way, checked) for each in known):
            raise Conflict("recipient-there", "This address is told already. Change what it is told of instead.")
        await recipients.insert(tx, recipient)
        await _record(tx, recipient, "recipient.added", now, who)
    return Made(recipient, secret)


async def change_recipient(
    container: ServiceContainer,
    connection_id: str,
    recipient_id: str,
    *,
    name: str | None = None,
    topics: Sequence[Topic] | None = None,
    new_secret: bool = False,
    go_on: bool = False,
    who: Actor,
) -> Made:
    """Change what somebody is told of, or how they are called; `new_secret` for a webhook; `go_on` after it was stopped.

    Raises `NotFound` where there is none, `InvalidInput` where a mail address is to be signed.
    """
    now = container.clock.now()
    async with container.database.transaction(_about(connection_id)) as tx:
        await _insist(tx, connection_id)
        there = _there(await recipients.get(tx, connection_id, recipient_id))
        if new_secret and there.way != "webhook":
            raise InvalidInput("invalid-input", "Only webhooks are signed.", fields={"new_secret": "a mail has none"})
        secret = container.webhook_secret() if new_secret else ""
        changed = replace(
            there,
            name=there.name if name is None else name or there.address,
            topics=there.topics if topics is None else _in_order(topics),
            secret=container.vault.seal(secret, recipient_context(connection_id)) if secret else there.secret,
            stopped="" if go_on else there.stopped,
        )
        await recipients.change(tx, changed)
        await _record(tx, changed, "recipient.changed", now, who)
    return Made(changed, secret)


async def remove_recipient(container: ServiceContainer, connection_id: str, recipient_id: str, *, who: Actor) -> None:
    """Tell somebody nothing any more; what is on its way there is sent no more. Raises `NotFound` where there is none."""
    async with container.database.transaction(_about(connection_id)) as tx:
        await _insist(tx, connection_id)
        there = _there(await recipients.get(tx, connection_id, recipient_id))
        await recipients.remove(tx, connection_id, recipient_id)
        await _record(tx, there, "recipient.removed", container.clock.now(), who)


async def send_test(container: ServiceContainer, connection_id: str, recipient_id: str, *, who: Actor) -> Told:
    """Send a recipient a message that says that it is a test.

    Raises `NotFound` where there is no such recipient, `Conflict` where some are on their way to it, `TooMany` after many within an hour.
    """
    now = container.clock.now()
    async with container.database.transaction(_about(connection_id)) as tx:
        name = await _insist(tx, connection_id)
        there = _there(await recipients.get(tx, connection_id, recipient_id))
        if await messages.tests_since(tx, connection_id, now - HOUR) >= TESTS_AN_HOUR:
            sentence = f"There were {TESTS_AN_HOUR} tests within an hour. Try this again in an hour."
            raise TooMany("too-many-tests", sentence, wait_seconds=int(HOUR.total_seconds()))
        words = tried_out(name)
        path = f"/connections/{connection_id}" if connection_id else "/"
        message = Message(
            container.ids.new("msg"),
            connection_id,
            Topic.TEST,
            Phase.ONCE,
            words.title,
            words.summary,
            (),
            "",
            path,
            now,
        )
        await messages.insert(tx, message)
        sent = await _send(container, tx, message, there, now, who)
        await _record(tx, there, "recipient.tested", now, who)
    await container.waker.wake_for_messages()
    return Told(message, (sent,))


async def list_messages(
    container: ServiceContainer, connection_id: str | None, limit: int, cursor: str | None
) -> Page[Told]:
    """What was told of a connection (None: of all), the newest first, with how it went."""
    about: About = EVERY_CONNECTION if connection_id is None else connection_id
    async with container.database.transaction(about) as tx:
        if connection_id is not None:
            await require_connection(tx, connection_id)
        page = await messages.page(tx, connection_id, limit, cursor)
        went = await messages.deliveries(tx, [each.id for each in page.items])
        known = await recipients.of_connection(tx, connection_id) if connection_id else []
    told = [(each, went.get(each.id, [])) for each in page.items]
    again = [tuple(r.name for r in _those(message, shown, known)) for message, shown in told]
    return Page(tuple(Told(m, tuple(shown), r) for (m, shown), r in zip(told, again, strict=True)), page.next_cursor)


async def send_again(container: ServiceContainer, connection_id: str, message_id: str, *, who: Actor) -> Told:
    """Send a message once more to everybody of the connection who is told of such; the id that a receiver knows it by stays.

    Raises `NotFound` where there is no such message, `Conflict` where nobody is told of such, or it is on its way already.
    """
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id, lock=True)
        message = await messages.get(tx, connection_id, message_id)
        if message is None:
            raise NotFound("message-not-found", "This connection has no message with this id.")
        went = (await messages.deliveries(tx, [message_id])).get(message_id, [])
        those = _those(message, went, await recipients.of_connection(tx, connection_id))
        if not those:
            raise Conflict("nobody-to-tell", "Nobody is told of this, or it is on its way to them already.")
        sent = [await _send(container, tx, message, each, now, who) for each in those]
        await audit.record(
            tx, connection_id, at=now, who=who, action="message.sent_again", detail={"message": message_id}
        )
    await container.waker.wake_for_messages()
    return Told(message, tuple(sent))


def _those(message: Message, went: Sequence[Shown], known: Sequence[Recipient]) -> list[Recipient]:
    """Who gets a message that is sent once more: whoever is told of such or got this one, unless it is on its way there already."""
    under_way = {each.delivery.recipient_id for each in went if each.delivery.state == "waiting"}
    asked = {each.delivery.recipient_id for each in went}
    return [
        each
        for each in known
        if not each.stopped and (message.topic in each.topics or each.id in asked) and each.id not in under_way
    ]


async def _send(
    container: ServiceContainer, tx: Transaction, message: Message, recipient: Recipient, now: dt.datetime, who: Actor
) -> Shown:
    if message.topic == Topic.TEST and await messages.tests_under_way(tx, recipient.id) >= TESTS_AT_ONCE:
        raise Conflict("tests-under-way", "Tests are on their way already. Wait until they have arrived or failed.")
    delivery = Delivery(
        container.ids.new("del"),
        message.connection_id,
        message.id,
        recipient.id,
        "waiting",
        0,
        now,
        now,
        asked_by=who.name,
    )
    await messages.send(tx, delivery)
    return Shown(delivery, recipient.name)


def _about(connection_id: str) -> About:
    return connection_id or EVERY_CONNECTION


async def _insist(tx: Transaction, connection_id: str, *, lock: bool = False) -> str:
    """What the connection is called; "" of the operator's own recipients. Raises `NotFound` where there is none."""
    if connection_id == OPERATORS:
        return ""
    return (await require_connection(tx, connection_id, lock=lock)).name


def _there(recipient: Recipient | None) -> Recipient:
    if recipient is None:
        raise NotFound("recipient-not-found", "There is no recipient with this id.")
    return recipient


def _checked_address(container: ServiceContainer, way: Way, address: str) -> str:
    if way == "webhook":
        return container.check_outgoing_address(address)
    if not container.sends_mail:
        raise Conflict(
            "no-mail",
            "This installation sends no mail: whoever runs it sets SMTP_URL and MAIL_FROM. A webhook can be added.",
        )
    if not _MAIL.fullmatch(address.strip()) or len(address) > 254:
        sentence = "This is not the address of a mail box."
        raise InvalidInput("invalid-address", sentence, fields={"address": sentence})
    return address.strip()


def _in_order(topics: Sequence[Topic]) -> tuple[Topic, ...]:
    return tuple(topic for topic in CHOOSABLE if topic in topics)


async def _record(tx: Transaction, recipient: Recipient, action: str, now: dt.datetime, who: Actor) -> None:
    """In the audit, without the address, which may name a person or hold a word that opens something."""
    detail = {"recipient": recipient.id, "way": recipient.way, "topics": list(recipient.topics)}
    await audit.record(tx, recipient.connection_id, at=now, who=who, action=action, detail=detail)
