"""Oncord's events, without I/O: is this POST really from the site, and which records does it speak of?

Signed by the Standard Webhooks scheme. The body counts as bytes, since a signed body that is not even text must be
told from a forged one. How old a delivery may be is for whoever knows how long events are kept: an event is only a hint, so that
a replay is harmless as long as it is known again.
(The library `standardwebhooks` insists on text and on five minutes; the tests use it as the sender.)
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypedDict

import msgspec

from app.domain.model.deletion import DeletedAlong
from app.domain.model.records import Kind
from app.json_values import content_of, text
from app.oncord.mapping.values import KINDS, companion, moment


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """One change that a site told us of: look at this record again.

    `kind` is None and `problem` says why where an entry names nothing that we synchronise. `deleted_with` is the
    record whose deletion took this one along.
    """

    kind: Kind | None
    record_id: str
    version: str = ""
    action: str = ""
    actor: str = ""
    occurred_at: datetime | None = None
    merged_ids: tuple[str, ...] = ()
    deleted_with: DeletedAlong | None = None
    problem: str = ""


def message_id(headers: Mapping[str, str]) -> str:
    """The sender's id of this delivery; the same at each attempt."""
    return headers.get("webhook-id", "")


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether a POST says at all that it is signed. Header names are lower case."""
    return all(headers.get(name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature"))


def sent_at(headers: Mapping[str, str]) -> datetime | None:
    """When a delivery was signed (Unix seconds in `webhook-timestamp`); None where that is no time."""
    seconds = headers.get("webhook-timestamp", "").strip()
    try:
        return datetime.fromtimestamp(int(seconds), UTC) if seconds.isascii() and seconds.isdigit() else None
    except (ValueError, OverflowError, OSError):
        return None


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
    """Whether one of `secrets` signed this body; in constant time per signature. Header names are lower case."""
    identifier, timestamp = message_id(headers), headers.get("webhook-timestamp", "")
    if not identifier or not timestamp:
        return False
    signed = f"{identifier}.{timestamp}.".encode() + body
    given = [
        signature.encode()
        for version, _, signature in (part.partition(",") for part in headers.get("webhook-signature", "").split())
        if version == "v1"
    ]
    valid = False
    for key in filter(None, map(_key, secrets)):
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
        for signature in given:
            valid |= hmac.compare_digest(expected, signature)
    return valid


def _key(secret: str) -> bytes:
    """The bytes of a secret ("whsec_" and Base64, padded or not); empty where it is unusable."""
    encoded = secret.strip().removeprefix("whsec_")
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def parse(body: bytes) -> Iterator[WebhookEvent]:
    """The changes in a verified body, in order, each read when it is asked for: a body may hold tens of thousands.

    Raises ValueError, before the first, where there is nothing to be read in it.
    """
    event = content_of(body, _USUAL)
    if not isinstance(event, dict):
        raise ValueError("not an object")
    data = event.get("data")
    entries = data if isinstance(data, list) else [data]
    if not entries or not any(isinstance(entry, dict) for entry in entries):
        raise ValueError("no data")
    return map(partial(_notice, event), entries)


class _UsualCompanion(TypedDict, total=False):
    entity: str
    id: str


class _UsualEntry(TypedDict, total=False):
    entity: str
    id: str
    version: str
    action: str
    actor: str
    timestamp: str
    merged_ids: list[str]
    deleted_with: _UsualCompanion | None


class _UsualEvent(TypedDict, total=False):
    type: str
    timestamp: str
    data: list[_UsualEntry] | _UsualEntry


_USUAL = msgspec.json.Decoder(_UsualEvent)
"""Events as the contract has them (docs/oncord.md 4): of these members, and of each as a text, nobody could make anything else."""


def _notice(event: dict[str, Any], entry: Any) -> WebhookEvent:
    if not isinstance(entry, dict):
        return WebhookEvent(None, "", problem="not an object")
    type_entity, _, type_action = text(event.get("type")).partition(".")
    entity, record_id = text(entry.get("entity")) or type_entity, text(entry.get("id"))
    kind = KINDS.get(entity)
    problem = "" if kind and record_id else "no record named" if kind else "not a kind of record that is synchronised"
    merged = entry.get("merged_ids")
    return WebhookEvent(
        kind=kind if record_id else None,
        record_id=record_id,
        version=text(entry.get("version")),
        action=text(entry.get("action")) or type_action,
        actor=text(entry.get("actor")),
        occurred_at=moment(entry.get("timestamp")) or moment(event.get("timestamp")),
        merged_ids=tuple(text(one) for one in merged if text(one)) if isinstance(merged, list) else (),
        deleted_with=companion(entry.get("deleted_with")),
        problem=problem,
    )
