"""How far a running run has come: kept with its row, and written along with what the run commits anyway, a page or a chunk at a time.

A run goes through steps; each counts what it has dealt with, and knows of how many where somebody could say so beforehand.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from psycopg.types.json import Jsonb

from app.storage.database import Transaction
from app.storage.encoding import subject_shown

Step = Literal["oncord", "quickbooks", "changes", "plan", "write", "compare"]
"""Reading one side, reading what was told of, working out what is to be done, writing, and comparing both sides."""
STEPS: tuple[Step, ...] = get_args(Step)
LATEST = 2000
"""So many of a run's latest operations are looked through for those that were refused of late: more than a minute's."""
REFUSED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step has come. `total` None: nobody knows. `interrupted`: why the outside is left alone,
    until `goes_on_at`."""

    step: Step | None = None
    since: dt.datetime | None = None
    done: int = 0
    total: int | None = None
    interrupted: str = ""
    goes_on_at: dt.datetime | None = None

    @property
    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {name: v.isoformat() if isinstance(v, dt.datetime) else v for name, v in values.items() if v}

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> "Progress":
        """As it was stored; nothing of a run that has not begun, or has ended."""
        values: dict[str, Any] = dict(stored or {})
        moments = ("since", "goes_on_at")
        values |= {name: dt.datetime.fromisoformat(values[name]) for name in moments if name in values}
        return cls(**values)


@dataclass(frozen=True, slots=True)
class RefusedWrite:
    """A write that did not go through: when, of what (`encoding.subject_shown`), why, and what to do."""

    at: dt.datetime
    subject: dict[str, Any]
    kind: str
    message: str
    advice: str


async def note(tx: Transaction, run_id: str, progress: Progress) -> None:
    """Write down how far a running run has come."""
    await tx.execute(
        "UPDATE run SET progress = %s WHERE id = %s AND state = 'running'", (Jsonb(progress.plain), run_id)
    )


async def read(tx: Transaction, connection_id: str, run_id: str) -> Progress:
    """How far a run has come."""
    found = await tx.execute("SELECT progress FROM run WHERE connection_id = %s AND id = %s", (connection_id, run_id))
    row = await found.fetchone()
    return Progress.of(row["progress"] if row else None)


async def refused_since(
    tx: Transaction, connection_id: str, run_id: str, since: dt.datetime
) -> tuple[int, list[RefusedWrite]]:
    """How many writes of a run did not go through since a moment, and the latest of them, the newest first."""
    found = await tx.execute(
        "SELECT coalesce(o.answered_at, o.settled_at) AS at, o.subject, o.person, o.kind, o.message, o.advice, count(*) OVER () AS n"
        " FROM (SELECT * FROM operation WHERE connection_id = %(c)s AND run_id = %(run)s ORDER BY sequence DESC LIMIT %(latest)s) o"
        " WHERE o.state IN ('refused', 'failed') AND coalesce(o.answered_at, o.settled_at) >= %(since)s"
        " ORDER BY o.sequence DESC LIMIT %(shown)s",
        {"c": connection_id, "run": run_id, "since": since, "latest": LATEST, "shown": REFUSED_SHOWN},
    )
    rows = await found.fetchall()
    refused = [
        RefusedWrite(r["at"], subject_shown(r["subject"], r["person"]), r["kind"], r["message"], r["advice"])
        for r in rows
    ]
    return (rows[0]["n"] if rows else 0), refused
