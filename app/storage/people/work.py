"""Open items counted for the list of work: by kind, and by what there is to do about them, with what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.storage.database import Transaction
from app.storage.people.attention import CAUSE_OF, SHOWN, WORDS_OF_CAUSE

CAUSES_SHOWN = 200
"""So many causes are told at most."""


@dataclass(frozen=True, slots=True)
class Group:
    """The open items of one kind: how many there are, of how many records, and what these come to, by currency."""

    kind: str
    items: int
    records: int
    amounts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Cause:
    """The open items of one kind that have one cause, or what one of them counts of one payment method.

    `sort` says what `words` are: the name of a "method", what it is "about", the "advice", or the "rule". `cause` names it; "" of a method,
    whose item has others, too.
    """

    kind: str
    cause: str
    sort: str
    words: str
    items: int
    records: int
    amounts: Mapping[str, str]


async def causes(tx: Transaction, connection_id: str) -> list[Cause]:
    """The open items by kind and cause, the largest first: so many at most."""
    cursor = await tx.execute(
        f"WITH shown AS (SELECT kind, subject, detail, {CAUSE_OF} AS cause, {WORDS_OF_CAUSE} AS words, CASE WHEN detail ? 'about' THEN 'about'"
        "  WHEN advice <> '' THEN 'advice' ELSE 'rule' END AS sort, greatest(1, coalesce((detail ->> 'count')::bigint, 1)) AS records"
        f" FROM attention a WHERE connection_id = %s AND state = 'open' AND {SHOWN}), parts AS ("
        " SELECT s.kind, '' AS cause, 'method' AS sort, coalesce(nullif(m ->> 'name', ''), m ->> 'id') AS words, 1 AS items,"
        "  (m ->> 'receipts')::bigint AS records, m ->> 'currency' AS currency, (m ->> 'amount')::numeric AS amount"
        " FROM shown s CROSS JOIN jsonb_array_elements(s.detail -> 'methods') m WHERE s.detail ? 'methods'"
        " UNION ALL SELECT s.kind, s.cause, s.sort, s.words, 1, s.records, '', NULL FROM shown s WHERE NOT s.detail ? 'methods'"
        " UNION ALL SELECT s.kind, s.cause, s.sort, s.words, 0, 0, m.currency, m.amount FROM shown s CROSS JOIN LATERAL ("
        "  SELECT w ->> 'currency' AS currency, (w ->> 'amount')::numeric AS amount FROM jsonb_array_elements(coalesce(s.detail -> 'waiting', '[]')) w"
        "  UNION ALL SELECT e.key, e.value::numeric FROM jsonb_each_text("
        "   CASE WHEN jsonb_typeof(s.detail -> 'amounts') = 'object' THEN s.detail -> 'amounts' ELSE '{}' END) e"
        "  UNION ALL SELECT s.subject ->> 'currency', (s.subject ->> 'amount')::numeric WHERE NOT s.detail ?| array['waiting', 'amounts']) m"
        "  WHERE NOT s.detail ? 'methods'), sums AS ("
        " SELECT kind, cause, sort, words, currency, sum(items) AS items, sum(records) AS records, sum(amount) AS amount FROM parts"
        " GROUP BY kind, cause, sort, words, currency)"
        " SELECT kind, cause, sort, words, sum(items)::bigint AS items, sum(records)::bigint AS records,"
        " coalesce(jsonb_object_agg(currency, amount::text) FILTER (WHERE currency <> '' AND amount IS NOT NULL), '{}') AS amounts"
        " FROM sums GROUP BY kind, cause, sort, words ORDER BY records DESC, kind, words LIMIT %s",
        (connection_id, CAUSES_SHOWN),
    )
    return [Cause(**row) for row in await cursor.fetchall()]


async def groups(tx: Transaction, connection_id: str) -> list[Group]:
    """The open items by their kind, the largest group first. An item about many records counts with what it says of them."""
    cursor = await tx.execute(
        "WITH shown AS (SELECT id, kind, subject, detail, greatest(1, coalesce((detail ->> 'count')::bigint, (SELECT"
        " sum((w ->> 'receipts')::bigint) FROM jsonb_array_elements(coalesce(detail -> 'methods', '[]')) w), 1)) AS records"
        f" FROM attention a WHERE connection_id = %s AND state = 'open' AND {SHOWN}), money AS ("
        " SELECT s.kind, m.currency, sum(m.amount) AS amount FROM shown s CROSS JOIN LATERAL ("
        "  SELECT w ->> 'currency' AS currency, (w ->> 'amount')::numeric AS amount"
        "  FROM jsonb_array_elements(coalesce(s.detail -> 'waiting', s.detail -> 'methods', '[]')) w"
        "  UNION ALL SELECT e.key, e.value::numeric FROM jsonb_each_text("
        "   CASE WHEN jsonb_typeof(s.detail -> 'amounts') = 'object' THEN s.detail -> 'amounts' ELSE '{}' END) e"
        "  UNION ALL SELECT s.subject ->> 'currency', (s.subject ->> 'amount')::numeric"
        "  WHERE NOT s.detail ?| array['waiting', 'methods', 'amounts']) m"
        " WHERE m.currency <> '' AND m.amount IS NOT NULL GROUP BY s.kind, m.currency)"
        " SELECT s.kind, count(*) AS items, sum(s.records)::bigint AS records, (SELECT coalesce(jsonb_object_agg(m.currency,"
        "  m.amount::text), '{}') FROM money m WHERE m.kind = s.kind) AS amounts FROM shown s GROUP BY s.kind"
        " ORDER BY records DESC, s.kind",
        (connection_id,),
    )
    return [Group(**row) for row in await cursor.fetchall()]
