"""What people have said of money that goes back to customers, kept with the attention items that asked: what a refund gives back
that pays back no credit (R5), and that the credit of a sale which was cancelled late is paid back (S5)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.model.kinds import Kind
from app.domain.model.refund_answers import GIVEN_BACK, GOODWILL, OVERPAYMENT, PAY_IT_BACK, PAYS_CREDIT
from app.storage.database import Transaction
from app.storage.people import attention

KIND, OPEN_CREDIT = "refund", "open_credit"
_KINDS = (KIND, OPEN_CREDIT)
OVERTAKEN = "overtaken"
"""How an answer is kept once there is a newer question about the same money."""
_CARRIED_OUT = {
    GIVEN_BACK: "gave_back",
    PAYS_CREDIT: "paid_credit",
    OVERPAYMENT: "returned_overpayment",
    GOODWILL: "paid_as_goodwill",
    PAY_IT_BACK: "paid_back",
}
"""How each answer is kept once it has been carried out."""
_COUNTING = list(_CARRIED_OUT)


@dataclass(frozen=True, slots=True)
class Standing:
    """An answer that is still to be carried out. `record_id`: Oncord's refund, or the sale whose credit is paid back. `times`: how
    often the same was answered about before."""

    item_id: str
    record_id: str
    answer: str
    shown: str
    account: str
    times: int
    by: str
    at: dt.datetime


async def standing(tx: Transaction, connection_id: str, kind: str) -> list[Standing]:
    """The answers to items of one kind that are still to be carried out, the oldest first."""
    found = await tx.execute(
        "SELECT a.id AS item_id, a.record_id, a.resolution AS answer, a.detail ->> 'shown' AS shown,"
        " coalesce(a.detail ->> 'account', '') AS account, (SELECT count(*) FROM attention b"
        " WHERE b.connection_id = a.connection_id AND b.key = a.key AND b.kind = a.kind AND b.state = 'resolved'"
        " AND b.resolution = ANY(%(done)s)) AS times, a.resolved_by AS by, a.resolved_at AS at FROM attention a"
        " WHERE a.connection_id = %(c)s AND a.kind = %(kind)s AND a.state = 'resolved' AND a.resolution = ANY(%(counting)s)"
        " ORDER BY a.resolved_at, a.id",
        {"c": connection_id, "kind": kind, "counting": _COUNTING, "done": [*_CARRIED_OUT.values(), OVERTAKEN]},
    )
    return [Standing(**row) for row in await found.fetchall()]


async def asked_about(tx: Transaction, connection_id: str) -> set[str]:
    """The refunds of Oncord about which a question is open, by id."""
    found = await tx.execute(
        "SELECT record_id FROM attention WHERE connection_id = %s AND kind = %s AND state = 'open'",
        (connection_id, KIND),
    )
    return {row["record_id"] for row in await found.fetchall()}


async def use(tx: Transaction, connection_id: str, item_id: str, now: dt.datetime) -> None:
    """What was answered is done."""
    await attention.use_answer(tx, connection_id, item_id, _KINDS, _CARRIED_OUT, now)


async def overtake(
    tx: Transaction, connection_id: str, record_kind: Kind, record_ids: Sequence[str], now: dt.datetime
) -> None:
    """These refunds, or the credit of these sales, are asked about anew: what was said before counts no more."""
    if not record_ids:
        return
    await tx.execute(
        "UPDATE attention SET resolution = %s, updated_at = %s WHERE connection_id = %s AND kind = ANY(%s)"
        " AND record_kind = %s AND record_id = ANY(%s) AND state = 'resolved' AND resolution = ANY(%s)",
        (OVERTAKEN, now, connection_id, list(_KINDS), record_kind, list(record_ids), _COUNTING),
    )
