"""Questions about documents of locked periods (B1) and about money that a bank statement holds (R3, R5, R7), and the answers to
them, kept with their attention items.

That something may be done counts once; that it is left as a named difference counts until the document is asked about anew.
"""

import datetime as dt
from dataclasses import dataclass

from app.domain.model.waiting import LOCKED_PERIODS, WaitsFor, parse_waits_for
from app.storage.database import Transaction
from app.storage.people import attention

KIND = "locked_period"
CLEARED = "cleared_money"
KINDS = (KIND, CLEARED)
DO_IT_THERE = "do_in_old_period"
"""It may be done in the old period, once."""
ENTER = "enter_difference"
"""What has changed is entered as a document of its own, and the old one stays as it is."""
ENTERED = "entered_difference"
"""How that answer is kept once it has been carried out."""
LEAVE = "leave_difference"
"""It stays as it is, as a difference with a name."""
OPEN_DAY = "date_first_open_day"
"""What is not in the books yet is made there, dated on the first day that is not locked."""
DATED_OTHERWISE = "dated_first_open_day"
"""How that answer is kept once it has been carried out: both sides say another day, and this is why."""
DO_IT_ANYWAY = "do_it_anyway"
"""Cleared money may be deleted or changed all the same, once."""
UNAPPLY = "unapply"
"""Cleared money is taken off what it pays, and stays where it is as the customer's credit."""
UNAPPLIED = "unapplied"
"""How that answer is kept once it has been carried out: both sides differ from then on, and this is why."""
_COUNTING = [DO_IT_THERE, ENTER, OPEN_DAY, DO_IT_ANYWAY, UNAPPLY, LEAVE]
"""The answers that count until they are carried out or overtaken."""
DONE, OVERTAKEN = "done_in_old_period", "overtaken"
"""How an answer is kept once it has been carried out, and once there is a newer question about the same document."""
DONE_ANYWAY = "done_anyway"
_CARRIED_OUT = {
    DO_IT_THERE: DONE,
    ENTER: ENTERED,
    OPEN_DAY: DATED_OTHERWISE,
    DO_IT_ANYWAY: DONE_ANYWAY,
    UNAPPLY: UNAPPLIED,
}


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
        " resolved_by AS by, resolved_at AS at FROM attention WHERE connection_id = %s AND kind = ANY(%s)"
        " AND state = 'resolved' AND resolution = ANY(%s) ORDER BY resolved_at, id",
        (connection_id, list(KINDS), _COUNTING),
    )
    return [Standing(**row) for row in await found.fetchall()]


async def anything_waits(tx: Transaction, connection_id: str) -> bool:
    """Whether a record waits for the lock date."""
    found = await tx.execute(
        "SELECT 1 FROM pending_change WHERE connection_id = %s AND parked AND starts_with(waits_for, %s) LIMIT 1",
        (connection_id, LOCKED_PERIODS),
    )
    return await found.fetchone() is not None


async def refused(tx: Transaction, connection_id: str) -> list[WaitsFor]:
    """The matters of what QuickBooks has refused for its closing date, whatever was answered: that goes once the date has moved."""
    found = await tx.execute(
        "SELECT DISTINCT waits_for FROM pending_change WHERE connection_id = %s AND parked AND refused"
        " AND starts_with(waits_for, %s) ORDER BY waits_for",
        (connection_id, LOCKED_PERIODS),
    )
    parsed = [parse_waits_for(row["waits_for"]) for row in await found.fetchall()]
    return [each for each in parsed if each is not None]


async def overtake(tx: Transaction, connection_id: str, key: str, now: dt.datetime) -> None:
    """The document is asked about anew: what was said before counts no more."""
    await tx.execute(
        "UPDATE attention SET resolution = %s, updated_at = %s WHERE connection_id = %s AND key = %s AND kind = ANY(%s)"
        " AND state = 'resolved' AND resolution = ANY(%s)",
        (OVERTAKEN, now, connection_id, key, list(KINDS), _COUNTING),
    )


async def use(tx: Transaction, connection_id: str, item_id: str, now: dt.datetime) -> None:
    """What was allowed is done."""
    await attention.use_answer(tx, connection_id, item_id, KINDS, _CARRIED_OUT, now)
