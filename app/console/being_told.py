"""The page "Being told": who hears of a connection's changes, what they were told, a test, and sending once more.

The operator has the same page of their own recipients, who hear of every connection (`OPERATORS`).
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from app.console.session import ContainerOf, Form, Id, PageRoute, SignedIn, go
from app.console.view import page, zone_of
from app.domain.messages.topics import CHOOSABLE, Topic
from app.domain.messages.words import when_told
from app.errors import InvalidInput, Rejection
from app.services import being_told, overview
from app.services.being_told import Made
from app.services.flash import Message
from app.services.ports import ServiceContainer
from app.services.sessions import Visitor
from app.storage.people.recipients import OPERATORS

router = APIRouter(route_class=PageRoute, include_in_schema=False)
TOPICS = {
    Topic.RECONNECT: "QuickBooks has to be connected again",
    Topic.BLOCKED: "Synchronising has stopped",
    Topic.UNEXPLAINED: "A difference has no explanation",
    Topic.STUCK: "Nobody looks at what waits",
    Topic.HELD: "Removals wait for a yes",
    Topic.WAITING: "A question has waited for a day",
    Topic.SUMMARY: "A summary each Monday",
}
"""What somebody may be told of, in words."""
STATES = {
    "waiting": ("On its way", "calm"),
    "delivered": ("Arrived", "good"),
    "given_up": ("Given up", "bad"),
}
"""How a message went to somebody, and its colour."""
_LIST = 20


Cursor = Annotated[str | None, Query(max_length=500)]


@router.get("/being-told")
async def show_operators(
    request: Request, container: ContainerOf, visitor: SignedIn, cursor: Cursor = None
) -> Response:
    """Who is told of all connections, and the last messages of any."""
    return await _page(request, container, visitor, OPERATORS, cursor=cursor)


@router.post("/being-told")
async def add_operators_recipient(request: Request, container: ContainerOf, visitor: SignedIn, form: Form) -> Response:
    """Have somebody told of all connections."""
    return await _add(request, container, visitor, form, OPERATORS)


@router.post("/being-told/{recipient_id}")
async def change_operators_recipient(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, recipient_id: Id
) -> Response:
    """Do to one of them what is done to a connection's."""
    return await _change(request, container, visitor, form, OPERATORS, recipient_id)


@router.get("/connections/{connection_id}/being-told")
async def show_being_told(
    request: Request, container: ContainerOf, visitor: SignedIn, connection_id: Id, cursor: Cursor = None
) -> Response:
    """Who is told, and the last messages with how they went."""
    return await _page(request, container, visitor, connection_id, cursor=cursor)


@router.post("/connections/{connection_id}/being-told")
async def add_recipient(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Have somebody told; what a webhook's messages are signed with is shown once."""
    return await _add(request, container, visitor, form, connection_id)


@router.post("/connections/{connection_id}/being-told/{recipient_id}")
async def change_recipient(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id, recipient_id: Id
) -> Response:
    """Try a recipient out, change what it is told of, sign with another secret, go on with it, or remove it."""
    return await _change(request, container, visitor, form, connection_id, recipient_id)


@router.post("/connections/{connection_id}/messages/{message_id}/send-again")
async def send_again(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id, message_id: Id
) -> Response:
    """Send a message once more to everybody who is told of such."""
    back = f"/connections/{connection_id}/being-told"
    try:
        told = await being_told.send_again(container, connection_id, message_id, who=visitor.actor)
    except Rejection as refused:
        return go(request, back, refused.detail, good=False)
    names = ", ".join(each.recipient for each in told.deliveries)
    return go(request, back, f"It is on its way once more, to {names}.")


async def _add(
    request: Request, container: ServiceContainer, visitor: Visitor, form: FormData, connection_id: str
) -> Response:
    values = {name: str(form.get(name, "")).strip() for name in ("name", "way", "address")}
    try:
        made = await being_told.add_recipient(
            container,
            connection_id,
            name=values["name"][:100],
            way="mail" if values["way"] == "mail" else "webhook",
            address=values["address"][:2000],
            topics=_topics(form),
            who=visitor.actor,
        )
    except Rejection as refused:
        return await _page(
            request,
            container,
            visitor,
            connection_id,
            status=refused.status,
            message=Message(refused.detail, False),
            values=values,
            errors=refused.fields,
        )
    return await _with_secret(request, container, visitor, connection_id, made, "From now on this address is told.")


async def _change(
    request: Request,
    container: ServiceContainer,
    visitor: Visitor,
    form: FormData,
    connection_id: str,
    recipient_id: str,
) -> Response:
    back, do = _here(connection_id), str(form.get("do", ""))
    try:
        if do == "test":
            await being_told.send_test(container, connection_id, recipient_id, who=visitor.actor)
            return go(request, back, "A test is on its way. Load this page again in a moment to see how it went.")
        if do == "remove":
            await being_told.remove_recipient(container, connection_id, recipient_id, who=visitor.actor)
            return go(request, back, "Nothing is sent there any more.")
        made = await being_told.change_recipient(
            container,
            connection_id,
            recipient_id,
            topics=_topics(form) if do == "topics" else None,
            new_secret=do == "secret",
            go_on=do == "resume",
            who=visitor.actor,
        )
    except Rejection as refused:
        return go(request, back, refused.detail, good=False)
    if made.secret:
        return await _with_secret(request, container, visitor, connection_id, made, "It is signed anew from now on.")
    return go(request, back, "It is changed.")


def _topics(form: FormData) -> list[Topic]:
    """What was ticked; raises `InvalidInput` for nothing at all."""
    chosen = [topic for topic in CHOOSABLE if topic.value in form.getlist("topics")]
    if not chosen:
        sentence = "Tick at least one thing to be told of."
        raise InvalidInput("invalid-input", sentence, fields={"topics": sentence})
    return chosen


def _here(connection_id: str) -> str:
    """Where the page is; `OPERATORS` in place of a connection's id."""
    return f"/connections/{connection_id}/being-told" if connection_id else "/being-told"


async def _with_secret(
    request: Request, container: ServiceContainer, visitor: Visitor, connection_id: str, made: Made, words: str
) -> Response:
    if not made.secret:
        return go(request, _here(connection_id), words)
    return await _page(request, container, visitor, connection_id, made=made, message=Message(words, True))


async def _page(
    request: Request,
    container: ServiceContainer,
    visitor: Visitor,
    connection_id: str,
    *,
    cursor: str | None = None,
    status: int = 200,
    made: Made | None = None,
    message: Message | None = None,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    found = await overview.read_connection(container, connection_id) if connection_id else None
    about = {"overview": found} if found is not None else {}
    may_change = visitor.may("configure")
    return page(
        request,
        "being_told.html",
        visitor=visitor,
        status=status,
        message=message,
        **about,
        here=_here(connection_id),
        zone=zone_of(found) if found is not None else "",
        names=await overview.names_of_connections(container) if found is None else {},
        recipients=await being_told.list_recipients(container, connection_id) if may_change else [],
        told=await being_told.list_messages(container, connection_id or None, _LIST, cursor),
        paged=cursor is not None,
        made=made,
        values=values or {},
        errors=errors or {},
        sends_mail=container.sends_mail,
        begins=container.addresses_begin,
        TOPICS=TOPICS,
        WHEN={topic: when_told(topic) for topic in TOPICS},
        STATES=STATES,
    )
