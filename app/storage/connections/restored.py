"""After the tables were restored from a backup: nothing goes on by itself before both sides were compared, and what was ended since
the backup does not come to life again, as far as that is known.
"""

import datetime as dt
from typing import Final

from app.storage.database import Transaction

RESTORED: Final = "restored"
"""The matter of an installation that was restored from a backup, as a person is asked about it."""

_ENDED = "The installation was restored from a backup."


async def hold_all(tx: Transaction, since: dt.datetime, now: dt.datetime) -> list[str]:
    """Hold every live connection until a person has had it compared; answers their ids. `since`: when the backup was taken."""
    held = await tx.execute(
        "UPDATE connection SET restored_from = %s, restored_at = %s, auto_sync = false, updated_at = %s"
        " WHERE archived_at IS NULL RETURNING id",
        (since, now, now),
    )
    return sorted(row["id"] for row in await held.fetchall())


async def end_what_was_under_way(tx: Transaction, now: dt.datetime) -> None:
    """End runs, leases and claims of processes that are gone, and every session, link and way to QuickBooks: whether somebody has ended
    one since the backup is not known."""
    await tx.execute(
        "UPDATE run SET state = 'cancelled', finished_at = %s, error = %s WHERE state IN ('queued', 'running')",
        (now, _ENDED),
    )
    await tx.execute(
        "UPDATE lease SET owner = '', expires_at = %s, full_calls_at = NULL, full_batches_at = NULL, paused_until = NULL",
        (now,),
    )
    await tx.execute("UPDATE token SET claim_owner = '', claim_expires_at = NULL")
    await tx.execute("DELETE FROM company_facts")
    await tx.execute(
        "UPDATE delivery SET state = 'given_up', next_at = NULL, answer = %s WHERE state = 'waiting'", (_ENDED,)
    )
    for table in ("console_session", "launch_link", "oauth_state"):
        await tx.execute(f"DELETE FROM {table}")
