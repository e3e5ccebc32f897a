"""What should be one, read out of both mirrors: pairs by their live links, and whatever is on one side only.

The whole of a connection is read through cursors of the server's, so that the memory it takes does not grow with it. Of
a payment's customer and of what it pays only names are needed: `people` and `ties` look those up, batch by batch.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain.model.home_amounts import rate_in, total_at_home
from app.domain.model.records import DEPOSITED, UNREADABLE, Kind, Side, all_evened_out
from app.storage.database import Transaction
from app.storage.tieouts import openings, own_writes, paying
from app.storage.tieouts.open_matters import Matters
from app.storage.tieouts.own_writes import UNTOUCHED
from app.tieout.facts import Entry, Group, Held, Lost
from app.tieout.reading import paid_of, read_document, read_lost, read_money, read_settled

BATCH = 500
_MEMBERS = "record_id, record, extras, deleted, seen_at"

_ONE = """
    {0}.record_id AS {0}_id, {0}.record AS {0}_record, {0}.extras AS {0}_extras, {0}.seen_at AS {0}_seen_at,
    {0}_due.parked AS {0}_parked, {0}_due.waits_for AS {0}_waits_for, {0}_due.reason AS {0}_reason,
    {0}_due.refused AS {0}_refused, {0}_due.last_changed_at > {0}.seen_at AND NOT {0}_due.mirrored AS {0}_unread
"""
_DUE = """
    LEFT JOIN pending_change {0}_due ON {0}_due.connection_id = %(c)s AND {0}_due.side = '{1}' AND {0}_due.kind = %(kind)s
        AND {0}_due.record_id = {0}.record_id
"""
_GONE = """
    {1} AS {0}_gone_id, {0}_gone.parked AS {0}_gone_parked, {0}_gone.waits_for AS {0}_gone_waits_for,
    {0}_gone.reason AS {0}_gone_reason
"""
_GONE_DUE = """
    LEFT JOIN pending_change {0}_gone ON {0}_gone.connection_id = %(c)s AND {0}_gone.side = '{1}'
        AND {0}_gone.kind = %(kind)s AND {0}_gone.record_id = {2}
"""
_GONE_THERE, _GONE_HERE = "CASE WHEN q.record_id IS NULL THEN l.quickbooks_id END", "gone.oncord_id"
"""The counterpart that is deleted where the link to it still lives: its deletion waits (S3, R3)."""
_LOST = """
    LEFT JOIN (
        SELECT t.{1} AS record_id, jsonb_agg(jsonb_build_object('side', t.gone, 'origin', t.origin,
            'id', CASE t.gone WHEN 'oncord' THEN t.oncord_id ELSE t.quickbooks_id END,
            'there', coalesce(NOT m.deleted AND NOT coalesce((m.record ->> 'voided')::boolean, false), false),
            'along', coalesce(starts_with(m.deleted_with, 'contact:'), {2}),
            'beside', (SELECT sum(CASE b.record ->> 'type' WHEN 'adjustment' THEN -1 ELSE 1 END
                * coalesce(b.record #>> '{{{{money,total}}}}', '0')::numeric)::text
                FROM link x JOIN mirror b ON b.connection_id = %(c)s AND b.side = 'quickbooks' AND b.kind = 'sale'
                    AND b.record_id = x.quickbooks_id AND NOT b.deleted
                    AND NOT coalesce((b.record ->> 'voided')::boolean, false)
                WHERE %(kind)s = 'sale' AND x.connection_id = %(c)s AND x.kind = 'sale' AND x.oncord_id = t.oncord_id
                AND x.state = 'tombstone' AND x.id <> t.id AND EXISTS (SELECT 1 FROM link y WHERE y.connection_id = %(c)s
                    AND y.kind = 'sale' AND y.oncord_id = t.oncord_id AND y.state = 'tombstone' AND y.part = 'cancelled')),
            'left', EXISTS (SELECT 1 FROM link x JOIN mirror b ON b.connection_id = %(c)s AND b.side = 'quickbooks'
                    AND b.kind = 'sale' AND b.record_id = x.quickbooks_id
                    AND (b.deleted OR coalesce((b.record ->> 'voided')::boolean, false))
                WHERE %(kind)s = 'sale' AND x.connection_id = %(c)s AND x.kind = 'sale' AND x.oncord_id = t.oncord_id
                AND x.state = 'tombstone' AND x.id <> t.id AND 'cancelled' IN (x.part, t.part)),
            'last', NOT EXISTS (SELECT 1 FROM link x WHERE x.connection_id = %(c)s AND x.kind = %(kind)s
                AND x.oncord_id = t.oncord_id AND x.state = 'live'),
            'record', m.record) ORDER BY t.id) AS known
        FROM link t LEFT JOIN mirror m ON m.connection_id = %(c)s AND m.side = t.gone AND m.kind = %(kind)s
            AND m.record_id = CASE t.gone WHEN 'oncord' THEN t.oncord_id ELSE t.quickbooks_id END
        WHERE t.connection_id = %(c)s AND t.kind = %(kind)s AND t.state = 'tombstone' {{only_lost}}
        GROUP BY 1
    ) {0}_lost ON {0}_lost.record_id = {0}.record_id
"""
_CONTACT_WENT = """EXISTS (SELECT 1 FROM mirror s JOIN link c ON c.connection_id = %(c)s AND c.kind = 'contact'
    AND c.quickbooks_id = s.record ->> 'contact_id' AND c.state = 'tombstone' AND c.gone = 'oncord'
    WHERE s.connection_id = %(c)s AND s.side = 'quickbooks' AND s.kind = %(kind)s AND s.record_id = t.quickbooks_id)"""
"""Of what was deleted before a mirror was there (a company that has returned, T5): whether its contact was, too."""
_CANCELLATION = "cancelled"
"""The part of the link to what takes a cancelled sale back."""
_DIFFERENCE = "difference:"
"""How the part of the link to a document over a later difference of a sale begins."""
_PAIRED = f"""
SELECT {_ONE.format("o")}, {_ONE.format("q")}, o_lost.known AS o_lost, l.origin, l.part AS q_part, q.version AS q_version,
    {own_writes.PUT_THERE}, {own_writes.PUT_WITH},
    q_paid.amount AS linked_paid, q_moved.moved_at, q_by.parts AS settled_by, o_before.amount AS received_before,
    {_GONE.format("o", _GONE_THERE)}
FROM mirror o
LEFT JOIN link l ON l.connection_id = %(c)s AND l.kind = %(kind)s AND l.oncord_id = o.record_id AND l.state = 'live'
LEFT JOIN mirror q ON q.connection_id = %(c)s AND q.side = 'quickbooks' AND q.kind = %(kind)s
    AND q.record_id = l.quickbooks_id AND NOT q.deleted
{_DUE.format("o", "oncord")} {_DUE.format("q", "quickbooks")} {_GONE_DUE.format("o", "quickbooks", _GONE_THERE)}
{_LOST.format("o", "oncord_id", "false")}
{openings.BEFORE}
{{paying}}
LEFT JOIN settled_otherwise q_by ON %(kind)s = 'sale' AND q_by.connection_id = %(c)s AND q_by.quickbooks_id = q.record_id
WHERE o.connection_id = %(c)s AND o.side = 'oncord' AND o.kind = %(kind)s AND NOT o.deleted {{only}}
ORDER BY o.record_id, q.record_id
"""
_THERE_ONLY = f"""
SELECT {_ONE.format("q")}, q_lost.known AS q_lost, NULL AS o_id,
    q_paid.amount AS linked_paid, q_moved.moved_at, {_GONE.format("q", _GONE_HERE)}
FROM mirror q
LEFT JOIN LATERAL (SELECT l.oncord_id FROM link l WHERE l.connection_id = %(c)s AND l.kind = %(kind)s
    AND l.quickbooks_id = q.record_id AND l.state = 'live' ORDER BY l.id LIMIT 1) gone ON true
{_DUE.format("q", "quickbooks")} {_GONE_DUE.format("q", "oncord", _GONE_HERE)}
{_LOST.format("q", "quickbooks_id", _CONTACT_WENT)}
{{paying}}
WHERE q.connection_id = %(c)s AND q.side = 'quickbooks' AND q.kind = %(kind)s AND NOT q.deleted {{only}}
AND NOT EXISTS (SELECT 1 FROM link l JOIN mirror o ON o.connection_id = %(c)s AND o.side = 'oncord' AND o.kind = %(kind)s
    AND o.record_id = l.oncord_id AND NOT o.deleted
    WHERE l.connection_id = %(c)s AND l.kind = %(kind)s AND l.quickbooks_id = q.record_id AND l.state = 'live')
ORDER BY q.record_id
"""


@dataclass(frozen=True, slots=True)
class Touched:
    """The records of one kind that a run looked at, by side; their counterparts belong to them."""

    oncord: Collection[str] = field(default=())
    quickbooks: Collection[str] = field(default=())


async def groups(
    tx: Transaction, connection_id: str, kind: Kind, matters: Matters, touched: Touched | None = None
) -> AsyncIterator[list[Group]]:
    """The groups of one kind in batches: all of a connection, or those that were touched. Nothing else may be asked of
    the transaction's own cursors by the same names meanwhile."""
    values: dict[str, Any] = {
        "c": connection_id,
        "kind": kind,
        "openings": await openings.paying(tx, connection_id, kind),
    }
    paired, alone = _statements(kind, whole=touched is None)
    if touched is not None:
        values |= await _around(tx, connection_id, kind, touched)
    reader = _Reader(kind, matters)
    for name, statement in (("paired", paired), ("alone", alone)):
        async with tx.cursor(f"tie_out_{name}") as cursor:
            await cursor.execute(statement, values)
            while rows := await cursor.fetchmany(BATCH):
                found = [group for row in rows if (group := reader.take(row)) is not None]
                if found:
                    yield found
        last = reader.end()
        if last is not None:
            yield [last]


def _statements(kind: Kind, *, whole: bool) -> tuple[str, str]:
    """The statements that read pairs, and what is on QuickBooks' side only."""
    of_all, of_each = paying.of_all(kind, whole=whole), paying.of_each(kind)
    if whole:
        nothing = {"only": "", "only_lost": ""}
        return _PAIRED.format(**nothing, paying=of_all), _THERE_ONLY.format(**nothing, paying=of_each)
    here, there = "AND o.record_id = ANY(%(oncord)s)", "AND q.record_id = ANY(%(quickbooks)s)"
    return (
        _PAIRED.format(only=here, only_lost="AND t.oncord_id = ANY(%(oncord)s)", paying=of_all),
        _THERE_ONLY.format(only=there, only_lost="AND t.quickbooks_id = ANY(%(quickbooks)s)", paying=of_each),
    )


async def _around(tx: Transaction, connection_id: str, kind: Kind, touched: Touched) -> dict[str, list[str]]:
    """What was touched with its counterparts, and the customers of its documents: by id, so that each is found by an index."""
    ids = {"oncord": set(touched.oncord), "quickbooks": set(touched.quickbooks)}
    for side, known in (("oncord", touched.oncord), ("quickbooks", touched.quickbooks)):
        rows = await tx.execute(
            f"SELECT oncord_id, quickbooks_id FROM link WHERE connection_id = %s AND kind = %s AND {side}_id = ANY(%s)"
            " ORDER BY id",
            (connection_id, kind, sorted(known)),
        )
        for row in await rows.fetchall():
            ids["oncord"].add(row["oncord_id"])
            ids["quickbooks"].add(row["quickbooks_id"])
    rows = await tx.execute(
        "SELECT DISTINCT key_contact FROM mirror WHERE connection_id = %s AND side = 'quickbooks' AND kind = 'sale'"
        " AND record_id = ANY(%s) AND key_contact <> '' ORDER BY key_contact",
        (connection_id, sorted(ids["quickbooks"])),
    )
    customers = [row["key_contact"] for row in await rows.fetchall()]
    return {**{side: sorted(found) for side, found in ids.items()}, "customers": customers}


class _Reader:
    """Puts rows of one Oncord record together; they come one after the other."""

    def __init__(self, kind: Kind, matters: Matters) -> None:
        self._kind = kind
        self._matters = matters
        self._open: Group | None = None

    def take(self, row: dict[str, Any]) -> Group | None:
        """The group before, where this row begins another one."""
        theirs = (self._entry(row, "q", Side.QUICKBOOKS),) if row["q_id"] is not None else ()
        before = self._open
        ours = self._entry(row, "o", Side.ONCORD) if row["o_id"] is not None else None
        if ours is not None and before is not None and before.oncord is not None and before.oncord.id == ours.id:
            self._open = Group(_with_gone(before.oncord, ours), before.quickbooks + theirs, before.adopted)
            return None
        self._open = Group(ours, theirs, adopted=row.get("origin") == "both")
        return before

    def end(self) -> Group | None:
        """The last one."""
        last, self._open = self._open, None
        return last

    def _entry(self, row: dict[str, Any], name: str, side: Side) -> Entry:
        record, record_id = row[f"{name}_record"] or {}, row[f"{name}_id"]
        known = {
            "held": self._held(row, name),
            "counterpart_held": self._held(row, f"{name}_gone"),
            **self._matters_of(side, record_id, row.get(f"{name}_gone_id") or ""),
            "left_cleared": self._left_cleared(side, record_id, row, name),
            "lost": self._lost(row, name),
            "unreadable": _unreadable(row[f"{name}_extras"]),
            "rate": rate_in(row[f"{name}_extras"]),
            "at_home": total_at_home(row[f"{name}_extras"]),
        }
        if self._kind is Kind.RECEIPT:
            known["untouched"] = side is Side.QUICKBOOKS and row.get("q_version") == UNTOUCHED
            known["put_there"] = side is Side.QUICKBOOKS and bool(row.get("q_put_there"))
            moved = (
                side is Side.QUICKBOOKS and row.get("q_version") not in (None, UNTOUCHED) and not row.get("q_put_with")
            )
            known["changed_there"] = moved
            known["deposited"] = DEPOSITED in row[f"{name}_extras"]
            known["evened"] = all_evened_out(row[f"{name}_extras"])
            return read_money(side.value, record_id, record, share_of=row.get(f"{name}_part") or "", **known)
        if side is Side.QUICKBOOKS:
            known["takes_back"] = row.get("q_part") == _CANCELLATION
            known["adds"] = (row.get("q_part") or "").startswith(_DIFFERENCE)
            known |= openings.opened(row)
            moved_at = row["moved_at"]
            fresh = moved_at is None or row["q_seen_at"] > moved_at
            known |= {"stated_paid": paid_of(record) if fresh else None, "linked_paid": row["linked_paid"] or 0}
            known["untouched"] = row.get("origin") == Side.ONCORD and row.get("q_version") == UNTOUCHED
            known["settled_by"] = read_settled(row.get("settled_by") or ())
        return read_document(side.value, record_id, record, **known)

    def _held(self, row: dict[str, Any], name: str) -> Held | None:
        if row.get(f"{name}_parked") is None:
            return None
        waits_for = row[f"{name}_waits_for"]
        return Held(
            row[f"{name}_parked"],
            waits_for,
            row[f"{name}_reason"],
            refused=bool(row.get(f"{name}_refused")),
            unread=bool(row.get(f"{name}_unread")),
            let_be=self._matters.let_be.get(waits_for, ""),
        )

    def _lost(self, row: dict[str, Any], name: str) -> tuple[Lost, ...]:
        """What it had and was deleted; not while a counterpart is gone of which nobody has concluded anything yet."""
        known = () if row.get(f"{name}_gone_id") else row.get(f"{name}_lost") or ()
        lost = tuple(read_lost(each) for each in known)
        return lost if self._kind is Kind.RECEIPT else lost[-1:]

    def _left_cleared(self, side: Side, record_id: str, row: dict[str, Any], name: str) -> tuple[str, ...]:
        """What was left of money since the bank reconciliation holds it, said of it, of its counterpart, or of one that was
        deleted, beside which it stays."""
        gone = [row.get(f"{name}_gone_id") or "", *(each["id"] for each in row.get(f"{name}_lost") or ())]
        about = [(side, record_id), *((side.other, each) for each in gone)]
        return tuple(told for where, which in about for told in self._matters.left_cleared(where, self._kind, which))

    def _matters_of(self, side: Side, record_id: str, gone_id: str) -> dict[str, Any]:
        """What is asked, and what was left, about a record and its counterpart that is gone."""
        about = ((side, self._kind, record_id), (side.other, self._kind, gone_id))
        asked = [question for each in about if (question := self._matters.question(*each))]
        left = [told for each in about for told in self._matters.dismissed(*each)]
        locked = [told for each in about for told in self._matters.left_locked(*each)]
        chosen = self._matters.said_to_be(side, self._kind, record_id)
        return {
            "question": asked[0] if asked else "",
            "dismissed": tuple(left),
            "dismissed_before": tuple(told for each in about for told in self._matters.dismissed_before(*each)),
            "left_locked": tuple(locked),
            "chosen": chosen,
        }


def _with_gone(entry: Entry, again: Entry) -> Entry:
    """One record that was read with each of its counterparts: one of them may be gone while others are there."""
    return replace(
        entry,
        counterpart_held=entry.counterpart_held or again.counterpart_held,
        question=entry.question or again.question,
        dismissed=tuple(dict.fromkeys((*entry.dismissed, *again.dismissed))),
        dismissed_before=tuple(dict.fromkeys((*entry.dismissed_before, *again.dismissed_before))),
        left_locked=tuple(dict.fromkeys((*entry.left_locked, *again.left_locked))),
        left_cleared=tuple(dict.fromkeys((*entry.left_cleared, *again.left_cleared))),
    )


def _unreadable(extras: Sequence[str]) -> str:
    found = next((extra for extra in extras if extra.startswith(UNREADABLE)), "")
    return found.removeprefix(UNREADABLE).removeprefix(": ") or ("its values" if found else "")
