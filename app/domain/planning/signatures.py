"""What a planned write comes to, in one short text: two plans do the same where their texts are the same.

What a write is worth is what it does and what it does it to: the values that it moves, and what stands there now. Records are named
by the side that they come from, so that a reference to one that was to be made, recognised or followed after a merge reads alike before
and after that.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.link_part import format_part
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Counterpart, Kind, Record, Reference, Side
from app.domain.model.references import with_references
from app.domain.model.write_fields import format_write_field
from app.domain.planning.link_index import LinkIndex

Recognised = Mapping[tuple[Side, Kind, str], str]
"""The id across of a record that a plan makes one with another."""
_REMEMBERED = (Action.ADOPT, Action.REPOINT, Action.TOMBSTONE)


def is_signed(operation: Operation) -> bool:
    """Whether an operation does something: what is only left, waits or asks does not."""
    return operation.action.writes or operation.action in _REMEMBERED


def recognised(operations: Iterable[Operation], links: LinkIndex) -> Recognised:
    """Which record is which once a plan is carried out, beyond what `links` tell."""
    pairs: dict[tuple[Side, Kind, str], str] = {}
    for each in operations:
        if each.action is Action.ADOPT:
            pairs[each.side, each.kind, each.target_id] = each.source_id
            pairs[each.side.other, each.kind, each.source_id] = each.target_id
        elif each.action is Action.REPOINT:
            link = links.live((each.side, each.kind, each.target_id))
            if link is not None:
                across = link.id_on(each.side.other)
                pairs[each.side, each.kind, each.source_id] = across
                if links.live((each.side.other, each.kind, across)) == link:  # not a contact's further customer
                    pairs.setdefault((each.side.other, each.kind, across), each.source_id)
    return pairs


def signature(operation: Operation, before: Record | None, links: LinkIndex, pairs: Recognised) -> str:
    """The text of one operation; `before` is what its target holds, `links` and `pairs` tell which record is which."""
    parts: list[Any] = [
        operation.action,
        operation.side,
        operation.kind,
        operation.source_id,
        operation.target_id if operation.action is not Action.CREATE else "",
        format_part(operation.part),
        sorted(format_write_field(field) for field in operation.fields),
    ]
    if operation.action in (Action.CREATE, Action.UPDATE):
        parts.append(_values(operation, operation.record, links, pairs))
    if before is not None and operation.action.writes:
        parts.append(_values(operation, before, links, pairs))
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def _values(operation: Operation, record: Record | None, links: LinkIndex, pairs: Recognised) -> Any:
    """The values that count: of an update those that move, else all that both sides share."""
    if record is None:
        return None

    def named(kind: Kind, reference: Reference) -> Reference:
        if isinstance(reference, Counterpart):
            return f"from {reference.id}"
        key = (operation.side, kind, reference)
        link = links.live(key)
        across = pairs.get(key) or (link.id_on(operation.side.other) if link is not None else "")
        return f"from {across}" if across else reference

    groups = operation.groups if operation.action is Action.UPDATE else DESCRIPTIONS[operation.kind].merged
    plain = with_references(record, named)
    return [(group, _plain(getattr(plain, group))) for group in groups]


def _plain(value: Any) -> Any:
    return sorted(asdict(value).items()) if hasattr(value, "__dataclass_fields__") else value
