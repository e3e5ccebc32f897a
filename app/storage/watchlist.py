"""All live connections as their operator looks at them: what is the matter with each, since when, and trouble first.

One statement judges every connection, each matter by an index of its own; what is stuck is judged by `app.freshness`, and handed in.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.storage.connections.connections import State
from app.storage.database import Transaction
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_ranked


class Trouble(StrEnum):
    """What can be the matter with a connection, the worst first."""

    STUCK = "stuck"
    """Something is due, and nobody is going to look at it."""
    RECONNECT = "reconnect"
    BLOCKED = "blocked"
    UNEXPLAINED = "unexplained"
    """Both sides differ, and nothing says why."""
    ACCESS_ENDS = "access_ends"
    """QuickBooks' permission ends soon."""
    BACKLOG = "backlog"
    """Something has waited for longer than it should."""
    READS = "reads"
    """The month's allowance of reads is nearly used up, and it has had more than an even share of it."""
    NOT_SET_UP = "not_set_up"
    """It was never joined, or never configured."""


COUNTED = 1000
"""So many waiting records are counted; of a longer queue it is said that there are so many at least."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on something is a trouble: access that ends before `access_until`, records that wait since before `waiting_since`, more
    than an even share of the `reads` that there are since the first of the `month` (None: reads are no trouble)."""

    access_until: dt.datetime
    waiting_since: dt.datetime
    month: dt.date
    reads: int | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked for: words of a name, an address or a company; one trouble; one state. "" asks for all."""

    text: str = ""
    trouble: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """One connection. `troubles` are the worst first; `since` is that of the worst (of access that ends: when it does)."""

    id: str
    name: str
    site_name: str
    oncord_api_url: str
    company_name: str
    time_zone: str
    """Which clock the site goes by; "" where it never said."""
    state: State
    state_reason: str
    remedy: str
    auto_sync: bool
    troubles: tuple[Trouble, ...]
    since: dt.datetime
    """Of differences and reads the beginning of a day, in UTC."""
    unexplained: int
    waiting: int
    waiting_since: dt.datetime | None
    access_ends: dt.datetime | None
    reads: int
    upkeep: int
    """Reads of them that were no part of synchronising."""
    rank: int


_JUDGED = f"""
WITH matters AS MATERIALIZED (
    SELECT c.id, c.name, coalesce(c.facts #>> '{{oncord,name}}', '') AS site_name, c.oncord_api_url,
        coalesce(c.facts #>> '{{quickbooks,name}}', '') AS company_name,
        coalesce(c.facts #>> '{{oncord,time_zone}}', '') AS time_zone, c.state, c.state_reason, c.remedy, c.auto_sync, c.created_at,
        coalesce(c.state_since, c.created_at) AS state_since, s.since AS stuck_since, u.unexplained, u.since AS unexplained_since,
        w.waiting, w.since AS waiting_since, least(t.refresh_expires_at, t.refresh_hard_expires_at) AS access_ends, r.reads,
        array_remove(ARRAY[
            CASE WHEN s.since IS NOT NULL THEN 'stuck' END,
            CASE c.state WHEN 'reconnect_required' THEN 'reconnect' WHEN 'blocked' THEN 'blocked' END,
            CASE WHEN u.unexplained > 0 THEN 'unexplained' END,
            CASE WHEN least(t.refresh_expires_at, t.refresh_hard_expires_at) < %(access_until)s AND t.dead_since IS NULL
                AND c.state NOT IN ('not_connected', 'reconnect_required') THEN 'access_ends' END,
            CASE WHEN w.since < %(waiting_since)s THEN 'backlog' END,
            CASE WHEN r.reads > %(reads)s::bigint / (SELECT greatest(1, count(*)) FROM connection l WHERE l.archived_at IS NULL) THEN 'reads' END,
            CASE WHEN c.state IN ('not_connected', 'needs_configuration') THEN 'not_set_up' END
        ], NULL) AS troubles
    FROM connection c
    LEFT JOIN unnest(%(stuck)s::text[], %(stuck_since)s::timestamptz[]) AS s(id, since) ON s.id = c.id
    LEFT JOIN token t ON t.connection_id = c.id
    CROSS JOIN LATERAL (SELECT count(*) AS unexplained, min(d.line ->> 'since') AS since FROM tie_out_difference d
        WHERE d.connection_id = c.id AND d.standing AND d.cause = 'unexplained') u
    CROSS JOIN LATERAL (SELECT count(*) AS waiting, min(f.first_changed_at) AS since FROM (
        SELECT d.first_changed_at FROM pending_change d WHERE d.connection_id = c.id AND NOT d.parked
            AND (d.not_before IS NULL OR d.not_before < %(now)s) AND c.state = 'ready' AND c.auto_sync
            AND c.first_sync_completed_at IS NOT NULL LIMIT {COUNTED}) f) w
    CROSS JOIN LATERAL (SELECT coalesce(sum(m.reads), 0)::bigint AS reads FROM read_meter m
        WHERE m.connection_id = c.id AND m.day >= %(month)s AND %(reads)s::bigint IS NOT NULL) r
    WHERE c.archived_at IS NULL AND (%(text)s = '' OR position(%(text)s IN lower(concat_ws(' ', c.name, c.oncord_api_url,
        c.facts #>> '{{oncord,name}}', c.facts #>> '{{quickbooks,name}}'))) > 0)
), ranked AS MATERIALIZED (
    SELECT *, coalesce(array_position(%(order)s::text[], troubles[1]), %(none)s) AS rank, coalesce(CASE troubles[1]
        WHEN 'stuck' THEN stuck_since WHEN 'reconnect' THEN state_since WHEN 'blocked' THEN state_since
        WHEN 'unexplained' THEN (unexplained_since || ' 00:00Z')::timestamptz WHEN 'access_ends' THEN access_ends
        WHEN 'backlog' THEN waiting_since WHEN 'reads' THEN %(month)s::timestamp AT TIME ZONE 'UTC'
        WHEN 'not_set_up' THEN state_since END, created_at) AS since
    FROM matters
)
"""
_LIST = """
, counted AS (
    SELECT jsonb_object_agg(trouble, connections) AS counts FROM (SELECT each.trouble, count(*) AS connections FROM ranked r
        CROSS JOIN LATERAL (SELECT unnest(r.troubles) AS trouble UNION ALL SELECT '' UNION ALL SELECT 'state:' || r.state) each
        GROUP BY each.trouble) sums
), page AS (
    SELECT id, name, site_name, oncord_api_url, company_name, time_zone, state, state_reason, remedy, auto_sync, troubles, since, unexplained,
        waiting, waiting_since, access_ends, rank
    FROM ranked WHERE (%(trouble)s = '' OR %(trouble)s = ANY(troubles)) AND %(state)s IN ('', state)
        AND (%(after_rank)s::int IS NULL OR (rank, since, id) > (%(after_rank)s::int, %(after_since)s, %(after_id)s))
    ORDER BY rank, since, id LIMIT %(limit)s
)
SELECT coalesce(counted.counts, '{}') AS counts, page.*, metered.reads, metered.upkeep
FROM counted LEFT JOIN page ON true
CROSS JOIN LATERAL (SELECT coalesce(sum(m.reads), 0)::bigint AS reads, coalesce(sum(m.upkeep), 0)::bigint AS upkeep
    FROM read_meter m WHERE m.connection_id = page.id AND m.day >= %(month)s) metered
ORDER BY page.rank, page.since, page.id
"""


async def page(
    tx: Transaction,
    looked: Looked,
    limits: Limits,
    stuck: Mapping[str, dt.datetime],
    now: dt.datetime,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> tuple[Page[Watched], dict[str, int]]:
    """Live connections, trouble first, and of one trouble the oldest first. `stuck`: since when something is due there.

    With it how many of those that the text is in have each trouble, are in each state ("state:ready"), and ("") are there at all.
    """
    after = decode_ranked(cursor) if cursor else (None, None, None)
    values = {
        **_values(looked, limits, stuck, now),
        "trouble": looked.trouble,
        "state": looked.state,
        "limit": checked_limit(limit) + 1,
        **dict(zip(("after_rank", "after_since", "after_id"), after, strict=True)),
    }
    found = await (await tx.execute(_JUDGED + _LIST, values)).fetchall()
    counts = dict(found[0]["counts"])
    rows = [_watched(row) for row in found if row["id"] is not None]
    return cut(rows, limit, lambda row: (row.rank, row.since, row.id)), counts


def _watched(row: dict[str, Any]) -> Watched:
    return Watched(
        **{
            **{name: value for name, value in row.items() if name != "counts"},
            "troubles": tuple(Trouble(each) for each in row["troubles"]),
        }
    )


def _values(looked: Looked, limits: Limits, stuck: Mapping[str, dt.datetime], now: dt.datetime) -> dict[str, Any]:
    order = [trouble.value for trouble in Trouble]
    return {
        "text": looked.text.strip().lower(),
        "access_until": limits.access_until,
        "waiting_since": limits.waiting_since,
        "month": limits.month,
        "reads": limits.reads,
        "stuck": list(stuck),
        "stuck_since": list(stuck.values()),
        "order": order,
        "none": len(order) + 1,
        "now": now,
    }
