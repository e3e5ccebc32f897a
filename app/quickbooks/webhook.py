"""Intuit's webhooks, sans I/O: is it really from Intuit, and which records does it say have moved?

A webhook says *that* something changed, never *what* (law 1), so a notice has no content. One POST may hold events of
several companies. Both formats are read: CloudEvents (the one since 2026) and the older `eventNotifications`; what is
unknown in either is tolerated, and an event that cannot be read does not spoil its neighbours.
"""

import base64
import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypedDict

import msgspec

from app.domain.model.records import Kind
from app.domain.model.texts import clean
from app.json_values import content_of

SIGNATURE_HEADER = "intuit-signature"

Action = Literal["created", "updated", "deleted", "merged", "void", "emailed", "other"]

_KINDS = {
    "customer": Kind.CONTACT,
    "item": Kind.ITEM,
    "invoice": Kind.SALE,
    "creditmemo": Kind.SALE,
    "payment": Kind.RECEIPT,
    "purchase": Kind.RECEIPT,
}
_ACTIONS: dict[str, Action] = {
    "create": "created",
    "created": "created",
    "update": "updated",
    "updated": "updated",
    "delete": "deleted",
    "deleted": "deleted",
    "merge": "merged",
    "merged": "merged",
    "void": "void",
    "voided": "void",
    "emailed": "emailed",
    "email": "emailed",
}
_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
_SHORT_OFFSET = re.compile(r"([+-]\d{2})(\d{2})$")


class Unreadable(ValueError):
    """The body is neither of the two formats. Keep it aside and acknowledge it: it must not dam the sender's queue."""


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One event. `kind` is None for entities that are not synchronised; `deleted_id` names the loser of a merge.

    `realm_id` or `record_id` is "" where the event did not tell; `event_id` is "" in the older format.
    """

    realm_id: str
    kind: Kind | None
    entity: str
    record_id: str
    action: Action
    occurred_at: datetime | None = None
    event_id: str = ""
    deleted_id: str = ""


def verify(headers: Mapping[str, str], body: bytes, tokens: Sequence[str]) -> bool:
    """Whether `body` was signed with one of our verifier tokens; takes the same time for every wrong one."""
    given = headers.get(SIGNATURE_HEADER) or next((v for k, v in headers.items() if k.lower() == SIGNATURE_HEADER), "")
    signature = given.strip().encode("utf-8", "replace")
    genuine = False
    for token in tokens:
        genuine |= hmac.compare_digest(sign(body, token).encode(), signature)
    return genuine


def sign(body: bytes, token: str) -> str:
    """The signature of `body`: base64 of HMAC-SHA256 under the verifier token."""
    return base64.b64encode(hmac.digest(token.encode(), body, "sha256")).decode()


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a POST says at all that it is signed. Header names are lower case."""
    return bool(headers.get(SIGNATURE_HEADER))


def parse(body: bytes) -> Iterator[WebhookEvent]:
    """The notices of one POST, in its order, each read when it is asked for: a body may hold tens of thousands.

    Raises `Unreadable`, before the first, where the whole is not one of the two formats.
    """
    try:
        content = content_of(body, _USUAL)
    except ValueError as error:
        raise Unreadable("the body is not JSON") from error
    if isinstance(content, dict) and isinstance(content.get("eventNotifications"), list):
        return _older(content["eventNotifications"])
    events = [content] if isinstance(content, dict) and "type" in content else content
    if not isinstance(events, list):
        raise Unreadable("the body is neither a list of CloudEvents nor eventNotifications")
    return map(_cloud_event, events)


class _UsualData(TypedDict, total=False):
    deletedid: str
    deletedId: str


class _UsualEvent(TypedDict, total=False):
    type: str
    intuitaccountid: str
    intuitentityid: str
    time: str
    id: str
    data: _UsualData | None


_USUAL = msgspec.json.Decoder(list[_UsualEvent])
"""Posts as Intuit writes them: of these members, and of each as a text, nobody could make anything else."""


def _cloud_event(event: Any) -> WebhookEvent:
    if not isinstance(event, dict):
        event = {}
    parts = _text(event.get("type")).lower().split(".")
    entity = parts[1] if len(parts) > 2 and parts[0] == "qbo" else ""
    data = event.get("data")
    return WebhookEvent(
        realm_id=_text(event.get("intuitaccountid")),
        kind=_KINDS.get(entity),
        entity=entity,
        record_id=_text(event.get("intuitentityid")),
        action=_ACTIONS.get(parts[2], "other") if entity else "other",
        occurred_at=_moment(event.get("time")),
        event_id=_text(event.get("id"))[:255],
        deleted_id=_text(data.get("deletedid") or data.get("deletedId")) if isinstance(data, dict) else "",
    )


def _older(notifications: Iterable[Any]) -> Iterator[WebhookEvent]:
    for notification in notifications:
        if not isinstance(notification, dict):
            continue
        change = notification.get("dataChangeEvent")
        entities = change.get("entities") if isinstance(change, dict) else None
        for moved in entities if isinstance(entities, list) else ():
            if not isinstance(moved, dict):
                continue
            entity = _text(moved.get("name")).lower()
            yield WebhookEvent(
                realm_id=_text(notification.get("realmId")),
                kind=_KINDS.get(entity),
                entity=entity,
                record_id=_text(moved.get("id")),
                action=_ACTIONS.get(_text(moved.get("operation")).lower(), "other"),
                occurred_at=_moment(moved.get("lastUpdated")),
                deleted_id=_text(moved.get("deletedId")),
            )


def _text(value: Any) -> str:
    return clean(value).strip() if isinstance(value, str) else ""


def _moment(value: Any) -> datetime | None:
    """An RFC 3339 time with up to nine digits of fraction, or an offset without a colon; None where it is neither.

    None, too, where it is outside all calendars in UTC (the first hours of the year 1, the last of 9999).
    """
    stamp = _text(value)
    if not stamp.endswith("Z") or "." in stamp:
        stamp = _SHORT_OFFSET.sub(r"\1:\2", _LONG_FRACTION.sub(r"\1", stamp))
    try:
        at = datetime.fromisoformat(stamp)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
