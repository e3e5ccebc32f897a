"""What persons are asked, and what they were told and left, by the record that it is about."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from app.domain.model.days import day_in_words
from app.domain.model.records import Kind, Side
from app.storage.database import Transaction
from app.storage.people import locked_periods
from app.tieout.causes import LEFT_AS_IT_IS, UNAPPLIED

_COMPARED = ("money", "payment", "contact_id", "date", "number", "channel")
_LEFT = {
    locked_periods.LEAVE: LEFT_AS_IT_IS,
    locked_periods.DATED_OTHERWISE: "had it dated on the first open day",
    locked_periods.UNAPPLY: UNAPPLIED,
    locked_periods.UNAPPLIED: UNAPPLIED,
}
"""Answers about documents of locked periods, and about cleared money, that leave both sides different."""
_EDITED = """EXISTS (SELECT 1 FROM mirror m WHERE m.connection_id = a.connection_id AND m.side = a.side
    AND m.kind = a.record_kind AND m.record_id = a.record_id AND m.modified_at > a.resolved_at
    AND NOT EXISTS (SELECT 1 FROM operation p WHERE p.connection_id = a.connection_id AND p.side = a.side
        AND p.kind = a.record_kind AND p.target_id = a.record_id AND p.state = 'done' AND p.result_version = m.version))"""
"""Whether somebody has edited a record since a matter about it was left: it has moved, and not by a write of ours."""
Record = tuple[str, str, str]
"""Side, kind and id."""


@dataclass(frozen=True, slots=True)
class Matters:
    """Open questions, those that a person dismissed, and who is who as persons have said it."""

    asked: Mapping[Record, str]
    left: Mapping[Record, tuple[str, ...]]
    chosen: Mapping[Record, tuple[str, ...]]
    let_be: Mapping[str, str]
    """What was said under the key of a question that a person dismissed while records still wait for its answer, and by whom
    and when."""
    left_before: Mapping[Record, tuple[str, ...]] = field(default_factory=dict)
    """What a person dismissed of a record that somebody has edited since."""
    locked: Mapping[Record, tuple[str, ...]] = field(default_factory=dict)
    cleared: Mapping[Record, tuple[str, ...]] = field(default_factory=dict)

    def left_locked(self, side: Side, kind: Kind, record_id: str) -> tuple[str, ...]:
        """What persons have left of a record as it is, since it belongs to a locked period: what, by whom, when."""
        return self.locked.get((side, kind, record_id), ())

    def left_cleared(self, side: Side, kind: Kind, record_id: str) -> tuple[str, ...]:
        """The same of what the bank reconciliation holds."""
        return self.cleared.get((side, kind, record_id), ())

    def said_to_be(self, side: Side, kind: Kind, record_id: str) -> tuple[str, ...]:
        """Which of the other side persons have said that a record is, by id."""
        return self.chosen.get((side, kind, record_id), ())

    def question(self, side: Side, kind: Kind, record_id: str) -> str:
        """What an open question about a record says; "" for none."""
        return self.asked.get((side, kind, record_id), "")

    def dismissed_before(self, side: Side, kind: Kind, record_id: str) -> tuple[str, ...]:
        """What persons were told about a record and left before somebody edited it: it counts no more."""
        return self.left_before.get((side, kind, record_id), ())

    def dismissed(self, side: Side, kind: Kind, record_id: str) -> tuple[str, ...]:
        """What persons were told about a record and left."""
        return self.left.get((side, kind, record_id), ())


async def load(tx: Transaction, connection_id: str, ids: Collection[str] | None = None) -> Matters:
    """The matters of a connection; of questions about one record, those about records with these ids, and those about money
    that outlives its receipt, whose payment alone may be looked at.

    A conflict is none of them, since one side's value went on and both have it; but one whose value was put back on one
    side only, as the other side refused it, is a question (`there`), where it is about what a tie-out compares.
    """
    found = await tx.execute(
        f"SELECT side, record_kind, record_id, state, summary, kind, resolution, resolved_by, resolved_at, {_EDITED} AS edited,"
        " coalesce(detail ->> 'chosen', '') AS chosen FROM attention a WHERE connection_id = %(c)s"
        " AND record_id <> '' AND (state = 'open' OR resolved_by <> 'sync') AND record_kind IN ('sale', 'receipt')"
        " AND (key NOT LIKE %(settled)s OR state = 'open' AND detail -> 'losing' ? 'there'"
        "  AND detail -> 'losing' -> 'fields' ?| %(compared)s)"
        " AND (%(ids)s::text[] IS NULL OR record_id = ANY(%(ids)s) OR kind = %(cleared)s) ORDER BY created_at, id",
        {
            "c": connection_id,
            "settled": "conflict:%",
            "compared": list(_COMPARED),
            "cleared": locked_periods.CLEARED,
            "ids": None if ids is None else sorted(ids),
        },
    )
    asked: dict[Record, str] = {}
    left: dict[Record, list[str]] = defaultdict(list)
    before: dict[Record, list[str]] = defaultdict(list)
    chosen: dict[Record, list[str]] = defaultdict(list)
    held: dict[str, dict[Record, list[str]]] = {kind: defaultdict(list) for kind in locked_periods.KINDS}
    async for row in found:
        record = (row["side"], row["record_kind"], row["record_id"])
        if row["state"] == "open":
            asked.setdefault(record, row["summary"])
        elif row["kind"] in held and row["resolution"] in _LEFT:
            day, how = row["resolved_at"], _LEFT[row["resolution"]]
            held[row["kind"]][record].append(f"{row['summary']} {row['resolved_by']} {how} on {day_in_words(day)}.")
        elif row["kind"] not in held:
            did = "left it so" if row["resolution"] == "dismiss" else "answered"
            told = f"{row['summary']} {row['resolved_by']} {did} on {day_in_words(row['resolved_at'])}."
            (before if row["edited"] else left)[record].append(told)
        if row["chosen"]:
            chosen[record].append(row["chosen"])
    let_be = await _let_be(tx, connection_id)
    locked, cleared = (_frozen(held[kind]) for kind in (locked_periods.KIND, locked_periods.CLEARED))
    return Matters(
        asked, _frozen(left), _frozen(chosen), let_be, left_before=_frozen(before), locked=locked, cleared=cleared
    )


async def _let_be(tx: Transaction, connection_id: str) -> dict[str, str]:
    found = await tx.execute(
        "SELECT key, summary, resolved_by, resolved_at FROM (SELECT DISTINCT ON (a.key) a.key, a.summary, a.state,"
        " a.resolution, a.resolved_by, a.resolved_at FROM attention a"
        " WHERE a.connection_id = %(c)s AND a.key IN (SELECT d.waits_for FROM pending_change d"
        " WHERE d.connection_id = %(c)s AND d.parked) ORDER BY a.key, a.created_at DESC, a.id DESC) latest"
        " WHERE state <> 'open' AND resolution = 'dismiss' ORDER BY key",
        {"c": connection_id},
    )
    return {
        row["key"]: f"{row['summary']} {row['resolved_by']} left it so on {day_in_words(row['resolved_at'])}."
        for row in await found.fetchall()
    }


def _frozen(found: Mapping[Record, list[str]]) -> dict[Record, tuple[str, ...]]:
    return {record: tuple(texts) for record, texts in found.items()}
