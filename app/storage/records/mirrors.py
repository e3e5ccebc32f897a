"""What we last saw of both sides, and which of it is news: pages are saved in bulk and queue what has changed.

Matching looks candidates up by natural keys that are kept beside each record: normalised e-mail, name and number, the
contact, the amount (`mirror_rows`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.model.records import (
    Kind,
    Side,
    Snapshot,
)
from app.storage.clauses import Clause, carry_out
from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.records import search
from app.storage.records.mirror_rows import COLUMNS, KEYS_VERSION, hashed, key_columns, paid_key, rows_of, snapshot_of
from app.storage.records.search import Key

_SAVE = (
    """incoming AS (
    SELECT * FROM jsonb_to_recordset(%(mirrored)s::jsonb) AS r(
        side text, kind text, record_id text, version text, record jsonb, deleted boolean, deleted_with text,
        merged_into text, marker text, extras jsonb, modified_at timestamptz, digest text,
        key_email text, key_name text, key_number text, key_contact text, key_amount numeric, people_keys bigint[],
        pays text[], vocabulary integer, search_keys text[])
), saved AS (
    INSERT INTO mirror AS m (connection_id, side, kind, record_id, version, record, deleted, deleted_with, merged_into,
        marker, extras, modified_at, digest, seen_at, key_email, key_name, key_number, key_contact, key_amount,
        people_keys, pays, keys_version, vocabulary, account_version, moved_at)
    SELECT %(connection_id)s, side, kind, record_id, version, record, deleted, deleted_with, merged_into, marker, extras,
        modified_at, digest, %(now)s, key_email, key_name, key_number, key_contact, key_amount,
        coalesce(people_keys, '{}'), coalesce(pays, '{}'), %(version)s, vocabulary,
        CASE WHEN side = 'quickbooks' AND kind = 'receipt' AND record IS NOT NULL THEN version ELSE '' END, %(now)s
    FROM incoming ORDER BY side, kind, record_id
    ON CONFLICT (connection_id, side, kind, record_id) DO UPDATE SET
        version = excluded.version, record = coalesce(excluded.record, m.record), deleted = excluded.deleted,
        deleted_with = excluded.deleted_with, extras = excluded.extras,
        merged_into = CASE WHEN excluded.side = 'quickbooks' AND excluded.merged_into = ''
            AND excluded.record->>'active' = 'false' THEN m.merged_into ELSE excluded.merged_into END,
        marker = CASE WHEN excluded.marker <> '' THEN excluded.marker ELSE m.marker END,
        modified_at = excluded.modified_at, digest = excluded.digest, seen_at = excluded.seen_at,
        key_email = excluded.key_email, key_name = excluded.key_name, key_number = excluded.key_number,
        key_contact = excluded.key_contact, key_amount = excluded.key_amount, people_keys = excluded.people_keys,
        pays = excluded.pays,
        keys_version = excluded.keys_version, vocabulary = excluded.vocabulary,
        account_version = CASE WHEN excluded.account_version = '' OR excluded.record ->> 'channel' = m.record ->> 'channel'
            THEN m.account_version ELSE excluded.account_version END,
        moved_at = CASE WHEN m.deleted = excluded.deleted AND (excluded.record IS NULL
            OR (m.record -> 'money', m.record #> '{payment,amount}', m.record -> 'date', m.record -> 'number',
                m.record -> 'voided', m.record -> 'status', m.record -> 'channel')
            IS NOT DISTINCT FROM (excluded.record -> 'money', excluded.record #> '{payment,amount}',
                excluded.record -> 'date', excluded.record -> 'number', excluded.record -> 'voided',
                excluded.record -> 'status', excluded.record -> 'channel'))
            THEN m.moved_at ELSE excluded.moved_at END
), due AS (
    INSERT INTO settlement_due (connection_id, side, kind, record_id)
    SELECT %(connection_id)s, i.side, i.kind, i.record_id FROM incoming i
    LEFT JOIN mirror m ON m.connection_id = %(connection_id)s AND m.side = i.side AND m.kind = i.kind
        AND m.record_id = i.record_id
    WHERE i.kind IN ('sale', 'receipt') AND (m.record_id IS NULL OR m.digest <> i.digest OR m.deleted <> i.deleted
            OR m.record ->> 'paid' IS DISTINCT FROM i.record ->> 'paid')
        AND (i.kind = 'receipt' OR i.side = 'quickbooks' AND coalesce(i.record ->> 'paid', m.record ->> 'paid') IS NOT NULL)
    ORDER BY i.side, i.kind, i.record_id
    ON CONFLICT DO NOTHING
"""
    + search.KEEP
    + ")"
)

_NEWS = """, news AS (
    SELECT i.side, i.kind, i.record_id,
        CASE WHEN m.modified_at IS NULL OR i.modified_at > m.modified_at THEN i.modified_at END AS edited_at
    FROM incoming i
    LEFT JOIN mirror m ON m.connection_id = %(connection_id)s AND m.side = i.side AND m.kind = i.kind
        AND m.record_id = i.record_id
    WHERE m.record_id IS NULL OR m.digest <> i.digest OR m.deleted <> i.deleted OR m.merged_into <> i.merged_into
        OR i.side = 'quickbooks' AND i.kind = 'sale' AND m.record ->> 'paid' IS DISTINCT FROM i.record ->> 'paid'
            AND EXISTS (SELECT 1 FROM link l JOIN link c ON c.connection_id = %(connection_id)s AND c.kind = 'sale'
                AND c.oncord_id = l.oncord_id AND c.state = 'live' AND c.part ~ '^(cancelled$|difference:)'
                WHERE l.connection_id = %(connection_id)s AND l.kind = 'sale' AND l.quickbooks_id = i.record_id
                AND l.state = 'live')
)"""

_SAVE_AND_MARK = (
    f"WITH {_SAVE}{_NEWS}"
    """
INSERT INTO pending_change AS d (connection_id, side, kind, record_id, generation, first_changed_at, last_changed_at, mirrored,
    edited_at)
SELECT %(connection_id)s, side, kind, record_id, 1, %(now)s, %(now)s, true, least(edited_at, %(now)s) FROM news
ORDER BY side, kind, record_id
ON CONFLICT (connection_id, side, kind, record_id) DO UPDATE SET
    generation = d.generation + 1, last_changed_at = excluded.last_changed_at, mirrored = true, not_before = NULL,
    parked = false, waits_for = '', reason = '', refused = false
RETURNING d.side, d.kind, d.record_id
"""
)


def _saved(connection_id: str, snapshots: Sequence[Snapshot], now: datetime) -> dict[str, Any]:
    rows = rows_of(connection_id, snapshots)
    return {"mirrored": rows, "connection_id": connection_id, "now": now, "version": KEYS_VERSION}


async def save_and_mark(
    tx: Transaction, connection_id: str, snapshots: Sequence[Snapshot], now: datetime
) -> list[tuple[Side, Kind, str]]:
    """Save what a side has told and queue what differs from before in anything that the merge looks at; of a cancelled sale's
    documents also in what is still open of them (S5).

    A deleted record keeps the content that we last saw, and an inactive customer into which other it was merged: only
    an event tells that, once. Answers the records that were queued.
    """
    if not snapshots:
        return []
    result = await tx.execute(_SAVE_AND_MARK, _saved(connection_id, snapshots, now))
    return [(Side(r["side"]), Kind(r["kind"]), r["record_id"]) for r in await result.fetchall()]


async def save(tx: Transaction, connection_id: str, snapshots: Sequence[Snapshot], now: datetime) -> None:
    """Save records without marking anything: what our own writes returned, or what was read again to be planned now."""
    await carry_out(tx, [saving(connection_id, snapshots, now)])


def saving(connection_id: str, snapshots: Sequence[Snapshot], now: datetime) -> Clause | None:
    """The same (`save`) beside other changes."""
    return Clause(_SAVE, _saved(connection_id, snapshots, now)) if snapshots else None


async def note_paid(tx: Transaction, connection_id: str, moved: Mapping[str, Decimal], now: datetime) -> None:
    """Note that so much more (below zero: less) of some documents of the books is settled, by id."""
    if moved:
        rows = [{"i": record_id, "a": str(amount)} for record_id, amount in sorted(moved.items())]
        await tx.execute(
            "UPDATE mirror m SET seen_at = %s, record = jsonb_set(m.record, '{paid}', to_jsonb(trim_scale("
            "coalesce(m.record ->> 'paid', '0')::numeric + r.a::numeric)::text))"
            " FROM jsonb_to_recordset(%s::jsonb) AS r(i text, a text) WHERE m.connection_id = %s"
            " AND m.side = 'quickbooks' AND m.kind = 'sale' AND m.record_id = r.i AND m.record IS NOT NULL",
            (now, dump(rows), connection_id),
        )


async def load(tx: Transaction, connection_id: str, side: Side, kind: Kind, ids: Iterable[str]) -> dict[str, Snapshot]:
    """The mirrored records of one side and kind, by id; those never seen are left out."""
    wanted = sorted({i for i in ids if i})
    if not wanted:
        return {}
    result = await tx.execute(
        f"SELECT {COLUMNS} FROM mirror WHERE connection_id = %s AND side = %s AND kind = %s AND record_id = ANY(%s) "
        "ORDER BY record_id",
        (connection_id, side, kind, wanted),
    )
    return {row["record_id"]: snapshot_of(row) for row in await result.fetchall()}


async def load_several(tx: Transaction, connection_id: str, keys: Sequence[Key]) -> dict[Key, Snapshot]:
    """The mirrored records of several sides and kinds, in the order of their keys; those never seen are left out."""
    if not keys:
        return {}
    sides, kinds, ids = zip(*dict.fromkeys(keys), strict=True)
    result = await tx.execute(
        f"SELECT {COLUMNS} FROM unnest(%s::text[], %s::text[], %s::text[]) AS r(side, kind, record_id)"
        " JOIN mirror m USING (side, kind, record_id) WHERE m.connection_id = %s ORDER BY side, kind, record_id",
        (list(sides), list(kinds), list(ids), connection_id),
    )
    found = {(s.side, s.kind, s.id): s for s in map(snapshot_of, await result.fetchall())}
    return {key: found[key] for key in keys if key in found}


async def candidates(
    tx: Transaction,
    connection_id: str,
    side: Side,
    kind: Kind,
    *,
    people: Iterable[str] = (),
    names: Iterable[str] = (),
    numbers: Iterable[str] = (),
    contacts: Iterable[str] = (),
    linked: bool = False,
) -> list[Snapshot]:
    """Records of one side that still exist, share a natural key and were never linked (matching before creating).

    Contacts are found by the keys of `people`; one whose counterpart was deleted may go on with another, and counts.
    `linked` adds those with a live link: a contact may get a further customer.
    """
    own = "oncord_id" if side is Side.ONCORD else "quickbooks_id"
    link = f"SELECT 1 FROM link l WHERE l.connection_id = m.connection_id AND l.kind = m.kind AND l.{own} = m.record_id"
    taken = f"{link} AND l.state IN ('live', 'shared')" if kind is Kind.CONTACT else link
    found: dict[str, Snapshot] = {}
    for condition, keys in (
        ("people_keys && %(keys)s::bigint[] AND kind = 'contact'", hashed(connection_id, side, people)),
        ("key_name = ANY(%(keys)s) AND key_name <> ''", names),
        ("key_number = ANY(%(keys)s) AND key_number <> ''", numbers),
        ("key_contact = ANY(%(keys)s) AND key_contact <> ''", contacts),
    ):
        wanted = sorted({k for k in keys if k}, key=str)
        if not wanted:
            continue
        result = await tx.execute(
            f"SELECT {COLUMNS} FROM own_mirror m WHERE connection_id = %(c)s AND side = %(s)s AND kind = %(k)s "
            f"AND {condition} AND NOT deleted AND (NOT EXISTS ({taken})"
            + (f" OR EXISTS ({link} AND l.state = 'live')" if linked else "")
            + ") ORDER BY record_id",
            {"c": connection_id, "s": side, "k": kind, "keys": wanted},
        )
        for row in await result.fetchall():
            found[row["record_id"]] = snapshot_of(row)
    return list(found.values())


async def names_at(tx: Transaction, connection_id: str, addresses: Iterable[str]) -> dict[str, list[str]]:
    """The names, as they are displayed, that each of these e-mail addresses goes by on both sides."""
    asked = {h: a for a in addresses for side in Side for h in hashed(connection_id, side, [f"@{a}"])}
    if not asked:
        return {}
    result = await tx.execute(
        "SELECT k AS key, (array_agg(DISTINCT m.key_name ORDER BY m.key_name))[1:40] AS names FROM own_mirror m, "
        "unnest(m.people_keys) AS k WHERE m.connection_id = %(c)s AND m.kind = 'contact' AND NOT m.deleted "
        "AND m.people_keys && %(keys)s::bigint[] AND k = ANY(%(keys)s) GROUP BY k ORDER BY k",
        {"c": connection_id, "keys": sorted(asked)},
    )
    found: dict[str, list[str]] = {}
    for row in await result.fetchall():
        found.setdefault(asked[row["key"]], []).extend(row["names"])
    return found


async def refresh_keys(tx: Transaction, connection_id: str, *, limit: int = 1000) -> int:
    """Work out anew what some records of an earlier version are looked up by; answers how many there were."""
    result = await tx.execute(
        f"SELECT {COLUMNS} FROM mirror WHERE connection_id = %s AND keys_version < %s "
        "ORDER BY kind, side, record_id LIMIT %s",
        (connection_id, KEYS_VERSION, limit),
    )
    known = [snapshot_of(row) for row in await result.fetchall()]
    rows = [{"side": s.side, "kind": s.kind, "record_id": s.id, **key_columns(connection_id, s)} for s in known]
    await tx.execute(_REFRESH, {"connection_id": connection_id, "rows": dump(rows), "v": KEYS_VERSION})
    return len(known)


_REFRESH = (
    """
WITH incoming AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(side text, kind text, record_id text, key_email text, key_name text,
        key_number text, key_contact text, key_amount numeric, people_keys bigint[], search_keys text[])
"""
    + search.KEEP
    + """
)
UPDATE mirror m SET key_email = r.key_email, key_name = r.key_name, key_number = r.key_number, key_contact = r.key_contact,
    key_amount = r.key_amount, people_keys = coalesce(r.people_keys, '{}'), keys_version = %(v)s FROM incoming r
WHERE m.connection_id = %(connection_id)s AND m.side = r.side AND m.kind = r.kind AND m.record_id = r.record_id
"""
)


async def names_taken(
    tx: Transaction, connection_id: str, side: Side, names: Iterable[str], kind: Kind = Kind.CONTACT
) -> dict[str, str]:
    """Which of these normalised names of contacts (or items) a side already uses, with the id of the record that has it."""
    wanted = sorted({n for n in names if n})
    if not wanted:
        return {}
    result = await tx.execute(
        "SELECT m.key_name, m.record_id FROM unnest(%s::text[]) AS w(name) CROSS JOIN LATERAL (SELECT key_name, record_id"
        " FROM mirror WHERE connection_id = %s AND side = %s AND kind = %s AND key_name = w.name AND key_name <> ''"
        " AND NOT deleted OFFSET 0) m ORDER BY key_name, record_id",
        (wanted, connection_id, side, kind),
    )
    return {row["key_name"]: row["record_id"] for row in await result.fetchall()}


async def ids(
    tx: Transaction, connection_id: str, side: Side, kind: Kind, *, without: Iterable[str] = ()
) -> frozenset[str]:
    """The ids of all records that the mirror holds as existing, those `without` left out."""
    result = await tx.execute(
        "SELECT record_id FROM mirror WHERE connection_id = %s AND side = %s AND kind = %s AND NOT deleted "
        "AND NOT EXISTS (SELECT 1 FROM unnest(%s::text[]) AS w(id) WHERE w.id = record_id) ORDER BY record_id",
        (connection_id, side, kind, list(without)),
    )
    return frozenset([row["record_id"] for row in await result.fetchall()])


async def that_pay(tx: Transaction, connection_id: str, side: Side, sale_id: str) -> list[Snapshot]:
    """The receipts of one side that are allocated to a sale, whoever they belong to."""
    return await that_pay_any(tx, connection_id, side, [sale_id])


async def that_pay_any(tx: Transaction, connection_id: str, side: Side, sale_ids: Iterable[str]) -> list[Snapshot]:
    """The receipts of one side that are allocated to any of these sales."""
    result = await tx.execute(
        f"SELECT {COLUMNS} FROM own_mirror WHERE connection_id = %s AND side = %s AND kind = 'receipt' AND NOT deleted "
        "AND pays && %s::text[] ORDER BY record_id",
        (connection_id, side, [paid_key(connection_id, side, sale_id) for sale_id in sale_ids]),
    )
    return [snapshot_of(row) for row in await result.fetchall()]


async def money_on(
    tx: Transaction, connection_id: str, side: Side, sale_ids: Iterable[str], *, linked: bool
) -> list[Snapshot]:
    """The receipts of one side that pay some sales, whoever they belong to: those that have or had a counterpart
    (`linked`), or those that never had one."""
    keys = [paid_key(connection_id, side, sale_id) for sale_id in sorted({i for i in sale_ids if i})]
    if not keys:
        return []
    own = "oncord_id" if side is Side.ONCORD else "quickbooks_id"
    known = "EXISTS" if linked else "NOT EXISTS"
    result = await tx.execute(
        f"SELECT {COLUMNS} FROM own_mirror m WHERE connection_id = %s AND side = %s AND kind = 'receipt' AND NOT deleted"
        f" AND pays && %s::text[] AND {known} (SELECT 1 FROM link l WHERE l.connection_id = m.connection_id"
        f" AND l.kind = 'receipt' AND l.{own} = m.record_id) ORDER BY record_id",
        (connection_id, side, keys),
    )
    return [snapshot_of(row) for row in await result.fetchall()]


async def refunds_of(tx: Transaction, connection_id: str, contact_ids: Iterable[str]) -> list[Snapshot]:
    """The refunds in Oncord of some of its contacts that have or had a counterpart."""
    result = await tx.execute(
        f"SELECT {COLUMNS} FROM mirror m WHERE connection_id = %s AND side = 'oncord' AND kind = 'receipt'"
        " AND key_contact = ANY(%s) AND key_contact <> '' AND NOT deleted AND (record #>> '{payment,amount}')::numeric < 0"
        " AND EXISTS (SELECT 1 FROM link l WHERE l.connection_id = m.connection_id AND l.kind = 'receipt'"
        " AND l.oncord_id = m.record_id) ORDER BY record_id",
        (connection_id, sorted(set(contact_ids))),
    )
    return [snapshot_of(row) for row in await result.fetchall()]


async def of_contacts(
    tx: Transaction, connection_id: str, side: Side, kind: Kind, contact_ids: Iterable[str]
) -> list[Snapshot]:
    """The sales or receipts of some contacts of one side that still exist."""
    result = await tx.execute(
        f"SELECT {COLUMNS} FROM mirror WHERE connection_id = %s AND side = %s AND kind = %s AND key_contact = ANY(%s) "
        "AND key_contact <> '' AND NOT deleted ORDER BY record_id",
        (connection_id, side, kind, sorted(set(contact_ids))),
    )
    return [snapshot_of(row) for row in await result.fetchall()]
