"""Writes by the connector: up to a hundred operations, each with a fate of its own.

An idempotency key is remembered for seven days with what was sent under it. Sent again with the same
body, it gives its first `ok` answer again (an operation that was refused is tried anew); with another
body it is `invalid`. A create whose `external_ref` is taken answers `exists` with the holder, also when
that is a deleted record's stub: deleting frees nothing.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from app.sandbox.oncord import checks, totals
from app.sandbox.oncord.clock import written
from app.sandbox.oncord.edits import edited, parsed
from app.sandbox.oncord.fields import Record
from app.sandbox.oncord.hazards import Hazards
from app.sandbox.oncord.problems import complaints, listed
from app.sandbox.oncord.records import Entity
from app.sandbox.oncord.site import Seen, Site

REMEMBERED = timedelta(days=7)
OPERATIONS_AT_MOST = 100


class OperationHead(BaseModel):
    """One write, apart from its record."""

    key: str = Field(min_length=1, max_length=200, description="The idempotency key.", examples=["op-7f3a"])
    action: Literal["create", "update", "delete"]
    id: str | None = Field(None, description="Needed for update and delete.")
    version: str | None = Field(None, description="Needed for update: the version that the edit is based on.")


class Operation(OperationHead):
    """One write as it is read, before its record is looked into."""

    record: dict[str, Any] | None = None


def result(key: str | None, status: str, record: Record | None, errors: Sequence[tuple[str, str]] = ()) -> Record:
    """One entry of `results`."""
    return {"key": key, "status": status, "record": record, "errors": listed(errors)}


def carry_out(
    site: Site, hazards: Hazards, entity: Entity, operations: Sequence[Any], backfill: bool
) -> Iterator[Record]:
    """Carry out a batch, operation by operation."""
    _forget_old_keys(site)
    for operation in operations:
        outcome = _once(site, hazards, entity, operation)
        site.calls["batch_writes"] += 1
        site.calls[f"results_{outcome['status']}"] += 1
        if outcome["status"] == "ok" and not backfill:
            site.calls["marketing_triggers"] += 1
        yield outcome


def _forget_old_keys(site: Site) -> None:
    limit = written(site.clock.now() - REMEMBERED)
    for key, seen in list(site.keys.items()):
        if seen.at >= limit:
            break
        del site.keys[key]


def _once(site: Site, hazards: Hazards, entity: Entity, operation: Any) -> Record:
    """Carry out an operation, or answer from memory when its key was seen before."""
    try:
        head = Operation.model_validate(operation)
    except ValidationError as error:
        key = operation.get("key") if isinstance(operation, Mapping) else None
        return result(key if isinstance(key, str) else None, "invalid", None, complaints(error))
    text = json.dumps([entity, operation], sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).hexdigest()
    seen = site.keys.get(head.key)
    if seen is None:
        seen = site.keys[head.key] = Seen(digest, written(site.clock.now()))
    elif seen.digest != digest:
        return result(head.key, "invalid", None, [("key", "was used before with another body")])
    elif seen.result is not None:
        site.calls["replayed"] += 1
        again: Record = json.loads(seen.result)
        return again
    outcome = _carry_out(site, hazards, entity, head)
    if outcome["status"] == "ok":
        seen.result = json.dumps(outcome)
        site.calls[f"{head.action}s_{entity}"] += 1
    return outcome


def _carry_out(site: Site, hazards: Hazards, entity: Entity, head: Operation) -> Record:
    if head.action == "create":
        return _create(site, entity, head)
    if head.id is None:
        return result(head.key, "invalid", None, [("id", "is required")])
    current = site.shelves[entity].get(head.id, site.clock.now())
    if current is None or current["deleted"]:
        return result(head.key, "not_found", current)
    if head.action == "update" and head.version is None:
        return result(head.key, "invalid", None, [("version", "is required")])
    if head.action == "update" and hazards.strikes("stale_versions", entity) is not None:
        current = site.touch(entity, current, "user")
    if head.version not in (None, current["version"]):
        return result(head.key, "stale", current)
    if head.action == "delete":
        return _delete(site, entity, head, current)
    return _store(site, entity, head, current)


def _create(site: Site, entity: Entity, head: Operation) -> Record:
    shelf = site.shelves[entity]
    ref = (head.record or {}).get("external_ref")
    if isinstance(ref, str) and (holder := shelf.get(shelf.refs.get(ref), site.clock.now())) is not None:
        return result(head.key, "exists", holder)
    if head.id is not None:
        return result(head.key, "invalid", None, [("id", "is given by the site")])
    return _store(site, entity, head, None)


def _store(site: Site, entity: Entity, head: Operation, current: Record | None) -> Record:
    if head.record is None:
        return result(head.key, "invalid", None, [("record", "is required")])
    try:
        given = parsed(entity, head.record)
    except ValidationError as error:
        return result(head.key, "invalid", None, complaints(error))
    record = edited(entity, current, given, by_person=False)
    if entity != "contact":
        record["currency"] = record["currency"] or site.currency
    if entity == "sale":
        if record["amounts_include_tax"] is None:
            record["amounts_include_tax"] = site.prices_include_tax
        record["number"] = record["number"] or site.new_number()
        totals.fill_in(record, site.rates())
    elif entity == "contact" and current is not None:
        _guard_consent(record, current)
    if errors := checks.problems(site, entity, record, current):
        return result(head.key, "invalid", None, errors)
    return result(head.key, "ok", site.save(entity, record, "connector"))


def _guard_consent(record: Record, current: Record) -> None:
    """Consent does not travel to another address."""
    changed = (record["email"] or "").lower() != (current["email"] or "").lower()
    if changed and current["email_marketing_status"] == "subscribed":
        record["email_marketing_status"] = "pending"


def _delete(site: Site, entity: Entity, head: Operation, current: Record) -> Record:
    errors: list[tuple[str, str]] = []
    if current["id"] not in site.shelves[entity].by_connector:
        errors.append(("id", "was not created by the connector, which may only undo its own creates"))
    if entity == "contact" and any(
        site.shelves[other].count("contact_id", current["id"]) for other in ("sale", "receipt")
    ):
        errors.append(("id", "the contact still has sales or receipts"))
    if entity == "sale" and site.shelves["receipt"].count("sale_id", current["id"]):
        errors.append(("id", "receipts are allocated to the sale"))
    if errors:
        return result(head.key, "invalid", None, errors)
    return result(head.key, "ok", site.delete(entity, current, "connector"))
