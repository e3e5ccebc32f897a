"""What people say of a match before anybody is asked about it: kept as answered questions, so that a run finds it where it finds every
answer to which one a record is (`attention.choices`)."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.people import attention

KIND = "ambiguous_match"
ANSWERS = [attention.CHOOSE, attention.CREATE_NEW]
"""The words that an answer is kept by."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody has said of one record: `chosen` across, "" for none."""

    key: str
    chosen: str
    by: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer to keep: `detail` has the `choices` as they were shown, `scope`, and what was `chosen`."""

    id: str
    key: str
    rule: str
    summary: str
    side: str
    record_kind: str
    record_id: str
    detail: Mapping[str, Any]
    subject: Mapping[str, Any]
    person: str
    contact: str
    run_id: str

    @property
    def resolution(self) -> str:
        """The word that it is kept by."""
        return attention.CHOOSE if self.detail["chosen"] else attention.CREATE_NEW


async def said(tx: Transaction, connection_id: str, keys: Collection[str]) -> dict[str, Said]:
    """The latest answers to some questions that have not been carried out yet."""
    found = await tx.execute(
        "SELECT DISTINCT ON (key) key, coalesce(detail ->> 'chosen', '') AS chosen, resolved_by AS by, resolved_at AS at FROM attention"
        " WHERE connection_id = %s AND key = ANY(%s) AND state = 'resolved' AND resolution = ANY(%s)"
        " ORDER BY key, resolved_at DESC, id DESC",
        (connection_id, list(keys), ANSWERS),
    )
    return {row["key"]: Said(**row) for row in await found.fetchall()}


async def keep(tx: Transaction, connection_id: str, answers: Sequence[NewAnswer], *, by: str, now: dt.datetime) -> None:
    """Keep some answers, in place of what was said before; questions that are open are answered with it."""
    keys = [answer.key for answer in answers]
    await forget(tx, connection_id, keys, now)
    await attention.settle(tx, connection_id, keys, reason="It was answered before it was asked about.", now=now)
    rows = [{**asdict(answer), "resolution": answer.resolution} for answer in answers]
    await tx.execute(
        "INSERT INTO attention (id, connection_id, key, kind, rule, summary, advice, side, record_kind, record_id, detail, actions, state,"
        " resolution, resolved_by, resolved_at, run_id, created_at, updated_at, subject, person, contact)"
        " SELECT id, %(c)s, key, %(kind)s, rule, summary, '', side, record_kind, record_id, detail, '[]', 'resolved', resolution, %(by)s,"
        " %(now)s, run_id, %(now)s, %(now)s, subject, person, contact FROM jsonb_to_recordset(%(rows)s::jsonb) AS r("
        "id text, key text, rule text, summary text, side text, record_kind text, record_id text, detail jsonb, resolution text,"
        " run_id text, subject jsonb, person text, contact text)",
        {"c": connection_id, "kind": KIND, "by": by, "now": now, "rows": dump(rows)},
    )


async def forget(tx: Transaction, connection_id: str, keys: Collection[str], now: dt.datetime) -> int:
    """Take back what was said of some questions and has not been carried out; tells of how many."""
    taken = await tx.execute(
        "UPDATE attention SET resolution = %s, updated_at = %s WHERE connection_id = %s AND key = ANY(%s) AND state = 'resolved'"
        " AND resolution = ANY(%s)",
        ("taken_back", now, connection_id, list(keys), ANSWERS),
    )
    return taken.rowcount
