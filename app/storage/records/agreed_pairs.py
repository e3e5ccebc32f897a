"""What pairs have come to agree on, many of them in one statement: it makes their links, or sets the bases of those that are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.link_part import Part, format_part
from app.domain.model.links import Origin
from app.domain.model.records import Kind, Record
from app.storage.clauses import Clause, carry_out
from app.storage.database import Transaction
from app.storage.encoding import dump, record_to_json


@dataclass(frozen=True, slots=True)
class AgreedPair:
    """Two records that are one thing, and what each of them holds now that they agree.

    A base that is None leaves the one that is there. `vocabulary`: the one that the bases are written in, None for the
    present one.
    """

    kind: Kind
    oncord_id: str
    quickbooks_id: str
    origin: Origin
    generation: int
    part: Part
    base_oncord: Record | None
    base_quickbooks: Record | None
    vocabulary: int | None = None


_AGREE = """agreed AS (
INSERT INTO link AS l (connection_id, kind, oncord_id, quickbooks_id, origin, state, generation, part,
    base_oncord, base_quickbooks, vocabulary, created_at, updated_at)
SELECT %(c)s, r.kind, r.o, r.q, r.origin, 'live', r.generation, CASE WHEN x.id IS NULL THEN r.part ELSE r.q END,
    r.bo, r.bq, r.vocabulary, %(now)s, %(now)s
FROM jsonb_to_recordset(%(pairs)s::jsonb) AS r(place int, kind text, o text, q text, origin text, generation int, part text,
    vocabulary int, bo jsonb, bq jsonb)
LEFT JOIN LATERAL (SELECT id FROM link WHERE connection_id = %(c)s AND kind = r.kind AND oncord_id = r.o AND part = r.part
    AND state = 'live' AND quickbooks_id <> r.q OFFSET 0) x ON true
ORDER BY r.place
ON CONFLICT (connection_id, kind, quickbooks_id) WHERE state = 'live' DO UPDATE SET
    base_oncord = coalesce(excluded.base_oncord, l.base_oncord),
    base_quickbooks = coalesce(excluded.base_quickbooks, l.base_quickbooks),
    vocabulary = excluded.vocabulary, updated_at = excluded.updated_at
RETURNING id, kind, quickbooks_id
)"""


async def agree(
    tx: Transaction,
    connection_id: str,
    pairs: Sequence[AgreedPair],
    now: datetime,
    beside: Sequence[Clause | None] = (),
) -> list[int]:
    """Remember that records are one thing and hold this now, one after the other; `beside` is carried out by the last statement.
    Answers the ids of their links.

    The origin of a link that exists is never changed. Where the Oncord record already has another live link of this
    part, the new one stands beside it under a part of its own.
    """
    ids: list[int] = []
    statements = _independent(pairs)
    for place, together in enumerate(statements, 1):
        others = beside if place == len(statements) else ()
        rows = await carry_out(tx, [_agreeing(connection_id, together, now), *others])
        made = {(row["kind"], row["quickbooks_id"]): int(row["id"]) for row in rows}
        ids += [made[each.kind, each.quickbooks_id] for each in together]
    if not statements:
        await carry_out(tx, beside)
    return ids


def _agreeing(connection_id: str, pairs: Sequence[AgreedPair], now: datetime) -> Clause:
    rows = "[" + ",".join(_row(place, each) for place, each in enumerate(pairs)) + "]"
    return Clause(_AGREE, {"c": connection_id, "pairs": rows, "now": now}, "SELECT id, kind, quickbooks_id FROM agreed")


def _independent(pairs: Sequence[AgreedPair]) -> list[list[AgreedPair]]:
    """The pairs in as few statements as may be: no two of one are about the same record of QuickBooks, or want the same
    part of a record of Oncord."""
    statements: list[list[AgreedPair]] = []
    taken: set[tuple[object, ...]] = set()
    for each in pairs:
        wants = {(each.kind, each.quickbooks_id), (each.kind, each.oncord_id, each.part)}
        if not statements or taken & wants:
            statements.append([])
            taken = set()
        statements[-1].append(each)
        taken |= wants
    return statements


def _row(place: int, pair: AgreedPair) -> str:
    kind, vocabulary = pair.kind, pair.vocabulary
    row = {
        "place": place,
        "kind": kind,
        "o": pair.oncord_id,
        "q": pair.quickbooks_id,
        "origin": pair.origin,
        "generation": pair.generation,
        "part": format_part(pair.part),
        "vocabulary": vocabulary if vocabulary is not None else DESCRIPTIONS[kind].vocabulary,
    }
    bases = (record_to_json(kind, base) or "null" for base in (pair.base_oncord, pair.base_quickbooks))
    return dump(row)[:-1] + ',"bo":{},"bq":{}}}'.format(*bases)
