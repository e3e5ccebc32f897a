"""Where the objects of one entity live: rows by id, the order of their last change, and what was deleted.

A stored body is never mutated; a change puts a new one in its place. So an answer that was given once can be
replayed later by keeping a reference to the body of that moment, and nothing needs copying.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.sandbox.quickbooks.values.wire import Body

INDEXED = ("DisplayName", "Name", "DocNumber", "CustomerRef", "FullyQualifiedName")


def folded(value: Any) -> str:
    """The key under which a name, number or reference is found: case and surrounding blanks do not count."""
    if isinstance(value, dict):
        value = value.get("value", "")
    return str(value).strip().lower()


@dataclass(slots=True)
class Record:
    """One object: its present wire body, when it last changed, and facts that never reach the wire."""

    id: str
    body: Body
    updated: int
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return str(self.body.get("SyncToken", "0"))


class Table:
    """All objects of one entity of one company."""

    def __init__(self, entity: str) -> None:
        self.entity = entity
        self.rows: dict[str, Record] = {}
        self.recent: dict[str, None] = {}
        self.deleted: dict[str, Record] = {}
        self._index: dict[str, dict[str, dict[str, None]]] = {name: {} for name in INDEXED}

    def __len__(self) -> int:
        return len(self.rows)

    def put(self, record: Record) -> None:
        """Stores a new record, or one whose body was replaced through `replace`."""
        self.rows[record.id] = record
        self._add(record)
        self._moved(record)

    def replace(self, record: Record, body: Body, updated: int) -> None:
        self.relabel(record, body)
        record.updated = updated
        self._moved(record)

    def relabel(self, record: Record, body: Body) -> None:
        """Replaces a body without moving the record in the order of changes (a name inside a reference, for instance)."""
        moved = [name for name in INDEXED if record.body.get(name) != body.get(name)]
        self._remove(record, moved)
        record.body = body
        self._add(record, moved)

    def discard(self, record: Record, updated: int) -> None:
        """Takes a record out and remembers that it was deleted."""
        self._remove(record)
        del self.rows[record.id]
        self.recent.pop(record.id, None)
        record.updated = updated
        self.deleted[record.id] = record

    def find(self, name: str, value: Any) -> list[Record]:
        """Every row whose indexed property equals the value, oldest first."""
        return [self.rows[identifier] for identifier in self._index[name].get(folded(value), ())]

    def since(self, epoch: int) -> list[Record]:
        """Rows changed at or after the moment, oldest change first; cost grows with the answer, not with the table."""
        found = []
        for identifier in reversed(self.recent):
            record = self.rows[identifier]
            if record.updated < epoch:
                break
            found.append(record)
        found.reverse()
        return found

    def _moved(self, record: Record) -> None:
        self.recent.pop(record.id, None)
        self.recent[record.id] = None

    def _add(self, record: Record, names: Iterable[str] = INDEXED) -> None:
        for name in names:
            if name in record.body:
                self._index[name].setdefault(folded(record.body[name]), {})[record.id] = None

    def _remove(self, record: Record, names: Iterable[str] = INDEXED) -> None:
        for name in names:
            if name in record.body:
                key = folded(record.body[name])
                ids = self._index[name].get(key)
                if ids is not None:
                    ids.pop(record.id, None)
                    if not ids:
                        del self._index[name][key]
