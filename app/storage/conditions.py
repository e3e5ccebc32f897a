"""What is the case of connections that somebody may have to be told of, and what happened to one in a week.

A fixed number of statements, asked with every sweep: which connections are to be looked at, found by indexes, and all that is the case of those.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.messages.topics import Matter, Standing, Topic
from app.domain.model.currencies import written
from app.domain.model.days import day_in_words
from app.domain.planning.labels import in_a_line
from app.storage.database import Transaction
from app.storage.encoding import label_from_plain
from app.storage.people.attention import SHOWN
from app.storage.runs.written_money import AMOUNT, JOINS, SORT

DAY = dt.timedelta(days=1)
BEHIND = dt.timedelta(minutes=2)
"""So much later than its moments a transaction may become visible: whoever looks at what has come since, looks from so long before on."""
SUMMARIES_AT_ONCE = 500
"""So many connections at the most are summed up with one sweep, the longest due first."""
NAMED = 100
"""So many matters of one condition are known again one by one; of a pile the oldest are."""
_NO_QUESTIONS = ("mass_delete", "blocked")
"""What is told of as a condition of its own."""

_TO_BE_LOOKED_AT = """
SELECT f.connection_id FROM (
    SELECT connection_id FROM told_condition WHERE topic IN ('unexplained', 'stuck', 'held') OR told_at IS NULL OR gone_since IS NOT NULL
    UNION ALL SELECT connection_id FROM tie_out_difference WHERE standing AND cause = 'unexplained'
    UNION ALL SELECT connection_id FROM attention WHERE state = 'open' AND kind = 'mass_delete'
    UNION ALL SELECT id FROM connection WHERE updated_at >= %(since)s
    UNION ALL SELECT connection_id FROM attention WHERE updated_at >= %(since)s
    UNION ALL SELECT connection_id FROM attention WHERE state = 'open' AND created_at >= %(aged_since)s AND created_at <= %(aged)s
    UNION ALL (SELECT connection_id FROM foreseen WHERE summary_at <= %(now)s ORDER BY summary_at LIMIT %(summaries)s)
    UNION ALL (SELECT connection_id FROM foreseen WHERE summary_at IS NULL LIMIT %(summaries)s)
) AS f CROSS JOIN LATERAL (SELECT FROM foreseen l WHERE l.connection_id = f.connection_id OFFSET 0) AS live
GROUP BY f.connection_id ORDER BY f.connection_id
"""
_CONNECTIONS = """
SELECT c.id, c.name, c.state, c.state_reason, c.remedy, coalesce(c.facts #>> '{oncord,time_zone}', '') AS time_zone,
    c.first_sync_completed_at IS NOT NULL AS synchronised, coalesce((SELECT f.summary_at FROM foreseen f WHERE f.connection_id = c.id) <= %(now)s, true) AS summary_due
FROM connection c WHERE c.id = ANY(%(ids)s) AND c.archived_at IS NULL ORDER BY c.id
"""
_UNEXPLAINED = """
SELECT * FROM (SELECT d.connection_id, d.line, d.subjects, count(*) OVER (PARTITION BY d.connection_id) AS count,
    row_number() OVER (PARTITION BY d.connection_id ORDER BY d.tie_out_id, d.position) AS place
    FROM tie_out_difference d WHERE d.standing AND d.cause = 'unexplained' AND d.connection_id = ANY(%(ids)s)) f WHERE place <= %(named)s ORDER BY connection_id, place
"""
_QUESTIONS = f"""
SELECT c.id AS connection_id, q.* FROM connection c CROSS JOIN LATERAL (
    SELECT a.id, a.kind, a.summary, a.subject, a.person, a.contact, count(*) OVER () AS count FROM attention a
    WHERE a.connection_id = c.id AND a.state = 'open' AND {{those}} AND {SHOWN} ORDER BY a.created_at, a.id LIMIT %(named)s) q
WHERE c.id = ANY(%(ids)s) AND c.archived_at IS NULL ORDER BY c.id
"""
_HELD = _QUESTIONS.format(those="a.kind = 'mass_delete'")
_WAITING = _QUESTIONS.format(those="a.created_at <= %(aged)s AND a.kind <> ALL(%(others)s)")
_ORDER = "ARRAY['contact', 'sale', 'adjustment', 'receipt', 'refund']"
_WRITTEN = f"""
SELECT side, {SORT} AS sort, subject ->> 'currency' AS currency, count(*) AS count, sum({AMOUNT}) AS amount
FROM operation WHERE connection_id = %(c)s AND state = 'done' AND action = 'create' AND kind IN ('sale', 'receipt', 'contact')
    AND NOT {JOINS} AND created_at >= %(since)s GROUP BY 1, 2, 3 ORDER BY 1, array_position({_ORDER}, {SORT}), 3
"""
_ANSWERED = f"""
SELECT count(*) FILTER (WHERE a.state = 'open' AND {SHOWN}) AS questions,
    count(*) FILTER (WHERE a.state = 'resolved' AND a.resolved_at >= %(since)s AND a.resolved_by <> 'sync') AS answered
FROM attention a WHERE a.connection_id = %(c)s AND (a.state = 'open' OR a.resolved_at >= %(since)s)
"""
_NOUNS = {
    ("quickbooks", "sale"): ("invoice", "invoices"),
    ("quickbooks", "adjustment"): ("credit memo", "credit memos"),
    ("quickbooks", "receipt"): ("payment", "payments"),
    ("quickbooks", "refund"): ("refund", "refunds"),
    ("quickbooks", "contact"): ("customer", "customers"),
    ("oncord", "sale"): ("sale", "sales"),
    ("oncord", "adjustment"): ("credit", "credits"),
    ("oncord", "receipt"): ("receipt", "receipts"),
    ("oncord", "refund"): ("refund", "refunds"),
    ("oncord", "contact"): ("contact", "contacts"),
}
_CALLED = {"oncord": "Oncord", "quickbooks": "QuickBooks"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A connection with all that is the case of it. `synchronised`: the first run has been completed; `summary_due`: that of a week may be."""

    id: str
    name: str
    time_zone: str
    synchronised: bool
    summary_due: bool
    standings: Mapping[Topic, Standing]


async def to_be_looked_at(tx: Transaction, since: dt.datetime | None, now: dt.datetime) -> list[str]:
    """The connections of which something may be new since they were last looked at (None: never), or that are in alarm, or whose week is over.

    What is remembered of a connection changes only with what moves in it: a state, a question that comes, grows old or goes, an alarm.
    What is in between (not told yet, gone for less than five minutes) is looked at each time.
    """
    began = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) if since is None else since - BEHIND
    values = {"since": began, "aged_since": began - DAY, "aged": now - DAY, "now": now, "summaries": SUMMARIES_AT_ONCE}
    return [row["connection_id"] for row in await (await tx.execute(_TO_BE_LOOKED_AT, values)).fetchall()]


async def of_these(tx: Transaction, connection_ids: Sequence[str], now: dt.datetime) -> list[Seen]:
    """Those of them that are live; what is stuck is known to whoever judges it, and not here."""
    values = {"ids": list(connection_ids), "now": now, "named": NAMED, "aged": now - DAY, "others": list(_NO_QUESTIONS)}
    found: dict[str, dict[Topic, Standing]] = {}
    rows = await (await tx.execute(_CONNECTIONS, values)).fetchall() if connection_ids else []
    if not rows:
        return []
    for statement, topic, matter in (
        (_UNEXPLAINED, Topic.UNEXPLAINED, _difference),
        (_HELD, Topic.HELD, _question),
        (_WAITING, Topic.WAITING, _question),
    ):
        by_connection: dict[str, list[dict[str, Any]]] = {}
        for row in await (await tx.execute(statement, values)).fetchall():
            by_connection.setdefault(row["connection_id"], []).append(row)
        for connection_id, those in by_connection.items():
            matters = tuple({m.key: m for m in map(matter, those)}.values())
            found.setdefault(connection_id, {})[topic] = Standing(matters, those[0]["count"])
    return [_seen(row, found.get(row["id"], {})) for row in rows]


def _seen(row: dict[str, Any], standings: dict[Topic, Standing]) -> Seen:
    reason, remedy = row["state_reason"], row["remedy"]
    if row["state"] == "reconnect_required":
        standings[Topic.RECONNECT] = Standing(reason=reason, remedy=remedy)
    if row["state"] == "blocked":
        standings[Topic.BLOCKED] = Standing((Matter(remedy),), reason=reason, remedy=remedy)
    return Seen(row["id"], row["name"], row["time_zone"], row["synchronised"], row["summary_due"], standings)


def _question(row: dict[str, Any]) -> Matter:
    label = label_from_plain(row["subject"], row["person"], row["contact"])
    named = in_a_line(label)
    return Matter(row["id"], f"{named}: {row['summary']}" if named else row["summary"])


def _difference(row: dict[str, Any]) -> Matter:
    line = row["line"]
    noun = {"sale": "Sale", "receipt": "Receipt"}.get(line["kind"], "A figure")
    day = day_in_words(dt.date.fromisoformat(line["date"])) if line["date"] else ""
    who = ", ".join(filter(None, (f"{noun} {line['number']}".strip(), line["who"])))
    sides = [f"{_valued(line[side], line['currency']) or 'nothing'} in {called}" for side, called in _CALLED.items()]
    return Matter(
        f"{line['what']}:{','.join(row['subjects'])}", f"{who}{f' ({day})' if day else ''}: {', '.join(sides)}"
    )


def _valued(value: str, currency: str) -> str:
    try:
        return f"{written(Decimal(value), currency)} {currency}".strip()
    except InvalidOperation:
        return value


@dataclass(frozen=True, slots=True)
class Happened:
    """What a connection's week was like: what was made on either side, in lines; open questions, and how many were answered."""

    written: tuple[str, ...]
    questions: int
    answered: int


async def week_of(tx: Transaction, connection_id: str, since: dt.datetime) -> Happened:
    """What happened to a connection since a moment."""
    values = {"c": connection_id, "since": since}
    rows = await (await tx.execute(_WRITTEN, values)).fetchall()
    counted = await (await tx.execute(_ANSWERED, values)).fetchone()
    assert counted is not None  # an aggregate always answers
    return Happened(tuple(map(_made, rows)), counted["questions"], counted["answered"])


def _made(row: dict[str, Any]) -> str:
    noun = _NOUNS[row["side"], row["sort"]][row["count"] != 1]
    amount = _valued(str(row["amount"]), row["currency"]) if row["amount"] is not None and row["currency"] else ""
    return ", ".join(filter(None, (f"{row['count']} {noun} made in {_CALLED[row['side']]}", amount)))
