"""The records of one entity of one site, with the indexes that keep 50,000 of them quick.

`modified_at` grows strictly within a site, so the order of changes is an append-only list; a record that
changes again leaves a stale entry behind, which readers skip and which is swept out now and then. A
deleted record is a stub for 90 days and then forgotten; until then it keeps its `external_ref` and what
it was, so that a person can bring it back.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.sandbox.oncord.clock import written
from app.sandbox.oncord.fields import Record
from app.sandbox.oncord.records import Entity

KEPT = timedelta(days=90)


def keys_of(entity: Entity, record: Record) -> Iterator[tuple[str, str]]:
    """The (index, value) pairs under which a live record can be found."""
    if entity == "contact":
        if record["email"]:
            yield "email", record["email"].lower()
        return
    yield "contact_id", record["contact_id"]
    if entity == "sale":
        if record["number"]:
            yield "number", record["number"]
        return
    for allocation in record["allocations"]:
        yield "sale_id", allocation["sale_id"]


class Shelf:
    """Records by id, in order of change, and by key."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.last_id = 0
        self.records: dict[str, Record] = {}
        self.buried: dict[str, Record] = {}
        self.refs: dict[str, str] = {}
        self.by_connector: set[str] = set()
        self._found: dict[tuple[str, str], dict[str, None]] = {}
        self._changes: list[tuple[str, str]] = []

    def new_id(self) -> str:
        """The next integer, as text."""
        self.last_id += 1
        return str(self.last_id)

    def get(self, record_id: str | None, now: datetime) -> Record | None:
        """The record or its stub; None when it is unknown, or deleted too long ago."""
        record = self.records.get(record_id or "")
        if record is not None and record["deleted"] and record["modified_at"] < written(now - KEPT):
            self._forget(record["id"])
            return None
        return record

    def live(self, record_id: str | None) -> Record | None:
        """The record, unless it is unknown or deleted."""
        record = self.records.get(record_id or "")
        return None if record is None or record["deleted"] else record

    def put(self, record: Record) -> None:
        """Store a new or changed record, or a stub, whose `modified_at` is later than all before."""
        record_id = record["id"]
        before = self.records.get(record_id)
        if before is not None and not before["deleted"]:
            self._unlist(before)
            if record["deleted"]:
                self.buried[record_id] = before
            elif before["external_ref"]:
                self.refs.pop(before["external_ref"], None)
        self.records[record_id] = record
        self._changes.append((record["modified_at"], record_id))
        if not record["deleted"]:
            self.buried.pop(record_id, None)
            self._list(record)
        if len(self._changes) > 1000 + 2 * len(self.records):
            self._changes = [entry for entry in self._changes if self._present(entry)]

    def find(self, index: str, value: str) -> list[str]:
        """Ids of the live records with that key, in the order in which they got it."""
        return list(self._found.get((index, value), ()))

    def count(self, index: str, value: str) -> int:
        """How many live records have that key."""
        return len(self._found.get((index, value), ()))

    def living(self) -> int:
        """How many live records there are."""
        return sum(1 for record in self.records.values() if not record["deleted"])

    def after(self, position: tuple[str, str], now: datetime) -> Iterator[Record]:
        """Records and stubs in order of (modified_at, id), from just behind a position."""
        for index in range(bisect_right(self._changes, position), len(self._changes)):
            entry = self._changes[index]
            if self._present(entry) and (record := self.get(entry[1], now)) is not None:
                yield record

    def rebuild(self) -> None:
        """Work out every index from `records` and `buried`, after they were loaded."""
        self._found, self.refs = {}, {}
        self._changes = sorted((record["modified_at"], record["id"]) for record in self.records.values())
        for record in self.records.values():
            if not record["deleted"]:
                self._list(record)
            elif (ref := self.buried.get(record["id"], {}).get("external_ref")) is not None:
                self.refs[ref] = record["id"]

    def _present(self, entry: tuple[str, str]) -> bool:
        record = self.records.get(entry[1])
        return record is not None and record["modified_at"] == entry[0]

    def _list(self, record: Record) -> None:
        for key in keys_of(self.entity, record):
            self._found.setdefault(key, {})[record["id"]] = None
        if record["external_ref"]:
            self.refs[record["external_ref"]] = record["id"]

    def _unlist(self, record: Record) -> None:
        for key in keys_of(self.entity, record):
            ids = self._found.get(key)
            if ids is not None:
                ids.pop(record["id"], None)
                if not ids:
                    del self._found[key]

    def _forget(self, record_id: str) -> None:
        del self.records[record_id]
        ref = self.buried.pop(record_id, {}).get("external_ref")
        if ref is not None and self.refs.get(ref) == record_id:
            del self.refs[ref]
