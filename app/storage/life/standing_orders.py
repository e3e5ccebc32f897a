"""What comes of an erased person after the act: a document of theirs that stayed is deleted later, a nameless customer is read again.

Each day it is looked for, and erased as well. Somebody who is a contact or an active customer again is there with their own will,
and is left alone.
"""

import datetime as dt

from app.storage.database import Transaction
from app.storage.life import erasing, persons

_COME_BACK = """
SELECT e.side, e.record_id AS id FROM erased_person e JOIN mirror m ON m.connection_id = e.connection_id AND m.side = e.side
    AND m.kind = 'contact' AND m.record_id = e.record_id
    WHERE e.connection_id = %(c)s AND m.record ?| %(contact)s AND (m.deleted OR m.record ->> 'active' = 'false')
UNION SELECT e.side, e.record_id FROM erased_person e JOIN mirror m ON m.connection_id = e.connection_id AND m.side = e.side
    AND m.record ->> 'contact_id' = e.record_id AND m.kind IN ('sale', 'receipt')
    WHERE e.connection_id = %(c)s AND m.deleted
    AND (m.record ?| %(document)s OR m.record @? '$.money.lines[*].description')
ORDER BY side, id
"""


async def due(tx: Transaction, before: dt.datetime, limit: int) -> list[str]:
    """Connections with erased persons who were last looked for before this moment; the transaction is about all of them."""
    found = await tx.execute(
        "SELECT connection_id FROM erased_person WHERE looked_at < %s GROUP BY connection_id ORDER BY min(looked_at), connection_id"
        " LIMIT %s",
        (before, limit),
    )
    return [row["connection_id"] for row in await found.fetchall()]


async def carry_out(tx: Transaction, connection_id: str, now: dt.datetime) -> int:
    """Erase what has come back of erased persons; answers of how many contacts and customers something had."""
    texts = {"contact": list(erasing.OF_A_CONTACT), "document": list(erasing.OF_A_DOCUMENT)}
    found = await tx.execute(_COME_BACK, {"c": connection_id, **texts})
    back = {(row["side"], row["id"]) for row in await found.fetchall()}
    erased = 0
    while back:
        people = await persons.everybody(tx, connection_id, {min(back)})
        if not await persons.standing(tx, connection_id, people):
            await erasing.erase(tx, connection_id, people, now)
            erased += len(back & people)
        back -= people
    await tx.execute("UPDATE erased_person SET looked_at = %s WHERE connection_id = %s", (now, connection_id))
    return erased
