"""Whoever was let in by a key or a session, by links that were made with it, stays no longer than that."""

from datetime import datetime

from app.domain.model.actor import Actor
from app.storage.database import Transaction
from app.storage.people import audit, console_sessions, launch_links


async def end(tx: Transaction, by: str, now: datetime, who: Actor) -> None:
    """End the sessions and the unused links that a key or a session (its id) has led to, and what those have; each session is written down.

    The key or session itself must have been ended in this transaction: whoever is at making a link holds it until the link is there.
    """
    while True:
        links = await launch_links.end_let_in_by(tx, by)
        ended = await console_sessions.end_let_in_by(tx, by)
        for session in ended:
            detail = {"of": session.name, "role": session.role}
            await audit.record(tx, session.connection_id, at=now, who=who, action="session.ended", detail=detail)
        if not links and not ended:
            return
