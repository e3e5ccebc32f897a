"""Whoever was let in by a key or a session, by links that were made with it, stays no longer than that."""

from datetime import datetime

from app.domain.model.actor import Actor
from app.storage.database import Transaction
from app.storage.people import audit, console_sessions, launch_links


async def end(tx: Transaction, by: str, now: datetime, who: Actor) -> None:
    """End the sessions and the unused links that a key or a session (its id) has led to, and what those have; each session is written down.

    The key or session itself must have been ended in this transaction: whoever is at making a link holds it until the link is there.
    """
    makers = [by]
    while makers:
        maker = makers.pop()
        # Whoever was handed over to another session (`sessions.end_former`) is named by that one alone.
        while await launch_links.end_let_in_by(tx, maker) | await _end_sessions(tx, maker, now, who, makers):
            pass


async def _end_sessions(tx: Transaction, maker: str, now: datetime, who: Actor, makers: list[str]) -> int:
    """End the sessions that one has led to, each of which is a maker, too; tells how many."""
    ended = await console_sessions.end_let_in_by(tx, maker)
    for session in ended:
        makers.append(session.id)
        detail = {"of": session.name, "role": session.role}
        await audit.record(tx, session.connection_id, at=now, who=who, action="session.ended", detail=detail)
    return len(ended)
