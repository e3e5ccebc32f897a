"""The plan of a dry run, as it was shown and is to be carried out: its signatures, and which changed records belong to it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.storage.database import Transaction
from app.storage.encoding import label_from_plain

_CHOSEN = "(%(only)s::text[] IS NULL OR o.id = ANY(%(only)s))"


@dataclass(frozen=True, slots=True)
class Signed:
    """An operation of a plan that does something: its place in the plan, its id, and its signature."""

    sequence: int
    id: str
    sign: str


async def signs(
    tx: Transaction, connection_id: str, plan_id: str, only: Sequence[str] | None, *, after: int, limit: int
) -> list[Signed]:
    """The signatures of a plan in order, from the one after sequence number `after` on; of the operations that were chosen, where some
    were."""
    found = await tx.execute(
        "SELECT o.sequence, o.id, o.preview ->> 'sign' AS sign FROM operation o WHERE o.connection_id = %(c)s AND o.run_id = %(plan)s"
        f" AND o.sequence > %(after)s AND o.preview ? 'sign' AND {_CHOSEN} ORDER BY o.sequence LIMIT %(limit)s",
        {
            "c": connection_id,
            "plan": plan_id,
            "only": None if only is None else list(only),
            "after": after,
            "limit": limit,
        },
    )
    return [Signed(**row) for row in await found.fetchall()]


async def shown(
    tx: Transaction, connection_id: str, plan_id: str, some: Sequence[str], only: Sequence[str] | None
) -> set[str]:
    """Which of these signatures a plan has."""
    found = await tx.execute(
        "SELECT o.preview ->> 'sign' AS sign FROM operation o WHERE o.connection_id = %(c)s AND o.run_id = %(plan)s"
        f" AND o.preview ->> 'sign' = ANY(%(some)s) AND {_CHOSEN}",
        {"c": connection_id, "plan": plan_id, "some": list(some), "only": None if only is None else list(only)},
    )
    return {row["sign"] for row in await found.fetchall()}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen of a plan with all that it needs: operations by id, those that had to be added, and the changed records that
    are to be dealt with ("oncord:sale:7")."""

    ids: tuple[str, ...]
    added: tuple[str, ...]
    records: tuple[str, ...]


async def with_what_it_needs(tx: Transaction, connection_id: str, plan_id: str, ids: Collection[str]) -> Chosen | None:
    """These operations of a plan, with the others of their changed records, and with what makes the records that they need. What is
    made on the way to something else comes alone. None where one of them is none of the plan's."""
    here = {"c": connection_id, "plan": plan_id}
    own = "FROM operation o WHERE o.connection_id = %(c)s AND o.run_id = %(plan)s"
    found = await tx.execute(
        f"SELECT o.id, o.preview ->> 'of' AS of {own} AND o.id = ANY(%(ids)s)", {**here, "ids": list(ids)}
    )
    first = await found.fetchall()
    if {row["id"] for row in first} != set(ids):
        return None
    chosen, records = set(ids), {row["of"] for row in first}
    while True:
        more = await tx.execute(
            f"SELECT o.id, o.preview ->> 'of' AS of, o.preview ? 'on_the_way' AS on_the_way {own} AND NOT o.id = ANY(%(ids)s) AND ("
            "o.preview ->> 'of' = ANY(%(records)s) OR o.preview -> 'makes' ?| (SELECT coalesce(array_agg(n), '{}')"
            f" FROM (SELECT o.preview {own} AND o.id = ANY(%(ids)s)) AS picked,"
            " jsonb_array_elements_text(coalesce(picked.preview -> 'needs', '[]')) AS n))",
            {**here, "ids": sorted(chosen), "records": sorted(records)},
        )
        rows = await more.fetchall()
        if not rows:
            return Chosen(tuple(sorted(chosen)), tuple(sorted(chosen - set(ids))), tuple(sorted(records)))
        chosen |= {row["id"] for row in rows}
        records |= {row["of"] for row in rows if not row["on_the_way"]}


@dataclass(frozen=True, slots=True)
class Left:
    """An operation of a plan that was not done, and the changed record that it belongs to, which waits in the queue. `told`: it was
    told of once more meanwhile."""

    id: str
    record: str
    told: bool


async def left(
    tx: Transaction, connection_id: str, run_id: str, plan_id: str, only: Sequence[str] | None
) -> list[Left]:
    """What a run has left of the plan that it carries out: shown, due, and neither done nor tried nor decided by it."""
    found = await tx.execute(
        "SELECT o.id, o.preview ->> 'of' AS record, NOT d.mirrored AS told FROM pending_change d JOIN operation o"
        " ON o.connection_id = d.connection_id AND o.preview ->> 'of' = d.side || ':' || d.kind || ':' || d.record_id"
        f" WHERE d.connection_id = %(c)s AND NOT d.parked AND o.run_id = %(plan)s AND o.preview ? 'sign' AND {_CHOSEN}"
        " AND NOT EXISTS (SELECT FROM operation r WHERE r.connection_id = d.connection_id AND r.run_id = %(run)s AND r.side = o.side"
        " AND r.kind = o.kind AND r.source_id = o.source_id AND r.state <> 'moved') ORDER BY o.sequence",
        {"c": connection_id, "run": run_id, "plan": plan_id, "only": None if only is None else list(only)},
    )
    return [Left(**row) for row in await found.fetchall()]


async def moved(tx: Transaction, connection_id: str, run_id: str) -> list[tuple[str, str]]:
    """What a run has listed as moved since it was shown: what each is called, and why it was not done."""
    found = await tx.execute(
        "SELECT kind, subject, person, contact, message FROM operation WHERE connection_id = %s AND run_id = %s AND state = 'moved'"
        " ORDER BY sequence",
        (connection_id, run_id),
    )
    rows = [(label_from_plain(row["subject"], row["person"], row["contact"]), row) for row in await found.fetchall()]
    return [(named.label or f"a {row['kind']}", row["message"]) for named, row in rows]


async def done_since(tx: Transaction, connection_id: str, run_id: str, ids: Sequence[str]) -> frozenset[str]:
    """Which of these operations of a dry run another run has done since."""
    result = await tx.execute(
        "SELECT p.id FROM operation p JOIN run r ON r.id = p.run_id WHERE p.connection_id = %s AND p.run_id = %s AND p.id = ANY(%s)"
        " AND p.source_id <> '' AND EXISTS (SELECT 1 FROM operation d WHERE d.connection_id = p.connection_id AND d.side = p.side"
        "  AND d.kind = p.kind AND d.source_id = p.source_id AND d.action = p.action AND d.state = 'done'"
        "  AND d.created_at >= r.requested_at)",
        (connection_id, run_id, list(ids)),
    )
    return frozenset(row["id"] for row in await result.fetchall())
