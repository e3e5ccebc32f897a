"""Sends what is due: some at a time are taken, sent beside each other, and noted. What is cut off is taken again by the next."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import httpx

from app import log
from app.outgoing import mail, webhooks
from app.outgoing.mail import MailServer
from app.outgoing.sent import Sent, pause_after
from app.storage.connections import connections
from app.storage.connections.connections import recipient_context
from app.storage.connections.vault import Vault, VaultError
from app.storage.database import EVERY_CONNECTION, Database
from app.storage.people import messages, recipients
from app.storage.people.messages import Delivery, Message
from app.storage.people.recipients import Recipient

_log = log.get(__name__)

AT_ONCE = 10
OF_A_CONNECTION = 3
"""Of these, of one connection: a recipient that never answers holds up nobody else's."""
ROUNDS_BEGIN_SECONDS = 60.0
"""So long a job begins further rounds, each of which may wait for somebody who is slow; what is left then is for the next sweep's."""
STOPPED = "It said that it wants no more messages."


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> dt.datetime:
        """The present moment, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """What sending needs. `server` is None where this installation sends no mail."""

    database: Database
    clock: Clock
    vault: Vault
    http: httpx.AsyncClient
    public_url: str
    server: MailServer | None = None


async def deliver_due(post: Post) -> int:
    """Send what is due, round after round as long as `ROUNDS_BEGIN_SECONDS` last; answers how many deliveries were attempted."""
    time = asyncio.get_running_loop().time
    count, ends = 0, time() + ROUNDS_BEGIN_SECONDS
    while time() < ends:
        taken = await _deliver_some(post)
        count += taken
        if not taken:
            break
    return count


async def _deliver_some(post: Post) -> int:
    async with post.database.transaction(EVERY_CONNECTION) as tx:
        taken = await messages.take(tx, post.clock.now(), AT_ONCE, OF_A_CONNECTION)
        words = await messages.by_ids(tx, {each.message_id for each in taken})
        addressed = await recipients.by_ids(tx, {each.recipient_id for each in taken})
        called = await connections.names(tx, {each.connection_id for each in taken}) if taken else {}
    names = {connection_id: each.name for connection_id, each in called.items()}
    sent = await asyncio.gather(
        *(_send(post, words.get(each.message_id), addressed.get(each.recipient_id), names) for each in taken)
    )
    async with post.database.transaction(EVERY_CONNECTION) as tx:
        for delivery, outcome in zip(taken, sent, strict=True):
            await messages.note(tx, _after(delivery, outcome, post.clock.now()))
            if outcome.gone:
                await recipients.stop(tx, delivery.recipient_id, STOPPED)
            if not outcome.arrived:
                _log.warning("a message has not arrived", delivery=delivery.id, attempts=delivery.attempts)
    return len(taken)


async def _send(post: Post, message: Message | None, recipient: Recipient | None, names: Mapping[str, str]) -> Sent:
    if message is None or recipient is None:
        return Sent(False, "The recipient was removed.", final=True)
    if recipient.stopped:
        return Sent(False, "Nothing is sent there any more.", final=True)
    name = names.get(message.connection_id, "")
    if recipient.way == "mail":
        if post.server is None:
            return Sent(False, "This installation sends no mail: whoever runs it sets SMTP_URL and MAIL_FROM.")
        letter = mail.mail_of(message, name, post.public_url, post.server.sender, recipient.address)
        return await mail.post(post.server, letter)
    try:
        secret = post.vault.open(recipient.secret, recipient_context(recipient.connection_id))
    except VaultError:
        return Sent(False, "What it is signed with cannot be opened: the key belongs into ENCRYPTION_KEYS.")
    body = webhooks.body_of(message, name, post.public_url)
    return await webhooks.post(post.http, recipient.address, secret, message.id, body, post.clock.now())


def _after(delivery: Delivery, sent: Sent, now: dt.datetime) -> Delivery:
    """A delivery as it is kept after an attempt."""
    if sent.arrived:
        return replace(delivery, state="delivered", next_at=None, answer=sent.answer)
    pause = None if sent.final else pause_after(delivery.attempts)
    if pause is None:
        return replace(delivery, state="given_up", next_at=None, answer=sent.answer)
    return replace(delivery, next_at=now + pause, answer=sent.answer)
