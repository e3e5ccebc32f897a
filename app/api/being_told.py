"""Being told: whom, of what, how it went, once more, and a test. Of one connection; the operator's own of all of them."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.requests import Printable, Sent
from app.api.schemas import A_LIST, CONNECTION_ID_EXAMPLE, ConnectionId, Cursor, Limit, example
from app.domain.messages.topics import CHOOSABLE, CONDITIONS, Phase, Topic
from app.domain.messages.words import when_told
from app.services import being_told
from app.services.being_told import Made, Told
from app.storage.paging import DEFAULT_LIMIT, Page
from app.storage.people.messages import Shown
from app.storage.people.recipients import OPERATORS, Recipient

router = APIRouter(
    prefix="/api/v1", tags=["messages"], dependencies=[Depends(admit)], responses=responses(401, 403, 404, 422, 503)
)

_ID = r"^[A-Za-z0-9_-]{1,64}$"
RecipientId = Annotated[
    str, Path(pattern=_ID, description="The recipient's id.", examples=["rcp_01h2xd1m8kq4w7r0p7cc"])
]
MessageId = Annotated[str, Path(pattern=_ID, description="The message's id.", examples=["msg_01h2xd1m8kq4w7r0p7dd"])]
TopicName = Literal["reconnect", "blocked", "unexplained", "stuck", "held", "waiting", "summary"]
Topics = Annotated[
    list[TopicName],
    Field(
        min_length=1,
        max_length=7,
        description="Of what. " + " ".join(f"`{topic}`: {when_told(topic)}" for topic in CHOOSABLE),
    ),
]
_ALL: list[TopicName] = ["reconnect", "blocked", "unexplained", "stuck", "held", "waiting", "summary"]
_EXAMPLE: dict[str, Any] = {
    "id": "rcp_01h2xd1m8kq4w7r0p7cc",
    "name": "Bookkeeper",
    "way": "webhook",
    "address": "https://books.example/told",
    "topics": ["reconnect", "blocked", "unexplained"],
    "created_at": "2026-11-22T01:00:00Z",
    "created_by": "API key",
    "stopped": "",
}
_MESSAGE: dict[str, Any] = {
    "id": "msg_01h2xd1m8kq4w7r0p7dd",
    "connection_id": CONNECTION_ID_EXAMPLE,
    "topic": "waiting",
    "phase": "begun",
    "title": "A question has waited for a day",
    "summary": "What it is about does not go over before somebody has answered.",
    "lines": ["Invoice 1041, Ada Byron (22 Nov 2026, 44.00 AUD): Its total was changed on both sides."],
    "advice": "Open the list of work and answer what you can; questions of one kind can be answered together.",
    "url": f"https://sync.example/connections/{CONNECTION_ID_EXAMPLE}/attention",
    "at": "2026-11-22T01:00:00Z",
    "since": "2026-11-22T00:55:00Z",
    "deliveries": [
        {
            "id": "del_01h2xd1m8kq4w7r0p7ee",
            "recipient_id": "rcp_01h2xd1m8kq4w7r0p7cc",
            "recipient": "Bookkeeper",
            "state": "delivered",
            "attempts": 1,
            "answer": "Taken (200).",
            "last_at": "2026-11-22T01:00:02Z",
            "next_at": None,
        }
    ],
}


class NewRecipient(Sent):
    """Somebody, or a program, to be told. A webhook has a public https address, mail an address of a mail box.

    `topics` left out: all but the weekly summary.
    """

    model_config = example(name="Bookkeeper", way="webhook", address="https://books.example/told", topics=_ALL)
    way: Literal["webhook", "mail"]
    address: Annotated[Printable, Field(min_length=1, max_length=2000)]
    name: Annotated[Printable, Field(max_length=100)] = ""
    topics: Topics = Field(default_factory=lambda: [topic for topic in _ALL if topic in CONDITIONS])


class RecipientChanges(Sent):
    """What may be changed of a recipient; what is left out stays. `new_secret`: sign with another secret from now on, shown
    in the answer. `resume`: send there again after it had said that it wants no more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"topics": ["reconnect", "blocked"]}]})
    name: Annotated[Printable, Field(max_length=100)] | None = None
    topics: Topics | None = None
    new_secret: StrictBool = False
    resume: StrictBool = False


class RecipientOut(BaseModel):
    """Who is told, and of what. `stopped` says why nothing is sent there any more; "" while it is."""

    model_config = example(**_EXAMPLE)
    id: str
    name: str
    way: Literal["webhook", "mail"]
    address: str
    topics: list[TopicName]
    created_at: dt.datetime
    created_by: str
    stopped: str

    @classmethod
    def of(cls, recipient: Recipient) -> "RecipientOut":
        """As it is shown."""
        return cls(**{name: getattr(recipient, name) for name in RecipientOut.model_fields})


class MadeRecipientOut(RecipientOut):
    """A recipient, with what its webhooks are signed with (Standard Webhooks) in `secret`: shown here and never again; "" where
    there is none, or it stays."""

    model_config = example(**_EXAMPLE, secret="whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")  # noqa: S106
    secret: str

    @classmethod
    def with_secret(cls, made: Made) -> "MadeRecipientOut":
        """As it is shown, once."""
        return cls(**RecipientOut.of(made.recipient).model_dump(), secret=made.secret)


class Recipients(BaseModel):
    """Who is told, the oldest first."""

    model_config = A_LIST
    items: list[RecipientOut]


class DeliveryOut(BaseModel):
    """A message on its way to one recipient: waiting (`next_at`: for its next attempt), delivered, or given up after a day.

    `answer` says what the last attempt came to.
    """

    id: str
    recipient_id: str
    recipient: str
    state: Literal["waiting", "delivered", "given_up"]
    attempts: int
    answer: str
    last_at: dt.datetime | None
    next_at: dt.datetime | None

    @classmethod
    def of(cls, shown: Shown) -> "DeliveryOut":
        """As it is shown."""
        delivery = shown.delivery
        names = [name for name in DeliveryOut.model_fields if name != "recipient"]
        return cls(recipient=shown.recipient, **{name: getattr(delivery, name) for name in names})


class MessageOut(BaseModel):
    """What was told, and how it went. `phase`: begun, more (of what was told before), ended, or once."""

    model_config = example(**_MESSAGE)
    id: str
    connection_id: str
    topic: Topic
    phase: Phase
    title: str
    summary: str
    lines: list[str]
    advice: str
    url: str
    at: dt.datetime
    since: dt.datetime | None
    deliveries: list[DeliveryOut]

    @classmethod
    def of(cls, told: Told, public_url: str) -> "MessageOut":
        """As it is shown."""
        message = told.message
        names = [name for name in MessageOut.model_fields if name not in ("url", "deliveries")]
        return cls(
            url=f"{public_url}{message.path}",
            deliveries=[DeliveryOut.of(each) for each in told.deliveries],
            **{name: getattr(message, name) for name in names},
        )


class Messages(BaseModel):
    """A page of messages, the newest first."""

    model_config = A_LIST
    items: list[MessageOut]
    next_cursor: str | None

    @classmethod
    def of(cls, page: Page[Told], public_url: str) -> "Messages":
        """As it is shown."""
        return cls(items=[MessageOut.of(each, public_url) for each in page.items], next_cursor=page.next_cursor)


@router.get(
    "/connections/{connection_id}/recipients",
    summary="List who is told of a connection",
    responses=csv_of(Recipients, name="recipients"),
)
@also_as_csv("recipients")
async def list_recipients(container: ContainerOf, connection_id: ConnectionId) -> Recipients:
    """Who is told of this connection, by which way, and of what."""
    return Recipients(items=[RecipientOut.of(r) for r in await being_told.list_recipients(container, connection_id)])


@router.post(
    "/connections/{connection_id}/recipients",
    status_code=201,
    summary="Have somebody told of a connection",
    responses=responses(409),
)
async def add_recipient(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, body: NewRecipient
) -> MadeRecipientOut:
    """From now on each change that they chose is told there; `secret` signs webhooks (Standard Webhooks)."""
    return await _add(container, caller, connection_id, body)


@router.patch("/connections/{connection_id}/recipients/{recipient_id}", summary="Change what somebody is told of")
async def change_recipient(
    container: ContainerOf,
    caller: CallerOf,
    connection_id: ConnectionId,
    recipient_id: RecipientId,
    body: RecipientChanges,
) -> MadeRecipientOut:
    """Another name, other topics, a new secret, or on again."""
    return await _change(container, caller, connection_id, recipient_id, body)


@router.delete(
    "/connections/{connection_id}/recipients/{recipient_id}", status_code=204, summary="Tell somebody nothing any more"
)
async def remove_recipient(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, recipient_id: RecipientId
) -> None:
    """What is on its way there is sent no more."""
    await being_told.remove_recipient(container, connection_id, recipient_id, who=caller.actor)


@router.post(
    "/connections/{connection_id}/recipients/{recipient_id}/test",
    status_code=202,
    summary="Send a recipient a test",
    responses=responses(409),
)
async def send_test(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, recipient_id: RecipientId
) -> MessageOut:
    """A message that says that it is one; look at its delivery to see how it went."""
    told = await being_told.send_test(container, connection_id, recipient_id, who=caller.actor)
    return MessageOut.of(told, container.public_url)


@router.get(
    "/connections/{connection_id}/messages",
    summary="List what was told of a connection",
    responses=csv_of(Messages, name="messages"),
)
@also_as_csv("messages")
async def list_messages(
    container: ContainerOf, connection_id: ConnectionId, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Messages:
    """Each message with its deliveries, the newest first."""
    page = await being_told.list_messages(container, connection_id, limit, cursor)
    return Messages.of(page, container.public_url)


@router.post(
    "/connections/{connection_id}/messages/{message_id}/send-again",
    status_code=202,
    summary="Send a message once more",
    responses=responses(409),
)
async def send_again(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, message_id: MessageId
) -> MessageOut:
    """To everybody who is told of such; its `webhook-id` stays, so that a receiver knows it again."""
    told = await being_told.send_again(container, connection_id, message_id, who=caller.actor)
    return MessageOut.of(told, container.public_url)


@router.get(
    "/recipients", summary="List who is told of all connections", responses=csv_of(Recipients, name="recipients")
)
@also_as_csv("recipients")
async def list_operators_recipients(container: ContainerOf) -> Recipients:
    """The operator's own recipients, who are told of every connection."""
    return Recipients(items=[RecipientOut.of(each) for each in await being_told.list_recipients(container, OPERATORS)])


@router.post("/recipients", status_code=201, summary="Have somebody told of all connections", responses=responses(409))
async def add_operators_recipient(container: ContainerOf, caller: CallerOf, body: NewRecipient) -> MadeRecipientOut:
    """From now on each change of any connection that they chose is told there."""
    return await _add(container, caller, OPERATORS, body)


@router.patch("/recipients/{recipient_id}", summary="Change what somebody is told of all connections")
async def change_operators_recipient(
    container: ContainerOf, caller: CallerOf, recipient_id: RecipientId, body: RecipientChanges
) -> MadeRecipientOut:
    """Another name, other topics, a new secret, or on again."""
    return await _change(container, caller, OPERATORS, recipient_id, body)


@router.delete("/recipients/{recipient_id}", status_code=204, summary="Tell somebody nothing of any connection")
async def remove_operators_recipient(container: ContainerOf, caller: CallerOf, recipient_id: RecipientId) -> None:
    """What is on its way there is sent no more."""
    await being_told.remove_recipient(container, OPERATORS, recipient_id, who=caller.actor)


@router.post(
    "/recipients/{recipient_id}/test",
    status_code=202,
    summary="Send a recipient of all connections a test",
    responses=responses(409),
)
async def send_operators_test(container: ContainerOf, caller: CallerOf, recipient_id: RecipientId) -> MessageOut:
    """A message that says that it is one."""
    told = await being_told.send_test(container, OPERATORS, recipient_id, who=caller.actor)
    return MessageOut.of(told, container.public_url)


@router.get("/messages", summary="List what was told of all connections", responses=csv_of(Messages, name="messages"))
@also_as_csv("messages")
async def list_all_messages(container: ContainerOf, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Messages:
    """Each message with its deliveries to anybody, the newest first."""
    return Messages.of(await being_told.list_messages(container, None, limit, cursor), container.public_url)


async def _add(container: ContainerOf, caller: CallerOf, connection_id: str, body: NewRecipient) -> MadeRecipientOut:
    made = await being_told.add_recipient(
        container,
        connection_id,
        name=body.name,
        way=body.way,
        address=body.address,
        topics=[Topic(topic) for topic in body.topics],
        who=caller.actor,
    )
    return MadeRecipientOut.with_secret(made)


async def _change(
    container: ContainerOf, caller: CallerOf, connection_id: str, recipient_id: str, body: RecipientChanges
) -> MadeRecipientOut:
    made = await being_told.change_recipient(
        container,
        connection_id,
        recipient_id,
        name=body.name,
        topics=None if body.topics is None else [Topic(topic) for topic in body.topics],
        new_secret=body.new_secret,
        go_on=body.resume,
        who=caller.actor,
    )
    return MadeRecipientOut.with_secret(made)
