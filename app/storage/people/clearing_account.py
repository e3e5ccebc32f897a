"""Payments in the account for unmapped methods whose method has got an account of its own: they are looked at once more.

The method is taken out of what the pair has agreed on, as if a person had chosen it only now: then the money goes where it leads
by the ordinary rule (R7), and stays where somebody has put it meanwhile.
"""

from collections.abc import Sequence
from datetime import date, datetime

from app.domain.model.configuration import MappedMethod
from app.domain.model.records import DEPOSITED, Kind, Side
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.storage.encoding import dump

_LOOSENED = """
UPDATE link l SET base_oncord = l.base_oncord - 'channel', updated_at = %(now)s
FROM mirror o, mirror q, jsonb_to_recordset(%(methods)s::jsonb) AS mapped(method text, currency text)
WHERE l.connection_id = %(c)s AND l.kind = 'receipt' AND l.state = 'live' AND l.origin = 'oncord'
    AND o.connection_id = %(c)s AND o.side = 'oncord' AND o.kind = 'receipt' AND o.record_id = l.oncord_id AND NOT o.deleted
    AND q.connection_id = %(c)s AND q.side = 'quickbooks' AND q.kind = 'receipt' AND q.record_id = l.quickbooks_id
    AND NOT q.deleted AND NOT q.extras ? %(deposited)s
    AND o.record ->> 'channel' = mapped.method AND l.base_oncord ->> 'channel' = mapped.method
    AND mapped.currency IN ('', coalesce(o.record #>> '{payment,currency}', ''))
    AND q.record ->> 'channel' = %(account)s AND l.base_quickbooks ->> 'channel' = %(account)s
    AND least(o.record ->> 'date', q.record ->> 'date') > %(locked)s
RETURNING l.oncord_id
"""


async def look_again(
    tx: Transaction,
    connection_id: str,
    now: datetime,
    methods: Sequence[MappedMethod],
    account: str,
    locked_until: date | None,
) -> int:
    """Queue the receipts by these methods whose payments lie in `account`, where we put them; answers how many.

    What is in a bank deposit, was moved there by hand, or is dated up to `locked_until` (B1) stays, and asks nobody.
    """
    if not methods:
        return 0
    found = await tx.execute(
        _LOOSENED,
        {
            "c": connection_id,
            "now": now,
            "methods": dump([{"method": each.id, "currency": each.currency} for each in methods]),
            "account": account,
            "deposited": DEPOSITED,
            "locked": locked_until.isoformat() if locked_until else "",
        },
    )
    receipts = sorted({row["oncord_id"] for row in await found.fetchall()})
    queued = [PendingChange(Side.ONCORD, Kind.RECEIPT, each, mirrored=True) for each in receipts]
    await change_queue.add(tx, connection_id, queued, now)
    return len(receipts)
