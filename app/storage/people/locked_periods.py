"""Questions about documents of locked periods, and the answers to them, kept with their attention items (B1).

That something may be done in an old period counts once; that it is left as a named difference counts until the document
is asked about anew.
"""

import datetime as dt
from dataclasses import dataclass

from app.domain.model.waiting import LOCKED_PERIODS
from app.storage.database import Transaction

KIND = "locked_period"
DO_IT_THERE = "do_in_old_period"
"""It may be done in the old period, once."""
LEAVE = "leave_difference"
"""It stays as it is, as a difference with a name."""
OPEN_DAY = "date_first_open_day"
"""What is not in the books yet is made there, dated on the first day that is not locked."""
DATED_OTHERWISE = "dated_first_open_day"
"""How that answer is kept once it has been carried out: both sides say another day, and this is why."""
_COUNTING = [DO_IT_THERE, OPEN_DAY, LEAVE]
"""The answers that count until they are carried out or overtaken."""
DONE, OVERTAKEN = "done_in_old_period", "overtaken"
"""How an answer is kept once it has been carried out, and once there is a newer question about the same document."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An answer that counts: `shown` stands for the change that it was given to."""

    item_id: str
    kind: str
    record_id: str
    answer: str
    shown: str
    by: str
    at: dt.datetime


async def standing(tx: Transaction, connection_id: str) -> list[Standing]:
    """The answers that count, the oldest first."""
    found = await tx.execute(
        "SELECT id AS item_id, record_kind AS kind, record_id, resolution AS answer, detail ->> 'shown' AS shown,"
        " resolved_by AS by, resolved_at AS at FROM attention WHERE connection_id = %s AND kind = %s"
        " AND state = 'resolved' AND resolution = ANY(%s) ORDER BY resolved_at, id",
        (connection_id, KIND, _COUNTING),
    )
    return [Standing(**row) for row in await found.fetchall()]


async def anything_waits(tx: Transaction, connection_id: str) -> bool:
    """Whether a record waits for the lock date."""
    found = await tx.execute(
        "SELECT 1 FROM pending_change WHERE connection_id = %s AND parked AND starts_with(waits_for, %s) LIMIT 1",
        (connection_id, LOCKED_PERIODS),
    )
    return await found.fetchone() is not None


async def overtake(tx: Transaction, connection_id: str, key: str, now: dt.datetime) -> None:
    """The document is asked about anew: what was said before counts no more."""
    await tx.execute(
        "UPDATE attention SET resolution = %s, updated_at = %s WHERE connection_id = %s AND key = %s AND kind = %s"
        " AND state = 'resolved' AND resolution = ANY(%s)",
        (OVERTAKEN, now, connection_id, key, KIND, _COUNTING),
    )


async def use(tx: Transaction, connection_id: str, item_id: str, now: dt.datetime) -> None:
    """What was allowed is done."""
    for answer, done in ((DO_IT_THERE, DONE), (OPEN_DAY, DATED_OTHERWISE)):
        await tx.execute(
            "UPDATE attention SET resolution = %s, updated_at = %s WHERE connection_id = %s AND id = %s AND kind = %s"
            " AND state = 'resolved' AND resolution = %s",
            (done, now, connection_id, item_id, KIND, answer),
        )
